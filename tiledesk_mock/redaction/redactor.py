"""What leaves a recording before it touches the disk, and what stands there instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, Protocol, TypeVar, cast

from msgspec import Struct, structs

from ..errors import SetupError
from ..http.encodings import possible_texts
from ..http.exchange import Headers, RecordedRequest, RecordedResponse, first_header
from ..node.json import Json
from ..node.json_text import JsonPath, change_json, is_json
from ..tiledesk.auth import parse_authorization
from .placeholders import Placeholders
from .scrubbing import Scrubber
from .secrets import claims_of, is_secret_name, plain

RedactFunction = Callable[[RecordedRequest, RecordedResponse], tuple[RecordedRequest, RecordedResponse]]

_TOLD: Final = ("_id", "sub", "aud")
"""The claims of a token that are kept beside the request: they name its holder."""

_LEFT_AS_IT_IS: Final = frozenset({"etag", "if-none-match", "content-length", "date", "content-type"})


class Entry(Protocol):
    """What is redacted: the entry of a cassette, which is a msgspec Struct."""

    @property
    def request(self) -> RecordedRequest:
        """Return the request."""

    @property
    def response(self) -> RecordedResponse:
        """Return the response."""

    @property
    def sender(self) -> Mapping[str, Json]:
        """Return the claims of the request's token that are no secret."""


EntryT = TypeVar("EntryT", bound=Entry)


class Redaction(Struct, frozen=True, dict=True):
    """What is secret beyond what always is.

    Args:
        names: of header fields, parameters, and fields of bodies; case and punctuation do not count.
        paths: of fields of JSON bodies: `attributes.card`, `events[*].attributes.iban`, `**.phone`.
        function: is given each request and answer before anything else, and returns what goes on.
        enabled: False writes recordings as they are.

    """

    names: Sequence[str] = ()
    paths: Sequence[str] = ()
    function: RedactFunction | None = None
    enabled: bool = True

    def hides(self, name: str) -> bool:
        """Tell whether what has this name is secret."""
        return is_secret_name(name) or plain(name) in self._names

    def hides_at(self, place: JsonPath) -> bool:
        """Tell whether a place in a body is secret: by its names, or by its path."""
        if any(self.hides(part) for part in place if isinstance(part, str)):
            return True
        return bool(self.paths) and self._paths.fullmatch(_written(place)) is not None

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(map(plain, self.names))

    @cached_property
    def _paths(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{_path_pattern(path)})" for path in self.paths))


DEFAULT_REDACTION: Final = Redaction()


class Redactor:
    """Redacts the entries of one cassette: the same secret has the same placeholder in all of them."""

    def __init__(
        self, redaction: Redaction = DEFAULT_REDACTION, placeholders: Placeholders | None = None
    ) -> None:
        self._redaction: Final = redaction
        self._scrub: Final = Scrubber(placeholders or Placeholders(), redaction.hides)

    def entries(self, entries: Iterable[EntryT]) -> tuple[EntryT, ...]:
        """Return entries without secrets, in whichever of them a secret is first seen to be one."""
        if not self._redaction.enabled:
            return tuple(entries)
        once = [self._rewritten(entry) for entry in entries]
        for entry in once:
            self.entry(entry)
        return tuple(self.entry(entry) for entry in once)

    def entry(self, entry: EntryT) -> EntryT:
        """Return an entry without the secrets that are known or seen in it."""
        request, answer = entry.request, entry.response
        body = self.body(request.headers, request.body)
        told = self.body(answer.headers, answer.body)
        return _replace(
            entry,
            request=replace(
                request,
                target=self._scrub.target(request.target),
                headers=self._framed(self.headers(request.headers), body),
                body=body,
            ),
            response=replace(answer, headers=self._framed(self.headers(answer.headers), told), body=told),
            sender=entry.sender or self._sender(request),
        )

    def headers(self, headers: Headers) -> Headers:
        """Return header fields without secrets."""
        return tuple((name, self.header(name, value)) for name, value in headers)

    def header(self, name: str, value: str) -> str:
        """Return a header field without secrets."""
        if name.lower() in _LEFT_AS_IT_IS:
            return value
        return self._scrub.header(name.lower(), value)

    def target(self, target: str) -> str:
        """Return path and query without secrets."""
        return self._scrub.target(target)

    def body(self, headers: Headers, body: bytes) -> bytes:
        """Return a body without secrets; what is not secret stays as it is, to the byte."""
        kind = (first_header(headers, "Content-Type") or "").lower()
        for text, charset in possible_texts(body, kind):
            told = self._told(text, kind)
            if told != text:
                return told.encode(charset, "backslashreplace")
        return body

    def value(self, place: JsonPath, value: object) -> object:
        """Return a text, number, true, false or null of a JSON body without secrets."""
        if value is None or isinstance(value, bool):
            return value
        if self._redaction.hides_at(place):
            return self._scrub.secret(str(value), self._secret_name(place)) if value != "" else value
        if not isinstance(value, str):
            return value
        if value.lstrip()[:1] in ("{", "[") and is_json(value):
            return change_json(value, self.value, self._scrub.text)
        return self._scrub.text(value)

    def _told(self, text: str, kind: str) -> str:
        if is_json(text):
            return change_json(text, self.value, self._scrub.text)
        if kind.startswith("application/x-www-form-urlencoded"):
            return self._scrub.form(text)
        return self._scrub.text(text)

    def _secret_name(self, place: JsonPath) -> str:
        """Return the name for which a place is secret, or the nearest to it."""
        names = [part for part in reversed(place) if isinstance(part, str)]
        return next(filter(self._redaction.hides, names), names[0] if names else "")

    def _rewritten(self, entry: EntryT) -> EntryT:
        if self._redaction.function is None:
            return entry
        function = self._redaction.function
        try:
            request, answer = function(entry.request, entry.response)
        except Exception as error:
            name = getattr(function, "__qualname__", repr(function))
            told = f"{type(error).__name__}: {error}"
            raise SetupError(f"{name} was to hide secrets and failed; nothing is written ({told})") from error
        return _replace(entry, request=request, response=answer)

    def _sender(self, request: RecordedRequest) -> dict[str, object]:
        """Return what a request's token tells of its holder that is no secret."""
        credentials = parse_authorization(request.header("Authorization")).credentials
        claims = claims_of(getattr(credentials, "token", ""))
        told = {name: claims[name] for name in _TOLD if name in claims}
        return {
            name: self._scrub.text(value) if isinstance(value, str) else value for name, value in told.items()
        }

    def _framed(self, headers: Headers, body: bytes) -> Headers:
        """Return header fields that tell the length of the body as it is now."""
        return tuple(
            (name, str(len(body)) if name.lower() == "content-length" and body else value)
            for name, value in headers
        )


def _replace(entry: EntryT, **changes: Any) -> EntryT:
    return cast(EntryT, structs.replace(cast(Any, entry), **changes))


def _written(place: JsonPath) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _path_pattern(path: str) -> str:
    """Return a regular expression for a path: `*` is any key, `[*]` any index, `**` any way down."""
    wild = {"*": r"[^.[]+", "[*]": r"\[\d+\]", "**": r".*"}
    parts = re.split(r"(\*\*|\[\*\]|\*)", path.removeprefix("$").removeprefix("."))
    return "".join(wild.get(part) or re.escape(part) for part in parts)
