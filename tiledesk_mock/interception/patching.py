"""Putting a function in another's place, for a while, where others do the same and keep no order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

_MARK: Final = "_tiledesk_mock_patch"
_patching: Final = threading.RLock()


class Ending(Protocol):
    """What a patch is for: it tells when that is over."""

    is_over: bool


class _Layer:
    """A patch in place: its purpose, and what lies beneath it now."""

    def __init__(self, purpose: Ending, beneath: Callable[..., Any]) -> None:
        self.purpose: Final = purpose
        self.beneath = beneath

    def pass_on(self, *arguments: Any, **named: Any) -> Any:
        """Call what lies beneath."""
        return self.beneath(*arguments, **named)


@contextmanager
def patched(
    owner: Any, name: str, wrapping: Callable[[Callable[..., Any]], Callable[..., Any]], purpose: Ending
) -> Iterator[None]:
    """Let `owner.name` be what `wrapping` makes of it.

    What somebody has put on top of it since stays theirs. What it wrapped, and is over by now, goes with it.
    Safe to use from many threads.
    """
    with _patching:
        layer = _Layer(purpose, getattr(owner, name))
        wrapper = wrapping(layer.pass_on)
        setattr(wrapper, _MARK, layer)
        setattr(owner, name, wrapper)
    try:
        yield
    finally:
        with _patching:
            _take_out(owner, name, wrapper, layer)


def _take_out(owner: Any, name: str, wrapper: Callable[..., Any], layer: _Layer) -> None:
    """Take a patch from the top, or from between others. Under somebody else's it stays, without effect."""
    top = getattr(owner, name)
    if top is wrapper:
        setattr(owner, name, _still_wanted(layer.beneath))
        return
    above = getattr(top, _MARK, None)
    while above is not None and above.beneath is not wrapper:
        above = getattr(above.beneath, _MARK, None)
    if above is not None:
        above.beneath = layer.beneath


def _still_wanted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what is below the wrappers that are over."""
    layer = getattr(function, _MARK, None)
    return _still_wanted(layer.beneath) if layer is not None and layer.purpose.is_over else function
