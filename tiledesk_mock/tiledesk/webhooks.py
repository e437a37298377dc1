"""Verification of webhooks by their receiver."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Final

from ..errors import InvalidToken, UnprocessableToken, WebhookInvalid
from ..node.json import Json
from .auth import AUDIENCE as TILEDESK
from .auth import Claims, unverified_claims, verify_token
from .clock import Clock
from .wire import Document

SECRET_HEADER: Final = "x-hook-secret"  # noqa: S105  (a header's name)
AUDIENCE: Final = "https://tiledesk.com/subscriptions/{}"
SUBJECT: Final = "subscription"

BOT_AUDIENCE: Final = f"{TILEDESK}/bots/{{}}"
BOT: Final = "bot"
"""The subject of the token of a bot's webhook."""

_SIGNED: Final = ("_id", "event", "target", "id_project")
"""The fields of the subscription that are claims of its token."""

_SIGNED_OF_BOT: Final = ("_id", "name", "url", "id_project")


def verify_webhook(
    headers: Mapping[str, str], body: bytes | str, secret: str, *, global_secret: str | None = None
) -> Document:
    """Return a webhook's body if it comes from the subscription, or to the bot, with this secret.

    Checks the header `x-hook-secret` (in constant time), the signature of the token in the body, and that its
    claims are those of the subscription in the body (`hook`). All subscriptions of a real server share one
    secret, so only the last check distinguishes them.

    A global subscription, which only the operator of a server can make, has the secret of its own in the
    header, but its token is signed with the server's global secret, for Tiledesk as a whole.

    A bot gets messages without a subscription and without the header. The token is signed with the bot's
    secret, for that bot (`hook`).

    Args:
        headers: the header fields of the request; the case of their names does not matter.
        body: the body as it came.
        secret: the `secret` in the response to `POST /subscriptions`, or the bot's.
        global_secret: the server's `GLOBAL_SECRET`, for webhooks of global subscriptions.

    Raises WebhookInvalid, which says what is wrong; respond to such a request with 401.
    """
    sent = next((value for name, value in headers.items() if name.lower() == SECRET_HEADER), None)
    if sent is None:
        return _verified_of_bot(body, secret)
    if not hmac.compare_digest(sent.encode(), secret.encode()):
        raise WebhookInvalid(f"{SECRET_HEADER} is not the subscription's secret")
    document = _parse(body)
    token, hook = document["token"], document["hook"]
    if _is_of_global_subscription(token):
        if global_secret is None:
            raise WebhookInvalid("the token is of a global subscription: pass the server's global_secret")
        _check(_claims(token, global_secret), hook, TILEDESK)
    else:
        _check(_claims(token, secret), hook, AUDIENCE.format(hook.get("_id")))
    return document


def _verified_of_bot(body: bytes | str, secret: str) -> Document:
    """Return the body of a webhook of a bot with this secret; raise WebhookInvalid for any other."""
    missing = f"there is no header {SECRET_HEADER}"
    try:
        document = _parse(body)
    except WebhookInvalid as error:
        raise WebhookInvalid(missing) from error
    token, hook = document["token"], document["hook"]
    if _unverified(token, "sub") != BOT:
        raise WebhookInvalid(missing)
    try:
        claims = _claims(token, secret)
    except WebhookInvalid as error:
        whose = f"{missing}, since it is the webhook of the bot {hook.get('name')!r}, {hook.get('_id')}"
        raise WebhookInvalid(f"{whose}, which the bot's secret verifies: {error}") from error
    _check(claims, hook, BOT_AUDIENCE.format(hook.get("_id")), BOT, _SIGNED_OF_BOT)
    return document


def _parse(body: bytes | str) -> Document:
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
        return verify_token(token, secret, Clock().now())
    except (InvalidToken, UnprocessableToken) as error:
        raise WebhookInvalid(f"the token is refused: {error}") from error


def _is_of_global_subscription(token: str) -> bool:
    """Return whether a token says so; its signature is checked afterwards."""
    return bool(_unverified(token, "aud") == TILEDESK)


def _unverified(token: str, name: str) -> Json:
    try:
        return unverified_claims(token).get(name)
    except UnprocessableToken:
        return None


def _check(
    claims: Claims,
    hook: Mapping[str, Json],
    audience: str,
    subject: str = SUBJECT,
    signed: Sequence[str] = _SIGNED,
) -> None:
    if claims.get("sub") != subject:
        raise WebhookInvalid(f"the token's subject is {claims.get('sub')!r}, not {subject!r}")
    if claims.get("aud") != audience:
        raise WebhookInvalid(f"the token is for {claims.get('aud')!r}, not for {audience!r}")
    for name in signed:
        if claims.get(name) != hook.get(name):
            raise WebhookInvalid(
                f"the token is of another {subject}: its {name} is {claims.get(name)!r}, "
                f"the hook's is {hook.get(name)!r}"
            )
