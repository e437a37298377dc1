"""Why no delivery of an event came, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Final

from ...text import closest, number_of
from ...tiledesk.deliveries import DeliveryState
from ...tiledesk.events import EVENT_PREFIX, EVERY_EVENT
from ...tiledesk.model import Subscription
from ...tiledesk.platform_events import BotMessage, name_hint, own_event_hint, own_webhook, webhook_of
from ...tiledesk.wire import Document
from ..emulator import Emulator

_UNDER_WAY: Final = frozenset({DeliveryState.QUEUED.value, DeliveryState.WAITING.value})


class DeliveryHints:
    """What an emulator knows about deliveries that did not come, at the moment when it is made."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator: Final = emulator
        self._sent: Final = emulator.notifications.sent
        self._subscriptions: Final = tuple(emulator.database.subscriptions.all())
        self._deliveries: Final = emulator.notifications.deliveries()

    def of_event(self, name: str | None) -> list[str]:
        """Return why there is no delivery of an event, or that one is under way; None is any event."""
        deliveries = [one for one in self._deliveries if name in (None, one["event"]["name"])]
        if deliveries or (name is None and self._subscriptions):
            return _under_way(deliveries)
        if name is None:
            return [f"no subscription exists{self._sent_note()}"]
        if name == BotMessage.name:
            return [f"{name}: no message went to a bot; those with a url get the messages of others"]
        plain = name.removeprefix(EVENT_PREFIX)
        if plain != name and plain in self._fired:
            return [f"{name}: a delivery has the event's own name: expect {plain}"]
        is_custom = own_webhook(name) is None
        reason = self._why_no_custom_event(name) if is_custom else self._why_no_platform_event(name)
        return [f"{name}: {reason}"]

    def of_target(self, target: str) -> list[str]:
        """Return why subscribers whose URLs begin with `target` got nothing of what they subscribed to."""
        mine = [one for one in self._subscriptions if one.url.startswith(target)]
        if not mine:
            return [f"no subscription is to a URL that begins with {target}"]
        deliveries = [one for one in self._deliveries if one["target"].startswith(target)]
        reached = {one["subscription"]["event"] for one in deliveries if one["subscription"]}
        missing = dict.fromkeys(one.event for one in mine if one.event and one.event not in reached)
        return [f"{name}: {self._why_not_subscribed(name)}" for name in missing] + _under_way(deliveries)

    @cached_property
    def _fired(self) -> dict[str, set[str | None]]:
        """The names of the custom events, each with its projects."""
        fired: dict[str, set[str | None]] = {}
        for event in self._emulator.events():
            fired.setdefault(event.name, set()).add(event.id_project)
        return fired

    def _to(self, *names: str) -> list[Subscription]:
        return [one for one in self._subscriptions if one.event in names]

    def _why_not_subscribed(self, name: str) -> str:
        """Return why a subscription to a name got nothing."""
        if name == EVERY_EVENT:
            projects = set().union(*self._fired.values())
            if not projects:
                return f"it gets custom events, and none was fired{self._sent_note()}"
            return f"custom events were fired{_where(self._to(name), projects)}"
        plain, row = name.removeprefix(EVENT_PREFIX), own_webhook(name.removeprefix(EVENT_PREFIX))
        if plain == name and row is None:
            return name_hint(name) or f"did you mean {EVENT_PREFIX}{name}?"
        if plain != name and row is not None and plain not in self._fired:
            return own_event_hint(plain)
        return self._why_no_custom_event(plain) if plain != name else self._why_no_platform_event(name)

    def _why_no_custom_event(self, name: str) -> str:
        if name in self._fired:
            where = _where(self._to(EVERY_EVENT, EVENT_PREFIX + name), self._fired[name])
            return f"it was fired{where} (as {EVENT_PREFIX}{name} or {EVERY_EVENT})"
        hint = name_hint(name)
        near = None if hint else closest(name, sorted(self._fired))
        return hint or "no event of that name was fired" + (f"; did you mean {near}?" if near else "")

    def _why_no_platform_event(self, name: str) -> str:
        projects, found = [of for sent, of in self._sent if sent == name], self._to(name)
        is_global = webhook_of(name)[1]
        only_global = "only global subscriptions get it (is_global=True; POST /subscriptions makes none)"
        is_unreachable = is_global and not any(one.is_global for one in found)
        if not projects:
            note = f"; {only_global}" if is_unreachable else ""
            return f"it was not sent{note}{self._custom_note(name)}{self._sent_note()}"
        if found and is_unreachable:
            return f"it was sent, and {only_global}"
        return f"it was sent{_where(found, projects)}" + (f"; {only_global}" if is_unreachable else "")

    def _custom_note(self, name: str) -> str:
        if name not in self._fired:
            return ""
        return (
            f"; a custom event of that name was fired, which comes as {EVENT_PREFIX}{name}: "
            "emit_standard, or fire --standard, sends the platform's own"
        )

    def _sent_note(self) -> str:
        names = ", ".join(dict.fromkeys(name for name, _ in self._sent))
        return f"; sent were {names}" if names else ""


def _where(found: Sequence[Subscription], projects: Collection[str | None]) -> str:
    """Return why events of some projects did not come to the subscriptions to them."""
    if not found:
        return ", and no subscription is to it"
    if not any(one.is_global or one.id_project in projects for one in found):
        return " in another project than that of the subscriptions to it"
    return " before it was subscribed to"


def _under_way(deliveries: Iterable[Document]) -> list[str]:
    count = sum(one["state"] in _UNDER_WAY for one in deliveries)
    if not count:
        return []
    verb = "is" if count == 1 else "are"
    return [f"{number_of(count, 'delivery')} {verb} under way: webhooks.drain() waits for all, retries too"]
