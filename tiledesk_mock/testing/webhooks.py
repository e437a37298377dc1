"""Webhooks in a tester's hand: receivers, failing targets, and nothing left under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..control.webhooks import HookControls
from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from .receiver import Receiver


class HandleWebhooks:
    """What `tiledesk_mock.webhooks` is."""

    def __init__(self, controls: HookControls) -> None:
        self._controls: Final = controls
        self._receivers: Final[list[Receiver]] = []

    def receiver(self, *events: str, path: str = "/hook") -> Receiver:
        """Return a local target that is listening until its block ends, or a reset, or the emulator stops.

        Args:
            events: what it is subscribed to, as `event.emit` or `event.emit.order.paid`; none: nothing, the
                client under test subscribes with its `url`.
            path: the path of its URL.
        """
        # Here and not above: most tests have no webhooks, and none shall wait for what verifies them.
        from .receiver import Receiver

        receiver = Receiver(self._secret_of, path=path).start()
        self._receivers.append(receiver)
        for event in events:
            self.subscribe(event, receiver.url)
            receiver.subscribed.append(event)
        return receiver

    def subscribe(self, event: str, target: str) -> Document:
        """Subscribe a target in the first project, in its creator's name; return it with its secret."""
        return self._controls.subscribe(event, target)

    def fail(
        self,
        target: str | None = None,
        *,
        status: int | None = None,
        error: str | None = None,
        count: int | None = None,
    ) -> Callable[[], object]:
        """Let a target (None: every one) fail without being asked; return what undoes that.

        Args:
            target: the URL as subscribed.
            status: what it answers; 503 if there is no error either.
            error: `timeout` (which does not take its time), `refused` or `reset`, in place of an answer.
            count: for how many attempts; None is until it is undone, or the emulator is reset.

        Raises SetupError for another error.
        """
        rule = {"target": target, "status": status, "error": error, "count": count}
        made = self._controls.fail(rule)
        return lambda: self._controls.recover(made["id"])

    def drain(self, timeout: float = 10.0) -> Document:
        """Wait until nothing is under way; retries are made at once, without their waits.

        Returns how many deliveries are still `under_way` after `timeout` seconds, 0 where `drained`.
        """
        return self._controls.drain(timeout)

    def resend(self, id_delivery: str) -> Document:
        """Send a delivery again, as a new one; return that. Raises SetupError for an id that is unknown."""
        return self._controls.resend(id_delivery)

    def stop(self) -> None:
        """Stop all receivers."""
        while self._receivers:
            self._receivers.pop().stop()

    def _secret_of(self, id_subscription: str) -> str | None:
        known = (one for one in self._controls.subscriptions() if one["_id"] == id_subscription)
        return next((str(one["secret"]) for one in known), None)
