"""What Tiledesk's proxies take off the front of a path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from ..node.bson import object_id
from ..text import closest

PREFIXES: Final = frozenset({"v1", "v2", "v3", "api"})


def without_prefix(path: str) -> str:
    """Return a raw path as the server behind Tiledesk's proxy sees it."""
    first, slash, rest = path[1:].partition("/")
    return f"/{rest}" if slash and first.lower() in PREFIXES else path


PathPattern = str | re.Pattern[str]
"""A path with `*` for what may stand in a segment and `**` for what may stand in many, or an expression.

A path is compared with that of the request as it came, without its prefix (`/v3`), and without its project:
`/events` is the events of any project. Case and a trailing slash do not count, and there is no query in it. A
regular expression is searched for in the path as it came.
"""

HTTP_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""The methods of HTTP that clients of Tiledesk use; there are others, which nobody serves."""

_WILD: Final = {"**": ".*", "*": "[^/]*"}


def is_http_method(name: object) -> bool:
    """Tell whether it is a method, and none that is misspelt: a path is none."""
    if not isinstance(name, str) or not name.isalpha():
        return False
    return name.upper() in HTTP_METHODS or closest(name.upper(), HTTP_METHODS, cutoff=0.7) is None


def is_path_pattern(pattern: object) -> bool:
    """Tell whether it is a pattern, or None: what has a query is none."""
    if isinstance(pattern, re.Pattern):
        return isinstance(pattern.pattern, str)
    return pattern is None or (isinstance(pattern, str) and pattern != "" and "?" not in pattern)


def path_matches(pattern: PathPattern, path: str) -> bool:
    """Tell whether a raw path is one that the pattern means."""
    if isinstance(pattern, re.Pattern):
        return pattern.search(path) is not None
    compiled = _compiled(pattern)
    return any(compiled.fullmatch(reading) for reading in _readings(path))


def _readings(path: str) -> Iterator[str]:
    """Yield what a path can be called: as it came, without prefix, without project."""
    whole = path.rstrip("/") or "/"
    bare = without_prefix(whole)
    project, slash, rest = bare[1:].partition("/")
    yield whole
    yield bare
    if slash and object_id(project):
        yield f"/{rest}"


@lru_cache(256)
def _compiled(pattern: str) -> re.Pattern[str]:
    text = "/" + pattern.strip("/")
    parts = re.split(r"(\*\*|\*)", text)
    return re.compile("".join(_WILD.get(part) or re.escape(part) for part in parts), re.IGNORECASE)
