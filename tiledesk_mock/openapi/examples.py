"""Examples of requests and responses, taken from the recordings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import UNSET

from ..emulator import Emulator
from ..node.json import Json
from ..scenarios.scenarios import substitute
from ..settings import Dialect
from ..tiledesk.wire import Document, event_from_document
from .inference import fits
from .recordings import Recorded, recorded, world_credentials
from .responses import Refusal

_MOST: Final = 2
"""The number of examples of a success, and of the items of a list in one."""


class Examples:
    """The examples in the dialect of an emulator, which has the data of the recorded world."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator: Final = emulator
        self._variables: Final = world_credentials().variables

    def successes(self, operation: str) -> list[Recorded]:
        """Return exchanges that succeeded, each with other fields in its response."""
        found: dict[tuple[str, ...], Recorded] = {}
        for one in _answered(operation, 200):
            if not isinstance(one.body, dict) or "success" not in one.body or one.body["success"]:
                found.setdefault(_shape(one.body), one)
        return sorted(found.values(), key=_is_empty)[:_MOST]

    def of_requests(self, exchanges: Iterable[Recorded]) -> Document:
        """Return the bodies of requests by name."""
        return {
            _name(one): {"summary": _summary(one), "value": self._substituted(one.step.json)}
            for one in exchanges
            if one.step.json is not UNSET
        }

    def of_successes(self, exchanges: Iterable[Recorded]) -> Document:
        """Return the bodies of responses by name."""
        return {
            _name(one): {"summary": _summary(one), "value": self._in_dialect(one.body)} for one in exchanges
        }

    def of_refusals(self, operation: str, refusals: Iterable[Refusal]) -> Document:
        """Return the first recorded body of each error by its name; those that were not recorded lack."""
        return {
            one.name: {"summary": one.description, "value": found.body}
            for one in refusals
            if (found := recorded_refusal(operation, one)) is not None and found.body is not UNSET
        }

    def _substituted(self, value: Json) -> Json:
        if isinstance(value, dict):
            return {key: self._substituted(item) for key, item in value.items()}
        return substitute(value, self._variables) if isinstance(value, str) else value

    def _in_dialect(self, body: Json) -> Json:
        if isinstance(body, list):
            return body[:_MOST]
        if not isinstance(body, dict):
            return body
        if "events" in body:
            return {**body, "events": [self._in_dialect(event) for event in body["events"][:_MOST]]}
        is_event = "name" in body and "status" in body
        if not is_event or self._emulator.settings.dialect is Dialect.SERVER:
            return body
        return self._emulator.event_encoder.document(event_from_document(body))


def recorded_refusal(operation: str, refusal: Refusal) -> Recorded | None:
    """Return the first recorded response of an operation that is that of an error."""
    schema, response = refusal.schema(), refusal.response
    for one in _answered(operation, response.status):
        if schema is None:
            if one.body is UNSET and one.text == response.body.decode():
                return one
        elif one.body is not UNSET and fits(one.body, schema):
            return one
    return None


def _answered(operation: str, status: int) -> Iterator[Recorded]:
    return (
        one
        for one in recorded()
        if one.operation == operation and one.status == status and one.step.method != "HEAD"
    )


def _shape(body: Json) -> tuple[str, ...]:
    """Return the names of the fields of a body, of its first event, and of its user."""
    if isinstance(body, list):
        return ("[]", *_shape(body[0] if body else None))
    if not isinstance(body, dict):
        return (str(type(body)),)
    events = body.get("events")
    return (*body, *(_shape(events[0]) if events else ()), *(_shape(body["user"]) if "user" in body else ()))


def _is_empty(one: Recorded) -> bool:
    """Return whether a response has an empty list."""
    return one.body == [] or (isinstance(one.body, dict) and one.body.get("events") == [])


def _name(one: Recorded) -> str:
    return re.sub(r"[^a-z0-9]+", "-", one.scenario.lower()).strip("-")


def _summary(one: Recorded) -> str:
    return one.scenario[:1].upper() + one.scenario[1:]
