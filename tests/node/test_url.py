"""The path of a URL, as `new URL()` parses it."""

from __future__ import annotations

import pytest

from tiledesk_mock.node.url import url_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://tiledesk.com", "/"),
        ("https://tiledesk.com/bots/1?x#y", "/bots/1"),
        ("HTTPS:tiledesk.com/bots/1", "/bots/1"),
        (" https:\\\\tiledesk.com\\bots\\1\n", "/bots/1"),
        ("https://me@[::1]:80/a/./b/../bots/1", "/a/bots/1"),
        ("https://tiledesk.com/bots/..", "/"),
        ("file:///bots/1", "/bots/1"),
        ("foo://tiledesk.com/bots/1", "/bots/1"),
        ("foo://tiledesk.com", ""),
        ("mailto:me@example.com", "me@example.com"),
        ("foo:/bots/1", "/bots/1"),
    ],
)
def test_url_path(text: str, expected: str) -> None:
    """Slashes may be missing or be backslashes, dot segments are resolved, other schemes have any path."""
    assert url_path(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tiledesk.com",
        "/bots/1",
        "//tiledesk.com/bots/1",
        "1x://tiledesk.com",
        "https://",
        "https://:80/",
        "https://a b/",
        "https://a:x/",
        "https://a:65536/",
        "https://[x]/",
        "https://1.2.3.4.5/",
        "https://1.2.3.256/",
        "foo://a b/",
    ],
)
def test_url_path_malformed_url_raises(text: str) -> None:
    """A URL needs a scheme, and a valid host and port."""
    with pytest.raises(ValueError, match=r"no scheme|not a host|number|Address|At least"):
        url_path(text)
