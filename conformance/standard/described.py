"""What came to a target, described for the recording: without secrets, and with names for what varies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tiledesk_mock.node.json import ABSENT, Json
from tiledesk_mock.redaction.secrets import header_and_claims

from ..http import GLOBAL_SECRET, is_signed
from .order import numbered
from .receiver import Arrival
from .world import BOT_SECRET

Described = dict[str, Any]

SECRETS: Final = frozenset({"password", "secret", "jwtSecret", "publicKey", "token"})
_VARYING: Final = frozenset({"waiting_time", "duration", "trialDaysLeft", "ticket_id", "slug"})
_HEADERS: Final = ("content-type", "x-hook-secret", "user-agent", "origin", "accept")
_SOON: Final = 5000
"""How many milliseconds a webhook's `timestamp` may be away from its arrival."""

AS_IN: Final = "as in "
"""Stands before the path of a webhook in place of a payload that is the same."""

HOOK_AND: Final = "claims: those of hook, then"
"""The key of a token's claims that stand behind those of the subscription or bot."""

VARIES: Final = "<varies>"
"""In place of a value that is not the same in every run, or is not there in every run."""

_SAME: Final = ("message.create", "project_user.update", "event.emit")
"""Webhooks of these names have variants with the same payload."""

_FIXED: Final = (
    (re.compile(r"\b[0-9a-f]{32}\b"), "<hex>"),
    (re.compile(r": 1(7[89]|[89]\d)\d{10}\b"), ': "<ms>"'),
    (re.compile(r"\d\d/\d\d/\d{4}, \d\d:\d\d:\d\d"), "<local time>"),
    (re.compile(r"\blocalhost:\d+/modules\b"), "localhost:<port>/modules"),
)


def described(arrivals: Iterable[Arrival]) -> list[Described]:
    """Return the webhooks of a step, by their paths."""
    return sorted(map(_webhook, arrivals), key=_place)


def without_repeated_payloads(webhooks: Iterable[Described]) -> list[Described]:
    """Return the webhooks of a step. A payload that came before, as variants have it, is named instead."""
    shown, seen = list(webhooks), dict[str, str]()
    for webhook, path in zip(shown, numbered(webhook["path"] for webhook in shown), strict=True):
        if not path.startswith(tuple(f"/{name}" for name in _SAME)):
            continue
        key = json.dumps(webhook["json"].get("payload"))
        if key in seen:
            webhook["json"]["payload"] = f"{AS_IN}{seen[key]}"
        seen.setdefault(key, path)
    return shown


def common(one: Any, other: Any) -> Any:
    """Return what two runs have in common, with a name in place of what varies."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: common(one.get(key, ABSENT), other.get(key, ABSENT)) for key in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [common(*pair) for pair in zip(one, other, strict=True)]
    return one if one == other and type(one) is type(other) else VARIES


def without_what_varies(text: str, port: int) -> str:
    """Return the JSON of a description with names for times of other forms and for the target's port."""
    for pattern, name in _FIXED:
        text = pattern.sub(name, text)
    return text.replace(f"127.0.0.1:{port}/", "127.0.0.1:<port>/")


def _place(webhook: Described) -> tuple[str, str]:
    """Return what webhooks are sorted by: the path, and of bots' answers who made them."""
    payload = webhook["json"].get("payload") or {}
    return webhook["path"], str([payload.get(name) for name in ("intent_display_name", "createdBy")])


def _webhook(arrival: Arrival) -> Described:
    body, taken_out = dict(arrival.body), set[str]()
    token = body.pop("token", None)
    timestamp = body.get("timestamp")
    is_now = isinstance(timestamp, int) and abs(timestamp - arrival.at * 1000) < _SOON
    body |= {"timestamp": 0} if "timestamp" in body else {}
    webhook: Described = {
        "path": f"/{arrival.name}",
        "headers": {name: arrival.headers.get(name) for name in _HEADERS},
        "timestamp is ms": is_now,
        "json": {name: tidy(value, name, taken_out) for name, value in body.items()},
    }
    if token:
        hook = list((body.get("hook") or {}).items())
        webhook["token"] = _token(token, hook, arrival.headers.get("x-hook-secret"), taken_out)
    return webhook | ({"taken out": sorted(taken_out)} if taken_out else {})


def tidy(value: Json, place: str, taken_out: set[str]) -> Json:
    """Return a value without secrets, whose places are added to a set, and with names for what varies."""
    if isinstance(value, list):
        return [tidy(item, f"{place}[]", taken_out) for item in value]
    if not isinstance(value, Mapping):
        return value
    taken_out |= {f"{place}.{name}" for name in value if name in SECRETS}
    return {
        name: f"<{name}>"
        if name in _VARYING and item not in (None, "")
        else tidy(item, f"{place}.{name}", taken_out)
        for name, item in value.items()
        if name not in SECRETS
    }


def _token(token: str, hook: list[tuple[str, Json]], secret: str | None, taken_out: set[str]) -> Described:
    """Describe a token: its header, which secret has signed it, and its claims."""
    header, claims = header_and_claims(token) or ({}, {})
    claims = {**claims, "iat": 0}
    described: Described = {"header": header, "signed with": next(_signed_with(token, secret), None)}
    items = list(claims.items())
    if items[: len(hook)] == hook:
        return described | {HOOK_AND: dict(items[len(hook) :])}
    return described | {"claims": tidy(claims, "token", taken_out)}


def _signed_with(token: str, hook_secret: str | None) -> Iterator[str]:
    secrets = {
        "x-hook-secret": hook_secret,
        "the bot's secret": BOT_SECRET,
        "the global secret": GLOBAL_SECRET,
    }
    for name, secret in secrets.items():
        if secret and is_signed(token, secret):
            yield name
