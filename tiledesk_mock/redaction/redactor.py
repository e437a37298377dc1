"""Exchanges with placeholders in place of their secrets, before they are written to disk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from msgspec import Struct

from ..errors import SetupError
from ..http.encodings import ContentDecodingError, decompress_body, possible_texts
from ..http.exchange import Headers, RecordedRequest, RecordedResponse, first_header
from ..node.body_parser import FORM_TYPE
from ..node.json import Json
from ..node.json_text import JsonPath, change_json, is_json, path_pattern, path_text
from ..tiledesk.auth import parse_authorization
from .names import PLACEHOLDER, normalized_name, parameter_names, secret_kind
from .placeholders import Placeholders
from .secrets import COOKIE_HEADERS, CREDENTIAL_HEADERS, JWT, basic_credentials, basic_pair, claims_of
from .texts import SecretTexts

RedactFunction = Callable[[RecordedRequest, RecordedResponse], tuple[RecordedRequest, RecordedResponse]]

_SENDER_CLAIMS: Final = ("_id", "sub", "aud")
"""The claims of a token that are kept beside the request: they name its holder."""

_REDACTED: Final = re.compile(rf"(?:[A-Za-z]{{1,16}}[ +])?(?:{PLACEHOLDER.pattern})")
"""A placeholder, after a scheme or alone."""

_UNCHANGED_HEADERS: Final = frozenset({"etag", "if-none-match", "content-length", "date", "content-type"})
"""Headers without secrets. The length is set anew when the body has changed."""


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


class Redactor(SecretTexts):
    """Redacts the exchanges of one cassette: the same secret has the same placeholder in all of them."""

    def __init__(
        self, redaction: Redaction = DEFAULT_REDACTION, placeholders: Placeholders | None = None
    ) -> None:
        self._placeholders: Final = placeholders or Placeholders()
        self._names: Final = frozenset(map(normalized_name, redaction.names))
        self._function: Final = redaction.function
        self._has_paths: Final = bool(redaction.paths)
        self._secret_paths: Final = path_pattern(redaction.paths)

    def exchanges(
        self, exchanges: Iterable[tuple[RecordedRequest, RecordedResponse]]
    ) -> list[RedactedExchange]:
        """Redact exchanges; a secret is replaced in all of them, whichever of them reveals that it is one.

        Raises SetupError if the function of the redaction fails.
        """
        changed = [self.call_function(*exchange) for exchange in exchanges]
        for exchange in changed:
            self.exchange(*exchange)
        return [self.exchange(*exchange) for exchange in changed]

    def call_function(
        self, request: RecordedRequest, response: RecordedResponse
    ) -> tuple[RecordedRequest, RecordedResponse]:
        """Return what the function of the redaction makes of an exchange; raise SetupError if it fails."""
        if self._function is None:
            return request, response
        try:
            redacted_request, redacted_response = self._function(request, response)
        except Exception as error:
            name = getattr(self._function, "__qualname__", repr(self._function))
            reason = f"{type(error).__name__}: {error}"
            raise SetupError(
                f"the redaction function {name} failed; what it was to redact is not written ({reason})"
            ) from error
        return redacted_request, redacted_response

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
        packed = _packing(headers, body)
        if packed and self._has_secret(packed, body, content_type):
            return self._placeholders.for_secret(body.decode("latin-1"), "body").encode()
        for text, charset in possible_texts(body, content_type):
            redacted = self._document(text, content_type)
            if redacted != text:
                return redacted.encode(charset, "backslashreplace")
        return body

    def _has_secret(self, encoding: str, body: bytes, content_type: str) -> bool:
        """Return whether a secret is, or may be, in a body that is compressed."""
        try:
            plain = decompress_body((("Content-Encoding", encoding),), body)
        except ContentDecodingError:
            return True
        return plain != body and self.body((("Content-Type", content_type),), plain) != plain

    def _document(self, text: str, content_type: str) -> str:
        if is_json(text):
            return change_json(text, self.values(text), self.text)
        return self.form(text) if content_type.startswith(FORM_TYPE) else self.text(text)

    def value(self, path: JsonPath, value: Json) -> Json:
        """Redact a scalar value at a path of a JSON body."""
        has_content = value not in (None, "") and not isinstance(value, bool)
        if self._has_paths and has_content and self._secret_paths.fullmatch(path_text(path)):
            names = [part for part in path if isinstance(part, str)]
            return self.secret(str(value), "".join(names[-1:]))
        return super().value(path, value)

    def secret_name(self, names: Sequence[str], value: object) -> str | None:
        """Return the last of the names above a value that makes it secret; None if none does."""
        if self._names and value != "":
            name = next((name for name in reversed(names) if normalized_name(name) in self._names), None)
            if name is not None:
                return name
        return super().secret_name(names, value)

    def may_have_names(self, text: str) -> bool:
        """Return whether a secret name may be in a text."""
        return bool(self._names) or self._has_paths or super().may_have_names(text)

    def secret(self, value: str, name: str) -> str:
        """Redact the value of the secret field `name`: the token in it if it is one, else all of it."""
        redacted = JWT.sub(lambda match: self.token(match[0]), value) if "eyJ" in value else value
        if _REDACTED.fullmatch(redacted):
            return redacted
        return self._placeholders.for_secret(value, secret_kind(name))

    def token(self, token: str) -> str:
        """Redact a token."""
        return self._placeholders.for_secret(token, "jwt")

    def basic(self, credentials: str) -> str | None:
        """Return Basic credentials made of placeholders; None if these are malformed."""
        pair = basic_pair(credentials)
        if pair is None:
            return None
        user = self._placeholders.for_person(pair[0]) if pair[0] else ""
        password = self._placeholders.for_secret(pair[1], "password") if pair[1] else ""
        return basic_credentials(user, password)

    def user_info(self, user: str, password: str) -> str:
        """Redact user and password of a URL."""
        if user and not PLACEHOLDER.fullmatch(user):
            user = quote(self._placeholders.for_person(unquote(user)))
        return f"{user}:{self._placeholders.for_secret(password, 'password')}"

    def person(self, address: str) -> str:
        """Redact an e-mail address."""
        # The password and the host of a URL look like an address, too: `REDACTED-password-1@host.example`.
        is_user_info = PLACEHOLDER.fullmatch(address.partition("@")[0])
        return address if is_user_info else self._placeholders.for_person(address)

    def known(self, text: str) -> str:
        """Redact the secrets that were found elsewhere."""
        return self._placeholders.replace_in(text)

    def header(self, name: str, value: str) -> str:
        """Redact the value of a header field."""
        lowered = name.lower()
        if not value or lowered in _UNCHANGED_HEADERS:
            return value
        if lowered in CREDENTIAL_HEADERS:
            return self._authorization(value)
        if lowered in COOKIE_HEADERS:
            return self._cookies(lowered, value)
        return self.secret(value, name) if self.secret_name((name,), value) else self.text(value)

    def target(self, target: str) -> str:
        """Redact path and query."""
        path, mark, query = target.partition("?")
        return "/".join(map(self._segment, path.split("/"))) + mark + self.form(query)

    def form(self, text: str) -> str:
        """Redact a query or a form; fields without a secret keep their encoding."""
        return "&".join(map(self._field, text.split("&")))

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

    def _field(self, field: str) -> str:
        name, equals, raw = field.partition("=")
        value = unquote_plus(raw)
        secret_name = self.secret_name(parameter_names(name), value)
        redacted = self.secret(value, secret_name) if secret_name else self.text(value)
        return field if redacted == value else f"{name}{equals}{quote_plus(redacted)}"

    def _segment(self, segment: str) -> str:
        plain = unquote(segment)
        redacted = self.text(plain)
        return segment if redacted == plain else quote(redacted)

    def _authorization(self, value: str) -> str:
        scheme, *parts = value.split(" ")
        if not parts:
            return self._credential(scheme)
        is_basic = scheme.lower() == "basic"
        redacted = ((is_basic and self.basic(part)) or self._credential(part) for part in parts)
        return " ".join([scheme, *redacted])

    def _credential(self, part: str) -> str:
        if not part:
            return part
        return self._placeholders.for_secret(part, "jwt" if JWT.fullmatch(part) else "credentials")

    def _cookies(self, name: str, value: str) -> str:
        parts = value.split(";")
        count = len(parts) if name == "cookie" else 1  # what follows in Set-Cookie are attributes
        return ";".join([*map(self._cookie, parts[:count]), *parts[count:]])

    def _cookie(self, cookie: str) -> str:
        name, equals, value = cookie.partition("=")
        if not equals:  # a cookie may have no name
            value = cookie.lstrip()
            name = cookie[: len(cookie) - len(value)]
        return name + equals + self._placeholders.for_secret(value, "cookie") if value else cookie


def _packing(headers: Headers, body: bytes) -> str:
    """Return how a body is compressed, whether that is announced or not; empty if it is not."""
    if body[:2] == b"\x1f\x8b":
        return "gzip"
    encoding = (first_header(headers, "Content-Encoding") or "").lower()
    return "" if encoding == "identity" else encoding
