"""Bodies that are decompressed, up to a limit."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from tiledesk_mock.http.encodings import (
    UNPACKED_LIMIT,
    ContentDecodingError,
    UnpackedTooLong,
    decompress_body,
    decompressed,
)
from tiledesk_mock.http.exchange import RecordedResponse

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 1),
    "x-gzip": lambda body: gzip.compress(body, 1),
    "deflate": lambda body: zlib.compress(body, 1),
    "Deflate": lambda body: zlib.compress(body, 1)[2:-4],
    "deflate, gzip": lambda body: gzip.compress(zlib.compress(body, 1)),
    "gzip, identity": lambda body: gzip.compress(body[:2]) + gzip.compress(body[2:], 1) + b"\0\0",
}


@pytest.mark.parametrize("encoding", COMPRESSORS)
def test_compressed_body_is_decompressed(encoding: str) -> None:
    """Formats, zlib's header, several encodings or members, and a padding make no difference."""
    body = COMPRESSORS[encoding](b'{"name": "x"}')

    assert decompress_body((("Content-Encoding", encoding),), body) == b'{"name": "x"}'


@pytest.mark.parametrize("encoding", COMPRESSORS)
def test_body_beyond_the_limit_is_not_decompressed(encoding: str) -> None:
    """Little more than the limit is refused, and takes little more memory than the limit."""
    body = COMPRESSORS[encoding](b"\0" * (2 * UNPACKED_LIMIT))
    tracemalloc.start()
    try:
        with pytest.raises(UnpackedTooLong, match="at most 33,554,432 bytes"):
            decompress_body((("Content-Encoding", encoding),), body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 2.2 * UNPACKED_LIMIT


def test_body_of_the_limit_is_decompressed() -> None:
    """The limit itself passes."""
    body = gzip.compress(b"\0" * UNPACKED_LIMIT)

    assert len(decompress_body((("Content-Encoding", "gzip"),), body)) == UNPACKED_LIMIT


def test_many_encodings_are_refused() -> None:
    """A body that is compressed again and again is no body of HTTP."""
    with pytest.raises(ContentDecodingError, match="at most 4 content encodings, not 5"):
        decompress_body((("Content-Encoding", ", ".join(["gzip"] * 5)),), b"")


@pytest.mark.parametrize(
    "body",
    [b"\x1f\x8b", gzip.compress(b"x")[:-1], gzip.compress(b"x") + b"x"],
    ids=["short", "broken off", "followed"],
)
def test_damaged_body_is_refused(body: bytes) -> None:
    """A body that breaks off, and one that something else follows, are damaged."""
    with pytest.raises(ContentDecodingError, match="breaks off or is damaged"):
        decompress_body((("Content-Encoding", "gzip"),), body)


def test_message_beyond_the_limit_has_no_body() -> None:
    """A body that cannot be decompressed cannot be redacted."""
    body = gzip.compress(b"\0" * (UNPACKED_LIMIT + 1))

    message = decompressed(RecordedResponse(200, (("Content-Encoding", "gzip"),), body))

    assert message == RecordedResponse(200, (("Content-Length", "0"),), b"")
