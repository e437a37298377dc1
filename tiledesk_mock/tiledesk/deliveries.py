"""Deliveries of webhooks: their attempts, states and retries."""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import Struct

from ..settings import Dialect
from .drifts import WEBHOOK_RETRIES
from .model import Subscription
from .wire import Document

RETRY_WAITS: Final = ((2000, 3000), (4000, 5000))
"""The shortest and longest wait before the second and the third (last) attempt, in milliseconds."""


class DeliveryState(str, Enum):
    """The state of a delivery."""

    QUEUED = "queued"
    WAITING = "waiting for a retry"
    DELIVERED = "delivered"
    REFUSED = "refused"
    GIVEN_UP = "given up"
    HELD_BACK = "held back"


class Attempt(Struct, frozen=True):
    """One attempt to send a delivery: the `status` of the target's response, or an `error`.

    `at` and `next_at` are times of the emulator's clock; `seconds` is the real duration.
    """

    number: int
    at: str
    seconds: float
    status: int | None = None
    error: str | None = None
    next_at: str | None = None


class BotAddress(Struct, frozen=True):
    """A bot that gets the messages of its conversations, without a subscription.

    `hook` is its document, which the webhook has in place of the subscription; `token_id` is the `jti` of the
    token.
    """

    hook: Document
    token_id: str


class Delivery(Struct, frozen=True, kw_only=True):
    """The delivery of one event to one subscription.

    `bot` is set for a delivery to a bot; `subscription` then stands for its address and secret.
    `reason` says why it is given up or held back; `drifts` has the ids of the drifts that it depends on;
    `resends` is the id of the delivery that this one repeats.
    """

    id: str
    subscription: Subscription
    event_id: str | None
    event_name: str
    fired_at: str
    state: DeliveryState = DeliveryState.QUEUED
    attempts: tuple[Attempt, ...] = ()
    reason: str | None = None
    drifts: tuple[str, ...] = ()
    resends: str | None = None
    bot: BotAddress | None = None


class AttemptOutcome(Struct, frozen=True):
    """The state of a delivery after an attempt, and the drifts that it depends on."""

    state: DeliveryState
    drifts: tuple[str, ...] = ()
    reason: str | None = None


def outcome_of_attempt(status: int | None, number: int, dialect: Dialect) -> AttemptOutcome:
    """Return what follows from attempt `number` (from 1); `status` is None without a response.

    The real server retries after 429, 1xx, 5xx and no response; according to the documentation, after
    anything but 200 (drift webhook-retries).
    """
    is_transient = status is None or status == 429 or status // 100 in (1, 5)
    is_retried_as_documented = not is_transient and status != 200 and dialect is Dialect.DOCUMENTED
    if not is_transient and not is_retried_as_documented:
        is_delivered = status is not None and status < 300
        return AttemptOutcome(DeliveryState.DELIVERED if is_delivered else DeliveryState.REFUSED)
    drifts = (WEBHOOK_RETRIES,) if is_retried_as_documented else ()
    if number <= len(RETRY_WAITS):
        return AttemptOutcome(DeliveryState.WAITING, drifts)
    return AttemptOutcome(DeliveryState.GIVEN_UP, drifts, f"failed {number} times")


def _recipient(delivery: Delivery) -> Document:
    subscription, bot = delivery.subscription, delivery.bot
    if bot is None:
        return {"subscription": {"_id": subscription.id, "event": subscription.event}}
    return {"subscription": None, "bot": {"_id": subscription.id, "name": bot.hook.get("name")}}


def delivery_document(delivery: Delivery) -> Document:
    """Return a delivery as a document of the control API, without secrets."""
    subscription = delivery.subscription
    document: Document = {
        "id": delivery.id,
        "state": delivery.state.value,
        "target": subscription.target,
        **_recipient(delivery),
        "id_project": subscription.id_project,
        "event": {"_id": delivery.event_id, "name": delivery.event_name},
        "fired_at": delivery.fired_at,
        "attempts": [
            {
                "number": attempt.number,
                "at": attempt.at,
                "status": attempt.status,
                "error": attempt.error,
                "milliseconds": round(attempt.seconds * 1000, 3),
                "next_at": attempt.next_at,
            }
            for attempt in delivery.attempts
        ],
        "reason": delivery.reason,
        "drifts": list(delivery.drifts),
    }
    return document if delivery.resends is None else {**document, "resends": delivery.resends}
