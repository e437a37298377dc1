"""Who plays in scenarios: names like `owner`, and the credentials behind them on one side."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ..errors import ScenarioError
from ..node.json import Json
from ..seeding.files import read_document
from ..tiledesk.model import ENABLED
from ..tiledesk.tokens import AUDIENCE, ISSUER
from .scenarios import substitute

_DIGESTS: Final = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
_BY_TOKEN: Final = "/jwt"  # noqa: S105  (how somebody is called)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """How somebody says who they are: by user and password, a ready token or header, or claims to sign.

    `secret` signs the claims, by default the cast's; `algorithm` is one of HS256, HS384, HS512 and none.
    """

    user: str | None = None
    password: str | None = None
    token: str | None = None
    authorization: str | None = None
    claims: Mapping[str, Json] = field(default_factory=dict)
    secret: str | None = None
    algorithm: str = "HS256"

    @property
    def basic(self) -> str | None:
        """Return the header of Basic authentication."""
        if self.user is None:
            return None
        return "Basic " + base64.b64encode(f"{self.user}:{self.password or ''}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Credentials:
    """The people of one side, and the `variables` that scenarios know it by: `project`, `a`, `b`, `closed`.

    `secret` signs the tokens of those who have claims; without it, and for people without claims, a token is
    had by signing in.
    """

    variables: Mapping[str, str]
    people: Mapping[str, Person]
    secret: str | None = None

    def has(self, name: str) -> bool:
        """Tell whether somebody is behind the name, `owner` or `owner/jwt`."""
        return name in self.people or name.partition("/")[0] in self.people

    def header(self, name: str) -> str | None:
        """Return the Authorization header of somebody; None if they have to sign in for it first."""
        person = self.people.get(name) or self.people[name.partition("/")[0]]
        by_token = name not in self.people and name.endswith(_BY_TOKEN)
        ready = person.authorization or person.token
        if ready or not by_token:
            return ready or person.basic or self._signed(person)
        return self._signed(person)

    def joined(self, other: Credentials) -> Credentials:
        """Return a cast that has the other's people and variables too, and rather than its own."""
        variables, people = {**self.variables, **other.variables}, {**self.people, **other.people}
        return Credentials(variables, people, other.secret or self.secret)

    def token_for(self, person_id: Json) -> str | None:
        """Return a token of the person whose claims have that `_id`, if there is one who can sign."""
        held = (person for person in self.people.values() if person.claims.get("_id") == person_id)
        return next((token for person in held if (token := self._signed(person))), None)

    @property
    def substitutions(self) -> dict[str, str]:
        """Return what texts call things on this side: projects, and people's addresses and passwords."""
        people = {
            f"{name}.{what}": value
            for name, person in self.people.items()
            for what, value in (("user", person.user), ("password", person.password))
            if value
        }
        return {**self.variables, **people}

    def _signed(self, person: Person) -> str | None:
        secret = person.secret or self.secret
        if not person.claims or secret is None:
            return None
        return "JWT " + sign({"iat": int(time.time()), **person.claims}, secret, person.algorithm)


def sign(claims: Mapping[str, Json], secret: str, algorithm: str = "HS256") -> str:
    """Return a token with these claims: any that a server may be asked to refuse, unsigned ones too."""
    head = ".".join(_encoded(part) for part in ({"alg": algorithm, "typ": "JWT"}, claims))
    if algorithm not in _DIGESTS:
        return f"{head}."
    digest = hmac.new(secret.encode(), head.encode(), _DIGESTS[algorithm]).digest()
    return f"{head}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def read_credentials(path: Path | str) -> Credentials:
    """Read who plays from a YAML or JSON file; raise ScenarioError for one that is wrong.

    The file has `project` (an id) or `variables`, `people` (each with `user` and `password`, a `token`, or
    `claims`), and may have the `secret` that signs tokens. A person who is `like` another has the other's
    claims, but for those given and those in `without`.
    """
    file, document = str(path), read_document(path, ScenarioError)
    if not isinstance(document, dict) or not isinstance(document.get("people"), dict):
        raise ScenarioError(file, "", "expected an object with project and people")
    strange = document.keys() - {"$schema", "project", "variables", "people", "secret"}
    if strange:
        raise ScenarioError(file, min(map(str, strange)), "expected project, variables, people or secret")
    given = document.get("variables") or {}
    if not isinstance(given, dict):
        raise ScenarioError(file, "variables", "expected an object")
    variables = {str(name): str(value) for name, value in given.items()}
    if "project" in document:
        variables = {"project": str(document["project"]), "a": str(document["project"]), **variables}
    people: dict[str, Person] = {}
    for name, entry in document["people"].items():
        people[name] = _person(name, entry, people, variables, file)
    return Credentials(variables, people, document.get("secret"))


def _person(
    name: str, entry: Json, known: Mapping[str, Person], variables: Mapping[str, str], file: str
) -> Person:
    if not isinstance(entry, dict):
        raise ScenarioError(file, f"people.{name}", "expected user and password, a token, or claims")
    given = dict(entry)
    like, without = given.pop("like", None), given.pop("without", [])
    if like is not None and (not isinstance(like, str) or like not in known):
        raise ScenarioError(file, f"people.{name}.like", "expected somebody who stands before")
    if not isinstance(without, list):
        raise ScenarioError(file, f"people.{name}.without", "expected a list of claims")
    strange = given.keys() - Person.__dataclass_fields__.keys()
    if strange:
        names = ", ".join(Person.__dataclass_fields__)
        place = f"people.{name}.{min(map(str, strange))}"
        raise ScenarioError(file, place, f"expected {names}, like or without")
    own = given.pop("claims", {})
    if not isinstance(own, dict):
        raise ScenarioError(file, f"people.{name}.claims", "expected an object")
    for what, value in given.items():
        if not isinstance(value, str):
            raise ScenarioError(file, f"people.{name}.{what}", "expected a text")
    claims = {**(known[like].claims if like else {}), **_filled(own, variables)}
    kept = {key: value for key, value in claims.items() if key not in without}
    return replace(Person(**given), claims=kept)


def _filled(claims: Mapping[str, Json], variables: Mapping[str, str]) -> dict[str, Json]:
    return {
        key: substitute(value, variables) if isinstance(value, str) else value
        for key, value in claims.items()
    }


def _encoded(part: Mapping[str, Json]) -> str:
    text = json.dumps(part, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


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
