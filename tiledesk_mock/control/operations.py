"""The table of operations: for each, its route below `/__admin` and the method of `Controls`."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from ..errors import SettingsError, SetupError
from ..journal.rendering import exchange_document, exchange_from_document
from ..node.json import Json
from ..text import suggestion
from .controls import Controls
from .people import person_document, person_from_document

_ID: Final = re.compile(r"<(\w+)>")

_NOUNS: Final = {str: "a text", int: "a whole number", float: "a number", Mapping: "a JSON object"}


class Operation(Struct, frozen=True, dict=True):
    """A row of the table.

    The parameters of `perform` are, by their names, the ids in the path, and the fields of the body (of POST
    and PUT) or of the query (of GET and DELETE).

    Attributes:
        perform: a method of `Controls`.
        method: of HTTP.
        path: below `/__admin`, with ids as `<name>`.
        document: the parameter that is the whole body, if one is.
        key: the key of the result in the response; without one the result is the response.
        done: for an operation without a result, the key of the id (or of true) in the response.
        missing: what the id names. `perform` returns whether it exists; if not, the response is 404.
        encode: turns the result into JSON.
        decode: turns it back.
    """

    perform: Callable[..., Any]
    method: str
    path: str
    document: str | None = None
    key: str | None = None
    done: str | None = None
    missing: str | None = None
    encode: Callable[[Any], Json] = lambda result: result
    decode: Callable[[Any], Any] = lambda document: document

    @property
    def name(self) -> str:
        """Return the name of the method of `Controls`."""
        return self.perform.__name__

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Return the names of the ids in the path."""
        return tuple(_ID.findall(self.path))

    @cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """Return the parameters that are fields of the body or of the query, with their types."""
        types = get_type_hints(self.perform)
        _, *parameters = inspect.signature(self.perform).parameters.values()
        return {
            one.name: one.replace(annotation=types[one.name])
            for one in parameters
            if one.name not in self.ids
        }

    @property
    def has_body(self) -> bool:
        """Return whether the parameters are fields of the body."""
        return self.method in ("POST", "PUT")

    def arguments(self, body: Mapping[str, Json], query: Mapping[str, str]) -> dict[str, Any]:
        """Return the arguments for `perform` that a request has in its body or its query.

        Raises SetupError for an unknown field, a missing one, and one of another type.
        """
        _check_names("query", query, () if self.has_body else self.parameters)
        if self.document:
            return {self.document: body}
        _check_names("body", body, self.parameters if self.has_body else ())
        fields: Mapping[str, Json] = body if self.has_body else query
        arguments = {
            name: _converted(name, value, self.parameters[name].annotation, strict=self.has_body)
            for name, value in fields.items()
        }
        for name, parameter in self.parameters.items():
            if parameter.default is parameter.empty and name not in arguments:
                raise SetupError(f"{name}: the field is required")
        return arguments

    def response(self, result: Any, ids: Mapping[str, str]) -> Json:
        """Return the response for a result of `perform`."""
        if self.done:
            return {self.done: next(iter(ids.values()), True)}
        document = self.encode(result)
        return {self.key: document} if self.key else document

    def result(self, response: Json) -> Any:
        """Return the result of `perform` for a response."""
        if self.done:
            return True if self.missing else None
        return self.decode(response[self.key] if self.key else response)


