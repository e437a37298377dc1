"""Scenarios: requests in order, written in YAML, to be sent to any Tiledesk.

A file is a list of `{name, steps}`; `fixtures/scenario.schema.json` has every key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from ..errors import ScenarioError
from ..node.json import ABSENT, Json
from ..seeding.files import read_document


class Scenario(Struct, frozen=True):
    """Steps that belong together. `leaves` says what they leave behind in a project, None if nothing."""

    name: str
    steps: tuple[Step, ...]
    file: str = ""
    leaves: str | None = None

    @property
    def people(self) -> set[str]:
        """Return who sends its requests."""
        return {step.person for step in self.steps if step.person}

    @property
    def variables(self) -> set[str]:
        """Return the variables that have to be known before it starts."""
        saved: set[str] = set()
        needed: set[str] = set()
        for step in self.steps:
            needed |= step.variables - saved
            saved |= step.save.keys()
        return needed


def read_scenarios(path: Path | str) -> list[Scenario]:
    """Read a file of scenarios; raise ScenarioError, with scenario and step, for one that is wrong."""
    file, document = str(path), read_document(path, ScenarioError)
    if not isinstance(document, list):
        raise ScenarioError(file, "", "expected a list of scenarios, each with name and steps")
    return [_scenario(entry, number, file) for number, entry in enumerate(document, start=1)]


def _scenario(entry: Json, number: int, file: str) -> Scenario:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise ScenarioError(file, f"scenario {number}", "name: expected text")
    place = f"scenario {name!r}"
    strange = entry.keys() - {"name", "steps", "leaves"}
    if strange:
        raise ScenarioError(file, place, f"{min(strange)}: expected name, steps or leaves")
    leaves, steps = entry.get("leaves"), entry.get("steps")
    if leaves is not None and not isinstance(leaves, str):
        raise ScenarioError(file, place, "leaves: expected text that says what is left behind")
    if not isinstance(steps, list) or not steps:
        raise ScenarioError(file, place, "steps: expected a list of requests")
    read = (
        read_step(step, f"{place}, step {place_of}", file) for place_of, step in enumerate(steps, start=1)
    )
    return Scenario(name, tuple(read), file, leaves)


METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options")

_VARIABLE: Final = re.compile(r"\{(\w+(?:\.\w+)*)\}")
_INDEX: Final = "i"


class Step(Struct, frozen=True, kw_only=True):
    """One request, or several that differ by their index.

    `person` is who sends it, None for nobody; `path`, `headers` and `json` may have `{variables}`.
    `save` names values of the answer, by dotted path, for later steps. `repeat` is how often it is sent, with
    `{i}` as the index, and `pause` seconds after each. `times` repeats the `body`. `timeout` is for how many
    seconds an answer is waited for, None for as long as always. A step that is
    `server_only` asks for what the documentation promises otherwise; of one that is `own`, the answer lists
    others' documents too, which do not count.
    """

    method: str
    path: str
    person: str | None = None
    authorization: str | None = None
    json: Json = ABSENT
    body: str | None = None
    type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    save: Mapping[str, str] = field(default_factory=dict)
    repeat: int = 1
    times: int = 1
    pause: float = 0.0
    timeout: float | None = None
    server_only: bool = False
    own: bool = False

    @property
    def variables(self) -> set[str]:
        """Return the variables that it needs, the index aside."""
        texts = [self.path, *self.headers.values(), *_texts(self.json)]
        return {name for text in texts for name in _VARIABLE.findall(text)} - {_INDEX}

    def __str__(self) -> str:
        sender = f"{self.person}: " if self.person else ""
        return f"{sender}{self.method} {self.path}"


def read_step(entry: Json, place: str, file: str) -> Step:
    """Read a step; raise ScenarioError, with its place, for one that is wrong."""
    if not isinstance(entry, dict):
        raise ScenarioError(file, place, "expected a request, like {as: owner, get: /{a}/events}")
    methods = [method for method in METHODS if method in entry]
    if len(methods) != 1:
        raise ScenarioError(file, place, f"expected one method of {', '.join(METHODS)}")
    values: dict[str, Any] = {}
    for key, value in entry.items():
        attribute, is_right, expected = _KEYS.get(key, (key, _never, f"a key of {', '.join(_KEYS)}"))
        if not is_right(value):
            raise ScenarioError(file, place, f"{key}: expected {expected}")
        values[attribute] = value
    if "json" in values and "body" in values:
        raise ScenarioError(file, place, "expected json or body, not both")
    values["headers"] = {name: str(value) for name, value in values.get("headers", {}).items()}
    return Step(method=methods[0].upper(), **values)


def _never(_: Json) -> bool:
    return False


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_path(value: Json) -> bool:
    return isinstance(value, str) and value.startswith("/")


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_seconds(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool)


def _is_table(value: Json) -> bool:
    return isinstance(value, dict) and all(
        isinstance(key, str) and not isinstance(item, (dict, list)) for key, item in value.items()
    )


_KEYS: Final[Mapping[str, tuple[str, Callable[[Json], bool], str]]] = {
    "as": ("person", _is_text, "a name of the cast"),
    **dict.fromkeys(METHODS, ("path", _is_path, "a path that begins with /")),
    "authorization": ("authorization", _is_text, "an Authorization header"),
    "json": ("json", lambda _: True, "any JSON"),
    "body": ("body", _is_text, "text"),
    "type": ("type", _is_text, "a Content-Type"),
    "headers": ("headers", _is_table, "names and values"),
    "save": ("save", _is_table, "names, and where in the answer their values are"),
    "repeat": ("repeat", _is_count, "a whole number from 1"),
    "times": ("times", _is_count, "a whole number from 1"),
    "pause": ("pause", _is_seconds, "a number of seconds"),
    "timeout": ("timeout", _is_seconds, "a number of seconds"),
    "server_only": ("server_only", _is_flag, "true or false"),
    "own": ("own", _is_flag, "true or false"),
}
"""The keys of a step: which attribute of Step each is, what it may be, and that in words."""


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for part in pair for text in _texts(part))
    elif isinstance(value, list):
        yield from (text for item in value for text in _texts(item))


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """Put values in place of `{variables}`; what is no known variable stays."""
    return _VARIABLE.sub(lambda match: variables.get(match[1], match[0]), text)
