"""A local target for webhooks that records what it gets."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..errors import ExpectationError, WebhookInvalid
from ..node.json import Json
from ..server import Server
from ..text import number_of
from ..tiledesk.events import EVENT_PREFIX, EVERY_EVENT
from ..tiledesk.webhooks import verify_webhook

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HOST: Final = "127.0.0.1"
_OK: Final = 200
_NO_CONTENT: Final = 204
_REASON: Final = "As Told"


@dataclass(frozen=True, slots=True)
class Received:
    """One request that came: `answered` is the status it got, `problem` why it is not to be believed.

    `headers` have lower-case names, `json` is the body if it is JSON; `problem` is None for a webhook that
    `verify_webhook` accepts.
    """

    path: str
    headers: dict[str, str]
    body: bytes
    json: Json
    answered: int
    problem: str | None

    @property
    def is_verified(self) -> bool:
        """Tell whether it comes from the subscription that it names."""
        return self.problem is None

    @property
    def event(self) -> Json:
        """Return the event that it tells of; None if it is no webhook."""
        return self.json.get("payload") if isinstance(self.json, dict) else None

    @property
    def name(self) -> Json:
        """Return the event's name; None if it is no webhook."""
        return self.event.get("name") if isinstance(self.event, dict) else None


class Receiver:
    """A target that listens at `url` from when it is started until it is stopped; both as often as wanted.

    It answers 200 unless `answers` says otherwise, so that a target can be slow, failing, or dead.

    Args:
        secret_of: returns the secret of the subscription with that id, to verify with; None if unknown.
        path: the path of `url`; any other one is received as well.
    """

    def __init__(
        self, secret_of: Callable[[str], str | None] = lambda _: None, *, path: str = "/hook"
    ) -> None:
        self.subscribed: Final[list[str]] = []
        self._secret_of: Final = secret_of
        self._path: Final = path
        self._changed: Final = threading.Condition()
        self._received: Final[list[Received]] = []
        self._next: Final[deque[tuple[int, float]]] = deque()
        self._released = threading.Event()
        self._server: Server | None = None
        self._port = 0

    def start(self) -> Receiver:
        """Listen, at the same port as before; return the receiver itself."""
        if self._server is None:
            self._released = threading.Event()
            self._server = Server(self._answer, _HOST, self._port).start()
            self._port = self._server.port
        return self

    def stop(self) -> None:
        """Listen no more: connections are refused. What was received stays."""
        server, self._server = self._server, None
        if server is not None:
            self._released.set()
            server.stop()

    def __enter__(self) -> Receiver:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Return the URL to subscribe with."""
        if not self._port:
            self.start()
        return f"http://{_HOST}:{self._port}{self._path}"

    @property
    def received(self) -> list[Received]:
        """Return what came, in the order in which it came."""
        with self._changed:
            return list(self._received)

    @property
    def names(self) -> list[Json]:
        """Return the names of the events that came and were answered with 200."""
        return [one.name for one in self.received if one.answered == _OK]

    def answers(self, *statuses: int, delay: float = 0.0) -> None:
        """Answer the next requests with these statuses, each after `delay` seconds; then 200 again."""
        with self._changed:
            self._next.extend((status, delay) for status in statuses)

    def clear(self) -> None:
        """Forget what came, and how to answer."""
        with self._changed:
            self._received.clear()
            self._next.clear()

    def wait_for(self, count: int = 1, timeout: float = 5.0) -> list[Received]:
        """Return what came once that many did; raise ExpectationError after `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._received) >= count, timeout):
                names = ", ".join(str(one.name) for one in self._received) or "nothing"
                raise ExpectationError(
                    f"expected {number_of(count, 'webhook')} at {self.url} within {timeout} s, "
                    f"but {len(self._received)} came: {names}{self._hint()}"
                )
            return list(self._received)

    def _hint(self) -> str:
        """Say what the events that somebody fires are called, where nothing like it was subscribed to."""
        if (
            self._received
            or not self.subscribed
            or any(one.startswith(EVERY_EVENT) for one in self.subscribed)
        ):
            return ""
        meant = ", ".join(EVENT_PREFIX + one for one in self.subscribed)
        return f"; it is subscribed to {', '.join(self.subscribed)}: did you mean {meant}?"

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        with self._changed:
            status, delay = self._next.popleft() if self._next else (_OK, 0.0)
        if delay:
            self._released.wait(delay)
        received = self._read(environ, body, status)
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()
        start_response(f"{status} {_REASON}", [("Content-Type", "text/plain")])
        return [b"ok"] if status != _NO_CONTENT else []

    def _read(self, environ: WSGIEnvironment, body: bytes, status: int) -> Received:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        }
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        problem = self._problem(headers, body, document)
        return Received(environ["PATH_INFO"], headers, body, document, status, problem)

    def _problem(self, headers: dict[str, str], body: bytes, document: Any) -> str | None:
        hook = document.get("hook") if isinstance(document, dict) else None
        secret = self._secret_of(str(hook.get("_id"))) if isinstance(hook, dict) else None
        if secret is None:
            return "no subscription that it names is known"
        try:
            verify_webhook(headers, body, secret)
        except WebhookInvalid as error:
            return str(error)
        return None
