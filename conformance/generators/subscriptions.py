"""Subscriptions over REST: made, changed, read, listed and removed by people of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from .choices import MISSING_ID, ODD_VALUES, OTHER_PROJECT, OWNER, PEOPLE, PROJECT, case, chance, fields, step

_EVENTS: Final = ("event.emit", "event.emit.paid", "message.create", "event.emit.never")
_TARGETS: Final = ("http://127.0.0.1:9/a", "http://127.0.0.1:9/b", "no address", "https://example.com/é")
_SEEDED: Final = "65e000000000000000000001"
_FIELDS: Final[dict[str, Sequence[Any]]] = {
    "event": _EVENTS,
    "target": _TARGETS,
    "secret": ("chosen-secret",),
    "global": (True, False, "true", "yes"),
    "id_project": (OTHER_PROJECT, "any"),
    "createdBy": ("somebody", OWNER),
    "_id": (MISSING_ID, _SEEDED, "nope"),
    "__v": (3,),
    "createdAt": ("2026-01-01T00:00:00.000Z", "yesterday"),
    "updatedAt": ("2026-01-01T00:00:00.000Z",),
    "unknown": (1,),
    "$set": ({"event": "set"}, {"target": "http://127.0.0.1:9/set"}, 1),
    "$unset": ({"event": 1},),
    "$inc": ({"__v": 1},),
    "a.b": (1,),
}
_OFTEN: Final = ("event", "target")


def generate(random: Random) -> dict[str, Any]:
    """Return a scenario of six to twelve steps, most of them an owner's or admin's."""
    steps: list[dict[str, Any]] = []
    for number in range(random.randint(6, 12)):
        maker = random.choices((_create, _change, _read, _list, _remove), weights=(30, 25, 15, 15, 15))
        steps.append(maker[0](random, number) | _sender(random))
    return case([_create(random, 0) | {"as": "owner"}, *steps, _list(random, 0) | {"as": "owner"}])


def _sender(random: Random) -> dict[str, Any]:
    if chance(random, 0.75):
        return {"as": random.choice(("owner", "admin", "owner/jwt", "admin/jwt"))}
    return {"as": random.choice(PEOPLE)} if chance(random, 0.9) else {}


def _create(random: Random, _number: int) -> dict[str, Any]:
    saved = {random.choice(("one", "two")): "_id"}
    return step(random, "post", f"/{_project(random)}/subscriptions", json=_body(random, 0.95), save=saved)


def _change(random: Random, _number: int) -> dict[str, Any]:
    return step(random, "put", _one(random), json=_body(random, 0.5))


def _read(random: Random, _number: int) -> dict[str, Any]:
    return step(random, "get", _one(random))


def _list(random: Random, _number: int) -> dict[str, Any]:
    query = random.choice(("", "", "?page=0", "?page=1", "?event=event.emit", "?limit=1", "?sort=event"))
    return step(random, "get", f"/{_project(random)}/subscriptions{query}")


def _remove(random: Random, _number: int) -> dict[str, Any]:
    return step(random, "delete", _one(random))


def _one(random: Random) -> str:
    names = (
        "{one}",
        "{two}",
        _SEEDED,
        _SEEDED.upper(),
        MISSING_ID,
        "nope",
        "twelve-chars",
        "history",
        "%zz",
        "a%20b",
    )
    chosen = random.choices(names, weights=(30, 20, 12, 2, 10, 5, 3, 10, 1, 2))[0]
    if chosen == "history":
        pages = (
            "",
            "?page=0",
            "?page=1",
            "?page=-1",
            "?page=x",
            "?page=0x1",
            "?page=1.5",
            "?page=",
            "?page=0&page=1",
        )
        chosen += random.choice(pages)
    return f"/{_project(random)}/subscriptions/{chosen}"


def _project(random: Random) -> str:
    return random.choices(("{a}", "{b}", "{closed}", "nope", PROJECT.upper()), weights=(85, 8, 2, 2, 3))[0]


def _body(random: Random, often: float) -> Any:
    if chance(random, 0.03):
        return random.choice(ODD_VALUES)
    main = fields(random, {name: _FIELDS[name] for name in _OFTEN}, often)
    rest = fields(random, {name: pool for name, pool in _FIELDS.items() if name not in _OFTEN}, 0.08)
    items = [*main.items(), *rest.items()]
    random.shuffle(items)
    return dict(items)
