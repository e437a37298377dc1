"""Paths and methods: those that are emulated, written in any way, and others."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from .choices import MISSING_ID, case, chance, step

_PATHS: Final = (
    "/{a}/events",
    "/{a}/events/" + MISSING_ID,
    "/{a}/events/nope",
    "/{a}/subscriptions",
    "/{a}/subscriptions/history",
    "/{a}/unknown",
    "/{a}",
    "/nope/events",
    "/nope/unknown",
    "/{closed}/events",
    "/twelve-chars/events",
    "/testauth",
    "/auth/signin",
    "/auth/signup",
    "/auth/unknown",
    "/",
)
_NOT_EMULATED: Final = (
    "/projects",
    "/projects/{a}",
    "/users/loginemail",
    "/modules",
    "/{a}/requests",
    "/{a}/leads",
)
"""These are read only: what they change is not compared."""

_METHODS: Final = ("get", "get", "post", "put", "patch", "delete", "head", "options")
_PEOPLE: Final = ("owner", "agent", "guest", "customer", "bot", "hook", "outsider", "wrongpass")
_QUERIES: Final = ("?", "?page=0", "?name=", "?name=x", "?a[b]=1", "?%zz", "?page=0&page=1")
_TYPES: Final = (
    "text/plain",
    "application/json; charset=utf-8",
    "application/json; charset=x",
    "multipart/form-data",
)
_HEADERS: Final = (
    {"Cookie": "name="},
    {"Cookie": "name=x"},
    {"Cookie": "a=1; name=%zz"},
    {"name": "x"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Origin": "https://example.com"},
    {"If-None-Match": "*"},
    {"Access-Control-Request-Headers": "x-a, x-b"},
    {"Content-Encoding": "gzip"},
)


def generate(random: Random) -> dict[str, Any]:
    """Return a scenario of eight steps."""
    return case([_step(random) for _ in range(8)])


def _step(random: Random) -> dict[str, Any]:
    if chance(random, 0.05):
        return step(random, "get", random.choice(_NOT_EMULATED)) | {"as": random.choice(_PEOPLE)}
    method = random.choice(_METHODS)
    path = _varied(random, random.choice(_PATHS))
    if chance(random, 0.2):
        path += random.choice(_QUERIES)
    more: dict[str, Any] = {}
    if chance(random, 0.7):
        more["as"] = random.choice(_PEOPLE)
    if chance(random, 0.3):
        more["headers"] = random.choice(_HEADERS)
    if method in ("post", "put", "patch"):
        if chance(random, 0.75):
            more["json"] = random.choice(({"name": "n"}, {"name": ""}, {}, [], [{"name": "n"}], None, "x", 3))
        else:
            more["body"] = random.choice(("name=n", "name=", "{", '{"name": "n"}', "", "name[a]=1"))
            more["type"] = random.choice((*_TYPES, "application/x-www-form-urlencoded", "application/json"))
    return step(random, method, path, **more)


def _varied(random: Random, path: str) -> str:
    """Return a path, at times written in another way."""
    if chance(random, 0.7):
        return path
    return random.choice(
        (
            path + "/",
            path.replace("events", "EVENTS").replace("subscriptions", "Subscriptions"),
            path.replace("/events", "//events"),
            path.replace("events/", "events//"),
            path + "//",
            path.replace("events", "%65vents"),
            path + "%20",
            path + "%zz",
            path + ".json",
            path + "/more",
        )
    )
