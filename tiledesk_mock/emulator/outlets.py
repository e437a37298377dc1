"""What is told to others: webhooks and WebSockets, each made when there is first somebody to tell."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ..journal.journal import Journal
from ..settings import Settings
from ..store.database import Database
from ..tiledesk.bus import FiredEvent
from ..tiledesk.clock import Clock
from ..tiledesk.tokens import Tokens

if TYPE_CHECKING:
    from ..realtime.hub import Hub
    from ..webhooks.webhooks import Webhooks


class Outlets:
    """The webhooks and the WebSockets of one emulator.

    Most tests have neither, and importing what they take is a good part of a start: hence the imports within.

    Args:
        database: who subscribed, and who there is.
        tokens: what signs deliveries.
        clock: the emulator's; retries wait by it.
        settings: the dialect, the limits, and how far deliveries may go.
        journal: is told of every change.
    """

    def __init__(
        self, database: Database, tokens: Tokens, clock: Clock, settings: Settings, journal: Journal
    ) -> None:
        self._database: Final = database
        self._tokens: Final = tokens
        self._clock: Final = clock
        self._settings: Final = settings
        self._journal: Final = journal
        self._making: Final = threading.Lock()
        self._webhooks: Webhooks | None = None
        self._realtime: Hub | None = None
        self._is_closed = False

    @property
    def webhooks(self) -> Webhooks:
        """Return the webhooks."""
        with self._making:
            if self._webhooks is None:
                self._webhooks = self._made_webhooks()
                if self._is_closed:
                    self._webhooks.close()
            return self._webhooks

    @property
    def realtime(self) -> Hub:
        """Return the WebSockets' hub."""
        with self._making:
            if self._realtime is None:
                from ..realtime.hub import Hub

                self._realtime = Hub(self._database.people.user, self._journal.notify)
                if self._is_closed:
                    self._realtime.close()
            return self._realtime

    def deliver(self, fired: FiredEvent) -> None:
        """Tell an event to whom it concerns; none of them is waited for."""
        if self._realtime is not None:
            self._realtime.deliver(fired)
        if self._database.subscriptions:
            self.webhooks.deliver(fired)

    def cancel(self) -> None:
        """Forget all deliveries, what is on its way included."""
        if self._webhooks is not None:
            self._webhooks.cancel()

    def connected(self) -> frozenset[str]:
        """Return the ids of the WebSockets that are open."""
        return frozenset(one.id for one in self._realtime.connections) if self._realtime else frozenset()

    def hang_up(self, but: frozenset[str]) -> None:
        """End all WebSockets but those of these ids."""
        if self._realtime is not None:
            self._realtime.close_except(but)

    def forget(self) -> None:
        """Forget the frames that were published; who is connected stays so."""
        if self._realtime is not None:
            self._realtime.clear_frames()

    def close(self) -> None:
        """End all WebSockets, and wait a moment for deliveries that are being sent. Twice does no harm."""
        with self._making:
            self._is_closed = True
        if self._realtime is not None:
            self._realtime.close()
        if self._webhooks is not None:
            self._webhooks.close()

    def _made_webhooks(self) -> Webhooks:
        from ..webhooks.webhooks import Webhooks

        return Webhooks(self._database, self._tokens, self._clock, self._settings, self._journal.notify)
