"""Exchanges with placeholders in place of their secrets, before they are written to disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from msgspec import Struct

from ..errors import SetupError
from ..http.encodings import possible_texts
from ..http.exchange import Headers, RecordedRequest, RecordedResponse, first_header
from ..node.body_parser import FORM_TYPE
from ..node.json import Json
from ..node.json_text import JsonPath, change_json, is_json, path_pattern, path_text
from ..tiledesk.auth import parse_authorization
from .secrets import claims_of
from .text_redactor import Placeholders, TextRedactor

RedactFunction = Callable[[RecordedRequest, RecordedResponse], tuple[RecordedRequest, RecordedResponse]]

_SENDER_CLAIMS: Final = ("_id", "sub", "aud")
"""The claims of a token that are kept beside the request: they name its holder."""


class Redaction(Struct, frozen=True):
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


DEFAULT_REDACTION: Final = Redaction()


class RedactedExchange(NamedTuple):
    """A redacted request and response, and the claims of the request's token that name its sender."""

    request: RecordedRequest
    response: RecordedResponse
    sender: dict[str, Json]


class Redactor(TextRedactor):
    """Redacts the exchanges of one cassette: the same secret has the same placeholder in all of them."""

    def __init__(
        self, redaction: Redaction = DEFAULT_REDACTION, placeholders: Placeholders | None = None
    ) -> None:
        super().__init__(placeholders or Placeholders(), redaction.names)
        self._function: Final = redaction.function
        self._secret_paths: Final = path_pattern(redaction.paths)

    def exchanges(
        self, exchanges: Iterable[tuple[RecordedRequest, RecordedResponse]]
    ) -> list[RedactedExchange]:
        """Redact exchanges; a secret is replaced in all of them, whichever of them reveals that it is one.

        Raises SetupError if the function of the redaction fails.
        """
        changed = [self._call_function(*exchange) for exchange in exchanges]
        for exchange in changed:
            self.exchange(*exchange)
        return [self.exchange(*exchange) for exchange in changed]

    def exchange(self, request: RecordedRequest, response: RecordedResponse) -> RedactedExchange:
        """Redact the secrets that are in an exchange or that were in earlier ones."""
        request_body = self.body(request.headers, request.body)
        response_body = self.body(response.headers, response.body)
        request_headers = self._headers(request.headers, request_body)
        response_headers = self._headers(response.headers, response_body)
        return RedactedExchange(
            replace(request, target=self.target(request.target), headers=request_headers, body=request_body),
            replace(response, headers=response_headers, body=response_body),
            self._sender(request),
        )

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
        names = [part for part in reversed(path) if isinstance(part, str)]
        name = next(filter(self.is_secret_name, names), None)
        if name is not None or self._secret_paths.fullmatch(path_text(path)):
            return self.secret(str(value), name or "".join(names[:1])) if value != "" else value
        if not isinstance(value, str):
            return value
        if value.lstrip()[:1] in ("{", "[") and is_json(value):
            return change_json(value, self.value, self.text)
        return self.text(value)

    def _body_text(self, text: str, content_type: str) -> str:
        if is_json(text):
            return change_json(text, self.value, self.text)
        return self.form(text) if content_type.startswith(FORM_TYPE) else self.text(text)

    def _headers(self, headers: Headers, body: bytes) -> Headers:
        """Redact header fields; Content-Length is that of the redacted body."""
        return tuple(
            (name, str(len(body)) if name.lower() == "content-length" and body else self.header(name, value))
            for name, value in headers
        )

    def _sender(self, request: RecordedRequest) -> dict[str, Json]:
        credentials = parse_authorization(request.header("Authorization")).credentials
        claims = claims_of(getattr(credentials, "token", ""))
        found = {name: claims[name] for name in _SENDER_CLAIMS if name in claims}
        return {name: self.text(value) if isinstance(value, str) else value for name, value in found.items()}

    def _call_function(
        self, request: RecordedRequest, response: RecordedResponse
    ) -> tuple[RecordedRequest, RecordedResponse]:
        if self._function is None:
            return request, response
        try:
            redacted_request, redacted_response = self._function(request, response)
        except Exception as error:
            name = getattr(self._function, "__qualname__", repr(self._function))
            reason = f"{type(error).__name__}: {error}"
            raise SetupError(
                f"the redaction function {name} failed; nothing is written ({reason})"
            ) from error
        return redacted_request, redacted_response
