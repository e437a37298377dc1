"""Paths as Express and Tiledesk's proxies read them."""

from __future__ import annotations

import pytest

from tiledesk_mock.errors import MalformedEscape
from tiledesk_mock.http.paths import without_prefix
from tiledesk_mock.web.requests import canonical, decode, printed


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/P/events", "/P/events"),
        ("/v3/P/events/", "/P/events"),
        ("/API/P/EVENTS/Id", "/P/events/Id"),
        ("/P/Subscriptions/History", "/P/subscriptions/history"),
        ("/V1/Auth/SignIn", "/auth/signin"),
        ("/P//events", "/P//events"),
        ("/P/events//", "/P/events"),
        ("/P/events//Id", "/P/events/Id"),
        ("/P/events///Id", "/P/events//Id"),
        ("/P/events/Id//", "/P/events/Id/"),
        ("/v3/P/Subscriptions//history/", "/P/subscriptions/history"),
        ("/Auth//signin", "/auth/signin"),
        ("/events//x", "/events//x"),
        ("/", "/"),
        ("//", "//"),
        ("/v3", "/v3"),
        ("/v3/", "/"),
        ("/v3/v3/P", "/v3/p"),
    ],
)
def test_canonical(path: str, expected: str) -> None:
    """A prefix, a slash behind a router's word and a trailing one are removed, words become lower-case."""
    assert canonical(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"), [("/v3/P/x", "/P/x"), ("/P/x", "/P/x"), ("/v3", "/v3"), ("//x", "//x")]
)
def test_without_prefix(path: str, expected: str) -> None:
    """The server's pages do not show what the proxy removes."""
    assert without_prefix(path) == expected


@pytest.mark.parametrize(
    ("segment", "expected"), [("a%20b", "a b"), ("%C3%A9", "é"), ("a%2Fb", "a/b"), ("+", "+")]
)
def test_decode(segment: str, expected: str) -> None:
    """Escapes are UTF-8, a plus sign does not change, and an escaped slash separates nothing."""
    assert decode(segment) == expected


@pytest.mark.parametrize("segment", ["%E0%A4%A", "%", "%zz", "%ff"])
def test_decode_malformed(segment: str) -> None:
    """An escape at which decodeURIComponent throws is an error."""
    with pytest.raises(MalformedEscape):
        decode(segment)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a<b>&'\"", "/a%3Cb%3E&amp;&#39;%22"),
        ("/a b", "/a%20b"),
        ("/%20", "/%20"),
    ],
)
def test_printed(path: str, expected: str) -> None:
    """A path is escaped for a URL first, then for HTML."""
    assert printed(path) == expected
