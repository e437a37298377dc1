"""The object of headers that Node makes: the recordings of webhooks have every name of its list."""

from __future__ import annotations

from tiledesk_mock.node.http_headers import headers_object


def test_repeated_headers_are_joined_as_by_node() -> None:
    """Some are joined, of some the first counts, cookies that are set are a list."""
    headers = [("A", "1"), ("a", "2"), ("Age", "1"), ("age", "2"), ("Set-Cookie", "x"), ("7", "n")]

    shown = headers_object([*headers, ("Cookie", "p"), ("cookie", "q"), ("__proto__", "z")])

    assert list(shown.items()) == [
        ("7", "n"),
        ("a", "1, 2"),
        ("age", "1"),
        ("set-cookie", ["x"]),
        ("cookie", "p; q"),
    ]
