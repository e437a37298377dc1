"""Paths of requests: Tiledesk's prefixes, and patterns that paths match."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from ..node.bson import object_id
from ..text import END, in_any_case

PREFIXES: Final = frozenset({"v1", "v2", "v3", "api"})
"""The first segments of a path that Tiledesk's proxies remove."""


def without_prefix(path: str) -> str:
    """Return an undecoded path without the prefix that Tiledesk's proxies remove."""
    first, slash, rest = path[1:].partition("/")
    return f"/{rest}" if slash and first.lower() in PREFIXES else path


PathPattern = str | re.Pattern[str]
"""A path with `*` (any text in one segment) and `**` (any text), or a regular expression.

A path matches with or without its prefix (`/v3`) and its project: `/events` are the events of any project.
Case and a trailing slash do not count, and the query does not belong to the path. A regular expression is
searched for in the undecoded path.
"""

_METHODS: Final = """
ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE
NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE
UNBIND UNLINK UNLOCK UNSUBSCRIBE
"""
METHODS: Final = frozenset(_METHODS.split())
"""The methods of Node 20, its `http.METHODS`. Requests with others are refused."""

METHOD: Final = f"^({'|'.join(map(in_any_case, sorted(METHODS)))}){END}"
PATH: Final = f"^[^?]+{END}"
"""Patterns of a method, and of a path's pattern."""

_WILD: Final = {"**": ".*", "*": "[^/]*"}


def is_http_method(name: object) -> bool:
    """Return whether it is the name of a method, in small or capital letters."""
    return isinstance(name, str) and name.isascii() and name.upper() in METHODS


def is_path_pattern(pattern: object) -> bool:
    """Return whether it is a pattern without a query, or None."""
    if isinstance(pattern, re.Pattern):
        return isinstance(pattern.pattern, str)
    return pattern is None or (isinstance(pattern, str) and pattern != "" and "?" not in pattern)


def path_matches(pattern: PathPattern, path: str) -> bool:
    """Return whether an undecoded path matches the pattern."""
    if isinstance(pattern, re.Pattern):
        return pattern.search(path) is not None
    compiled = _compiled(pattern)
    return any(map(compiled.fullmatch, _variants(path)))


def _variants(path: str) -> Iterator[str]:
    """Yield a path as it came, without its prefix, and without its project."""
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
