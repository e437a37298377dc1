"""Responses as Node's HTTP parser reads them: the recordings of webhooks have more of them."""

from __future__ import annotations

import pytest

from tiledesk_mock.node.http_parser import ParseError, ResponseParser

CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n2;x="y"\r\nok\r\n0\r\nT: u\r\n\r\n'


def test_response_may_come_byte_by_byte() -> None:
    """Interim responses before it are skipped."""
    parser = ResponseParser(100)

    for byte in b"\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\n" + CHUNKED:
        assert not parser.is_complete
        parser.feed(bytes((byte,)))

    assert (parser.status, parser.body, parser.is_complete) == (200, b"ok", True)
    assert parser.headers == (("Transfer-Encoding", "chunked"), ("A", "b"))
    assert parser.is_kept_alive


def test_error_comes_with_the_first_wrong_byte() -> None:
    """The rest is not waited for."""
    parser = ResponseParser(100)
    parser.feed(b"HTT")

    with pytest.raises(ParseError, match="Expected HTTP/, RTSP/ or ICE/"):
        parser.feed(b"X")


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nA: "])
def test_endless_head_is_refused(head: bytes) -> None:
    """What is kept of a head is limited."""
    parser = ResponseParser(100)
    parser.feed(head)

    parser.feed(b"x" * 16_000)

    with pytest.raises(ParseError, match="Header overflow"):
        parser.feed(b"x" * 1000)


@pytest.mark.parametrize("count", [1, 10_000])
def test_many_interim_responses_are_skipped(count: int) -> None:
    """Each has a head of its own."""
    parser = ResponseParser(100)

    parser.feed(b"HTTP/1.1 100 Continue\r\n\r\n" * count + CHUNKED)

    assert parser.status == 200


def test_many_responses_to_one_request_end_the_connection() -> None:
    """The first one is the response."""
    parser = ResponseParser(100)

    parser.feed(b"HTTP/1.1 204 No Content\r\n\r\n" * 2000)

    assert (parser.status, parser.is_complete, parser.is_kept_alive) == (204, True, False)


def test_body_is_kept_up_to_the_limit() -> None:
    """The rest is read and dropped."""
    parser = ResponseParser(3)

    parser.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde")

    assert (parser.body, parser.is_complete) == (b"abc", True)


@pytest.mark.parametrize(
    ("number", "reason"),
    [(b"9" * 5000, "Content-Length overflow"), (b"18446744073709551616", "Content-Length overflow")],
)
def test_length_beyond_64_bits_is_refused(number: bytes, reason: str) -> None:
    """However many digits it has."""
    with pytest.raises(ParseError, match=reason):
        ResponseParser(0).feed(b"HTTP/1.1 200 OK\r\nContent-Length: " + number + b"\r\n\r\n")
