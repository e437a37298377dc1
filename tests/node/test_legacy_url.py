"""URLs as Node's `url.parse()` reads them. What Node 20 printed is beside each."""

from __future__ import annotations

import pytest

from tiledesk_mock.node.legacy_url import InvalidUrl, parse_legacy_url


@pytest.mark.parametrize(
    ("text", "href"),
    [
        (" http:\\\\User:p%40ss@HOST:80\\a b\\c?d\\e ", "http://User:p%40ss@host:80/a%20b/c?d%5Ce"),
        ("http://a@b@c/", "http://a%40b@c/"),
        ("http://münchen.de/é'", "http://xn--mnchen-3ya.de/é%27"),
        ("http://straße。de", "http://xn--strae-oqa.de/"),
        ("http://a\tb\nc/d\te", "http://abc/d%09e"),
        ("http://a:1:2/x", "http://a:2/:1/x"),
        ("http://h;p?q", "http://h/;p?q"),
        ("http://[::ABCD]:9/x", "http://[::abcd]:9/x"),
        ("foo:a b/c", "foo:a%20b/c"),
        ("javascript:alert('x y')", "javascript:alert('x y')"),
        ("a b{c}", "a%20b%7Bc%7D"),
        ("/a'b?c d", "/a%27b?c%20d"),
        ("/simple'path?query'", "/simple'path?query'"),
        ("//h/p", "//h/p"),
        ("//u@h/p", "//u@h/p"),
        ("http://a\0b€.c/x", "http://a/x"),
        ("http://" + "a" * 256 + "/x", "http:///x"),
        ("", ""),
    ],
)
def test_text_is_written_as_by_node(text: str, href: str) -> None:
    """Nothing of it is refused."""
    assert parse_legacy_url(text).href == href


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("http://u%zz@h/", "URIError: URI malformed"),
        ("http://u%FF@h/", "URIError: URI malformed"),
        ("http://u\ud800@h/", "URIError [ERR_INVALID_URI]: URI malformed"),
        ("http://[::1/", "TypeError [ERR_INVALID_URL]: Invalid URL"),
        ("http://[a%b]/", "TypeError [ERR_INVALID_URL]: Invalid URL"),
        ("http://xn--a/", "TypeError [ERR_INVALID_URL]: Invalid URL"),
        ("http://a\u200db/", "TypeError [ERR_INVALID_URL]: Invalid URL"),
    ],
)
def test_text_at_which_node_throws_is_refused(text: str, message: str) -> None:
    """With its error."""
    with pytest.raises(InvalidUrl) as caught:
        parse_legacy_url(text)

    assert str(caught.value) == message
