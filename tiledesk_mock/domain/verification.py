"""What the receiver of a webhook should check before it believes it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Final

from ..errors import TokenRefused, WebhookInvalid
from .clock import Clock
from .model import Json
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
    except TokenRefused as error:
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
