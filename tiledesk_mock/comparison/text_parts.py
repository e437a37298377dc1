"""The parts of a text that differ between runs: ids, UUIDs, times, tokens, placeholders, guests' names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from ..redaction.names import PLACEHOLDER
from ..redaction.secrets import JWT


class PartKind(str, Enum):
    """What a part of a text is. A placeholder is what replaces a secret in a recording."""

    TEXT = "text"
    TOKEN = "token"  # noqa: S105  (a word)
    TIME = "time"
    UUID = "uuid"
    ID = "id"
    GUEST = "guest"
    PLACEHOLDER = "placeholder"


class TextPart(NamedTuple):
    """One part of a text."""

    kind: PartKind
    text: str


_HEX: Final = "[0-9a-fA-F]"
_ID: Final = f"(?<!{_HEX}){_HEX}{{24}}(?!{_HEX})|<id:\\d+>"
_UUID: Final = f"(?<!{_HEX}){_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}(?!{_HEX})|<uuid:\\d+>"
_TIME: Final = r"(?<!\d)\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?|<time>"
_GUEST: Final = r"\bguest#(?:[0-9a-f]{4}\b|<hex>)"
# The names in angle brackets stand for such parts in responses that were written down by hand.

_PART: Final = re.compile(
    f"(?P<placeholder>{PLACEHOLDER.pattern})|(?P<token>{JWT.pattern}|<jwt>)|(?P<time>{_TIME})"
    f"|(?P<uuid>{_UUID})|(?P<id>{_ID})|(?P<guest>{_GUEST})"
)
_IDS: Final = re.compile(f"{_UUID}|{_ID}")

_REPLACEABLE_BY: Final = {
    PartKind.TOKEN: r"\S+",
    PartKind.TIME: _TIME,
    PartKind.UUID: _UUID,
    PartKind.ID: _ID,
    PartKind.GUEST: _GUEST,
}
"""Regular expressions for what another run may have in place of a part; of a placeholder, it is anything."""

IDENTIFIERS: Final = frozenset({PartKind.ID, PartKind.UUID})
"""Parts that identify something, so that an id map pairs them."""


def split_parts(text: str) -> list[TextPart]:
    """Split a text into its parts; joined, they are the text."""
    parts, end = [], 0
    for match in _PART.finditer(text):
        if match.start() > end:
            parts.append(TextPart(PartKind.TEXT, text[end : match.start()]))
        parts.append(TextPart(PartKind(match.lastgroup), match[0]))
        end = match.end()
    if end < len(text):
        parts.append(TextPart(PartKind.TEXT, text[end:]))
    return parts


def ids_in(text: str) -> list[str]:
    """Return the ids and UUIDs in a text."""
    return _IDS.findall(text)


def is_id(text: str) -> bool:
    """Return whether a text is an id or UUID."""
    return _IDS.fullmatch(text) is not None


def without_ids(text: str) -> str:
    """Return a text with a star in place of each id and UUID."""
    return _IDS.sub("*", text)


def match_parts(recorded: str, text: str) -> list[tuple[TextPart, str]] | None:
    """Match a text with a recorded one, as another run may have written it.

    Returns each part of the recorded text that is not plain text with what the text has in its place, or None
    if the text does not match.
    """
    parts, pattern = _pattern(recorded)
    match = pattern.fullmatch(text)
    return list(zip(parts, match.groups(), strict=True)) if match else None


@lru_cache(1024)
def _pattern(recorded: str) -> tuple[list[TextPart], re.Pattern[str]]:
    """Return the parts of a text that are not plain text, and a pattern with a group for each of them."""
    parts = split_parts(recorded)
    pattern = re.compile(_expression(parts), re.DOTALL)
    return [part for part in parts if part.kind is not PartKind.TEXT], pattern


def _expression(parts: Sequence[TextPart]) -> str:
    """Return a regular expression with a group for each part that is not plain text.

    A placeholder ends where what follows up to the next one matches first. Trying the other places would take
    exponential time in a long text.
    """
    segments = [("", "")]  # what stands between two placeholders, with groups and without
    for index, (kind, _) in enumerate(parts):
        if kind is PartKind.PLACEHOLDER:
            segments.append(("", ""))
            continue
        pattern = _REPLACEABLE_BY.get(kind) or _text_expression(parts, index)
        grouped, plain = segments[-1]
        grouped += pattern if kind is PartKind.TEXT else f"({pattern})"
        segments[-1] = grouped, f"{plain}(?:{pattern})"
    expression = segments[0][0]
    for number, (grouped, plain) in enumerate(segments[1:], start=1):
        end = r"\Z" if number == len(segments) - 1 else ""
        expression += f"(?=(?P<any{number}>.+?)(?={plain}{end}))(?P=any{number}){grouped}"
    return expression


def _text_expression(parts: Sequence[TextPart], index: int) -> str:
    """Return a regular expression for plain text. Quotes around a placeholder may be missing.

    A number that was redacted in JSON became a text.
    """
    text = parts[index].text
    starts = text[:1] == '"' and index >= 2 and _is_quoted(parts, index - 1)
    ends = text[-1:] == '"' and _is_quoted(parts, index + 1)
    plain = text[starts : len(text) - ends]
    return '"?' * starts + re.escape(plain) + '"?' * ends


def _is_quoted(parts: Sequence[TextPart], index: int) -> bool:
    """Return whether the part at an index is a placeholder in quotes."""
    if not 0 < index < len(parts) - 1 or parts[index].kind is not PartKind.PLACEHOLDER:
        return False
    return parts[index - 1].text[-1:] == '"' and parts[index + 1].text[:1] == '"'
