"""Webhooks in a tester's hand: receivers, failing targets, and nothing left under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..domain.model import Principal, PrincipalKind, Project
from ..domain.wire import Document
from ..emulator import Emulator
from .receiver import Receiver


class HandleWebhooks:
    """What `tiledesk_mock.webhooks` is.

    Args:
        emulator: whose webhooks they are.
        project: returns the project that receivers are subscribed in.
    """

    def __init__(self, emulator: Emulator, project: Callable[[], Project]) -> None:
        self._emulator: Final = emulator
        self._project: Final = project
        self._receivers: Final[list[Receiver]] = []
        emulator.on_reset.append(self.stop)

    def receiver(self, *events: str, path: str = "/hook") -> Receiver:
        """Return a local target that is listening until its block ends, or a reset, or the emulator stops.

        Args:
            events: what it is subscribed to, as `event.emit` or `event.emit.order.paid`; none: nothing, the
                client under test subscribes with its `url`.
            path: the path of its URL.
        """
        receiver = Receiver(self._secret_of, path=path).start()
        self._receivers.append(receiver)
        for event in events:
            self.subscribe(event, receiver.url)
        return receiver

    def subscribe(self, event: str, target: str) -> Document:
        """Subscribe a target in the project, in its creator's name; return it with its secret."""
        project = self._project()
        creator = Principal(PrincipalKind.USER, project.created_by)
        body = {"event": event, "target": target}
        subscription, _ = self._emulator.subscriptions.create(project, creator, body)
        return {"_id": subscription.id, **body, "secret": subscription.secret}

    def fail(
        self,
        target: str | None = None,
        *,
        status: int | None = None,
        error: str | None = None,
        count: int | None = None,
    ) -> Callable[[], None]:
        """Let a target (None: every one) fail without being asked; return what undoes that.

        Args:
            target: the URL as subscribed.
            status: what it answers; 503 if there is no error either.
            error: `timeout` (which does not take its time), `refused` or `reset`, in place of an answer.
            count: for how many attempts; None is until it is undone, or the emulator is reset.
        """
        return self._emulator.webhooks.fail(target, status=status, error=error, count=count)

    def drain(self, timeout: float = 10.0) -> Document:
        """Wait until nothing is under way; retries are made at once, without their waits.

        Returns how many deliveries are still `under_way` after `timeout` seconds, 0 where `drained`.
        """
        return self._emulator.webhooks.drain(timeout)

    def resend(self, id: str) -> Document:  # noqa: A002  (a record's own word)
        """Send a delivery again, as a new one; raise UnknownDelivery."""
        return self._emulator.webhooks.resend(id)

    def deliveries(self) -> list[Document]:
        """Return each delivery with its attempts, oldest first."""
        return self._emulator.webhooks.deliveries()

    def stop(self) -> None:
        """Stop all receivers."""
        while self._receivers:
            self._receivers.pop().stop()

    def _secret_of(self, id_subscription: str) -> str | None:
        subscription = self._emulator.database.subscriptions.get(id_subscription)
        return subscription.secret if subscription else None
