"""Custom tokens: signed for people with any claims, sent to sign in, and used as they are and as answered."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from .choices import (
    MISSING_ID,
    OTHER_PROJECT,
    OWNER,
    PEOPLE,
    PROJECT,
    PROJECT_SECRET,
    case,
    chance,
    fields,
    step,
    usually,
)

EMAILS: Final = (
    "owner@example.com",
    "AGENT@example.com",
    "disabled@example.com",
    "left@example.com",
    "outsider@example.com",
    "new@example.com",
    "New.Person@Example.com",
    "no-address",
)
IDS: Final = (
    "customer-42",
    "customer-77",
    "sso-1",
    OWNER,
    MISSING_ID,
    "0b6cd2c2-7e3a-4f5e-9d3e-2a0c1c0d0e0f",
)
ROLES: Final = (
    "owner",
    "admin",
    "agent",
    "supervisor",
    "teammate",
    "user",
    "guest",
    "auditor",
    "Agent",
    "admin ",
)
AUDIENCES: Final = (
    f"https://tiledesk.com/projects/{PROJECT}",
    f"https://tiledesk.com/projects/{PROJECT}",
    f"https://tiledesk.com/projects/{PROJECT}",
    f"https://tiledesk.com/projects/{PROJECT}/",
    f"https://other.example/projects/{PROJECT}",
    f"https://tiledesk.com/projects/{OTHER_PROJECT}",
    f"https://tiledesk.com/projects/{MISSING_ID}",
    "https://tiledesk.com/projects/nope",
    "https://tiledesk.com",
)
SUBJECTS: Final = ("userexternal", "userexternal", "guest", "user", "bot", "subscription", "other")
_CLAIMS: Final[dict[str, Sequence[Any]]] = {
    "email": EMAILS,
    "firstname": ("Sue", "", "Élise"),
    "lastname": ("Single", "Sign On"),
    "iss": ("https://tiledesk.com", "https://example.com"),
    "attributes": ({"plan": "pro"}, {"a": {"b": 1}}),
    "phone": ("+39 123",),
    "company": ("ACME",),
    "password": ("chosen-password",),
    "status": (100, 0),
    "emailverified": (True, False),
    "jti": ("3f0c8f0a-0000-4000-8000-000000000009",),
    "custom": ("kept",),
}
_PATHS: Final = ("/auth/signinWithCustomToken", "/auth/signinWithCustomToken", "/auth/signInWithCustomToken")


def generate(random: Random) -> dict[str, Any]:
    """Return a scenario: up to three people sign in, and do what their tokens allow."""
    names = [f"person{number}" for number in range(random.randint(1, 3))]
    people = {name: _person(random) for name in names}
    steps = [made for name in names for made in _visit(random, name)]
    return case(steps, people)


def claims(random: Random) -> dict[str, Any]:
    """Return the claims of a custom token."""
    chosen = fields(random, _CLAIMS, 0.35)
    if chance(random, 0.93):
        chosen["_id"] = usually(random, IDS, 0.9)
    if chance(random, 0.65):
        chosen["role"] = usually(random, ROLES, 0.93)
    if chance(random, 0.9):
        chosen["sub"] = usually(random, SUBJECTS, 0.95)
    if chance(random, 0.97):
        chosen["aud"] = usually(random, AUDIENCES, 0.97)
    if "role" in chosen and chance(random, 0.6):
        chosen["email"] = random.choice(EMAILS)
    if chance(random, 0.05):
        chosen["exp"] = random.choice([1, 4102444800, "soon", 4102444800.5])
    return chosen


def _person(random: Random) -> dict[str, Any]:
    secret = random.choices(
        (PROJECT_SECRET, "tiledesk-global-secret", "bot-secret-1", "wrong"), weights=(80, 12, 4, 4)
    )
    algorithm = random.choices(("HS256", "HS384", "HS512", "none"), weights=(90, 4, 4, 2))
    return {"claims": claims(random), "secret": secret[0], "algorithm": algorithm[0]}


def _visit(random: Random, name: str) -> list[dict[str, Any]]:
    """Return the steps of a person: sign in, and then requests with either token."""
    body = usually(
        random, ({}, {"id_project": PROJECT}, {"firstname": "Body", "email": "body@example.com"}), 0.95
    )
    signin = step(random, "post", random.choice(_PATHS), json=body, save={f"{name}_token": "token"})
    steps = [signin | {"as": name}]
    for _ in range(random.randint(1, 4)):
        sender = random.choice(({"as": name}, {"headers": {"Authorization": f"{{{name}_token}}"}}))
        steps.append(_request(random, sender))
    if chance(random, 0.15):
        steps.append(dict(signin) | {"as": name})
    if chance(random, 0.15):
        sender = random.choice(
            ({"as": random.choice(PEOPLE)}, {"headers": {"Authorization": f"{{{name}_token}}"}})
        )
        steps.append(
            step(random, "post", random.choice(_PATHS), json={}, save={f"{name}_token": "token"}, **sender)
        )
    if chance(random, 0.1):
        password = random.choice(("chosen-password", "owner-secret"))
        credentials = {"email": random.choice(EMAILS), "password": password}
        steps.append(step(random, "post", "/auth/signin", json=credentials))
    return steps


def _request(random: Random, sender: dict[str, Any]) -> dict[str, Any]:
    event = {"name": "sso", "attributes": {"n": 1}}
    return random.choice(
        (
            step(random, "post", "/{a}/events", json=event, **sender),
            step(random, "get", "/{a}/events", **sender),
            step(random, "post", "/{b}/events", json=event, **sender),
            step(random, "get", "/{a}/subscriptions", **sender),
            step(random, "get", "/testauth", **sender),
            step(random, "get", "/{a}/events?page=0", **{**sender, "as": "owner"}),
        )
    )
