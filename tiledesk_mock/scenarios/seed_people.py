"""The cast of a seed: who can play in an emulator that started from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..tiledesk.model import ENABLED
from ..tiledesk.tokens import AUDIENCE, ISSUER
from .credentials import Credentials, Person

_NAMED: Final = ("a", "b", "c")


def seed_credentials(seed: Mapping[str, Any], secret: str) -> Credentials:
    """Return the cast of a seed: everybody by their address's first part, and the first of each role.

    `{a}`, `{b}` and `{c}` are the enabled projects in their order, `{project}` the first, `{closed}` the
    first that is disabled.
    """
    enabled = [project for project in seed["projects"] if project.get("status", ENABLED) == ENABLED]
    closed = [project["_id"] for project in seed["projects"] if project not in enabled]
    variables = dict(zip(_NAMED, (project["_id"] for project in enabled), strict=False))
    variables |= {"project": enabled[0]["_id"]} if enabled else {}
    variables |= {"closed": closed[0]} if closed else {}
    people = {**dict(_members(seed, enabled[:1])), **dict(_users(seed)), **dict(_bots(seed))}
    return Credentials(variables, people, secret)


def _users(world: Mapping[str, Any]) -> Iterator[tuple[str, Person]]:
    for user in world["users"]:
        yield user["email"].partition("@")[0], _user(user)


def _user(user: Mapping[str, Any]) -> Person:
    profile = {key: user[key] for key in ("email", "firstname", "lastname", "_id") if key in user}
    claims = profile | {"emailverified": user.get("emailverified", False)}
    claims |= {"aud": AUDIENCE, "iss": ISSUER, "sub": "user"}
    return Person(user=user["email"], password=user["password"], claims=claims)


def _members(world: Mapping[str, Any], projects: list[Any]) -> Iterator[tuple[str, Person]]:
    users = {user["_id"]: user for user in world["users"]}
    for project in projects:
        for member in reversed(world["project_users"]):
            if member["id_project"] != project["_id"]:
                continue
            user = users.get(member.get("id_user"))
            yield member["role"], _user(user) if user else _visitor(member, project)


def _visitor(member: Mapping[str, Any], project: Mapping[str, Any]) -> Person:
    if member["role"] == "guest":
        return Person(claims={"_id": member["uuid_user"], "sub": "guest", "aud": AUDIENCE, "iss": ISSUER})
    audience = f"{AUDIENCE}/projects/{project['_id']}"
    claims = {"_id": member["uuid_user"], "sub": "userexternal", "aud": audience}
    return Person(claims=claims, secret=project.get("jwtSecret"))


def _bots(world: Mapping[str, Any]) -> Iterator[tuple[str, Person]]:
    for bot in world.get("bots", [])[:1]:
        claims = {"_id": bot["_id"], "sub": "bot", "aud": f"{AUDIENCE}/bots/{bot['_id']}", "iss": ISSUER}
        yield "bot", Person(claims=claims, secret=bot.get("secret"))
