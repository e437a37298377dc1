"""What is posted to a subscriber: the event in its body, the headers, the signed token."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Final

from ..node.json import stringify
from ..tiledesk.bus import FiredEvent, fired_event_document
from ..tiledesk.model import Subscription, User
from ..tiledesk.tokens import ISSUER, Tokens
from ..tiledesk.webhooks import AUDIENCE, SECRET_HEADER, SUBJECT
from ..tiledesk.wire import record_document
from .transport import WebhookRequest

_REMEMBERED: Final = 256


class Payload:
    """A fired event as webhooks carry it. `user` is whom its member is, as it was when it was fired.

    It is encoded by the first worker that needs it, so that whoever fires does not wait for that.
    """

    def __init__(self, fired: FiredEvent, user: User | None) -> None:
        self.fired: Final = fired
        self._user: Final = user

    @cached_property
    def encoded(self) -> str:
        """Return it as JSON."""
        return stringify(fired_event_document(self.fired, self._user))


class RequestBuilder:
    """Seals payloads for subscriptions.

    Args:
        tokens: what signs.
        origin: the header Origin.
    """

    def __init__(self, tokens: Tokens, origin: str) -> None:
        self._tokens: Final = tokens
        self._headers: Final = (
            ("content-type", "application/json"),
            ("User-Agent", "tiledesk-webhooks"),
            ("Origin", origin),
            ("accept", "application/json"),
        )
        self._addressed: Final = lru_cache(maxsize=_REMEMBERED)(self._address)

    def build(self, payload: Payload, subscription: Subscription, moment: int) -> WebhookRequest:
        """Return the request that tells a subscription of an event at `moment`, milliseconds since 1970."""
        hook, token = self._addressed(subscription, moment // 1000)
        body = f'{{"timestamp":{moment},"payload":{payload.encoded},"hook":{hook},"token":"{token}"}}'
        headers = ((SECRET_HEADER, subscription.secret), *self._headers)
        return WebhookRequest(subscription.target, headers, body.encode("utf-8", "surrogatepass"))

    def _address(self, subscription: Subscription, seconds: int) -> tuple[str, str]:
        """Return the subscription as JSON, and its token, which is the same for a second."""
        hook = record_document(subscription)
        audience = AUDIENCE.format(subscription.id)
        claims = {**hook, "iat": seconds, "aud": audience, "iss": ISSUER, "sub": SUBJECT}
        return stringify(hook), self._tokens.sign(claims, subscription.secret)
