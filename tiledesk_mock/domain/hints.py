"""What to say where a name is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def meant(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Return the known name that was meant, as a question; without one near, `otherwise` or all of them."""
    names = tuple(known)
    near = nearest(name, names)
    return f"did you mean {near}?" if near else otherwise or f"expected one of {', '.join(names)}"


def nearest(name: str, known: Sequence[str], likeness: float = 0.6) -> str | None:
    """Return the known name that is most like another, and at least so much (0 to 1); None without one."""
    # Here and not above: difflib is for mistakes alone.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, known, 1, cutoff=likeness)), None)
