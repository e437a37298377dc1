"""Putting a function in another's place, for a while, where others do the same and keep no order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

_MARK: Final = "_tiledesk_mock_patch"


class Ending(Protocol):
    """What a patch is for: it tells when that is over."""

    is_over: bool


@contextmanager
def patched(
    owner: Any, name: str, wrapping: Callable[[Callable[..., Any]], Callable[..., Any]], purpose: Ending
) -> Iterator[None]:
    """Let `owner.name` be what `wrapping` makes of it.

    What somebody has put on top of it since stays theirs. What it wrapped, and is over by now, goes with it.
    """
    before = getattr(owner, name)
    wrapper = wrapping(before)
    setattr(wrapper, _MARK, (purpose, before))
    setattr(owner, name, wrapper)
    try:
        yield
    finally:
        if getattr(owner, name) is wrapper:
            setattr(owner, name, _still_wanted(before))


def _still_wanted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what is below the wrappers that are over."""
    purpose, beneath = getattr(function, _MARK, (None, function))
    return _still_wanted(beneath) if purpose is not None and purpose.is_over else function
