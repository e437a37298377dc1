"""The responses to errors, by the table that makes them: status, headers and the schema of the body."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from msgspec import Struct

from .. import errors
from ..errors import ApiError, InvalidField
from ..http.exchange import RecordedResponse
from ..node.json import Json
from ..tiledesk.wire import Document
from ..web.responses import DRIFT_HEADER, ApiResponse, error_response, express_response
from .inference import Schema, inferred
from .records import ref

_ANY: Final[tuple[Json, ...]] = ("", 0, False, None, [], {})
"""A value of each type of JSON."""

_VALUES: Final[Mapping[object, Sequence[Json]]] = {
    "str": ("a", "b"),
    "int": (1, 2),
    "list[InvalidField]": 2
    * ([InvalidField("a"), *(InvalidField("b", "query", one, has_value=True) for one in _ANY)],),
}
"""Two values for the fields of errors, by their types: what differs between the responses is no constant."""

_SHARED: Final = "Failure"
_FAILURE: Final = b'{"err":"error"}'
"""The body that several errors have, which says only that something failed."""

_HEADERS: Final = {
    "X-Powered-By": "Says that Express responds.",
    "Access-Control-Allow-Origin": "Lets pages of every origin read the response.",
    "ETag": "Changes with the body; a GET with it in `If-None-Match` is answered with 304.",
    "WWW-Authenticate": "Asks for an e-mail address and a password.",
    "Content-Security-Policy": "Lets a browser load nothing.",
    "X-Content-Type-Options": "Lets a browser guess no type.",
    "Retry-After": "Seconds until the next request is allowed.",
    "x-hook-secret": "The secret that signs deliveries.",
    DRIFT_HEADER: "Of the emulator only: the ids of the drifts that the request depended on.",
}


class Refusal(Struct, frozen=True):
    """How an error is answered. `fields` are those of the error, `about` says what it means by them."""

    error: type[ApiError]
    fields: tuple[tuple[str, Json], ...] = ()
    about: str = ""

    @property
    def name(self) -> str:
        """Return the name of the schema of the body."""
        return _SHARED if self.response.body == _FAILURE else self.error.__name__

    @property
    def response(self) -> RecordedResponse:
        """Return a response, as Express sends it."""
        return self._responses()[0]

    @property
    def description(self) -> str:
        """Return what was wrong, in a sentence."""
        if self.about:
            return self.about
        # What stands behind a semicolon is about the fields of the exception.
        sentence = inspect.cleandoc(self.error.__doc__ or "").partition("\n\n")[0].partition(";")[0]
        return sentence.replace("\n", " ").replace("`", "").rstrip(".") + "."

    def schema(self) -> Schema | None:
        """Return the schema of a body of JSON; None for a text."""
        bodies = [response.body for response in self._responses()]
        if not (self.response.header("content-type") or "").startswith("application/json"):
            return None
        return inferred([json.loads(body) for body in bodies], exact=True)

    def _responses(self) -> list[RecordedResponse]:
        return [express_response(error_response(one), {"REQUEST_METHOD": "POST"}) for one in self._samples()]

    def _samples(self) -> Iterator[ApiError]:
        fields: Iterable[Any] = dataclasses.fields(self.error) if dataclasses.is_dataclass(self.error) else ()
        needed = {one.name: _VALUES[one.type] for one in fields if one.default is dataclasses.MISSING}
        for number in (0, 1):
            yield self.error(**{name: values[number] for name, values in needed.items()}, **dict(self.fields))


def unauthenticated(status: int = 401, *, challenge: bool = True) -> Refusal:
    """Return how missing or wrong credentials are answered."""
    about = "The Authorization header cannot be parsed." if status == 400 else ""
    return Refusal(errors.Unauthenticated, (("status", status), ("challenge", challenge)), about)


def refusal_schemas(refusals: Iterable[Refusal]) -> dict[str, Schema]:
    """Return the schemas of the bodies of errors, by name."""
    found: dict[str, Schema] = {}
    for one in refusals:
        schema = one.schema()
        if schema is not None:
            about = "Something failed." if one.name == _SHARED else one.description
            found[one.name] = {**schema, "description": about}
    return dict(sorted(found.items()))


def by_status(refusals: Iterable[Refusal]) -> dict[int, list[Refusal]]:
    """Return refusals by their status."""
    ordered = sorted(refusals, key=lambda one: one.response.status)
    return {status: [*group] for status, group in groupby(ordered, lambda one: one.response.status)}


def response_object(refusals: list[Refusal], others: Iterable[Schema] = (), about: str = "") -> Document:
    """Return the response object of a status: bodies and headers of errors, and `others` that succeed."""
    lines = [about] if about else []
    lines += [_line(one) for one in refusals]
    description = lines[0] if len(lines) == 1 else "\n".join(f"* {line}" for line in lines)
    schemas = [*others, *_references(refusals)]
    answered = [one.response for one in refusals]
    response: Document = {"description": description}
    if answered or others:
        response["headers"] = headers_object(answered or [_success()])
    if schemas:
        response["content"] = json_content(schemas)
    return response


def json_content(schemas: list[Schema]) -> Document:
    """Return the content of a response with a JSON body that fits one of several schemas."""
    return {"application/json": {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}}


def headers_object(responses: list[RecordedResponse]) -> Document:
    """Return references to the headers that responses have; one that only some have is not required."""
    names = dict.fromkeys(name for response in responses for name, _ in response.headers)
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names if name in _HEADERS}


def header_components() -> Document:
    """Return the headers that responses may have."""
    return {
        name: {"description": text, "schema": {"type": "integer" if name == "Retry-After" else "string"}}
        for name, text in _HEADERS.items()
    }


def _success() -> RecordedResponse:
    return express_response(ApiResponse(200, b"{}"), {"REQUEST_METHOD": "POST"})


def _line(one: Refusal) -> str:
    if one.schema() is not None:
        return one.description
    return f"{one.description} The body is the text `{one.response.body.decode()}`, without a Content-Type."


def _references(refusals: list[Refusal]) -> list[Schema]:
    return [ref(name) for name in dict.fromkeys(one.name for one in refusals if one.schema() is not None)]