OPERATIONS: Final = (
    Operation(Controls.health, "GET", "/health"),
    Operation(Controls.version, "GET", "/version"),
    Operation(Controls.reset, "POST", "/reset", done="reset"),
    Operation(Controls.state, "GET", "/state"),
    Operation(Controls.replace_state, "PUT", "/state", document="seed", done="replaced"),
    Operation(Controls.snapshots, "GET", "/state/snapshots", key="snapshots"),
    Operation(Controls.has_snapshot, "GET", "/state/snapshots/<name>", done="snapshot", missing="snapshot"),
    Operation(Controls.take_snapshot, "PUT", "/state/snapshots/<name>", key="snapshot"),
    Operation(Controls.take_snapshot, "POST", "/state/snapshots", key="snapshot"),
    Operation(Controls.drop_snapshot, "DELETE", "/state/snapshots/<name>", done="dropped"),
    Operation(Controls.restore, "POST", "/state/snapshots/<name>/restore", done="restored"),
    Operation(Controls.add_seed, "POST", "/seed", document="seed"),
    Operation(Controls.clock, "GET", "/clock"),
    Operation(Controls.set_clock, "PUT", "/clock"),
    Operation(Controls.advance_clock, "POST", "/clock/advance"),
    Operation(Controls.faults, "GET", "/faults", key="faults"),
    Operation(Controls.add_fault, "POST", "/faults", document="rule"),
    Operation(Controls.clear_faults, "DELETE", "/faults", done="cleared"),
    Operation(Controls.remove_fault, "DELETE", "/faults/<id_fault>", done="removed", missing="fault"),
    Operation(
        Controls.requests,
        "GET",
        "/requests",
        key="requests",
        encode=lambda exchanges: list(map(exchange_document, exchanges)),
        decode=lambda documents: tuple(map(exchange_from_document, documents)),
    ),
    Operation(Controls.clear_requests, "DELETE", "/requests", done="cleared"),
    Operation(
        Controls.unmatched_requests,
        "GET",
        "/requests/unmatched",
        key="requests",
        encode=lambda exchanges: list(map(exchange_document, exchanges)),
        decode=lambda documents: tuple(map(exchange_from_document, documents)),
    ),
    Operation(Controls.drifts, "GET", "/drifts", key="drifts"),
    Operation(Controls.realtime, "GET", "/realtime"),
    Operation(
        Controls.people,
        "GET",
        "/people",
        key="people",
        encode=lambda people: list(map(person_document, people)),
        decode=lambda documents: map(person_from_document, documents),
    ),
    Operation(Controls.events, "GET", "/events", key="events"),
    Operation(Controls.fire, "POST", "/events"),
    Operation(Controls.changes, "GET", "/changes", key="changes"),
    Operation(Controls.deliveries, "GET", "/deliveries", key="deliveries"),
    Operation(Controls.drain, "POST", "/deliveries/drain"),
    Operation(Controls.resend, "POST", "/deliveries/<id_delivery>/resend"),
    Operation(Controls.add_failure, "POST", "/deliveries/failures"),
    Operation(
        Controls.remove_failure,
        "DELETE",
        "/deliveries/failures/<id_failure>",
        done="recovered",
        missing="failure",
    ),
    Operation(Controls.subscriptions, "GET", "/subscriptions", key="subscriptions"),
    Operation(Controls.subscribe, "POST", "/subscriptions"),
    Operation(
        Controls.unsubscribe,
        "DELETE",
        "/subscriptions/<id_subscription>",
        done="unsubscribed",
        missing="subscription",
    ),
    Operation(Controls.emit_standard, "POST", "/standard-events"),
    Operation(Controls.mode, "GET", "/mode"),
    Operation(Controls.set_mode, "PUT", "/mode", document="mode"),
    Operation(Controls.cassette, "GET", "/cassette"),
)
"""The operations of the control API. A test compares their paths with `docs/control-api.md`."""


def _check_names(place: str, names: Mapping[str, Any], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            hint = suggestion(name, tuple(known)) if known else f"it takes no {place}"
            raise SetupError(f"there is no field {name!r} in the {place}: {hint}")


def _converted(name: str, value: Json, kind: Any, *, strict: bool) -> Any:
    """Return the value of a field as its type; raise SettingsError if it is of another one."""
    try:
        converted = msgspec.convert(value, kind, strict=strict)
        if strict or not isinstance(converted, float) or math.isfinite(converted):
            return converted
    except msgspec.ValidationError:
        pass
    kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    raise SettingsError(name, value, _NOUNS[get_origin(kinds[0]) or kinds[0]])
