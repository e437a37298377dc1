"""What the real server answered, by operation: requests and responses that were recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from msgspec import UNSET, Struct

from ..node.json import Json
from ..scenarios.credentials import Credentials, read_credentials
from ..scenarios.scenarios import Step, read_scenarios, substitute
from ..seeding.seeds import fixtures_folder
from ..web.requests import canonical
from .routes import matching_route

GROUNDS: Final = (
    "events_create",
    "events_list",
    "events_get",
    "auth",
    "subscriptions",
    "signin",
    "accounts",
    "custom_tokens",
    "projects",
    "routing",
    "routes",
)
"""The files of scenarios in `fixtures/contract`, the simpler requests first."""

NO_ANSWER: Final = 504
"""The status of the emulator where the real server never answers."""

_NAME: Final = re.compile(r"<(\w+)(?::(\d+))?>")
_UUID: Final = "3f0c8f0a-0000-4000-8000-{:012}"
_SECRET: Final = "<secret>"  # noqa: S105  (stands in place of one)


class Recorded(Struct, frozen=True):
    """A request that was recorded, and its response; `body` is UNSET without one of JSON.

    `operation` is the id of the operation that answers, None where the emulator has no route.
    """

    operation: str | None
    path: str
    step: Step
    scenario: str
    status: int
    headers: dict[str, str]
    etag: str | None
    body: Json
    text: str


@cache
def recorded() -> tuple[Recorded, ...]:
    """Return all recorded exchanges; ids and times stand in place of their names."""
    return tuple(one for ground in GROUNDS for one in _exchanges(ground))


def world_credentials() -> Credentials:
    """Return the people and variables of the world in which was recorded."""
    return read_credentials(fixtures_folder() / "contract" / "credentials.yaml")


def _exchanges(ground: str) -> Iterator[Recorded]:
    folder = fixtures_folder() / "contract"
    answers: dict[str, list[dict[str, Any]]] = json.loads(
        (folder / "recordings" / f"{ground}.json").read_bytes()
    )
    variables = world_credentials().variables
    for scenario in read_scenarios(folder / f"{ground}.yaml"):
        for step, answer in zip(scenario.steps, answers[scenario.name], strict=True):
            path = canonical(substitute(step.path.partition("?")[0], variables))
            route = matching_route(step.method, path)
            yield Recorded(
                route.operation if route else None,
                path,
                step,
                scenario.name,
                NO_ANSWER if answer["status"] == "no answer" else answer["status"],
                answer.get("headers", {}),
                answer.get("etag"),
                with_values(answer["json"]) if "json" in answer else UNSET,
                answer.get("text", ""),
            )


def with_values(value: Json) -> Json:
    """Return recorded JSON with an id, a time or a token in place of each name, such as `<id:1>`."""
    if isinstance(value, dict):
        return {key: with_values(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_values(item) for item in value]
    if isinstance(value, str) and "<" in value:
        return _NAME.sub(_value, value)
    return value


def _value(name: re.Match[str]) -> str:
    number = int(name[2] or 0)
    values = {
        "id": f"65f0{number:020}",
        "uuid": _UUID.format(number),
        "time": "2026-01-31T12:00:00.000Z",
        "hex": "0a1b",
    }
    return values.get(name[1], name[0])
