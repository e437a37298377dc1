"""Who gets an event: the subscriptions to its name, and bots, which have none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ..settings import Dialect, Settings
from ..store.database import Database
from ..tiledesk.clock import Clock
from ..tiledesk.deliveries import BotAddress
from ..tiledesk.events import EVENT_PREFIX, EVERY_EVENT, FiredEvent
from ..tiledesk.ids import Ids
from ..tiledesk.model import Subscription
from .destination import parsing_error

if TYPE_CHECKING:
    from ..tiledesk.platform_events import BotMessage, PlatformEvent

_BEHIND: Final = "behind a subscription whose target cannot be parsed"


class Recipient(Struct, frozen=True):
    """A receiver of an event.

    `refusal` says why it gets nothing. `last` is the subscription whose hook and token its retries and the
    history have. `bot` is set for a bot, for whose address and secret `subscription` stands.
    """

    subscription: Subscription
    refusal: str | None = None
    last: Subscription | None = None
    bot: BotAddress | None = None


class Recipients:
    """Finds the receivers of events."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._subscriptions: Final = database.subscriptions
        self._dialect: Final = settings.dialect
        seed = settings.id_seed
        self._token_ids: Final = Ids(clock, None if seed is None else f"{seed} tokens of bots")

    def of_fired(self, fired: FiredEvent) -> list[Recipient]:
        """Return the subscriptions to every event, then those to the event's name.

        In the documented dialect a name fired as `event.emit.X` matches subscriptions to `event.emit.X`, too
        (drift event-name-prefix).
        """
        name, id_project = fired.event.name, fired.event.id_project
        events = [EVERY_EVENT, EVENT_PREFIX + name]
        if name.startswith(EVENT_PREFIX) and self._dialect is Dialect.DOCUMENTED:
            events.append(name)
        matching = self._subscriptions.matching
        return [one for event in events for one in self._in_order(matching(id_project, event))]

    def of(self, event: PlatformEvent | BotMessage) -> list[Recipient]:
        """Return the receivers of one of the platform's own events, which has the name that they name."""
        from ..tiledesk.platform_events import BotMessage  # here: custom events do not need the module

        if isinstance(event, BotMessage):
            return [self._bot(event)] if event.bot.url else []
        return list(self._in_order(self._subscriptions.matching(event.id_project, event.name)))

    def restart(self) -> None:
        """Restart the ids of tokens, if they are repeatable."""
        self._token_ids.restart()

    def _bot(self, event: BotMessage) -> Recipient:
        from ..tiledesk.payloads import bot_payload  # here: only messages to bots need it

        bot = event.bot
        address = BotAddress(bot_payload(bot), self._token_ids.uuid())
        subscription = Subscription(
            id=bot.id, target=bot.url, event=event.name, id_project=bot.id_project, secret=bot.secret
        )
        return Recipient(subscription, parsing_error(subscription.url), None, address)

    def _in_order(self, matching: Iterable[Subscription]) -> Iterator[Recipient]:
        """Yield the subscriptions to one event as the real server goes through them.

        At a target that cannot be parsed it throws: the subscriptions behind it get nothing, either. All
        share one object, in which retries and the history find the hook and the token of the last. In the
        documented dialect, where each has its own secret, they have their own.
        """
        subscriptions = [one for one in matching if one.is_delivered_to]
        errors = [parsing_error(one.url) for one in subscriptions]
        reached = next((number for number, error in enumerate(errors) if error), len(subscriptions) - 1)
        is_shared = self._dialect is Dialect.SERVER
        for number, subscription in enumerate(subscriptions):
            refusal = errors[number] if number <= reached else _BEHIND
            yield Recipient(subscription, refusal, subscriptions[reached] if is_shared else None)
