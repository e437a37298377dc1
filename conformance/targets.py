"""Targets of webhooks: listeners that keep the bytes that come, and respond with the bytes of a case."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final

from tiledesk_mock.node.json import Json

Part = str | float
"""What a target does for a response: sends text, waits so many seconds, or one of the words below."""

_CLOSE: Final = "close"
_RESET: Final = "reset"
_HALF_CLOSE: Final = "close one way"

_OK: Final = {"status": "200 OK", "body": "ok"}
_LENGTH: Final = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_LONGEST_REQUEST: Final = 30.0
"""Seconds after which a connection without a request is closed."""


class Target:
    """Listens on a port of its own. After the last of its responses that one is repeated.

    Args:
        responses: for each request a list of parts, or an object with `status`, `headers` and `body`, to
            which Content-Length is added unless `length` is false.
    """

    def __init__(self, responses: Iterable[Json] = ()) -> None:
        self.requests: Final[list[bytes]] = []
        self._responses: Final = [_parts(response) for response in responses] or [_parts(_OK)]
        self._lock: Final = threading.Lock()
        self._listener: Final = socket.create_server(("127.0.0.1", 0))
        self.port: Final[int] = self._listener.getsockname()[1]
        self._thread: Final = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Target:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(_LONGEST_REQUEST)
            data = b""
            while received := _read_request(connection, data):
                request, data = received
                with self._lock:
                    self.requests.append(request)
                    is_last = len(self._responses) == 1
                    parts = self._responses[0] if is_last else self._responses.pop(0)
                if not all(_perform(connection, part) for part in parts):
                    return


def _parts(response: Json) -> list[Part]:
    """Return a response as parts."""
    if isinstance(response, list):
        return response
    body = response.get("body", "")
    headers = [*response.get("headers", [])]
    if response.get("length", True):
        headers.append(f"Content-Length: {len(body)}")
    version = response.get("version", "1.1")
    head = "".join(f"{line}\r\n" for line in (f"HTTP/{version} {response['status']}", *headers))
    return [f"{head}\r\n{body}", *response.get("then", [])]


def _read_request(connection: socket.socket, data: bytes) -> tuple[bytes, bytes] | None:
    """Return a request, and what came behind it; None if the connection ends before."""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(1 << 16)):
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    match = _LENGTH.search(head)
    size = int(match[1]) if match else 0
    while len(body) < size:
        if not (more := connection.recv(1 << 16)):
            break
        body += more
    return head + b"\r\n\r\n" + body[:size], body[size:]


def _perform(connection: socket.socket, part: Part) -> bool:
    """Perform a part of a response; return whether the connection is still open."""
    if part in (_CLOSE, _RESET):
        if part == _RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        return False
    if part == _HALF_CLOSE:
        connection.shutdown(socket.SHUT_WR)
    elif isinstance(part, str):
        connection.sendall(part.encode("latin-1"))
    else:
        time.sleep(part)
    return True
