"""What to say where a name is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final


def suggestion(name: str, choices: Iterable[str], default: str | None = None) -> str:
    """Return the known name that was meant, as a question; without one near, `otherwise` or all of them."""
    names = tuple(choices)
    near = closest(name, names)
    return f"did you mean {near}?" if near else default or f"expected one of {', '.join(names)}"


def closest(name: str, choices: Sequence[str], cutoff: float = 0.6) -> str | None:
    """Return the known name that is most like another, and at least so much (0 to 1); None without one."""
    # Here and not above: difflib is for mistakes alone.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, choices, 1, cutoff=cutoff)), None)


def number_of(count: int, noun: str) -> str:
    """Return `1 entry`, `2 entries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


_CUT: Final = "..."


def shorten(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters: the beginning of a longer one, which says that it is."""
    return text if len(text) <= limit else f"{text[: limit - len(_CUT)]}{_CUT}"
