"""What a tester can do with webhooks, in the words of the handle and of `/__admin`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from ..emulator.emulator import Emulator
from ..errors import ApiError, SetupError
from ..http.principal import Principal, PrincipalKind
from ..tiledesk.wire import Document, record_document

_RULE: Final = frozenset({"target", "status", "error", "count"})


class HookControls(Protocol):
    """The words, for an emulator in this process or another one. Every method raises a SetupError."""

    def subscribe(self, event: str, target: str, project: str | None = None) -> Document:
        """Subscribe a target in a project, by default the first; return the subscription with its secret."""

    def unsubscribe(self, id_subscription: str) -> bool:
        """Remove a subscription; tell whether there was one."""

    def subscriptions(self) -> list[Document]:
        """Return all subscriptions with their secrets."""

    def deliveries(self) -> list[Document]:
        """Return what is known of each delivery, oldest first."""

    def drain(self, timeout: float) -> Document:
        """Wait until nothing is under way; return whether it is `drained`, or how much is `under_way`."""

    def resend(self, id_delivery: str) -> Document:
        """Send a delivery again, as a new one; return that."""

    def fail(self, rule: Mapping[str, Any]) -> Document:
        """Let a target fail: `target`, `status`, `error`, `count`; return the rule with its `id`."""

    def recover(self, id_rule: str) -> bool:
        """Let a rule of `fail` be over; tell whether it was not yet."""


class LocalHookControls:
    """Controls of the webhooks of an emulator in this process."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator: Final = emulator

    def subscribe(self, event: str, target: str, project: str | None = None) -> Document:
        """Subscribe a target in a project, by default the first; return the subscription with its secret."""
        people = self._emulator.database.people
        place = people.project(project) if project else next(iter(people.projects()), None)
        if place is None:
            raise SetupError(f"there is no project {project or 'at all'}")
        creator = Principal(PrincipalKind.USER, place.created_by)
        try:
            made, _ = self._emulator.subscriptions.create(place, creator, {"event": event, "target": target})
        except ApiError as error:
            raise SetupError("a subscription takes an event and a target, both texts") from error
        return record_document(made, secrets=True)

    def unsubscribe(self, id_subscription: str) -> bool:
        """Remove a subscription; tell whether there was one."""
        try:
            return self._emulator.subscriptions.delete(id_subscription) is not None
        except ApiError as error:
            raise SetupError(f"{id_subscription!r} is no id of a subscription") from error

    def subscriptions(self) -> list[Document]:
        """Return all subscriptions with their secrets."""
        return [record_document(one, secrets=True) for one in self._emulator.database.subscriptions.all()]

    def deliveries(self) -> list[Document]:
        """Return what is known of each delivery, oldest first."""
        return self._emulator.webhooks.deliveries()

    def drain(self, timeout: float) -> Document:
        """Wait until nothing is under way; return whether it is `drained`, or how much is `under_way`."""
        return self._emulator.webhooks.drain(timeout)

    def resend(self, id_delivery: str) -> Document:
        """Send a delivery again, as a new one; return that."""
        return self._emulator.webhooks.resend(id_delivery)

    def fail(self, rule: Mapping[str, Any]) -> Document:
        """Let a target fail: `target`, `status`, `error`, `count`; return the rule with its `id`."""
        unknown = next((name for name in rule if name not in _RULE), None)
        if unknown is not None:
            raise SetupError(f"{unknown}: expected one of {', '.join(sorted(_RULE))}")
        return {**rule, "id": self._emulator.webhooks.fail(**rule)}

    def recover(self, id_rule: str) -> bool:
        """Let a rule of `fail` be over; tell whether it was not yet."""
        return self._emulator.webhooks.recover(id_rule)
