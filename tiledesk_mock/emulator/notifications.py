"""Webhooks and WebSockets of one emulator, each made when it is first needed."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Final, cast

from ..journal.journal import Journal
from ..settings import Settings
from ..store.database import Database
from ..tiledesk.clock import Clock
from ..tiledesk.events import FiredEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..realtime.hub import Hub
    from ..tiledesk.platform_events import BotMessage, PlatformEvent, Step
    from ..tiledesk.wire import Document
    from ..webhooks.log import DeliverySelection
    from ..webhooks.questions import Reply
    from ..webhooks.webhooks import Webhooks

_REMEMBERED: Final = 1000
"""How many of the platform's own events are remembered by their names."""


class Notifications:
    """Passes events on to webhooks and WebSockets.

    Their modules are imported on first use: most tests have neither, and the import takes long.
    """

    def __init__(self, database: Database, clock: Clock, settings: Settings, journal: Journal) -> None:
        self._database: Final = database
        self._clock: Final = clock
        self._settings: Final = settings
        self._journal: Final = journal
        self._making: Final = threading.Lock()
        self._webhooks: Webhooks | None = None
        self._realtime: Hub | None = None
        self._is_closed = False
        self._causes: Final = threading.local()
        self._sent: Final[deque[tuple[str, str | None]]] = deque(maxlen=_REMEMBERED)

    @property
    def sent(self) -> tuple[tuple[str, str | None], ...]:
        """The names and projects of the platform's last own events, also of those without subscribers."""
        return tuple(self._sent)

    def deliveries(self, selection: DeliverySelection | None = None) -> list[Document]:
        """Return the webhook deliveries, oldest first, or the selected ones."""
        return self._webhooks.deliveries(selection) if self._webhooks is not None else []

    @property
    def webhooks(self) -> Webhooks:
        """Return the webhooks."""
        with self._making:
            if self._webhooks is None:
                from ..webhooks.webhooks import Webhooks

                self._webhooks = Webhooks(self._database, self._clock, self._settings, self._journal)
                if self._is_closed:
                    self._webhooks.close()
            return self._webhooks

    @property
    def realtime(self) -> Hub:
        """Return the hub of the WebSockets."""
        with self._making:
            if self._realtime is None:
                from ..realtime.hub import Hub

                self._realtime = Hub(
                    self._database.people.user, self._journal.notify, self._journal.timeline.add_frame
                )
                if self._is_closed:
                    self._realtime.close()
            return self._realtime

    def publish(self, fired: FiredEvent) -> None:
        """Pass an event on, without waiting for its receivers."""
        cause = self._cause or fired.event.id
        self._journal.timeline.add_event(fired, cause)
        if self._realtime is not None:
            self._realtime.deliver(fired, cause)
        if self._database.subscriptions:
            self.webhooks.deliver(fired, cause)

    @contextmanager
    def caused_by(self, cause: str | None = None) -> Iterator[None]:
        """Link all that this thread passes on in the block, by default as a step of its own."""
        before = self._cause
        self._causes.current = cause or self._journal.timeline.new_cause()
        try:
            yield
        finally:
            self._causes.current = before

    @property
    def _cause(self) -> str | None:
        return getattr(self._causes, "current", None)

    def publish_step(self, step: Step) -> None:
        """Pass the platform's own events on, without waiting for their receivers.

        As a fired event, a step is passed on with the lock `Emulator.firing` held, so that the log of
        deliveries has the order of the changes.
        """
        cause = self._remember(chain.from_iterable(step))
        if self._realtime is not None and self._realtime.connections:
            self._publish_frames(self._realtime, step, cause)
        # Without subscribers the webhooks, whose import takes long, are needed for bots only.
        if self._database.subscriptions or any(one.is_for_bot for group in step for one in group):
            self.webhooks.deliver_step(step, cause)

    def _publish_frames(self, realtime: Hub, step: Step, cause: str) -> None:
        """Send the frames of a step to WebSockets, in the order in which webhooks get its events."""
        from ..tiledesk.platform_frames import frames_of  # most tests have no WebSockets

        for event in chain.from_iterable(step):
            realtime.publish(frames_of(event, self._database.conversations.conversation), cause)

    def ask(self, event: PlatformEvent, timeout: float) -> Sequence[Reply]:
        """Send a question to webhooks; return the replies, as `Webhooks.ask` does."""
        cause = self._remember((event,))
        if not self._database.subscriptions:
            return ()
        return self.webhooks.ask(event, timeout, cause)

    def _remember(self, events: Iterable[PlatformEvent | BotMessage]) -> str:
        """Add the platform's own events to the timeline; return what links them."""
        cause = self._cause or self._journal.timeline.new_cause()
        sent = cast("list[PlatformEvent]", [one for one in events if not one.is_for_bot])
        self._sent.extend((one.name, one.id_project) for one in sent)
        self._journal.timeline.add_platform_events(sent, cause)
        return cause

    def cancel(self) -> None:
        """Cancel all deliveries, those that are being sent included, and forget what was sent."""
        self._sent.clear()
        if self._webhooks is not None:
            self._webhooks.cancel()

    def websocket_ids(self) -> frozenset[str]:
        """Return the ids of the open WebSockets."""
        return frozenset(one.id for one in self._realtime.connections) if self._realtime else frozenset()

    def close_websockets(self, keep: frozenset[str]) -> None:
        """Close all WebSockets but those with the ids `keep`."""
        if self._realtime is not None:
            self._realtime.close_except(keep)

    def reset(self) -> None:
        """Drop the record of published frames; WebSockets stay open."""
        if self._realtime is not None:
            self._realtime.clear_frames()

    def close(self) -> None:
        """Close all WebSockets, and wait a moment for deliveries that are being sent. May be called twice."""
        with self._making:
            self._is_closed = True
        if self._realtime is not None:
            self._realtime.close()
        if self._webhooks is not None:
            self._webhooks.close()
