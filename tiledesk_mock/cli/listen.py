"""`listen`: print the webhooks of a running emulator, and forward them to a receiver."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

import click

from ..control.controls import Controls
from ..errors import ControlError
from ..http.connections import shown_url
from ..http.exchange import Headers, RecordedResponse
from ..http.stopwatch import stopwatch
from ..node.json import Json
from ..server import Server
from ..text import shorten
from ..tiledesk.events import EVENT_PREFIX, EVERY_EVENT
from ..tiledesk.platform_events import name_hint, webhook_of
from ..webhooks.failures import DeliveryError
from ..webhooks.sender import Sender, WebhookRequest
from .command import silence_stdout
from .connection import origin_of, remote_controls, url_option

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HOST: Final = "127.0.0.1"
_RENEW_INTERVAL: Final = 1
"""Seconds between checks that the subscriptions still exist."""

_HOP_HEADERS: Final = frozenset({"host", "connection", "content-length", "transfer-encoding"})
"""Headers that belong to one connection, and are not forwarded."""

_BAD_GATEWAY: Final = 502
_LONGEST_PAYLOAD: Final = 200
"""Characters of a payload that are printed."""

_FIRST_FIELDS: Final = ("text", "name", "status")
"""Fields that are printed first, so that they are not cut off."""


@click.command("listen")
@click.option("--forward-to", metavar="URL", help="Where to post the webhooks, unchanged. [only printed]")
@click.option(
    "--event",
    "names",
    multiple=True,
    metavar="NAME",
    help="Events of this name, as order.paid or message.create. [all custom events]",
)
@click.option("--project", metavar="ID", help="The project. [the first]")
@click.option("--count", type=click.IntRange(1), metavar="N", help="Stop after N webhooks.")
@click.option("--timeout", type=float, default=10.0, metavar="SECONDS", help="Timeout of a response. [10]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line for each webhook.")
@url_option
def listen_command(
    forward_to: str | None,
    names: tuple[str, ...],
    project: str | None,
    count: int | None,
    timeout: float,
    as_json: bool,
    url: str,
) -> None:
    """Print webhooks as a running emulator delivers them, and forward them to URL, until Ctrl-C.

    The receiver at URL gets the webhooks as if it was subscribed, and its responses count: a delivery that
    fails is retried. The command ends when the emulator does. After a reset it subscribes again within a
    second.
    """
    if forward_to is not None:
        origin_of(forward_to, "--forward-to")
    end: SimpleQueue[None] = SimpleQueue()  # unlike Event.set, its put is safe in a signal handler
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.put(None))
    forwarder = WebhookForwarder(
        forward_to, timeout, as_json=as_json, count=count, stop=lambda: end.put(None)
    )
    subscriptions = TemporarySubscriptions(remote_controls(url), project)
    with Server(forwarder, _HOST) as server:
        try:
            for event, is_global in map(webhook_of, names) if names else [(EVERY_EVENT, False)]:
                subscriptions.subscribe(event, f"{server.url}/", is_global=is_global)
            for name, hint in ((name, name_hint(name)) for name in names):
                if hint is not None:
                    click.echo(f"{name}: {hint}", err=True)
            while True:
                with suppress(Empty):  # on Windows, a wait without a timeout delays signals
                    end.get(timeout=_RENEW_INTERVAL)
                    break
                subscriptions.renew()
        finally:
            with suppress(ControlError):  # without an emulator there are no subscriptions
                if not forwarder.is_used:
                    subscriptions.explain(f"{server.url}/")
                subscriptions.unsubscribe()


class TemporarySubscriptions:
    """Subscriptions at a running emulator, until `unsubscribe`."""

    def __init__(self, controls: Controls, project: str | None) -> None:
        self._controls: Final = controls
        self._project: Final = project
        self._by_id: Final[dict[str, tuple[str, str, bool]]] = {}

    def subscribe(self, event: str, target: str, is_global: bool = False) -> None:
        """Subscribe a target, and print the secret of its signatures to standard error."""
        subscription = self._controls.subscribe(event, target, self._project, is_global)
        self._by_id[subscription["_id"]] = event, target, is_global
        click.echo(f"listening for {event}, secret {subscription['secret']}", err=True)

    def renew(self) -> None:
        """Subscribe again after a reset or a restart; raise ControlError if the emulator does not respond."""
        existing = {subscription["_id"] for subscription in self._controls.subscriptions()}
        for id_subscription in self._by_id.keys() - existing:
            self.subscribe(*self._by_id.pop(id_subscription))

    def explain(self, target: str) -> None:
        """Print to standard error why nothing came to a target."""
        for hint in self._controls.delivery_hints(target=target):
            click.echo(f"nothing came: {hint}", err=True)

    def unsubscribe(self) -> None:
        """Remove all subscriptions."""
        while self._by_id:
            self._controls.unsubscribe(self._by_id.popitem()[0])


class WebhookForwarder:
    """A WSGI application that posts each webhook to `target`, prints it, and returns the response.

    Without a target the response is 200. If the target does not respond, it is 502, so that the delivery is
    retried. After `count` webhooks it calls `stop`, and prints no more.
    """

    def __init__(
        self,
        target: str | None,
        timeout: float,
        *,
        as_json: bool,
        count: int | None,
        stop: Callable[[], None],
    ) -> None:
        self._target: Final = target
        self._timeout: Final = timeout
        self._as_json: Final = as_json
        self._remaining = count
        self._stop: Final = stop
        self._lock: Final = threading.Lock()
        self.is_used = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Forward a webhook, print it, and return the response."""
        self.is_used = True
        body = environ["wsgi.input"].read()
        started = stopwatch()
        error = None
        try:
            response = self._post(_headers(environ), body)
        except DeliveryError as delivery_error:
            error = delivery_error.detail
            response = RecordedResponse(_BAD_GATEWAY, body=error.encode())
        milliseconds = (stopwatch() - started) * 1000
        self._print(_json(body), response.status if error is None else None, error, milliseconds)
        headers = [(name, value) for name, value in response.headers if name.lower() not in _HOP_HEADERS]
        start_response(f"{response.status} Forwarded", headers)
        return [response.body]

    def _post(self, headers: Headers, body: bytes) -> RecordedResponse:
        if self._target is None:
            return RecordedResponse(200, body=b"ok")
        sender = Sender(self._timeout)
        try:
            return sender.send(WebhookRequest(self._target, headers, body))
        finally:
            sender.close()

    def _print(self, body: Json, status: int | None, error: str | None, milliseconds: float) -> None:
        if self._as_json:
            document = {
                "forwarded_to": self._target and shown_url(self._target),
                "status": status,
                "error": error,
                "milliseconds": round(milliseconds, 3),
                "body": body,
            }
            line = json.dumps(document)
        else:
            line = f"{datetime.now():%H:%M:%S} {_summary(body)}"
            if self._target is not None:
                line += f" -> {shown_url(self._target)} {error or status} {milliseconds:.1f} ms"
        with self._lock:
            if self._remaining == 0:
                return
            try:
                click.echo(line)
            except BrokenPipeError:
                silence_stdout()
                self._remaining = 1
            if self._remaining is not None:
                self._remaining -= 1
                if not self._remaining:
                    self._stop()


def _summary(body: Json) -> str:
    """Return name, id and attributes of an event; of the platform's own events the payload."""
    parts = body if isinstance(body, dict) else {}
    hook, payload = (part if isinstance(part, dict) else {} for part in map(parts.get, ("hook", "payload")))
    subscribed = str(hook.get("event", EVERY_EVENT))
    if f"{subscribed}.".startswith(EVENT_PREFIX):
        return f"{payload.get('name')} {payload.get('_id')} {json.dumps(payload.get('attributes', {}))}"
    first = {name: payload[name] for name in _FIRST_FIELDS if name in payload}
    return f"{subscribed} {payload.get('_id')} {shorten(json.dumps(first | payload), _LONGEST_PAYLOAD)}"


def _headers(environ: WSGIEnvironment) -> Headers:
    headers = {"content-type": environ["CONTENT_TYPE"]} if environ.get("CONTENT_TYPE") else {}
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            headers[name.removeprefix("HTTP_").replace("_", "-").lower()] = value
    return tuple((name, value) for name, value in headers.items() if name not in _HOP_HEADERS)


def _json(body: bytes) -> Json:
    try:
        return json.loads(body)
    except ValueError:
        return None
