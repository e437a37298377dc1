"""Who is who: which id on one side is which on the other, learned from answers."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from ..http.exchange import RecordedRequest
from .volatile import Part, PartKind, parts_of

_UNSENT: Final = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding"})
"""Header fields that whoever sends a request makes anew."""


class IdMap:
    """Pairs ids, uuids and tokens of two sides, here and there, and rewrites requests from one to the other.

    A pair holds for the session: an id that was one thing there cannot become another. `words` are pairs that
    are known from the start and may be any text: addresses, passwords, a project's name.
    """

    def __init__(self, words: Iterable[tuple[str, str]] = ()) -> None:
        self._there: Final[dict[str, str]] = {}
        self._here: Final[dict[str, str]] = {}
        self._tokens: Final[tuple[dict[str, str], dict[str, str]]] = ({}, {})
        known = [(here, there) for here, there in words if here and there]
        self._words: Final = (dict(known), {there: here for here, there in known})
        for here, there in known:
            self.pair(here, there)

    def pair(self, here: str, there: str) -> bool:
        """Learn that `here` is `there`; return whether that agrees with what was learned before."""
        key, value = here.lower(), there.lower()
        return self._there.setdefault(key, value) == value and self._here.setdefault(value, key) == key

    def pair_tokens(self, here: str, there: str) -> None:
        """Learn that whoever has the token `here` has the token `there`."""
        to_there, to_here = self._tokens
        to_there[here], to_here[there] = there, here

    def right_of(self, here: str) -> str | None:
        """Return what an id here is there, if that is known."""
        return self._there.get(here.lower())

    def left_of(self, there: str) -> str | None:
        """Return what an id there is here, if that is known."""
        return self._here.get(there.lower())

    def to_right(self, text: str) -> str:
        """Rewrite a text from here for the other side."""
        return _rewritten(text, self._there, self._tokens[0], self._words[0])

    def to_left(self, text: str) -> str:
        """Rewrite a text from the other side for this one."""
        return _rewritten(text, self._here, self._tokens[1], self._words[1])

    def request_to_right(self, request: RecordedRequest) -> RecordedRequest:
        """Rewrite path, query, headers and body of a request for the other side."""
        return _rewritten_request(request, self.to_right)

    def request_to_left(self, request: RecordedRequest) -> RecordedRequest:
        """Rewrite path, query, headers and body of a request of the other side for this one."""
        return _rewritten_request(request, self.to_left)


def _rewritten(text: str, ids: Mapping[str, str], tokens: Mapping[str, str], words: Mapping[str, str]) -> str:
    def other(part: Part) -> str:
        if part.kind in (PartKind.TOKEN, PartKind.HIDDEN):
            return tokens.get(part.text) or words.get(part.text, part.text)
        return (
            _with_words(part.text, words)
            if part.kind is PartKind.TEXT
            else ids.get(part.text.lower(), part.text)
        )

    return "".join(map(other, parts_of(text)))


def _with_words(text: str, words: Mapping[str, str]) -> str:
    """Replace known words, also where they are percent-encoded, the longest first and each place once."""
    known = {**{quote(word, safe=""): quote(other, safe="") for word, other in words.items()}, **words}
    if not known:
        return text
    longest_first = sorted(known, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in longest_first)
    return re.sub(pattern, lambda match: known[match[0]], text)


def _rewritten_request(request: RecordedRequest, rewrite: Callable[[str], str]) -> RecordedRequest:
    headers = tuple(
        (name, _rewritten_field(name, value, rewrite))
        for name, value in request.headers
        if name.lower() not in _UNSENT
    )
    try:
        body = rewrite(request.body.decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        body = request.body
    return replace(request, target=rewrite(request.target), headers=headers, body=body)


def _rewritten_field(name: str, value: str, rewrite: Callable[[str], str]) -> str:
    scheme, _, credentials = value.partition(" ")
    if name.lower() != "authorization" or scheme.lower() != "basic":
        return rewrite(value)
    try:
        plain = base64.b64decode(credentials, validate=True).decode("utf-8")
    except ValueError:
        return value
    other = rewrite(plain)
    return value if other == plain else f"{scheme} {base64.b64encode(other.encode()).decode()}"
