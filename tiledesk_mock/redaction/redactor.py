"""Exchanges with placeholders in place of their secrets, before they are written to disk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final, NamedTuple

from msgspec import Struct

from ..errors import SetupError
from ..http.encodings import possible_texts
from ..http.exchange import Headers, RecordedRequest, RecordedResponse, first_header
from ..node.json import Json
from ..node.json_text import JsonPath, change_json, is_json, path_pattern, path_text
from ..tiledesk.auth import parse_authorization
from .secrets import claims_of, is_secret_name, normalized_name
from .text_redactor import Placeholders, TextRedactor

RedactFunction = Callable[[RecordedRequest, RecordedResponse], tuple[RecordedRequest, RecordedResponse]]

_SENDER_CLAIMS: Final = ("_id", "sub", "aud")
"""The claims of a token that are kept beside the request: they name its holder."""

_UNCHANGED_HEADERS: Final = frozenset({"etag", "if-none-match", "content-length", "date", "content-type"})


class Redaction(Struct, frozen=True, dict=True):
    """What is secret in addition to what always is.

    Args:
        names: of header fields, parameters, and fields of bodies, in any case and punctuation.
        paths: of fields of JSON bodies: `attributes.card`, `events[*].attributes.iban`, `**.phone`.
        function: called with each request and response first; what it returns is redacted further.
        enabled: False writes recordings as they are.

    """

    names: Sequence[str] = ()
    paths: Sequence[str] = ()
    function: RedactFunction | None = None
    enabled: bool = True

    def hides(self, name: str) -> bool:
        """Return whether the value of a field of this name is secret."""
        return is_secret_name(name) or normalized_name(name) in self._names

    def hides_at(self, path: JsonPath) -> bool:
        """Return whether the value at a path in a body is secret: by a name in it, or by the whole path."""
        if any(self.hides(part) for part in path if isinstance(part, str)):
            return True
        return bool(self.paths) and self._paths.fullmatch(path_text(path)) is not None

    def call_function(
        self, request: RecordedRequest, response: RecordedResponse
    ) -> tuple[RecordedRequest, RecordedResponse]:
        """Return what `function` returns for an exchange; raise SetupError if it fails."""
        if self.function is None:
            return request, response
        try:
            redacted_request, redacted_response = self.function(request, response)
        except Exception as error:
            name = getattr(self.function, "__qualname__", repr(self.function))
            reason = f"{type(error).__name__}: {error}"
            raise SetupError(
                f"the redaction function {name} failed; nothing is written ({reason})"
            ) from error
        return redacted_request, redacted_response

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(map(normalized_name, self.names))

    @cached_property
    def _paths(self) -> re.Pattern[str]:
        return path_pattern(self.paths)


DEFAULT_REDACTION: Final = Redaction()


class RedactedExchange(NamedTuple):
    """A redacted request and response, and the claims of the request's token that name its sender."""

    request: RecordedRequest
    response: RecordedResponse
    sender: dict[str, Json]


class Redactor:
    """Redacts the exchanges of one cassette: the same secret has the same placeholder in all of them."""

    def __init__(
        self, redaction: Redaction = DEFAULT_REDACTION, placeholders: Placeholders | None = None
    ) -> None:
        self._redaction: Final = redaction
        self._text: Final = TextRedactor(placeholders or Placeholders(), redaction.hides)

    def exchanges(
        self, exchanges: Iterable[tuple[RecordedRequest, RecordedResponse]]
    ) -> list[RedactedExchange]:
        """Redact exchanges; a secret is replaced in all of them, whichever of them reveals that it is one."""
        changed = [self._redaction.call_function(*exchange) for exchange in exchanges]
        for exchange in changed:
            self.exchange(*exchange)
        return [self.exchange(*exchange) for exchange in changed]

    def exchange(self, request: RecordedRequest, response: RecordedResponse) -> RedactedExchange:
        """Redact the secrets that are in an exchange or that were in earlier ones."""
        request_body = self.body(request.headers, request.body)
        response_body = self.body(response.headers, response.body)
        return RedactedExchange(
            replace(
                request,
                target=self.target(request.target),
                headers=_with_length(self.headers(request.headers), request_body),
                body=request_body,
            ),
            replace(
                response,
                headers=_with_length(self.headers(response.headers), response_body),
                body=response_body,
            ),
            self._sender(request),
        )

    def headers(self, headers: Headers) -> Headers:
        """Redact header fields."""
        return tuple((name, self.header(name, value)) for name, value in headers)

    def header(self, name: str, value: str) -> str:
        """Redact the value of a header field."""
        lowered = name.lower()
        return value if lowered in _UNCHANGED_HEADERS else self._text.header(lowered, value)

    def target(self, target: str) -> str:
        """Redact path and query."""
        return self._text.target(target)

    def text(self, text: str) -> str:
        """Redact a text."""
        return self._text.text(text)

    def body(self, headers: Headers, body: bytes) -> bytes:
        """Redact a body; everything else in it stays as it is, to the byte."""
        content_type = (first_header(headers, "Content-Type") or "").lower()
        for text, charset in possible_texts(body, content_type):
            redacted = self._body_text(text, content_type)
            if redacted != text:
                return redacted.encode(charset, "backslashreplace")
        return body

    def value(self, path: JsonPath, value: object) -> object:
        """Redact a scalar value at a path of a JSON body."""
        if value is None or isinstance(value, bool):
            return value
        if self._redaction.hides_at(path):
            return self._text.secret(str(value), self._secret_name(path)) if value != "" else value
        if not isinstance(value, str):
            return value
        if value.lstrip()[:1] in ("{", "[") and is_json(value):
            return change_json(value, self.value, self._text.text)
        return self._text.text(value)

    def _body_text(self, text: str, content_type: str) -> str:
        if is_json(text):
            return change_json(text, self.value, self._text.text)
        if content_type.startswith("application/x-www-form-urlencoded"):
            return self._text.form(text)
        return self._text.text(text)

    def _secret_name(self, path: JsonPath) -> str:
        """Return the name that makes a path secret, or the last name in it."""
        names = [part for part in reversed(path) if isinstance(part, str)]
        return next(filter(self._redaction.hides, names), names[0] if names else "")

    def _sender(self, request: RecordedRequest) -> dict[str, Json]:
        credentials = parse_authorization(request.header("Authorization")).credentials
        claims = claims_of(getattr(credentials, "token", ""))
        return {
            name: self._text.text(claims[name]) if isinstance(claims[name], str) else claims[name]
            for name in _SENDER_CLAIMS
            if name in claims
        }


def _with_length(headers: Headers, body: bytes) -> Headers:
    """Return header fields whose Content-Length is that of the body."""
    return tuple(
        (name, str(len(body)) if name.lower() == "content-length" and body else value)
        for name, value in headers
    )
