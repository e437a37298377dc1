"""Scenarios: requests in order, written in YAML, to be sent to any Tiledesk.

A file is a list of `{name, steps}`. `fixtures/scenario.schema.json` is written from these types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType, field

from ..errors import ScenarioError
from ..node.convert import ConversionError, convert
from ..node.json import Json
from ..seeding.files import read_document

METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options")

_VARIABLE: Final = re.compile(r"\{(\w+(?:\.\w+)*)\}")
_INDEX: Final = "i"

_Path = Annotated[str, Meta(description="a path that begins with /, without a prefix", pattern="^/")]
_Count = Annotated[int, Meta(description="a whole number of at least 1", ge=1)]
_Seconds = Annotated[float, Meta(description="a number of seconds", ge=0)]
_Flag = Annotated[bool, Meta(description="true or false")]
Scalar = Annotated[str | int | float | bool | None, Meta(description="text, a number, true, false or null")]
_Table = Annotated[dict[str, Scalar], Meta(description="names and values")]


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request, or several that differ by their index. Path, headers and JSON may have `{variables}`."""

    person: Annotated[str | None, Meta(title="Who sends it, with /jwt by token")] = field(
        default=None, name="as"
    )
    get: _Path | UnsetType = UNSET
    post: _Path | UnsetType = UNSET
    put: _Path | UnsetType = UNSET
    patch: _Path | UnsetType = UNSET
    delete: _Path | UnsetType = UNSET
    head: _Path | UnsetType = UNSET
    options: _Path | UnsetType = UNSET
    authorization: Annotated[str | None, Meta(title="A whole Authorization header")] = None
    claims: Annotated[
        dict[str, Json] | UnsetType,
        Meta(title="The claims of a token that the project's secret signs", description="names and values"),
    ] = UNSET
    json: Annotated[Json, Meta(title="The JSON body")] = UNSET
    body: Annotated[str, Meta(title="The body as text")] | UnsetType = UNSET
    type: Annotated[str | None, Meta(title="The Content-Type of the body")] = None
    headers: Annotated[_Table, Meta(title="More headers")] = field(default_factory=dict)
    save: Annotated[_Table, Meta(title="Names for values of the response, each with its dotted path")] = (
        field(default_factory=dict)
    )
    repeat: Annotated[_Count, Meta(title="How often it is sent; {i} is the index, from 0")] = 1
    times: Annotated[_Count, Meta(title="How often the text of the body is repeated")] = 1
    pause: Annotated[_Seconds, Meta(title="Seconds to wait after each request")] = 0
    timeout: Annotated[_Seconds | None, Meta(title="Seconds to wait for the response")] = None
    server_only: Annotated[_Flag, Meta(title="The documentation promises another response")] = False
    own: Annotated[_Flag, Meta(title="Ignore others' documents in the response")] = False

    def __post_init__(self) -> None:
        if len([method for method in METHODS if getattr(self, method) is not UNSET]) != 1:
            raise ValueError(f"expected one method of {', '.join(METHODS)}")
        if self.json is not UNSET and self.body is not UNSET:
            raise ValueError("expected json or body, not both")

    @property
    def method(self) -> str:
        """Return the method, in capital letters."""
        return next(method for method in METHODS if getattr(self, method) is not UNSET).upper()

    @property
    def path(self) -> str:
        """Return the path, with variables and without a prefix."""
        return str(getattr(self, self.method.lower()))

    @property
    def variables(self) -> set[str]:
        """Return the names of the variables, except the index."""
        texts = [self.path, *map(str, self.headers.values())]
        texts += [json.dumps(value) for value in (self.json, self.claims) if value is not UNSET]
        return {name for text in texts for name in _VARIABLE.findall(text)} - {_INDEX}

    def __str__(self) -> str:
        sender = f"{self.person}: " if self.person else ""
        return f"{sender}{self.method} {self.path}"


_Step = Annotated[
    Step,
    Meta(
        description="a request, like {as: owner, get: /{a}/events}",
        extra_json_schema={
            "oneOf": [{"required": [method]} for method in METHODS],
            "not": {"required": ["json", "body"]},
        },
    ),
]


class Scenario(Struct, frozen=True, forbid_unknown_fields=True):
    """Steps that belong together. It is skipped where a server lacks a person who sends a request."""

    name: Annotated[str, Meta(title="Its name in reports", description="text", min_length=1)]
    steps: Annotated[list[_Step], Meta(description="a list of requests", min_length=1)]
    leaves: Annotated[
        str | None,
        Meta(
            title="What it leaves behind in the project; --tidy leaves it out",
            description="text that says what is left behind",
        ),
    ] = None

    @property
    def people(self) -> set[str]:
        """Return the names of the people who send requests."""
        return {step.person for step in self.steps if step.person}

    @property
    def needs_secret(self) -> bool:
        """Return whether a step has a token that the project's secret signs."""
        return any(step.claims is not UNSET for step in self.steps)

    @property
    def variables(self) -> set[str]:
        """Return the variables that must have a value before it starts."""
        saved: set[str] = set()
        needed: set[str] = set()
        for step in self.steps:
            needed |= step.variables - saved
            saved |= step.save.keys()
        return needed


SCENARIOS: Final[Any] = Annotated[
    list[Scenario],
    Meta(
        description="Requests in order, which `tiledesk-mock diff --scenario` sends to the emulator and to "
        "another Tiledesk."
    ),
]
"""The type of a file, for `msgspec.json.schema`."""


def read_scenarios(path: Path | str) -> list[Scenario]:
    """Return the scenarios of a file; raise ScenarioError with scenario and step if it is wrong."""
    document = read_document(path, ScenarioError)
    if not isinstance(document, list):
        raise ScenarioError(str(path), "", "expected a list of scenarios, each with name and steps")
    return [_scenario(entry, number, str(path)) for number, entry in enumerate(document, start=1)]


def _scenario(entry: Json, number: int, file: str) -> Scenario:
    try:
        return convert(entry, Scenario)
    except ConversionError as error:
        name = entry.get("name") if isinstance(entry, dict) else None
        scenario = f"scenario {name!r}" if isinstance(name, str) and name else f"scenario {number}"
        path = f"{scenario}, {error.path}" if error.path else scenario
        raise ScenarioError(file, path, error.problem) from error


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with values in place of its `{variables}`; unknown ones stay."""
    return _VARIABLE.sub(lambda match: variables.get(match[1], match[0]), text)
