"""The response of a WSGI application: its head, its framing, and as few sends as possible."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from types import TracebackType
from typing import Final

from .head import Environ
from .stream import ClientSocket, Timeouts

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class ResponseWriter:
    """Writes one response. The head is sent together with the first part of the body.

    `keep_alive` is whether another request may follow on the connection, once the response is complete;
    `length` is that of the whole body, in bytes. Without it, the body is chunked.
    """

    def __init__(self, sock: ClientSocket, environ: Environ, *, keep_alive: bool, timeouts: Timeouts) -> None:
        self._socket: Final = sock
        self._timeouts: Final = timeouts
        self._takes_chunks: Final = environ["SERVER_PROTOCOL"] == "HTTP/1.1" or _asks_for_chunks(environ)
        self._refuses_upgrade = False
        self._is_bodiless = environ["REQUEST_METHOD"] == "HEAD"
        self._headers: list[tuple[str, str]] = []
        self._is_chunked = False
        self._missing: int | None = None
        self.length: int | None = None
        self.status = ""
        self.size = 0
        self.is_started = False
        self.keep_alive = keep_alive

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: _ExcInfo | None = None
    ) -> Callable[[bytes], object]:
        """Set status and headers: WSGI's `start_response`."""
        if exc_info is not None and self.is_started and exc_info[1] is not None:
            raise exc_info[1]
        if self.status and exc_info is None:
            raise AssertionError("start_response was called twice")
        self.status, self._headers = status, list(headers)
        return self.write

    def write(self, data: bytes) -> None:
        """Send a part of the body, with the head before the first."""
        if not data:
            return
        if not self.is_started:
            self._send(self._head() + self._framed(data))
        elif framed := self._framed(data):
            self._send(framed)

    def finish(self) -> None:
        """Send the end of the response. The connection is closed if the body is shorter than announced."""
        if not self.is_started:
            self.length = 0
            self._send(self._head())
        elif self._is_chunked:
            self._send(b"0\r\n\r\n")
        if self._missing:
            self.keep_alive = False

    def refuse(self, status: str, *headers: tuple[str, str]) -> None:
        """Send a response without a body, which Node frames as chunked."""
        self.start(status, list(headers))
        head = self._head()
        self._send(head + b"0\r\n\r\n" if self._is_chunked else head)

    def refuse_upgrade(self) -> None:
        """Make this the response to a request for an upgrade, which the application does not grant.

        Node leaves such a request to `ws`: its responses have a body for HEAD, too, but no Date.
        """
        self._refuses_upgrade = True
        self._is_bodiless = self.keep_alive = False

    def _head(self) -> bytes:
        if not self.status:
            raise AssertionError("the application did not call start_response")
        lines = [f"HTTP/1.1 {self.status}"]
        if self._refuses_upgrade:
            lines.append("Connection: close")
        lines += [f"{name}: {value}" for name, value in self._headers]
        headers = {name.lower(): value for name, value in self._headers}
        framing = self._framing(headers)  # may end the connection
        if self._refuses_upgrade:
            return "\r\n".join([*lines, *framing, "", ""]).encode("latin-1", "replace")
        if "date" not in headers:
            lines.append(f"Date: {date_now()}")
        if "connection" not in headers:
            fields = connection_fields(self._timeouts, keep_alive=self.keep_alive)
            lines += [f"{name}: {value}" for name, value in fields]
        elif "close" in headers["connection"].lower():
            self.keep_alive = False
        lines += framing
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")

    def _framing(self, headers: dict[str, str]) -> list[str]:
        """Choose how the client learns where the body ends; return the header fields for it."""
        if self.status[:3] in ("204", "304") or self.status[:1] == "1":
            self._is_bodiless = True
        has_length = "content-length" in headers
        is_length_known = has_length or (self.length is not None and not self._is_bodiless)
        if not (is_length_known or self._takes_chunks):
            self.keep_alive = False
        if self._is_bodiless:
            return []
        if has_length:
            self._missing = int(headers["content-length"])
            return []
        if self.length is not None:
            return [f"Content-Length: {self.length}"]
        if self._takes_chunks:
            self._is_chunked = True
            return ["Transfer-Encoding: chunked"]
        return []

    def _framed(self, data: bytes) -> bytes:
        if self._is_bodiless:
            return b""
        if self._is_chunked:
            return b"%x\r\n%b\r\n" % (len(data), data)
        if self._missing is not None:
            data = data[: self._missing]
            self._missing -= len(data)
        return data

    def _send(self, data: bytes) -> None:
        self.is_started = True
        self.size += len(data)
        self._socket.write(data, self._timeouts.response)


def connection_fields(timeouts: Timeouts, *, keep_alive: bool) -> tuple[tuple[str, str], ...]:
    """Return the header fields of a response that say whether the connection stays open, and how long."""
    if not keep_alive:
        return (("Connection", "close"),)
    if not timeouts.keep_alive:
        return (("Connection", "keep-alive"),)
    return (("Connection", "keep-alive"), ("Keep-Alive", f"timeout={timeouts.keep_alive}"))


def _asks_for_chunks(environ: Environ) -> bool:
    """Return whether a client of an older version takes a body in chunks, as Node finds that out."""
    return re.search(r"(?ai)(?<!\w)chunked(?!\w)", environ.get("HTTP_TE", "")) is not None


def date_now() -> str:
    """Return the current time as the header Date has it."""
    return _format_date(int(time.time()))


@lru_cache(1)
def _format_date(second: int) -> str:
    return formatdate(second, usegmt=True)
