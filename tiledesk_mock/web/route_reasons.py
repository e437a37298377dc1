"""Why a path has no route: it is not emulated, takes another method, or does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
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
_ID: Final = re.compile(r"<\w+>")
_PROJECT: Final = "/<"
_PROJECT_ID: Final = "<project_id>"


def route_reason(environ: WSGIEnvironment, url_map: Map) -> str:
    """Return why the emulator, whose routes are in `url_map`, has none for a request."""
    return _reason(environ["REQUEST_METHOD"], environ["PATH_INFO"], url_map)


@lru_cache(256)
def _reason(method: str, path: str, url_map: Map) -> str:
    """Return the reason, which follows from method and path alone: finding a like path takes 0.2 ms."""
    shown = masked_text(f"{method} {shorten(path, _LONGEST)}")
    if is_not_emulated(method, path):
        return f"Tiledesk has {shown}, and the emulator does not have it: a stub can serve it"
    patterns = _patterns(url_map, path)
    methods = {
        one for pattern, found in patterns.items() if _expression(pattern).fullmatch(path) for one in found
    }
    if methods:
        return f"there is no route {shown}: this path takes {', '.join(sorted(methods))}"
    near = _nearest(path, patterns)
    return f"there is no route {shown}{f': did you mean {near}?' if near else ''}"


def emulated_route(environ: WSGIEnvironment, url_map: Map) -> str | None:
    """Return the emulated route of a request, as `GET /PROJECT/events/ID`; None for another route."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    method = "GET" if method == "HEAD" else method
    for pattern, methods in _patterns(url_map, path).items():
        if method in methods and _expression(pattern).fullmatch(path):
            return f"{method} {_ID.sub('ID', pattern.replace(_PROJECT_ID, 'PROJECT'))}"
    return None


def _patterns(url_map: Map, path: str) -> dict[str, set[str]]:
    """Return the methods of the patterns of projects, or those of the other ones, as `path` is one."""
    is_project = object_id(path.partition("/")[2].partition("/")[0]) is not None
    found: dict[str, set[str]] = {}
    for rule in url_map.iter_rules():
        if rule.rule.startswith(_PROJECT) is is_project:
            found.setdefault(rule.rule, set()).update((rule.methods or set()) - {"HEAD"})
    return found


def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(_ID.sub("[^/]+", pattern))


def _nearest(path: str, patterns: Iterable[str]) -> str | None:
    """Return the path of a route that is like this one, with the ids of this one."""
    segments = path[1:].split("/")
    start = 1 if object_id(segments[0]) is not None else 0  # so that the id does not count
    tails = {"/".join(_filled(pattern, segments)[start:]): _filled(pattern, segments) for pattern in patterns}
    near = closest("/".join(segments[start:]), [*tails], 0.7)
    found = near and "/" + "/".join(tails[near])
    return found and _SPELLED.get(found, found)


def _filled(pattern: str, segments: list[str]) -> list[str]:
    """Return the segments of a pattern with those of a path in place of its ids."""
    words = pattern[1:].split("/")
    known = [*segments, *[""] * len(words)]
    return [(known[index] or "ID") if word.startswith("<") else word for index, word in enumerate(words)]
