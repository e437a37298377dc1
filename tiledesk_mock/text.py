"""Texts of messages: suggestions for unknown names, plurals, shortened values; patterns of texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

_ELLIPSIS: Final = "..."
_MOST_LISTED: Final = 40
END: Final = r"$(?!\n)"
"""The end of a text in a pattern: in Python, `$` alone also matches before a last line break."""

_LONGEST_NAME: Final = 200


def suggestion(name: str, choices: Iterable[str], default: str | None = None) -> str:
    """Return `did you mean X?`; if no choice is similar, `default` or the list of all choices."""
    names = tuple(choices)
    near = closest(name, names)
    return f"did you mean {near}?" if near else default or f"expected one of {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    """Return names as a list that is short enough for a line."""
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return f"{', '.join(names[:_MOST_LISTED])}{more}"


def closest(name: str, choices: Sequence[str], cutoff: float = 0.6) -> str | None:
    """Return the most similar choice, or None if no similarity reaches `cutoff` (0 to 1)."""
    if len(name) > _LONGEST_NAME:  # which would take minutes to compare
        return None
    # Imported here: difflib is only needed for errors.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, choices, 1, cutoff=cutoff)), None)


def number_of(count: int, noun: str) -> str:
    """Return `1 entry`, `2 entries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text; a shortened one ends with an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - len(_ELLIPSIS)]}{_ELLIPSIS}"


def name_condition(pattern: str) -> Callable[[str], bool]:
    """Return a function that says whether a name matches; `*` stands for any text."""
    if "*" not in pattern:
        return pattern.__eq__
    compiled = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    return lambda name: compiled.fullmatch(name) is not None


def late_pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern that is compiled on first use.

    Compiling takes a tenth of a millisecond, and most tests need few of the patterns of what they import.
    """
    return _LatePattern(source, flags)  # type: ignore[return-value]  # it has the same attributes


class _LatePattern:
    """Has the attributes of a compiled pattern, each from its first use."""

    def __init__(self, source: str, flags: int) -> None:
        self.pattern: Final = source
        self._flags: Final = flags

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the compiled pattern, and keep it."""
        found = getattr(re.compile(self.pattern, self._flags), name)
        setattr(self, name, found)
        return found


def visible(text: str) -> str:
    r"""Return a text on one line in which no character has an effect on a terminal.

    Control characters, escape sequences, marks that change the direction, and halves of surrogate pairs
    become escapes, as `\x1b` and `\u202e`: a client could otherwise write to the terminal of a tester.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def in_any_case(word: str) -> str:
    """Return a pattern for an ASCII word in small and capital letters, which needs no flag."""
    return "".join(f"[{one.upper()}{one.lower()}]" if one.isalpha() else re.escape(one) for one in word)
