"""Which id of one side is which id of the other, learned from what both sides send."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from ..http.exchange import RecordedRequest
from ..redaction.secrets import basic_credentials, basic_pair
from .text_parts import PartKind, TextPart, ids_in, is_id, split_parts

Pair = tuple[str, str]
"""A text of the left side, and what the right side has in its place."""

_CONNECTION_HEADERS: Final = frozenset(
    {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}
)
"""Header fields that are made anew when a request is sent to the other side."""

_PLAIN: Final = re.compile(r"[ !#-\[\]-~]*")
"""Texts that are the same in JSON, in header fields and alone."""


class IdMap:
    """A one-to-one map of the ids, UUIDs, tokens and placeholders of two sides, left and right.

    A pair holds for the session: an id that was paired cannot become another. For `diff`, the left side is
    the emulator and the right side the other server; for a replay, they are the recording and this run.

    Args:
        words: pairs that are known from the start. They may be any text: addresses, passwords, projects.
        base: a map whose pairs hold as well. This one does not change it.
    """

    def __init__(self, words: Iterable[Pair] = (), base: IdMap | None = None) -> None:
        self._base: Final = base
        self._right: Final[dict[str, str]] = {}
        self._left: Final[dict[str, str]] = {}
        known = [(left, right) for left, right in words if left and right]
        self._changes_text = bool(known) or base is not None
        self._to_right: Final = _word_replacer(dict(known))
        self._to_left: Final = _word_replacer({right: left for left, right in known})
        self.learn(known)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Return the pairs that this map has learned, without those of its base."""
        return tuple((left, self._right[_key(left)]) for left in self._left.values())

    def right_of(self, left: str) -> str | None:
        """Return what the right side has in place of a text of the left side, if that is known."""
        return self._right.get(_key(left)) or (self._base.right_of(left) if self._base else None)

    def left_of(self, right: str) -> str | None:
        """Return what the left side has in place of a text of the right side, if that is known."""
        return self._left.get(_key(right)) or (self._base.left_of(right) if self._base else None)

    def pair(self, left: str, right: str) -> bool:
        """Learn a pair; return whether it agrees with what was learned before."""
        paired_right, paired_left = self.right_of(left), self.left_of(right)
        if paired_right is None and paired_left is None:
            self.set_pair(left, right)
            return True
        return _key(paired_right or "") == _key(right) and _key(paired_left or "") == _key(left)

    def set_pair(self, left: str, right: str) -> None:
        """Pair two texts, whatever they were paired with: a new token replaces the old one."""
        self._right[_key(left)], self._left[_key(right)] = right, left
        self._changes_text = self._changes_text or left != right

    def learn(self, pairs: Iterable[Pair]) -> None:
        """Learn pairs, except those that contradict what was learned before."""
        for left, right in pairs:
            self.pair(left, right)

    def learn_common(self, text: str) -> None:
        """Learn that both sides have the ids in a text, except those that are paired already."""
        self.learn((found, found) for found in ids_in(text))

    def to_right(self, text: str, *, with_secrets: bool = True) -> str:
        """Return a text of the left side with the ids of the right side.

        Without `with_secrets`, those placeholders stay whose secret would have to be escaped in JSON or in a
        header field.
        """

        def other(part: TextPart) -> str | None:
            right = self.right_of(part.text)
            may_stay = part.kind is PartKind.PLACEHOLDER and not with_secrets
            return right if right is None or not may_stay or _PLAIN.fullmatch(right) else None

        return self._translated(text, self._to_right, other)

    def to_left(self, text: str) -> str:
        """Return a text of the right side with the ids of the left side."""
        return self._translated(text, self._to_left, lambda part: self.left_of(part.text))

    def _translated(
        self, text: str, replace_words: Callable[[str], str], other: Callable[[TextPart], str | None]
    ) -> str:
        if not self._changes_text:
            return text
        return "".join(
            replace_words(part.text) if part.kind is PartKind.TEXT else other(part) or part.text
            for part in split_parts(text)
        )


def _key(text: str) -> str:
    """Return how a text is looked up: the case of ids and UUIDs does not count."""
    return text.lower() if len(text) in (24, 36) and is_id(text) else text


def _word_replacer(words: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that replaces words, percent-encoded ones too, the longest first."""
    replacements = {**{quote(word, safe=""): quote(other, safe="") for word, other in words.items()}, **words}
    if not replacements:
        return str
    longest_first = sorted(replacements, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in longest_first))
    return lambda text: pattern.sub(lambda match: replacements[match[0]], text)


def translate_request(request: RecordedRequest, change: Callable[[str], str]) -> RecordedRequest:
    """Return a request whose path, query, headers and body are changed by `to_right` or `to_left`."""
    headers = tuple(
        (name, _changed_header(name, value, change))
        for name, value in request.headers
        if name.lower() not in _CONNECTION_HEADERS
    )
    try:
        body = change(request.body.decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        body = request.body
    return replace(request, target=change(request.target), headers=headers, body=body)


def _changed_header(name: str, value: str, change: Callable[[str], str]) -> str:
    scheme, _, credentials = value.partition(" ")
    pair = basic_pair(credentials)
    if name.lower() != "authorization" or scheme.lower() != "basic" or pair is None:
        return change(value)
    user, password = map(change, pair)
    return value if (user, password) == pair else f"{scheme} {basic_credentials(user, password)}"
