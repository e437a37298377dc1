"""Requests and answers as values."""

from __future__ import annotations

import pytest

from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse

UNREADABLE = pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000], ids=["nothing", "half", "no text", "deep"]
)


@UNREADABLE
def test_a_request_that_is_no_json_says_so(body: bytes) -> None:
    """However it is wrong, by one kind of error."""
    with pytest.raises(ValueError, match=r".+"):
        RecordedRequest("POST", "/", (), body).json()


@UNREADABLE
def test_an_answer_that_is_no_json_says_so(body: bytes) -> None:
    """As a request does."""
    with pytest.raises(ValueError, match=r".+"):
        RecordedResponse(200, (), body).json()
