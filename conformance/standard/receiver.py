"""A target for all webhooks of a scene. It keeps what comes, in the order of arrival."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final

from msgspec import Struct

from tiledesk_mock.node.json import Json

_POLL: Final = 0.02
"""Seconds between two looks at what has come."""


class Arrival(Struct, frozen=True):
    """A webhook that came: its path without a slash, which is the name subscribed to, headers and body.

    `at` is in seconds since 1970; the names of headers are in small letters.
    """

    name: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float


class Receiver:
    """Listens on a port of its own or a given one; responds 200 with JSON: the answer to a name, or `{}`.

    An answer may be a function of the webhook.
    """

    def __init__(self, port: int = 0) -> None:
        self.answers: Mapping[str, Json | Callable[[Json], Json]] = {}
        self._arrived: list[Arrival] = []
        self._lock: Final = threading.Lock()
        self._server: Final = _Server(("127.0.0.1", port), _handler(self))
        self.port: Final[int] = self._server.server_address[1]

    def __enter__(self) -> Receiver:
        threading.Thread(target=self._server.serve_forever, args=(_POLL,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add(self, arrival: Arrival) -> None:
        """Keep what came."""
        with self._lock:
            self._arrived.append(arrival)

    def take(self, quiet: float = 0.0, most: float = 8.0) -> list[Arrival]:
        """Return what came since the last time, once nothing more came for `quiet` seconds (or `most`)."""
        end, last, count = time.monotonic() + most, time.monotonic(), len(self._arrived)
        while quiet and time.monotonic() < min(end, last + quiet):
            time.sleep(_POLL)
            if len(self._arrived) != count:
                count, last = len(self._arrived), time.monotonic()
        with self._lock:
            taken, self._arrived = self._arrived, []
        return sorted(taken, key=lambda arrival: arrival.at)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    """Return the class that handles the requests to a receiver."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            at, name = time.time(), self.path.partition("?")[0].removeprefix("/")
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            headers = {field.lower(): value for field, value in self.headers.items()}
            receiver.add(Arrival(name, headers, body, at))
            given = receiver.answers.get(name, {})
            answer = json.dumps(given(body) if callable(given) else given).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_PUT = do_DELETE = do_POST  # noqa: N815  (the platform's chat service is sent these, too)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler
