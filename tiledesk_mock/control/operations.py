"""The table of operations: for each, its route below `/__admin` and the method of `Controls`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final, Literal, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Struct, defstruct

from ..errors import SetupError
from ..journal.rendering import exchange_document, exchange_from_document
from ..node.convert import ConversionError, convert, type_options
from ..node.json import Json
from .controls import Controls
from .operator_answer import answer_document, answer_from_document
from .people import person_document, person_from_document

CONTROL_HEADER: Final = ("X-Tiledesk-Mock", "control API")
"""What every response of the control API has, so that clients can tell it from another server's."""

_ID: Final = re.compile(r"<(\w+)>")


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
        codec: turns the result into JSON, and back.
    """

    perform: Callable[..., Any]
    method: str
    path: str
    document: str | None = None
    key: str | None = None
    done: str | None = None
    missing: str | None = None
    codec: tuple[Callable[[Any], Json], Callable[[Any], Any]] | None = None

    @property
    def name(self) -> str:
        """Return the name of the method of `Controls`."""
        return self.perform.__name__

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Return the names of the ids in the path."""
        return tuple(_ID.findall(self.path))

    @cached_property
    def fields(self) -> type[Struct]:
        """Return the type of the body or of the query: the parameters of `perform` but for the ids."""
        types = get_type_hints(self.perform, include_extras=True)
        _, *parameters = inspect.signature(self.perform).parameters.values()
        return defstruct(
            "".join(word.capitalize() for word in self.name.split("_")) + "Fields",
            [
                (one.name, types[one.name], NODEFAULT if one.default is one.empty else one.default)
                for one in parameters
                if one.name not in self.ids
            ],
            forbid_unknown_fields=True,
        )

    @property
    def has_body(self) -> bool:
        """Return whether the parameters are fields of the body."""
        return self.method in ("POST", "PUT")

    def arguments(self, body: Mapping[str, Json], query: Mapping[str, str]) -> dict[str, Any]:
        """Return the arguments for `perform` that a request has in its body or its query.

        Raises SetupError for an unknown field, a missing one, and one of another type.
        """
        has_fields = bool(self.fields.__struct_fields__)
        if query and (self.has_body or not has_fields):
            raise SetupError("this operation has no query")
        if body and not (self.has_body and has_fields):
            raise SetupError("this operation has no body")
        if self.document:
            return {self.document: body}
        fields = body if self.has_body else {name: self._parsed(name, query[name]) for name in query}
        try:
            arguments = convert(dict(fields), self.fields)
        except ConversionError as error:
            raise SetupError(str(error)) from error
        return {name: getattr(arguments, name) for name in fields}

    def _parsed(self, name: str, text: str) -> Json:
        """Return a parameter of the query as it is if it is text; else the JSON value that it is."""
        kind = self.fields.__annotations__.get(name, str)
        if str in type_options(kind) or any(get_origin(one) is Literal for one in type_options(kind)):
            return text
        try:
            value = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
        return text if value is None else value  # a parameter that is null is left out

    def response(self, result: Any, ids: Mapping[str, str]) -> Json:
        """Return the response for a result of `perform`."""
        if self.done:
            return {self.done: next(iter(ids.values()), True)}
        document = self.codec[0](result) if self.codec else result
        return {self.key: document} if self.key else document

    def result(self, response: Json) -> Any:
        """Return the result of `perform` for a response."""
        if self.done:
            return True if self.missing else None
        document = response[self.key] if self.key else response
        return self.codec[1](document) if self.codec else document


_EXCHANGES: Final = (
    lambda exchanges: list(map(exchange_document, exchanges)),
    lambda documents: tuple(map(exchange_from_document, documents)),
)
_PEOPLE: Final = (
    lambda people: list(map(person_document, people)),
    lambda documents: map(person_from_document, documents),
)

_OPERATOR: Final = (answer_document, answer_from_document)

OPERATIONS: Final = (
    Operation(Controls.health, "GET", "/health"),
    Operation(Controls.version, "GET", "/version"),
    Operation(Controls.openapi, "GET", "/openapi.json"),
    Operation(Controls.openapi_control, "GET", "/openapi-control.json"),
    Operation(Controls.settings, "GET", "/settings"),
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
    Operation(Controls.stubs, "GET", "/stubs", key="stubs"),
    Operation(Controls.add_stub, "POST", "/stubs", document="rule"),
    Operation(Controls.clear_stubs, "DELETE", "/stubs", done="cleared"),
    Operation(Controls.remove_stub, "DELETE", "/stubs/<id_stub>", done="removed", missing="stub"),
    Operation(Controls.requests, "GET", "/requests", key="requests", codec=_EXCHANGES),
    Operation(Controls.clear_requests, "DELETE", "/requests", done="cleared"),
    Operation(Controls.unmatched_requests, "GET", "/requests/unmatched", key="requests", codec=_EXCHANGES),
    Operation(Controls.timeline, "GET", "/timeline", key="entries"),
    Operation(Controls.timeline_entry, "GET", "/timeline/<id_entry>"),
    Operation(Controls.resend_request, "POST", "/timeline/<id_entry>/resend", key="entry"),
    Operation(Controls.drifts, "GET", "/drifts", key="drifts"),
    Operation(Controls.realtime, "GET", "/realtime"),
    Operation(
        Controls.disconnect,
        "DELETE",
        "/realtime/connections/<id_connection>",
        done="disconnected",
        missing="connection",
    ),
    Operation(Controls.projects, "GET", "/projects", key="projects"),
    Operation(Controls.people, "GET", "/people", key="people", codec=_PEOPLE),
    Operation(Controls.custom_token, "POST", "/custom-tokens", key="token"),
    Operation(Controls.events, "GET", "/events", key="events"),
    Operation(Controls.fire, "POST", "/events"),
    Operation(Controls.changes, "GET", "/changes", key="changes"),
    Operation(Controls.deliveries, "GET", "/deliveries", key="deliveries"),
    Operation(Controls.delivery_hints, "GET", "/deliveries/hints", key="hints"),
    Operation(Controls.drain, "POST", "/deliveries/drain"),
    Operation(Controls.resend, "POST", "/deliveries/<id_delivery>/resend"),
    Operation(Controls.failures, "GET", "/deliveries/failures", key="failures"),
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
    Operation(Controls.standard_events, "GET", "/standard-events", key="events"),
    Operation(Controls.emit_standard, "POST", "/standard-events"),
    Operation(Controls.ask_operator, "POST", "/operator-select", codec=_OPERATOR),
    Operation(Controls.conversations, "GET", "/conversations", key="conversations"),
    Operation(Controls.start_conversation, "POST", "/conversations", document="fields"),
    Operation(Controls.conversation_steps, "GET", "/conversation-steps", key="steps"),
    Operation(Controls.conversation, "GET", "/conversations/<id_request>"),
    Operation(
        Controls.continue_conversation, "POST", "/conversations/<id_request>/<step>", document="fields"
    ),
    Operation(Controls.mode, "GET", "/mode"),
    Operation(Controls.set_mode, "PUT", "/mode", document="mode"),
    Operation(Controls.cassette, "GET", "/cassette"),
)
"""The operations of the control API. A test compares their paths with `docs/control-api.md`."""
