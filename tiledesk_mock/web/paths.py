"""Paths as Express and Tiledesk's proxies read them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from ..errors import MalformedEscape
from ..http.paths import PREFIXES

OWN_PATHS: Final = frozenset(
    {
        "/auth/signin",
        "/auth/signup",
        "/auth/signinanonymously",
        "/auth/signinwithcustomtoken",
        "/testauth",
    }
)
"""Paths beside the projects that are emulated; the first segment of any other one is a project id."""

ADMIN: Final = "__admin"

NOT_EMULATED: Final = frozenset(
    {
        "activities",
        "analytics",
        "bots",
        "campaigns",
        "canned",
        "departments",
        "emails",
        "faq",
        "faq_kb",
        "groups",
        "images",
        "intents",
        "jwt",
        "labels",
        "leads",
        "messages",
        "modules",
        "operatinghours",
        "pendinginvitations",
        "project_users",
        "properties",
        "publicanalytics",
        "requests",
        "segments",
        "tags",
        "users",
        "widgets",
    }
)
"""Routes of a project that Tiledesk has and the emulator has not."""

NOT_EMULATED_ABOVE: Final = frozenset({"files", "images", "logs", "projects", "urls", "users", "widgets"})
"""Routes beside the projects that Tiledesk has and the emulator has not."""

_BROKEN_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_LITERAL: Final = "!#$&'()*+,/:;=?@[]~%|^\\"


def canonical(path: str) -> str:
    """Return a raw path without prefix and trailing slash, its words in lower case, its ids as they came."""
    segments = path.split("/")[1:]
    if len(segments) > 1 and segments[0].lower() in PREFIXES:
        del segments[0]
    if len(segments) > 1 and not segments[-1] and any(segments):
        del segments[-1]
    own = "/" + "/".join(segments).lower()
    if own in OWN_PATHS:
        return own
    if len(segments) > 1:
        segments[1] = segments[1].lower()
        if len(segments) == 3 and segments[2].lower() == "history":
            segments[2] = "history"
    return "/" + "/".join(segments)


def decode(segment: str) -> str:
    """Decode a segment as decodeURIComponent does; raise MalformedEscape where that throws."""
    raw = segment.encode("latin-1", "replace")
    try:
        if _BROKEN_ESCAPE.search(raw):
            raise MalformedEscape
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedEscape from None


def is_not_emulated(path: str) -> bool:
    """Tell whether a canonical path is one that the real server has, but not the emulator."""
    first, *rest = path[1:].split("/")
    return first.lower() in NOT_EMULATED_ABOVE or (bool(rest) and rest[0] in NOT_EMULATED)


def printed(path: str) -> str:
    """Return a raw path, its escapes well formed, as Express prints it: escaped for a URL, then for HTML."""
    escaped = quote(path.encode(), safe=_LITERAL)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        escaped = escaped.replace(character, entity)
    return escaped
