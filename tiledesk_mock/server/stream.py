"""The socket of a client, and the requests that are read from it."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any, Final

from msgspec import Struct

from ..http.stopwatch import stopwatch
from .head import Environ, RequestRejected, bad_request

HEAD_LIMIT: Final = 16 * 1024
"""Bytes of a request line with its header fields; Node's limit, and so Tiledesk's."""

_CHUNK: Final = 64 * 1024
_LINE_LIMIT: Final = 4 * 1024
_BODY_IN_MEMORY: Final = 1024 * 1024
_BLANK_LINE: Final = b"\r\n\r\n"


class ClientDisconnected(Exception):
    """The client has closed the connection, or does not read what is sent."""


class ClientSocket(socket.socket):
    """The socket of a client. The server calls `receive` and `write`, an application what every socket has.

    An application that writes to it has taken the connection over, for a WebSocket or a fault in the middle
    of a response. The server then writes nothing more, and closes it when the application returns.
    """

    taken_over: bool = False

    def send(self, *arguments: Any) -> int:
        """Write as the application, which takes the connection over."""
        self.taken_over = True
        return super().send(*arguments)

    def sendall(self, *arguments: Any) -> None:
        """Write as the application, which takes the connection over."""
        self.taken_over = True
        super().sendall(*arguments)

    def receive(self, timeout: float) -> bytes:
        """Return what the client sends next. Raises ClientDisconnected, or TimeoutError."""
        try:
            self.settimeout(timeout)
            data = self.recv(_CHUNK)
        except TimeoutError:
            raise
        except OSError:
            raise ClientDisconnected from None
        if not data:
            raise ClientDisconnected
        return data

    def write(self, data: bytes, timeout: float) -> None:
        """Write as the server, within `timeout` seconds. Raises ClientDisconnected."""
        try:
            self.settimeout(timeout)
            super().sendall(data)
        except OSError:
            raise ClientDisconnected from None


class Timeouts(Struct, frozen=True):
    """Seconds that a client may be silent.

    `idle` is until a request begins; `request` until its head is complete, and between two parts of its body.
    """

    idle: float = 120.0
    request: float = 30.0


class RequestReader:
    """Reads the requests of one client, which may send several in advance."""

    def __init__(self, sock: ClientSocket, timeouts: Timeouts) -> None:
        self._socket: Final = sock
        self._timeouts: Final = timeouts
        self._buffer = b""

    def read_head(self) -> bytes:
        """Return the head of the next request, without its blank line.

        Raises ClientDisconnected or TimeoutError if there is none, and RequestRejected.
        """
        deadline = 0.0
        while (end := self._skip_empty_lines().find(_BLANK_LINE)) < 0:
            self._check_beginning()
            if not self._buffer:
                self._fill(self._timeouts.idle)
                continue
            deadline = deadline or stopwatch() + self._timeouts.request
            self._fill_before(deadline, "the head of the request did not arrive in time")
        if end > HEAD_LIMIT:
            raise _head_too_large()
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        return head

    def read_body(self, environ: Environ) -> tuple[IO[bytes], Iterator[bytes]]:
        """Return the body as a file, and an iterator over the part of it that has not been read.

        A body of up to a megabyte is read at once, so that no application waits for a slow client. A longer
        one is received while the application reads it.
        """
        length = environ.get("CONTENT_LENGTH")
        if length is None and "HTTP_TRANSFER_ENCODING" not in environ:
            return io.BytesIO(), iter(())
        if environ.get("HTTP_EXPECT", "").lower() == "100-continue" and not self._buffer:
            self._socket.write(b"HTTP/1.1 100 Continue\r\n\r\n", self._timeouts.request)
        parts = self._chunked_body() if length is None else self._take(int(length))
        beginning, size = [], 0
        for part in parts:
            beginning.append(part)
            size += len(part)
            if size >= _BODY_IN_MEMORY:
                return io.BufferedReader(_BodyFile(chain(beginning, parts))), parts
        return io.BytesIO(b"".join(beginning)), parts

    def _take(self, length: int) -> Iterator[bytes]:
        while length:
            if not self._buffer:
                self._wait_for_body()
            part, self._buffer = self._buffer[:length], self._buffer[length:]
            length -= len(part)
            yield part

    def _chunked_body(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._take(size)
            if self._line():
                raise bad_request("a chunk is longer than it says")
        while self._line():
            pass  # trailers are ignored

    def _chunk_size(self) -> int:
        digits = self._line().partition(b";")[0].strip()
        try:
            # int() would accept signs and underscores, too
            return int(digits, 16) if digits.isalnum() and len(digits) <= 15 else int("")
        except ValueError:
            raise bad_request("the size of a chunk is not a hexadecimal number") from None

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _LINE_LIMIT:
                raise bad_request("a line of a chunked body has no end")
            self._wait_for_body()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _wait_for_body(self) -> None:
        self._fill_before(
            stopwatch() + self._timeouts.request, "the body of the request did not arrive in time"
        )

    def _skip_empty_lines(self) -> bytes:
        """Return the buffer without leading empty lines, which some clients send after a body."""
        self._buffer = self._buffer.lstrip(b"\r\n")
        return self._buffer

    def _check_beginning(self) -> None:
        """Reject at once what cannot become a request, such as TLS, whose client would wait."""
        if len(self._buffer) > HEAD_LIMIT:
            raise _head_too_large()
        if self._buffer and not self._buffer[:1].isalpha():
            raise bad_request("this is not HTTP (if it is TLS: the address begins with http://, without s)")

    def _fill_before(self, deadline: float, reason: str) -> None:
        try:
            self._fill(max(deadline - stopwatch(), 0.001))
        except TimeoutError:
            raise RequestRejected("408 Request Timeout", reason) from None

    def _fill(self, timeout: float) -> None:
        data = self._socket.receive(timeout)
        self._buffer = self._buffer + data if self._buffer else data


class _BodyFile(io.RawIOBase):
    """A readable file made of the parts of a body."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts: Final = parts
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]  # a buffer, says typeshed
        data = self._rest or next(self._parts, b"")
        count = min(len(data), len(target))
        target[:count], self._rest = data[:count], data[count:]
        return count


def _head_too_large() -> RequestRejected:
    reason = f"request line and header fields are longer than {HEAD_LIMIT} bytes"
    return RequestRejected("431 Request Header Fields Too Large", reason)
