"""Groups of deliveries, which begin one after the other: receivers get them in the platform's order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final

from msgspec import Struct, field

from ..http.stopwatch import stopwatch
from ..tiledesk.deliveries import DeliveryState
from .destination import destination_of
from .failures import DeliveryError
from .log import QueuedDelivery
from .workers import FIRST_ATTEMPT_WAIT

Group = Sequence[QueuedDelivery]


class _Groups(Struct, eq=False):
    """The groups for one origin: the one that began last, and those that wait for it."""

    current: Group = ()
    waiting: deque[Group] = field(default_factory=deque)

    @property
    def left(self) -> float:
        """The seconds until the next group may begin; 0 if the first attempts of this one have ended."""
        return max(map(_left, self.current), default=0.0)


class GroupSequence:
    """Begins a group when the first attempts of the one before have ended, or a quarter of a second later.

    A receiver that subscribes to several names has several subscriptions, so the order is kept for each
    origin (host and port). A slow target does not delay those of other origins. One thread begins the groups
    that have to wait; it runs while any does.

    Args:
        changed: its owner's lock, held by all callers. It is notified whenever a delivery changes.
        begin: puts a delivery into its queue. Called with the lock held; must not block.
        limit: how many groups may wait for an origin; beyond it the oldest one begins at once.
    """

    def __init__(
        self, changed: threading.Condition, begin: Callable[[QueuedDelivery], None], limit: int
    ) -> None:
        self._changed: Final = changed
        self._begin: Final = begin
        self._limit: Final = limit
        self._origins: Final[dict[Hashable, _Groups]] = {}
        self._thread: threading.Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a group waits or has just begun; what is queued now has to be added behind it."""
        return self._thread is not None or any(one.left for one in self._origins.values())

    def add(self, deliveries: Iterable[QueuedDelivery]) -> None:
        """Begin deliveries as one group, at each origin when its turn has come."""
        self._drop_finished()
        groups: dict[Hashable, list[QueuedDelivery]] = {}
        for queued in deliveries:
            groups.setdefault(_origin(queued), []).append(queued)
        for origin, group in groups.items():
            self._add(self._origins.setdefault(origin, _Groups()), group)

    def clear(self) -> None:
        """Drop the groups that wait; the owner has cancelled their deliveries."""
        self._origins.clear()
        self._changed.notify_all()

    def _drop_finished(self) -> None:
        """Drop the origins that nothing waits for, so that the last deliveries to them are not kept."""
        for origin in [key for key, one in self._origins.items() if not one.waiting and not one.left]:
            del self._origins[origin]

    def _add(self, groups: _Groups, group: Group) -> None:
        if not groups.waiting and not groups.left:
            self._begin_group(groups, group)
            return
        groups.waiting.append(group)
        if len(groups.waiting) > self._limit:
            self._begin_group(groups, groups.waiting.popleft())
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="tiledesk-mock groups", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _begin_group(self, groups: _Groups, group: Group) -> None:
        groups.current = group
        for queued in group:
            self._begin(queued)

    def _run(self) -> None:
        with self._changed:
            while waiting := [one for one in self._origins.values() if one.waiting]:
                ready = [one for one in waiting if not one.left]
                for one in ready:
                    self._begin_group(one, one.waiting.popleft())
                if not ready:
                    self._changed.wait(min(one.left for one in waiting))
            self._thread = None


def _left(queued: QueuedDelivery) -> float:
    """Return how many seconds the next group still waits for a delivery."""
    delivery = queued.delivery
    if delivery.attempts or delivery.state is not DeliveryState.QUEUED or queued.is_cancelled:
        return 0.0
    if not queued.began:
        return FIRST_ATTEMPT_WAIT
    return max(queued.began + FIRST_ATTEMPT_WAIT - stopwatch(), 0.0)


def _origin(queued: QueuedDelivery) -> Hashable:
    url = queued.delivery.subscription.url
    try:
        return destination_of(url).origin
    except DeliveryError:
        return url
