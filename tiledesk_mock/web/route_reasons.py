"""Why a path has no route: it is not emulated, takes another method, or does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..node.bson import object_id
from ..redaction.masking import masked_text
from ..text import closest, shorten
from .not_emulated import is_not_emulated

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.routing import Map

OUTSIDE_WORDS: Final = ("auth", "testauth")
"""The first segments of emulated paths outside of projects, which are project ids on any other path."""

_SPELLED: Final = {
    f"/auth/{name}".lower(): f"/auth/{name}" for name in ("signinAnonymously", "signinWithCustomToken")
}
"""The paths that the documentation writes with capitals."""

_LONGEST: Final = 120
_IDS: Final = re.compile(r"<\w+>")


def route_reason(environ: WSGIEnvironment, url_map: Map) -> str:
    """Return why the emulator, whose routes are in `url_map`, has none for a request."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    shown = masked_text(f"{method} {shorten(path, _LONGEST)}")
    if is_not_emulated(method, path):
        return f"Tiledesk has {shown}, and the emulator does not have it: a stub can serve it"
    methods = sorted(
        {one for pattern, one in _routes(url_map) if re.fullmatch(_IDS.sub("[^/]+", pattern), path)}
    )
    if methods:
        return f"Tiledesk has no {shown}: this path takes {', '.join(methods)}"
    near = _nearest(path, url_map)
    return f"Tiledesk has no {shown}{f': did you mean {near}?' if near else ''}"


def _nearest(path: str, url_map: Map) -> str | None:
    """Return the path of a route that is like this one, with the ids of this one."""
    first, *others = path[1:].split("/")
    is_project = object_id(first) is not None
    patterns = {pattern for pattern, _ in _routes(url_map) if pattern.startswith("/<") is is_project}
    candidates = {_filled(pattern, [first, *others]): pattern for pattern in patterns}
    near = closest(path, [*candidates], 0.7)
    return near and _SPELLED.get(near, near)


def _filled(pattern: str, segments: list[str]) -> str:
    """Return the path of a pattern with the segments of a path in place of its ids."""
    words = pattern[1:].split("/")
    filled = [
        (segments[index] if index < len(segments) else "ID") if word.startswith("<") else word
        for index, word in enumerate(words)
    ]
    return "/" + "/".join(filled)


def _routes(url_map: Map) -> Iterator[tuple[str, str]]:
    """Yield path and method of the emulated routes."""
    for rule in url_map.iter_rules():
        for method in rule.methods or ():
            if method != "HEAD":
                yield rule.rule, method
