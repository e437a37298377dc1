"""Patch a function for a while, even where other patches of it are undone in another order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

_PATCH: Final = "_tiledesk_mock_patch"
"""Attribute of a wrapper: its patch."""

_lock: Final = threading.RLock()


class Scope(Protocol):
    """What a patch is for."""

    is_over: bool


class _Patch:
    """A patch, and the function below it, which may be another wrapper."""

    def __init__(self, scope: Scope, original: Callable[..., Any]) -> None:
        self.scope: Final = scope
        self.original = original

    def call_original(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the function that is below the patch now."""
        return self.original(*arguments, **keywords)


@contextmanager
def patched(
    owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]], scope: Scope
) -> Iterator[None]:
    """Replace the function `owner.name` by `wrap(function)`. Safe to use from many threads.

    A later patch of the same function stays when this one is undone. Patches below this one that are over by
    then are undone with it.
    """
    with _lock:
        patch = _Patch(scope, getattr(owner, name))
        wrapper = wrap(patch.call_original)
        setattr(wrapper, _PATCH, patch)
        setattr(owner, name, wrapper)
    try:
        yield
    finally:
        with _lock:
            _undo(owner, name, wrapper, patch)


def _undo(owner: Any, name: str, wrapper: Callable[..., Any], patch: _Patch) -> None:
    """Remove a patch. One that is below a foreign patch cannot be removed, and has no effect any more."""
    top = getattr(owner, name)
    if top is wrapper:
        setattr(owner, name, _skip_over(patch.original))
        return
    above = getattr(top, _PATCH, None)
    while above is not None and above.original is not wrapper:
        above = getattr(above.original, _PATCH, None)
    if above is not None:
        above.original = patch.original


def _skip_over(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the first function that is not the wrapper of a patch that is over."""
    patch = getattr(function, _PATCH, None)
    return _skip_over(patch.original) if patch is not None and patch.scope.is_over else function
