"""A local target for webhooks that records what it receives."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from http.client import responses
from typing import TYPE_CHECKING, Any, Final

from ..control.arguments import check_seconds, to_json
from ..errors import ExpectationError, SettingsError, SetupError, WebhookInvalid
from ..node.json import ABSENT, Absent, Json
from ..server.server import Server
from ..text import number_of
from ..tiledesk.events import EVENT_PREFIX
from ..tiledesk.webhooks import verify_webhook

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Secrets = tuple[str, str | None]

_HOST: Final = "127.0.0.1"
_OK: Final = 200
_NO_CONTENT: Final = 204
_SERVER_ERROR: Final = 500
_CLOSED: Final = "the receiver was closed at the end of its block, and its subscriptions were removed"
_MOST_ERRORS: Final = 3
"""Errors of requests that a message has at most."""


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """A request that a receiver got.

    `headers` have lower-case names, and `json` is the body if it is JSON. `status` is that of the response.
    `error` says why `verify_webhook` refuses it, or that a function of `answer_with` raised; else it is None.
    """

    path: str
    headers: dict[str, str]
    body: bytes
    json: Json
    status: int
    error: str | None

    @property
    def is_verified(self) -> bool:
        """Whether it comes from the subscription that it names."""
        return self.error is None

    @property
    def event(self) -> Json:
        """The event in it; None if it is not a webhook."""
        return self.json.get("payload") if isinstance(self.json, dict) else None

    @property
    def name(self) -> Json:
        """The event's name, as `order.paid` or `message.create`; None if it is not a webhook.

        A bot, which gets messages without a subscription, gets them without a name.
        """
        hook = self.json.get("hook") if isinstance(self.json, dict) else None
        subscribed = hook.get("event") if isinstance(hook, dict) else None
        is_custom = isinstance(subscribed, str) and f"{subscribed}.".startswith(EVENT_PREFIX)
        return self.event.get("name") if is_custom and isinstance(self.event, dict) else subscribed


class _AnswerError(Exception):
    """A function of `answer_with` gives no answer."""


class Receiver:
    """A target that listens at `url` while it is started; it can be stopped and started again.

    It responds with 200, unless `respond_with` says otherwise: a target can be slow, failing, or dead.

    Args:
        secrets_of: returns the secret of the subscription or bot with that id, to verify with, and for a
            global subscription the global secret; None if unknown.
        path: the path of `url`; requests to other paths are received, too.
        hints_of: returns lines that say why too little came to URLs that begin with that text.
        unsubscribe: removes the subscriptions that were made with it; gets what `url` begins with.
    """

    def __init__(
        self,
        secrets_of: Callable[[str], Secrets | None] = lambda _: None,
        *,
        path: str = "/hook",
        hints_of: Callable[[str], Sequence[str]] = lambda _: (),
        unsubscribe: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._secrets_of: Final = secrets_of
        self._hints_of: Final = hints_of
        self._unsubscribe: Final = unsubscribe
        self._path: Final = path
        self._changed: Final = threading.Condition()
        self._received: Final[list[ReceivedWebhook]] = []
        self._responses: Final[deque[tuple[int, float]]] = deque()
        self._answer: Json | Absent | Callable[[Json], Json] = ABSENT
        self._stopped = threading.Event()
        self._server: Server | None = None
        self._is_closed = False
        self._port = 0

    def start(self) -> Receiver:
        """Listen, at the same port as before; return the receiver itself."""
        if self._server is None:
            self._stopped = threading.Event()
            self._server = Server(self._respond, _HOST, self._port).start()
            self._port = self._server.port
        return self

    def stop(self) -> None:
        """Stop listening: connections are refused. What was received stays."""
        server, self._server = self._server, None
        if server is not None:
            self._stopped.set()
            server.stop()

    def close(self) -> None:
        """Stop, and remove the subscriptions that were made with it, if they are still there."""
        self.stop()
        self._is_closed = True
        self._unsubscribe(self._root)

    def __enter__(self) -> Receiver:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _root(self) -> str:
        return f"http://{_HOST}:{self._port}/"

    @property
    def url(self) -> str:
        """The URL to subscribe with."""
        if not self._port:
            self.start()
        return f"http://{_HOST}:{self._port}{self._path}"

    @property
    def received(self) -> list[ReceivedWebhook]:
        """The requests so far, oldest first."""
        with self._changed:
            return list(self._received)

    @property
    def names(self) -> list[Json]:
        """The names of the events that were received with status 200."""
        return [one.name for one in self.received if one.status == _OK]

    def respond_with(self, *statuses: int, delay: float = 0.0) -> None:
        """Respond to the next requests with these statuses, after `delay` seconds each; then with 200.

        Raises SettingsError for what is no status.
        """
        check_seconds(delay, "delay")
        for status in statuses:
            if type(status) is not int or not 100 <= status <= 599:
                raise SettingsError("status", status, "a status from 100 to 599")
        with self._changed:
            self._responses.extend((status, delay) for status in statuses)

    def answer_with(self, answer: Json | Callable[[Json], Json]) -> None:
        """Respond with JSON from now on, as a receiver of `operator.select` does.

        `answer` is what to respond, or a function of the webhook's payload that returns it. If the function
        raises, the status is 500, and the request has the `error`. Raises SetupError for what is neither JSON
        nor a function.
        """
        if not callable(answer):
            to_json(answer)
        with self._changed:
            self._answer = answer

    def clear(self) -> None:
        """Forget the requests, the statuses of `respond_with` and the answer of `answer_with`."""
        with self._changed:
            self._answer = ABSENT
            self._received.clear()
            self._responses.clear()

    def wait_for(self, count: int = 1, timeout: float = 5.0) -> list[ReceivedWebhook]:
        """Return the requests once there are `count`; raise ExpectationError after `timeout` seconds.

        The deliveries of the last ones are recorded a moment later: `wait_for_delivery` waits for that.
        """
        __tracebackhide__ = True  # a failure points at the test's own line
        check_seconds(timeout)
        if type(count) is not int or count < 0:
            raise SettingsError("count", count, "a number from 0")
        with self._changed:
            is_enough = self._changed.wait_for(lambda: len(self._received) >= count, timeout)
            received = list(self._received)
        if is_enough:
            return received
        # Without the lock: an emulator that is elsewhere may deliver before it returns the hints.
        names = ", ".join(str(one.name) for one in received) or "nothing"
        message = (
            f"expected {number_of(count, 'webhook')} at {self.url} within {timeout:g} s, "
            f"but {len(received)} came: {names}"
        )
        errors = [f"{one.name}: {one.error}" for one in received if one.error]
        hints = [_CLOSED] if self._is_closed else self._hints_of(self._root)
        raise ExpectationError("\n  ".join([message, *errors[:_MOST_ERRORS], *hints]))

    def _respond(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        with self._changed:
            status, delay = self._responses.popleft() if self._responses else (_OK, 0.0)
        if delay:
            self._stopped.wait(delay)
        received = self._read(environ, body, status)
        try:
            kind, content = self._content(received)
        except _AnswerError as error:
            received = replace(received, status=_SERVER_ERROR, error=str(error))
            kind, content = "text/plain; charset=utf-8", str(error).encode("utf-8", "replace")
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()
        reason = responses.get(received.status, "Unknown")
        start_response(f"{received.status} {reason}", [("Content-Type", kind)])
        return [content] if received.status != _NO_CONTENT else []

    def _content(self, received: ReceivedWebhook) -> tuple[str, bytes]:
        """Return type and body of a response; raise _AnswerError if a function returns none."""
        answer = self._answer
        if answer is ABSENT:
            return "text/plain", b"ok"
        if not callable(answer):
            return "application/json", json.dumps(answer).encode()
        try:
            return "application/json", to_json(answer(received.event)).encode()
        except SetupError as error:
            raise _AnswerError(f"the function of answer_with: {error}") from error
        except Exception as error:
            problem = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise _AnswerError(f"the function of answer_with raised {problem}") from error

    def _read(self, environ: WSGIEnvironment, body: bytes, status: int) -> ReceivedWebhook:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        }
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        error = self._verify(headers, body, document)
        return ReceivedWebhook(environ["PATH_INFO"], headers, body, document, status, error)

    def _verify(self, headers: dict[str, str], body: bytes, document: Any) -> str | None:
        hook = document.get("hook") if isinstance(document, dict) else None
        secrets = self._secrets_of(str(hook.get("_id"))) if isinstance(hook, dict) else None
        if secrets is None:
            return "it names no subscription and no bot that exists"
        try:
            verify_webhook(headers, body, secrets[0], global_secret=secrets[1])
        except WebhookInvalid as error:
            return str(error)
        return None
