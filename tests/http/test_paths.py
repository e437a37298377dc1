"""Patterns for paths."""

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
def test_a_path_is_recognized(pattern: PathPattern, path: str) -> None:
    """With and without prefix and project."""
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
def test_another_path_is_not(pattern: PathPattern, path: str) -> None:
    """A segment is a segment, and a dot is a dot."""
    assert not path_matches(pattern, path)
