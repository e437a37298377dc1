"""Patterns of paths."""

from __future__ import annotations

import re

import pytest

from tiledesk_mock.http.paths import PathPattern, path_matches

EVENTS = "/v3/65b0000000000000000000a1/events"


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/events", EVENTS),
        ("events", EVENTS),
        ("/events/", EVENTS),
        ("/events", f"{EVENTS}/"),
        ("/Events", EVENTS),
        ("/events", "/65b0000000000000000000a1/events"),
        ("/65b0000000000000000000a1/events", EVENTS),
        (EVENTS, EVENTS),
        ("/*/events", EVENTS),
        ("/**", EVENTS),
        ("/events/*", f"{EVENTS}/1"),
        ("/auth/*", "/v3/auth/signin"),
        (re.compile("a1/ev"), EVENTS),
    ],
)
def test_path_matches(pattern: PathPattern, path: str) -> None:
    """A path matches with and without its prefix and project."""
    assert path_matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/events", f"{EVENTS}/1"),
        ("/events/*", EVENTS),
        ("/*/*", "/v3/65b0000000000000000000a1/events/1/2"),
        ("/even.s", EVENTS),
        ("/signin", "/v3/auth/signin"),
        (re.compile("^/65b"), EVENTS),
    ],
)
def test_path_does_not_match(pattern: PathPattern, path: str) -> None:
    """`*` matches within one segment, and a dot matches a dot only."""
    assert not path_matches(pattern, path)
