"""The webhooks that were subscribed."""

from __future__ import annotations

from typing import Final

from ..tiledesk.model import Subscription
from .registry import Registry


class Subscriptions:
    """Subscriptions by project, event and target. Writing raises StorageFull if the disk refuses."""

    def __init__(self, registry: Registry) -> None:
        self._registry: Final = registry
        self._shelf: Final = registry.shelve(
            Subscription,
            project=lambda one: one.id_project,
            event=lambda one: (one.id_project, one.event),
            target=lambda one: (one.id_project, one.event, one.target),
        )

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return len(self._shelf) > 0

    def add(self, record: Subscription) -> None:
        """Store a subscription, in place of the one that has its id, if there is one."""
        self._registry.put([record])

    def update(self, record: Subscription) -> None:
        """Store a changed subscription."""
        self._registry.put([record])

    def remove(self, id: str) -> Subscription | None:  # noqa: A002  (a record's own word)
        """Remove a subscription and return it, or None if there is none."""
        record = self._shelf.get(id)
        if record is not None:
            self._registry.remove(record)
        return record

    def get(self, id: str) -> Subscription | None:  # noqa: A002  (likewise)
        """Return the subscription with that id, or None."""
        return self._shelf.get(id)

    def find(self, id_project: str, event: str, target: str) -> Subscription | None:
        """Return the subscription of a project for that event and target, or None."""
        return self._shelf.first("target", (id_project, event, target))

    def matching(self, id_project: str, event: str) -> tuple[Subscription, ...]:
        """Return a project's subscriptions for exactly that event, in order of creation."""
        return self._shelf.find("event", (id_project, event))

    def all(self, id_project: str | None = None) -> tuple[Subscription, ...]:
        """Return a project's subscriptions, or all, in order of creation."""
        return self._shelf.all() if id_project is None else self._shelf.find("project", id_project)
