"""Events: fired with names and attributes of any type, read, and listed by any query."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from .choices import MISSING_ID, ODD_VALUES, PEOPLE, PROJECT, case, chance, step

_MEMBERS: Final = ("65c000000000000000000001", "65c00000000000000000000a", MISSING_ID, "", "nope")
_FIELDS: Final = (
    "createdAt",
    "name",
    "attributes.n",
    "attributes.a.b",
    "createdBy",
    "_id",
    "attributes",
    "status",
)
_DIRECTIONS: Final = ("1", "-1", "asc", "DESC", "ascending", "", "0", "up")
_PAGES: Final = ("0", "1", "", "x", "1e0", "0x1", " 0 ", "-1", "1.5", "null")


def generate(random: Random) -> dict[str, Any]:
    """Return a scenario: up to eight events, and then reads and lists."""
    steps = [_fire(random, number) for number in range(random.randint(2, 8))]
    steps += [_read(random) for _ in range(random.randint(2, 5))]
    return case(steps)


def _fire(random: Random, number: int) -> dict[str, Any]:
    name = random.choice(("paid", "paid", "shipped", random.choice(ODD_VALUES)))
    body = {"name": name, "attributes": _value(random, 3), "extra": number}
    if chance(random, 0.2):
        del body[random.choice(("attributes", "name"))]
    sender = (
        random.choice(PEOPLE) if chance(random, 0.2) else random.choice(("owner", "agent", "bot", "guest"))
    )
    save = {f"event{number % 3}": "_id"}
    return step(random, "post", f"/{_project(random)}/events", json=body, save=save, pause=0.002) | {
        "as": sender
    }


def _read(random: Random) -> dict[str, Any]:
    sender = {"as": random.choice(PEOPLE) if chance(random, 0.1) else random.choice(("owner", "agent/jwt"))}
    if chance(random, 0.3):
        chosen = random.choice(("{event0}", "{event1}", MISSING_ID, "nope"))
        return step(random, "get", f"/{_project(random)}/events/{chosen}") | sender
    return step(random, "get", f"/{_project(random)}/events?{_query(random)}") | sender


def _project(random: Random) -> str:
    return PROJECT.upper() if chance(random, 0.03) else "{a}"


def _query(random: Random) -> str:
    parts = {
        "sort": random.choice(_FIELDS),
        "direction": random.choice(_DIRECTIONS),
        "page": random.choice(_PAGES).replace(" ", "%20"),
        "project_user": random.choice(_MEMBERS),
        "sortField": random.choice(_FIELDS),
    }
    return "&".join(f"{name}={value}" for name, value in parts.items() if chance(random, 0.35))


def _value(random: Random, depth: int) -> Any:
    """Return a JSON value, of at most this depth."""
    if depth == 0 or chance(random, 0.3):
        return random.choice((*ODD_VALUES[:7], random.randint(-5, 5), 1e21, "text", "2026-01-01"))
    if chance(random, 0.25):
        return [_value(random, depth - 1) for _ in range(random.randint(0, 3))]
    names = random.sample(("n", "a", "b", "list", "deep", "a.b", "$x"), random.randint(0, 3))
    return {
        name: _value(random, depth - 1) for name in names if name not in ("a.b", "$x") or chance(random, 0.1)
    }
