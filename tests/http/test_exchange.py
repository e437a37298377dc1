"""Requests and responses as values."""

from __future__ import annotations

import pytest

from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse

NOT_JSON = pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000], ids=["empty", "truncated", "no text", "deep"]
)


@NOT_JSON
def test_request_json_malformed_raises(body: bytes) -> None:
    """A body that is not JSON raises ValueError, whatever is wrong with it."""
    with pytest.raises(ValueError, match=r".+"):
        RecordedRequest("POST", "/", (), body).json()


@NOT_JSON
def test_response_json_malformed_raises(body: bytes) -> None:
    """A response raises the same error as a request."""
    with pytest.raises(ValueError, match=r".+"):
        RecordedResponse(200, (), body).json()
