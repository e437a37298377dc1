"""The parts of a text that are another in each run: ids, uuids, times, tokens, guests' made-up names."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple

from ..redaction.secrets import JWT, PLACEHOLDER
from .wildcards import Known, with_unknown_parts


class PartKind(str, Enum):
    """What a part of a text is."""

    TEXT = "text"
    TOKEN = "token"  # noqa: S105  (a word)
    TIME = "time"
    UUID = "uuid"
    ID = "id"
    GUEST = "guest"
    HIDDEN = "hidden"


class Part(NamedTuple):
    """One part of a text."""

    kind: PartKind
    text: str


_PATTERN: Final = re.compile(
    rf"""
      (?P<hidden> {PLACEHOLDER.pattern} )
    | (?P<token> {JWT.pattern} | <jwt> )
    | (?P<time>  \b\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) | <time> )
    | (?P<uuid>  \b[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}\b | <uuid:\d+> )
    | (?P<id>    \b[0-9a-fA-F]{{24}}\b | <id:\d+> )
    | (?P<guest> \bguest\#(?:[0-9a-f]{{4}}\b|<hex>) )
    """,
    re.VERBOSE,
)
"""The forms, and the names in angle brackets that stand for them where an answer was written down."""

IDENTITIES: Final = frozenset({PartKind.ID, PartKind.UUID})
"""Parts that name something: the same on one side is the same on the other."""


def parts_of(text: str) -> list[Part]:
    """Take a text apart; the parts in order make up the whole."""
    parts, end = [], 0
    for match in _PATTERN.finditer(text):
        if match.start() > end:
            parts.append(Part(PartKind.TEXT, text[end : match.start()]))
        parts.append(Part(PartKind(match.lastgroup), match[0]))
        end = match.end()
    if end < len(text):
        parts.append(Part(PartKind.TEXT, text[end:]))
    return parts


def revealed(hidden: list[Part], text: str) -> list[tuple[Part, str]] | None:
    """Return what stands in a text where another has parts that differ; None if the rest is not the same."""
    known = [""]
    for part in hidden:
        if part.kind is PartKind.TEXT:
            known[-1] += re.escape(part.text)
        else:
            known.append("")
    match = re.fullmatch(with_unknown_parts([Known(one, one) for one in known]), text, re.DOTALL)
    named = [part for part in hidden if part.kind is not PartKind.TEXT]
    return list(zip(named, match.groups(), strict=True)) if match else None


def is_placeholder(text: str) -> bool:
    """Tell whether a part is a name that stands for what was there when an answer was written down."""
    return text.endswith(">")


def form_of(time: str) -> str:
    """Return how a time is written, whatever time it is."""
    return re.sub(r"\d", "0", time)
