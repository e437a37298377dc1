"""What the receiver of a webhook should check before it believes it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct

from ..errors import InvalidToken, WebhookInvalid
from ..node.json import Json
from ..settings import Dialect
from .clock import Clock
from .drifts import WEBHOOK_RETRIES
from .model import Subscription
from .tokens import Claims, Tokens
from .wire import Document

SECRET_HEADER: Final = "x-hook-secret"  # noqa: S105  (a header's name)
AUDIENCE: Final = "https://tiledesk.com/subscriptions/{}"
SUBJECT: Final = "subscription"

_SIGNED: Final = ("_id", "event", "target", "id_project")
"""Fields of the subscription that its token vouches for."""


def verify_webhook(headers: Mapping[str, str], body: bytes | str, secret: str) -> Document:
    """Return a webhook's body if it comes from the subscription that has the secret.

    Checked are the header `x-hook-secret` (in constant time), the signature of the token in the body, and
    that the token speaks of the very subscription that the body names as `hook`. As all subscriptions of a
    real server share one secret, only that last check tells them apart.

    Arguments:
        headers: the request's, whatever the case of their names.
        body: as it came; not decoded and encoded again.
        secret: what the answer to `POST /subscriptions` said, once.

    Raises WebhookInvalid, which says what is wrong; answer such a request with 401.
    """
    given = next((value for name, value in headers.items() if name.lower() == SECRET_HEADER), None)
    if given is None:
        raise WebhookInvalid(f"there is no header {SECRET_HEADER}")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise WebhookInvalid(f"{SECRET_HEADER} is not the subscription's secret")
    document = _read(body)
    _check(_claims(document["token"], secret), document["hook"])
    return document


def _read(body: bytes | str) -> Document:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WebhookInvalid(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise WebhookInvalid("the body is not a JSON object")
    for name, kind in (("payload", dict), ("hook", dict), ("token", str)):
        if not isinstance(document.get(name), kind):
            raise WebhookInvalid(f"the body has no {name}")
    return document


def _claims(token: str, secret: str) -> Claims:
    try:
        return Tokens().verify(token, secret, Clock().now())
    except InvalidToken as error:
        raise WebhookInvalid(f"the token is refused: {error}") from error


def _check(claims: Claims, hook: Mapping[str, Json]) -> None:
    if claims.get("sub") != SUBJECT:
        raise WebhookInvalid(f"the token's subject is {claims.get('sub')!r}, not {SUBJECT!r}")
    audience = AUDIENCE.format(hook.get("_id"))
    if claims.get("aud") != audience:
        raise WebhookInvalid(f"the token is for {claims.get('aud')!r}, not for {audience!r}")
    for name in _SIGNED:
        if claims.get(name) != hook.get(name):
            raise WebhookInvalid(
                f"the token speaks of another subscription: its {name} is {claims.get(name)!r}, "
                f"the hook's is {hook.get(name)!r}"
            )


RETRY_WAITS: Final = ((2000, 3000), (4000, 5000))
"""Milliseconds, from and to, before the second and the third attempt; there is no fourth."""

_OK: Final = 200
_MULTIPLE_CHOICES: Final = 300
_TOO_MANY_REQUESTS: Final = 429


class DeliveryState(str, Enum):
    """What has become of a delivery."""

    QUEUED = "queued"
    WAITING = "waiting for a retry"
    DELIVERED = "delivered"
    REFUSED = "refused"
    GIVEN_UP = "given up"
    HELD_BACK = "held back"


class Attempt(Struct, frozen=True):
    """One time that a delivery was sent: the target's `status`, or the `error` why there is none.

    `at` and `next_at` are times of the emulator's clock, `seconds` what it really took.
    """

    number: int
    at: str
    seconds: float
    status: int | None = None
    error: str | None = None
    next_at: str | None = None


class Delivery(Struct, frozen=True, kw_only=True):
    """One event on its way to one subscription, or arrived, or given up.

    `reason` says why it is given up or held back; `drifts` names what the real server would have done
    otherwise; `resends` is the delivery that this one repeats.
    """

    id: str
    subscription: Subscription
    event_id: str
    event_name: str
    fired_at: str
    state: DeliveryState = DeliveryState.QUEUED
    attempts: tuple[Attempt, ...] = ()
    reason: str | None = None
    drifts: tuple[str, ...] = ()
    resends: str | None = None


class AttemptOutcome(Struct, frozen=True):
    """What follows from an attempt: the delivery's state, and the drifts that it showed."""

    state: DeliveryState
    drifts: tuple[str, ...] = ()
    reason: str | None = None


def outcome_of_attempt(status: int | None, number: int, dialect: Dialect) -> AttemptOutcome:
    """Return what follows from the attempt with that number, answered so; None is no answer.

    The real server tries again after 429, 1xx, 5xx and no answer; the documentation says that it does after
    anything but 200 (drift webhook-retries).
    """
    is_transient = status is None or status < _OK or status == _TOO_MANY_REQUESTS or status // 100 == 5
    drifts = () if is_transient or status == _OK or dialect is Dialect.SERVER else (WEBHOOK_RETRIES,)
    if not is_transient and not drifts:
        taken = status is not None and status < _MULTIPLE_CHOICES
        return AttemptOutcome(DeliveryState.DELIVERED if taken else DeliveryState.REFUSED)
    if number <= len(RETRY_WAITS):
        return AttemptOutcome(DeliveryState.WAITING, drifts)
    return AttemptOutcome(DeliveryState.GIVEN_UP, drifts, f"failed {number} times")


DELIVERY_FIELDS: Final = (
    "id",
    "state",
    "target",
    "subscription",
    "id_project",
    "event",
    "fired_at",
    "attempts",
    "reason",
    "drifts",
    "resends",
    "request",
)
"""What a delivery is shown with; the last two not always."""


def delivery_document(delivery: Delivery) -> Document:
    """Return a delivery as the control API shows it: without secrets."""
    subscription = delivery.subscription
    document: Document = {
        "id": delivery.id,
        "state": delivery.state.value,
        "target": subscription.target,
        "subscription": {"_id": subscription.id, "event": subscription.event},
        "id_project": subscription.id_project,
        "event": {"_id": delivery.event_id, "name": delivery.event_name},
        "fired_at": delivery.fired_at,
        "attempts": [_attempt_document(attempt) for attempt in delivery.attempts],
        "reason": delivery.reason,
        "drifts": list(delivery.drifts),
    }
    return document if delivery.resends is None else {**document, "resends": delivery.resends}


def _attempt_document(attempt: Attempt) -> Document:
    return {
        "number": attempt.number,
        "at": attempt.at,
        "status": attempt.status,
        "error": attempt.error,
        "milliseconds": round(attempt.seconds * 1000, 3),
        "next_at": attempt.next_at,
    }
