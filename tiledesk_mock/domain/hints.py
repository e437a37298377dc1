"""What to say where a name is not known."""

from __future__ import annotations

from collections.abc import Iterable


def meant(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Return the known name that was meant, as a question; without one near, `otherwise` or all of them."""
    # Here and not above: difflib is for mistakes alone.
    from difflib import get_close_matches

    names = tuple(known)
    near = get_close_matches(name, names, 1)
    return f"did you mean {near[0]}?" if near else otherwise or f"expected one of {', '.join(names)}"
