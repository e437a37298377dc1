"""`listen`: webhooks as they go out, forwarded to a receiver that is being worked on."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any, Final

import click

from ..control.controls import Controls
from ..errors import ControlError
from ..server import Server
from ..tiledesk.events import EVENT_PREFIX, EVERY_EVENT
from .forwarding import Forwarded, Forwarder
from .output import fall_silent
from .place import origin_of, running, url_option

_HOST: Final = "127.0.0.1"
_LOOKING: Final = 1
"""Seconds between looks at the emulator."""


@click.command("listen")
@click.option("--forward-to", metavar="URL", help="Where to post them, unchanged. [only printed]")
@click.option("--event", "names", multiple=True, metavar="NAME", help="Only events of this name. [all]")
@click.option("--project", metavar="ID", help="In which project. [the first]")
@click.option("--count", type=click.IntRange(1), metavar="N", help="Stop after so many.")
@click.option("--timeout", type=float, default=10.0, metavar="SECONDS", help="To wait for answers. [10]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line for each.")
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

    The receiver at URL gets what it would get if it was subscribed itself, and its answers count: what fails
    is delivered again. It ends when the emulator does, and subscribes again within a second after a reset.
    """
    if forward_to is not None:
        origin_of(forward_to, "--forward-to")
    end: SimpleQueue[None] = SimpleQueue()  # whose put, unlike an Event's set, may be called by a signal
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.put(None))
    printer = Printer(forward_to, as_json, count, lambda: end.put(None))
    hooks = Hooks(running(url), project, lambda line: click.echo(line, err=True))
    with Server(Forwarder(forward_to, timeout, printer.tell), _HOST) as server:
        try:
            for event in [EVENT_PREFIX + name.removeprefix(EVENT_PREFIX) for name in names] or [EVERY_EVENT]:
                hooks.subscribe(event, f"{server.url}/")
            _wait(end, hooks.renew)
        finally:
            with suppress(ControlError):  # then there is nothing to undo
                hooks.unsubscribe()


def _wait(end: SimpleQueue[None], look: Callable[[], None]) -> None:
    """Wait for the end; look every few seconds whether there is still something to wait for."""
    while True:
        for _ in range(_LOOKING):
            with suppress(Empty):
                return end.get(timeout=1)  # Windows hears no signals in a wait without end
        look()


class Hooks:
    """Subscriptions at a running emulator, for as long as somebody listens."""

    def __init__(self, controls: Controls, project: str | None, tell: Callable[[str], None]) -> None:
        self._controls: Final = controls
        self._project: Final = project
        self._tell: Final = tell
        self._made: Final[dict[str, tuple[str, str]]] = {}

    def subscribe(self, event: str, target: str) -> None:
        """Subscribe a target, and tell the secret that its webhooks are signed with."""
        made = self._controls.subscribe(event, target, self._project)
        self._made[made["_id"]] = event, target
        self._tell(f"listening for {event}, secret {made['secret']}")

    def renew(self) -> None:
        """Subscribe again what a reset or a restart has ended; raise ControlError if nobody answers."""
        there = {one["_id"] for one in self._controls.subscriptions()}
        for gone in self._made.keys() - there:
            self.subscribe(*self._made.pop(gone))

    def unsubscribe(self) -> None:
        """Remove all subscriptions."""
        while self._made:
            self._controls.unsubscribe(self._made.popitem()[0])


class Printer:
    """Prints a line for each webhook, and calls `stop` after `count`."""

    def __init__(
        self, target: str | None, as_json: bool, count: int | None, stop: Callable[[], None]
    ) -> None:
        self._target: Final = target
        self._as_json: Final = as_json
        self._left = count
        self._stop: Final = stop
        self._lock: Final = threading.Lock()

    def tell(self, forwarded: Forwarded) -> None:
        """Print one."""
        with self._lock:
            if self._left == 0:
                return
            self._print(json.dumps(self._document(forwarded)) if self._as_json else self._line(forwarded))
            if self._left is not None:
                self._left -= 1
                if not self._left:
                    self._stop()

    def _print(self, line: str) -> None:
        try:
            click.echo(line)
        except BrokenPipeError:  # whoever reads has read enough
            fall_silent()
            self._left = 1

    def _line(self, forwarded: Forwarded) -> str:
        event = _event(forwarded)
        at = f"{datetime.now():%H:%M:%S}"
        told = f"{at} {event.get('name')} {event.get('_id')} {json.dumps(event.get('attributes', {}))}"
        if self._target is None:
            return told
        answer = forwarded.error or forwarded.status
        return f"{told} -> {self._target} {answer} {forwarded.seconds * 1000:.1f} ms"

    def _document(self, forwarded: Forwarded) -> dict[str, Any]:
        return {
            "forwarded_to": self._target,
            "status": forwarded.status,
            "error": forwarded.error,
            "milliseconds": round(forwarded.seconds * 1000, 3),
            "body": forwarded.body,
        }


def _event(forwarded: Forwarded) -> dict[str, Any]:
    payload = forwarded.body.get("payload") if isinstance(forwarded.body, dict) else None
    return payload if isinstance(payload, dict) else {}
