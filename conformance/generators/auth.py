"""Signing in and up, anonymously too, and credentials of any form on events and on `/testauth`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from . import custom_tokens
from .choices import (
    MISSING_ID,
    ODD_VALUES,
    OTHER_PROJECT,
    OWNER,
    PEOPLE,
    PROJECT,
    case,
    chance,
    fields,
    step,
)

_EMAILS: Final = (
    "owner@example.com",
    "Owner@Example.com",
    " owner@example.com",
    "disabled@example.com",
    "fresh@example.com",
    "Fresh@Example.COM",
    "fresh+tag@example.com",
    "no-address",
    "a@b",
)
_PASSWORDS: Final = ("owner-secret", "disabled-secret", "fresh-secret", "short", "wrong")
_SIGN_IN: Final[dict[str, Sequence[Any]]] = {"email": _EMAILS, "password": _PASSWORDS, "extra": (1,)}
_SIGN_UP: Final[dict[str, Sequence[Any]]] = {
    "email": _EMAILS,
    "password": _PASSWORDS,
    "firstname": ("Fresh", "<b>"),
    "lastname": ("Face",),
    "phone": ("+39 02 1234", 3902),
    "attributes": ({"plan": "free"},),
    "description": ("about",),
    "public_website": ("https://example.com",),
    "emailverified": (True,),
    "status": (0,),
    "disableEmail": (True,),
}
_VISITOR: Final[dict[str, Sequence[Any]]] = {
    "id_project": (PROJECT, PROJECT, OTHER_PROJECT, "65b000000000000000000003", MISSING_ID, "nope"),
    "firstname": ("Gus",),
    "lastname": ("Guest",),
    "email": ("gus@example.com", "owner@example.com"),
    "attributes": ({"plan": "free"}, {"a.b": 1}),
    "tags": (["vip"],),
    "fullName": ("Gus G",),
    "role": ("admin",),
    "_id": ("chosen-id", OWNER),
}
_SCHEMES: Final = ("JWT", "jwt", "Jwt", "Bearer", "Basic", "basic", "BASIC", "")
_SUBJECTS: Final = ("user", "guest", "userexternal", "bot", "subscription", "other")
_AUDIENCES: Final = (
    *custom_tokens.AUDIENCES,
    "https://tiledesk.com/bots/65d000000000000000000001",
    "https://tiledesk.com/subscriptions/65e000000000000000000001",
    "https://tiledesk.com/bots",
    "not a url",
)
_SECRETS: Final = (
    "tiledesk-global-secret",
    "tiledesk-global-secret",
    "acme-project-jwt-secret",
    "bot-secret-1",
    "subscription-secret-1",
)


def generate(random: Random) -> dict[str, Any]:
    """Return a scenario of five to ten steps."""
    people = {"token1": _person(random), "token2": _person(random)}
    steps: list[dict[str, Any]] = []
    while len(steps) < random.randint(5, 10):
        makers = (_sign_in, _sign_up, _sign_in_anonymously, _credentials, _credentials)
        steps += random.choice(makers)(random)
    return case(steps, people)


def _sign_in(random: Random) -> list[dict[str, Any]]:
    body = fields(random, _SIGN_IN, 0.9)
    return [step(random, "post", "/auth/signin", json=body, save={"token": "token"}), *_uses(random)]


def _sign_up(random: Random) -> list[dict[str, Any]]:
    body = fields(random, _SIGN_UP, 0.6) | ({"email": random.choice(_EMAILS)} if chance(random, 0.7) else {})
    signup = step(random, "post", "/auth/signup", json=body, save={"user": "user._id"})
    return [signup, *(_sign_in(random) if chance(random, 0.4) else [])]


def _sign_in_anonymously(random: Random) -> list[dict[str, Any]]:
    body = fields(random, _VISITOR, 0.4)
    path = "/auth/signinAnonymously"
    if chance(random, 0.7):
        body["id_project"] = PROJECT
    elif chance(random, 0.3):
        path += f"?id_project={random.choice((PROJECT, OTHER_PROJECT, 'nope', ''))}"
    sender = {"as": random.choice(PEOPLE)} if chance(random, 0.1) else {}
    return [step(random, "post", path, json=body, save={"token": "token"}, **sender), *_uses(random)]


def _uses(random: Random) -> list[dict[str, Any]]:
    """Return requests with the token of the last answer."""
    sender = {"headers": {"Authorization": "{token}"}}
    return [_request(random, sender)] if chance(random, 0.5) else []


def _credentials(random: Random) -> list[dict[str, Any]]:
    sender = random.choice(
        (
            {"as": random.choice(PEOPLE)},
            {"as": random.choice(("token1", "token2"))},
            {"authorization": _header(random)},
        )
    )
    return [_request(random, sender)]


def _request(random: Random, sender: dict[str, Any]) -> dict[str, Any]:
    return random.choice(
        (
            step(random, "post", "/{a}/events", json={"name": "n"}, **sender),
            step(random, "get", "/{a}/events?page=3", **sender),
            step(random, "get", "/{a}/subscriptions", **sender),
            step(random, "get", "/testauth", **sender),
            step(random, "get", "/testauth/noentitycheck", **sender),
        )
    )


def _header(random: Random) -> str:
    """Return an Authorization header of any form."""
    password = random.choice(
        (
            "owner@example.com:owner-secret",
            "owner@example.com:owner-secret:x",
            "owner@example.com",
            ":owner-secret",
            ":",
            "",
            "öwner@example.com:pässword",
            "OWNER@EXAMPLE.COM:owner-secret",
        )
    )
    encoded = base64.b64encode(password.encode()).decode()
    value = random.choice(
        (encoded, encoded.rstrip("="), f"{encoded} x", f" {encoded}", "a.b.c", "eyJ", "", "====")
    )
    return f"{random.choice(_SCHEMES)} {value}"


def _person(random: Random) -> dict[str, Any]:
    """Return a person with a token of any claims."""
    claims: dict[str, Any] = custom_tokens.claims(random)
    if chance(random, 0.6):
        ids = (
            OWNER,
            OWNER,
            "65a000000000000000000003",
            MISSING_ID,
            "65d000000000000000000001",
            *custom_tokens.IDS,
        )
        claims["_id"] = random.choice(ids)
        claims["sub"] = random.choice(_SUBJECTS)
        claims["aud"] = random.choice(_AUDIENCES)
        claims.pop("role", None)
    if chance(random, 0.1):
        claims[random.choice(("nbf", "exp", "iat", "_doc", "id", "aud", "sub"))] = random.choice(
            (*ODD_VALUES, 1, 4102444800, {"_id": OWNER}, ["https://tiledesk.com"])
        )
    return {
        "claims": claims,
        "secret": random.choice(_SECRETS),
        "algorithm": random.choice(("HS256",) * 8 + ("HS512", "none")),
    }
