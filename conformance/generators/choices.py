"""Values that scenarios choose from, and the tokens of people who exist for one scenario."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from tiledesk_mock.node.json import Json

PROJECT: Final = "65b000000000000000000001"
OTHER_PROJECT: Final = "65b000000000000000000002"
PROJECT_SECRET: Final = "acme-project-jwt-secret"  # noqa: S105  (that of the recorded world)
OWNER: Final = "65a000000000000000000001"
MISSING_ID: Final = "65f0000000000000000000ff"

MEMBERS: Final = (
    "owner",
    "admin",
    "supervisor",
    "agent",
    "teammate",
    "auditor",
    "outsider",
    "left",
    "disabled",
)
PEOPLE: Final = (
    *MEMBERS,
    *(f"{name}/jwt" for name in MEMBERS),
    "guest",
    "customer",
    "newcustomer",
    "bot",
    "hook",
    "expired",
    "forged",
    "ghost",
    "wrongpass",
)
ODD_VALUES: Final[tuple[Json, ...]] = (
    None,
    "",
    " ",
    0,
    1,
    1.5,
    True,
    False,
    [],
    ["a"],
    [None],
    {},
    {"a": 1},
    {"_id": OWNER},
    {"$ne": None},
    "x" * 60,
    "é ü",
    "undefined",
    "0",
    "null",
    "[object Object]",
    "100",
    "agent",
    "a@b.c",
    "owner@example.com ",
    "<b>",
    "\u2028",
    "a\nb",
    OWNER,
    -1,
    0.1,
    -0.0,
    1e21,
    12345678901234567890,
    {"toString": 1},
    {"_id": "x"},
    {"$gt": ""},
    [[]],
    [{}],
    [1, 2],
    ["agent"],
)
"""Values of the types that a field is not."""


def chance(random: Random, probability: float) -> bool:
    """Return True with a probability."""
    return random.random() < probability


def usually(random: Random, values: Sequence[Any], probability: float = 0.85) -> Any:
    """Return one of the values, or an odd one."""
    return random.choice(values) if chance(random, probability) else random.choice(ODD_VALUES)


def fields(random: Random, pools: dict[str, Sequence[Any]], probability: float = 0.7) -> dict[str, Any]:
    """Return an object that has each of the fields with a probability."""
    return {name: usually(random, pool) for name, pool in pools.items() if chance(random, probability)}


def step(random: Random, method: str, path: str, **more: Any) -> dict[str, Any]:
    """Return a step; its body, if it has one, is at times a form, another value, or no body at all."""
    made = {method: path, **more}
    if "json" in made and chance(random, 0.04):
        body = made.pop("json")
        made["body"] = (
            "&".join(f"{key}={value}" for key, value in body.items()) if isinstance(body, dict) else "x"
        )
        made["type"] = "application/x-www-form-urlencoded"
    elif "json" in made and chance(random, 0.02):
        del made["json"]
    elif "json" in made and chance(random, 0.02):
        made["json"] = random.choice(ODD_VALUES)
    return made


def case(steps: list[dict[str, Any]], people: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a scenario, with people of its own."""
    return {"name": "random", "people": people or {}, "steps": steps}
