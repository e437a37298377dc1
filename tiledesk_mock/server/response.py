"""An answer on its way out: WSGI's `start_response`, framing, and as few sends as can be."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from types import TracebackType
from typing import Final

from .head import Environ
from .peer import ClientSocket

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class ResponseWriter:
    """One answer. The head leaves together with the first piece of the body.

    `stays` tells, once the answer is complete, whether another request may follow it on the connection.
    """

    def __init__(self, peer: ClientSocket, environ: Environ, *, keep_alive: bool, timeout: float) -> None:
        self._peer: Final = peer
        self._patience: Final = timeout
        self._modern: Final = environ["SERVER_PROTOCOL"] == "HTTP/1.1"
        self._bodiless = environ["REQUEST_METHOD"] == "HEAD"
        self._headers: list[tuple[str, str]] = []
        self._chunked = False
        self._missing: int | None = None
        self._whole: int | None = None
        self.status = ""
        self.size = 0
        self.sent = False
        self.keep_alive = keep_alive

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: _ExcInfo | None = None
    ) -> Callable[[bytes], object]:
        """Take status and header fields: WSGI's `start_response`."""
        if exc_info is not None and self.sent and exc_info[1] is not None:
            raise exc_info[1]
        if self.status and exc_info is None:
            raise AssertionError("start_response was called twice")
        self.status, self._headers = status, list(headers)
        return self.write

    def write(self, data: bytes) -> None:
        """Send a piece of the body, with the head before the first."""
        if not data:
            return
        if not self.sent:
            self._send(self._head() + self._framed(data))
        elif framed := self._framed(data):
            self._send(framed)

    def finish(self) -> None:
        """Send what makes the answer complete. One that stays shorter than announced ends the connection."""
        if not self.sent:
            self._whole = 0
            self._send(self._head())
        elif self._chunked:
            self._send(b"0\r\n\r\n")
        if self._missing:
            self.keep_alive = False

    def set_length(self, length: int) -> None:
        """Announce that the next piece, `utf16_length` bytes, is all there will be."""
        self._whole = length

    def _head(self) -> bytes:
        if not self.status:
            raise AssertionError("the application did not call start_response")
        lines = [f"HTTP/1.1 {self.status}"]
        lines += [f"{name}: {value}" for name, value in self._headers]
        given = {name.lower(): value for name, value in self._headers}
        lines += self._framing(given)
        if "date" not in given:
            lines.append(f"Date: {date_now()}")
        if "connection" not in given:
            lines.append("Connection: keep-alive" if self.keep_alive else "Connection: close")
        elif "close" in given["connection"].lower():
            self.keep_alive = False
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")

    def _framing(self, given: dict[str, str]) -> list[str]:
        """Decide how the client learns where the body ends; return the header fields for it."""
        if self.status[:3] in ("204", "304") or self.status[:1] == "1":
            self._bodiless = True
        if self._bodiless:
            return []
        if "content-length" in given:
            self._missing = int(given["content-length"])
            return []
        if self._whole is not None:
            return [f"Content-Length: {self._whole}"]
        if self._modern:
            self._chunked = True
            return ["Transfer-Encoding: chunked"]
        self.keep_alive = False
        return []

    def _framed(self, data: bytes) -> bytes:
        if self._bodiless:
            return b""
        if self._chunked:
            return b"%x\r\n%b\r\n" % (len(data), data)
        if self._missing is not None:
            data = data[: self._missing]
            self._missing -= len(data)
        return data

    def _send(self, data: bytes) -> None:
        self.sent = True
        self.size += len(data)
        self._peer.write(data, self._patience)


def date_now() -> str:
    """Return the time as the header field Date has it."""
    return _date(int(time.time()))


@lru_cache(1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
