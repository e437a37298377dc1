"""The request of a delivery: the event and the subscription in its body, a signed token, the headers."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Final

from ..node.json import stringify
from ..tiledesk.events import FiredEvent, fired_event_document
from ..tiledesk.model import Subscription, User
from ..tiledesk.tokens import ISSUER, Tokens
from ..tiledesk.webhooks import AUDIENCE, SECRET_HEADER, SUBJECT
from ..tiledesk.wire import record_document
from .sender import WebhookRequest

_TOKEN_CACHE: Final = 256


class Payload:
    """A fired event as webhooks carry it. `user` is the user who fired it, as it was then."""

    def __init__(self, fired: FiredEvent, user: User | None) -> None:
        self.fired: Final = fired
        self._user: Final = user

    @cached_property
    def encoded(self) -> str:
        """Return the payload as JSON. The first worker that needs it encodes it: firing does not wait."""
        return stringify(fired_event_document(self.fired, self._user))


class RequestBuilder:
    """Builds the requests of deliveries; `tokens` signs, `origin` is the header Origin."""

    def __init__(self, tokens: Tokens, origin: str) -> None:
        self._tokens: Final = tokens
        self._headers: Final = (
            ("content-type", "application/json"),
            ("User-Agent", "tiledesk-webhooks"),
            ("Origin", origin),
            ("accept", "application/json"),
        )
        self._hook_and_token: Final = lru_cache(maxsize=_TOKEN_CACHE)(self._sign)

    def build(self, payload: Payload, subscription: Subscription, time: int) -> WebhookRequest:
        """Return the request for an event that was fired at `time`, in milliseconds since 1970."""
        hook, token = self._hook_and_token(subscription, time // 1000)
        body = f'{{"timestamp":{time},"payload":{payload.encoded},"hook":{hook},"token":"{token}"}}'
        headers = ((SECRET_HEADER, subscription.secret), *self._headers)
        return WebhookRequest(subscription.target, headers, body.encode("utf-8", "surrogatepass"))

    def _sign(self, subscription: Subscription, seconds: int) -> tuple[str, str]:
        """Return the subscription as JSON, and its token, which is the same for a second."""
        hook = record_document(subscription)
        audience = AUDIENCE.format(subscription.id)
        claims = {**hook, "iat": seconds, "aud": audience, "iss": ISSUER, "sub": SUBJECT}
        return stringify(hook), self._tokens.sign(claims, subscription.secret)
