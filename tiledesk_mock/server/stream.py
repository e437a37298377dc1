"""What a client sends: heads and bodies, one after the other, from one client."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import chain
from typing import IO, Final

from ..http.stopwatch import stopwatch
from .head import Environ, RequestRejected, bad_request
from .peer import ClientSocket

HEAD_LIMIT: Final = 16 * 1024
"""Bytes of a request line with its header fields; Node's limit, and so Tiledesk's."""

_LINE_LIMIT: Final = 4 * 1024
_BODY_IN_MEMORY: Final = 1024 * 1024
_BLANK_LINE: Final = b"\r\n\r\n"


class RequestReader:
    """Reads requests off a peer; what came in advance waits for its turn.

    `idle` seconds may pass before a request begins; its head has to be there `patience` seconds later, and
    its body may not pause for longer.
    """

    def __init__(self, peer: ClientSocket, idle: float, patience: float) -> None:
        self._peer: Final = peer
        self._idle: Final = idle
        self._patience: Final = patience
        self._buffer = b""

    def read_head(self) -> bytes:
        """Return the next request's head, without its blank line. Raises Gone if there is none."""
        deadline = 0.0
        while (end := self._skip_empty_lines().find(_BLANK_LINE)) < 0:
            self._check_beginning()
            if not self._buffer:
                self._fill(self._idle)
                continue
            deadline = deadline or stopwatch() + self._patience
            self._fill_in_time(deadline, "the head of the request did not arrive in time")
        if end > HEAD_LIMIT:
            raise _head_too_large()
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        return head

    def read_body(self, environ: Environ) -> tuple[IO[bytes], Iterator[bytes]]:
        """Return the body as a file, and the pieces of it that have not been read yet.

        A body of up to a megabyte is read at once, so that no application waits for a slow client; a longer
        one comes as it is asked for.
        """
        length = environ.get("CONTENT_LENGTH")
        if length is None and "HTTP_TRANSFER_ENCODING" not in environ:
            return io.BytesIO(), iter(())
        if environ.get("HTTP_EXPECT", "").lower() == "100-continue" and not self._buffer:
            self._peer.write(b"HTTP/1.1 100 Continue\r\n\r\n", self._patience)
        pieces = self._chunks() if length is None else self._sized(int(length))
        beginning, size = [], 0
        for piece in pieces:
            beginning.append(piece)
            size += len(piece)
            if size >= _BODY_IN_MEMORY:
                return io.BufferedReader(_Pieces(chain(beginning, pieces))), pieces
        return io.BytesIO(b"".join(beginning)), pieces

    def _sized(self, length: int) -> Iterator[bytes]:
        while length:
            piece = self._take(length)
            length -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._sized(size)
            if self._line():
                raise bad_request("a chunk is longer than it says")
        while self._line():
            pass  # trailers, which nobody asked for

    def _chunk_size(self) -> int:
        digits = self._line().partition(b";")[0].strip()
        try:
            # int() would take signs and underscores as well
            return int(digits, 16) if digits.isalnum() and len(digits) <= 15 else int("")
        except ValueError:
            raise bad_request("the size of a chunk is not a hexadecimal number") from None

    def _take(self, limit: int) -> bytes:
        if not self._buffer:
            self._wait_for_body()
        piece, self._buffer = self._buffer[:limit], self._buffer[limit:]
        return piece

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _LINE_LIMIT:
                raise bad_request("a line of a chunked body has no end")
            self._wait_for_body()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _wait_for_body(self) -> None:
        self._fill_in_time(stopwatch() + self._patience, "the body of the request did not arrive in time")

    def _skip_empty_lines(self) -> bytes:
        """Return what came, from the next request on: some clients end a body with a line too many."""
        self._buffer = self._buffer.lstrip(b"\r\n")
        return self._buffer

    def _check_beginning(self) -> None:
        """Refuse early what will never become a request, TLS above all: its client would wait for nothing."""
        if len(self._buffer) > HEAD_LIMIT:
            raise _head_too_large()
        if self._buffer and not self._buffer[:1].isalpha():
            raise bad_request("this is not HTTP (if it is TLS: the address begins with http://, without s)")

    def _fill_in_time(self, deadline: float, complaint: str) -> None:
        left = deadline - stopwatch()
        try:
            self._fill(max(left, 0.001))
        except TimeoutError:
            raise RequestRejected("408 Request Timeout", complaint) from None

    def _fill(self, timeout: float) -> None:
        data = self._peer.receive(timeout)
        self._buffer = self._buffer + data if self._buffer else data


class _Pieces(io.RawIOBase):
    """Makes a readable file of pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces: Final = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]  # a buffer, says typeshed
        data = self._rest or next(self._pieces, b"")
        count = min(len(data), len(target))
        target[:count], self._rest = data[:count], data[count:]
        return count


def _head_too_large() -> RequestRejected:
    reason = f"request line and header fields are longer than {HEAD_LIMIT} bytes"
    return RequestRejected("431 Request Header Fields Too Large", reason)
