"""What a tester can do with subscriptions and deliveries of webhooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from ..errors import ApiError, SettingsError, SetupError
from ..http.connections import shown_url
from ..http.exchange import Principal, PrincipalKind
from ..node.convert import excerpt
from ..tiledesk.deliveries import DeliveryState
from ..tiledesk.wire import Document, record_document
from .arguments import Limit, check_timeout

if TYPE_CHECKING:
    from ..emulator.emulator import Emulator

_URL: Final = re.compile(r"\s*https?://", re.IGNORECASE)


class WebhookControls:
    """The operations of `Controls` on subscriptions and deliveries."""

    _emulator: Emulator

    def subscriptions(self) -> list[Document]:
        """Return all subscriptions with their secrets.

        A global one also has `token_secret`: its tokens are signed with the global secret.
        """
        secret: Document = {"token_secret": self._emulator.settings.global_secret}
        return [
            record_document(one, secrets=True) | (secret if one.is_global else {})
            for one in self._emulator.database.subscriptions.all()
        ]

    def subscribe(
        self, event: str, target: str, project: str | None = None, is_global: bool = False
    ) -> Document:
        """Subscribe a target in a project, by default the first; return the subscription with its secret.

        With `is_global` it gets the events of all projects, and those that have none. Raises SetupError for a
        target that is no URL, which `POST /subscriptions` takes.
        """
        _check_target(event, target)
        found = self._emulator.project_or_first(project)
        creator = Principal(PrincipalKind.USER, found.created_by)
        try:
            made, _ = self._emulator.subscriptions.create(found, creator, {"event": event, "target": target})
        except ApiError as error:
            raise SetupError("a subscription needs an event and a target, both texts") from error
        if is_global:
            made = self._emulator.subscriptions.make_global(made)
        return record_document(made, secrets=True)

    def unsubscribe(self, id_subscription: str) -> bool:
        """Remove a subscription; return whether there was one with that id."""
        try:
            return self._emulator.subscriptions.delete(id_subscription) is not None
        except ApiError as error:
            raise SetupError(f"{id_subscription!r} is not an id of a subscription") from error

    def deliveries(
        self,
        event: str | None = None,
        target: str | None = None,
        state: str | None = None,
        order: Literal["oldest", "newest"] = "oldest",
        limit: Limit | None = None,
        after: str | None = None,
    ) -> list[Document]:
        """Return the webhook deliveries with their attempts, or those that match.

        Args:
            event: the event's name.
            target: what the URL that they go to begins with.
            state: as `given up`.
            order: which come first.
            limit: how many are returned at most.
            after: the id of a delivery: those that come after it in this order.

        Raises SetupError for an unknown state, and UnknownDelivery.
        """
        from ..webhooks.log import DeliverySelection  # here, since most emulators have no deliveries

        selection = DeliverySelection(event, target, _state(state), order == "newest", after, limit)
        return self._emulator.notifications.deliveries(selection)

    def delivery_hints(self, event: str | None = None, target: str | None = None) -> list[str]:
        """Return in words why no delivery of an event came, or none to a target, or that one is under way.

        `event` is the event's name. `target` is what the URLs of the subscriptions begin with.
        """
        from ..emulator.platform.delivery_hints import DeliveryHints  # here, since tests that pass need none

        hints = DeliveryHints(self._emulator)
        return hints.of_event(event) if target is None else hints.of_target(target)

    def drain(self, timeout: float = 10.0) -> Document:
        """Wait until no delivery is under way; return whether it is `drained`, and how many are `under_way`.

        Retries are made at once, without their waits. `timeout` is in seconds, a day's at most.
        """
        check_timeout(timeout)
        return self._emulator.webhooks.drain(timeout)

    def resend(self, id_delivery: str, target: str | None = None) -> Document:
        """Send a delivery again, to the same URL or to `target`, as a new one; return the new one.

        Raises SetupError for a target that is no URL.
        """
        if target is not None:
            _check_url(target)
        return self._emulator.webhooks.resend(id_delivery, target)

    def failures(self) -> list[Document]:
        """Return the rules of `add_failure` in force, oldest first, with the attempts that are `left`."""
        return self._emulator.webhooks.simulations.failures()

    def add_failure(
        self,
        target: str | None = None,
        status: int | None = None,
        error: str | None = None,
        count: int | None = None,
    ) -> Document:
        """Let deliveries to a target fail; return the rule with its `id`."""
        fields = {"target": target, "status": status, "error": error, "count": count}
        rule = {name: value for name, value in fields.items() if value is not None}
        return {**rule, "id": self._emulator.webhooks.simulations.fail(**rule)}  # type: ignore[arg-type]  # checked there

    def remove_failure(self, id_failure: str) -> bool:
        """End a rule of `add_failure`; return whether it was in force."""
        return self._emulator.webhooks.simulations.remove(id_failure)


def _state(name: str | None) -> DeliveryState | None:
    try:
        return None if name is None else DeliveryState(name)
    except ValueError as error:
        raise SettingsError("state", name, f"one of {', '.join(DeliveryState)}") from error


def _check_target(event: str, target: str) -> None:
    """Raise SetupError for a target that is no URL, and for an event that is one."""
    if not isinstance(target, str) or not isinstance(event, str) or (_is_url(target) and not _is_url(event)):
        return  # whether they are texts is checked when the subscription is made
    if _is_url(event):
        raise SetupError(
            f"event: expected the name of an event, not the URL {shown_url(event)}: it is the target"
        )
    _check_url(target)


def _check_url(target: str) -> None:
    """Raise SetupError for a target that is no URL."""
    if _is_url(target):
        return
    is_address = re.match(r"[\w.-]+(:\d+)?(/|\Z)", target)
    advice = f": did you mean http://{target}?" if is_address else ""
    raise SetupError(f"target: expected an http or https URL, not {excerpt(target)}{advice}")


def _is_url(text: str) -> bool:
    return _URL.match(text) is not None
