"""People with credentials: read from a file or made from a seed, for scenarios and comparisons."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from ..errors import ScenarioError
from ..node.convert import ConversionError, convert
from ..node.json import Json
from ..redaction.secrets import basic_credentials
from ..seeding.files import read_document
from ..tiledesk.auth import AUDIENCE, ISSUER, sign_token
from ..tiledesk.model import ENABLED
from .scenarios import Scalar, substitute

_BY_TOKEN: Final = "/jwt"  # noqa: S105  (the suffix of a name)


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person with user and password, a token, a whole Authorization header, or claims to sign.

    `secret` signs the claims, by default that of the Credentials. The algorithm `none` leaves them unsigned.
    """

    user: str | None = None
    password: str | None = None
    token: str | None = None
    authorization: str | None = None
    claims: dict[str, Json] = field(default_factory=dict)
    secret: str | None = None
    algorithm: Literal["HS256", "HS384", "HS512", "none"] = "HS256"


class Credentials(Struct, frozen=True):
    """The people of one server by name, and its `variables` in scenarios: `project`, `a`, `b`, `closed`.

    `secret` signs the claims of people. Without it, and for people without claims, a token needs a sign-in.
    `project_secret` signs the custom tokens of the project.
    """

    variables: Mapping[str, str]
    people: Mapping[str, Person]
    secret: str | None = None
    project_secret: str | None = None

    def has(self, name: str) -> bool:
        """Return whether a person has this name, without or with `/jwt`."""
        return name in self.people or name.partition("/")[0] in self.people

    def header(self, name: str) -> str | None:
        """Return the Authorization header of a person; None if it needs a sign-in."""
        person = self.people.get(name) or self.people[name.partition("/")[0]]
        if header := person.authorization or person.token:
            return header
        by_token = name not in self.people and name.endswith(_BY_TOKEN)
        if person.user is None or by_token:
            return self._signed(person)
        return f"Basic {basic_credentials(person.user, person.password or '')}"

    def joined(self, other: Credentials) -> Credentials:
        """Return these people and variables with the other's, which win."""
        variables, people = {**self.variables, **other.variables}, {**self.people, **other.people}
        project_secret = other.project_secret or self.project_secret
        return Credentials(variables, people, other.secret or self.secret, project_secret)

    def custom_token(self, claims: Mapping[str, Json]) -> str:
        """Return the Authorization header of a custom token; without the project's secret it is not valid."""
        return _signed_header(claims, self.project_secret or "", "HS256")

    def token_for(self, person_id: Json) -> str | None:
        """Return a token of the person whose claims have that `_id`; None if it cannot be signed."""
        people = (person for person in self.people.values() if person.claims.get("_id") == person_id)
        return next((token for person in people if (token := self._signed(person))), None)

    @property
    def substitutions(self) -> dict[str, str]:
        """Return the values of all variables: projects, and the users and passwords of people."""
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
        return _signed_header(person.claims, secret, person.algorithm)


def _signed_header(claims: Mapping[str, Json], secret: str, algorithm: str) -> str:
    return "JWT " + sign_token({"iat": int(time.time()), **claims}, secret, algorithm)


class _PersonEntry(Person, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person in a file: `like` another one above, with the other's claims `without` some."""

    like: Annotated[str | None, Meta(description="the name of a person above")] = None
    without: Annotated[list[str], Meta(description="a list of claims")] = field(default_factory=list)


_Entry = Annotated[_PersonEntry, Meta(description="user and password, a token, or claims")]


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    people: dict[str, _Entry]
    project: str | int | None = None
    variables: dict[str, Scalar] = field(default_factory=dict)
    secret: str | None = None
    project_secret: str | None = field(default=None, name="jwtSecret")
    schema: Json = field(default=None, name="$schema")


_FILE: Final[Any] = Annotated[_File, Meta(description="an object with project and people")]


def read_credentials(path: Path | str) -> Credentials:
    """Return the credentials in a YAML or JSON file.

    The file contains `project` (an id) or `variables`, `people` (each with `user` and `password`, a `token`,
    or `claims`), and perhaps the `secret` that signs tokens and the `jwtSecret` of the project. Raises
    ScenarioError if it is wrong.
    """
    document = read_document(path, ScenarioError)
    try:
        file: _File = convert(document, _FILE)
    except ConversionError as error:
        raise ScenarioError(str(path), error.path, error.problem) from error
    variables = {name: str(value) for name, value in file.variables.items()}
    if file.project is not None:
        variables = {"project": str(file.project), "a": str(file.project), **variables}
    people: dict[str, Person] = {}
    for name, entry in file.people.items():
        if entry.like is not None and entry.like not in people:
            raise ScenarioError(str(path), f"people.{name}.like", "expected the name of a person above")
        like = people[entry.like].claims if entry.like else {}
        claims = {
            key: substitute(value, variables) if isinstance(value, str) else value
            for key, value in {**like, **entry.claims}.items()
            if key not in entry.without
        }
        people[name] = replace(entry, claims=claims)
    return Credentials(variables, people, file.secret, file.project_secret)


def seed_credentials(seed: Mapping[str, Any], secret: str) -> Credentials:
    """Return the credentials of a seed's people.

    Users are named by the first part of their address, and the first member of each role in the first project
    by that role. `{a}`, `{b}` and `{c}` are the enabled projects in order, `{project}` the first of them,
    `{closed}` the first disabled one.
    """
    enabled = [project for project in seed["projects"] if project.get("status", ENABLED) == ENABLED]
    disabled = [project for project in seed["projects"] if project not in enabled]
    variables = {name: project["_id"] for name, project in zip("abc", enabled, strict=False)}
    if enabled:
        variables["project"] = enabled[0]["_id"]
    if disabled:
        variables["closed"] = disabled[0]["_id"]
    people = {**dict(_members(seed, enabled[:1])), **dict(_users(seed)), **dict(_bots(seed))}
    project_secret = next((project.get("jwtSecret") for project in enabled), None)
    return Credentials(variables, people, secret, project_secret)


def _users(seed: Mapping[str, Any]) -> Iterator[tuple[str, Person]]:
    for user in seed["users"]:
        yield user["email"].partition("@")[0], _user(user)


def _user(user: Mapping[str, Any]) -> Person:
    profile = {key: user[key] for key in ("email", "firstname", "lastname", "_id") if key in user}
    claims = profile | {"emailverified": user.get("emailverified", False)}
    claims |= {"aud": AUDIENCE, "iss": ISSUER, "sub": "user"}
    if not user["password"]:
        return Person(claims=claims)
    return Person(user=user["email"], password=user["password"], claims=claims)


def _members(seed: Mapping[str, Any], projects: list[Any]) -> Iterator[tuple[str, Person]]:
    users = {user["_id"]: user for user in seed["users"]}
    for project in projects:
        for member in reversed(seed["project_users"]):
            if member["id_project"] == project["_id"]:
                user = users.get(member.get("id_user"))
                yield member["role"], _user(user) if user else _visitor(member, project)


def _visitor(member: Mapping[str, Any], project: Mapping[str, Any]) -> Person:
    if member["role"] == "guest":
        return Person(claims={"_id": member["uuid_user"], "sub": "guest", "aud": AUDIENCE, "iss": ISSUER})
    audience = f"{AUDIENCE}/projects/{project['_id']}"
    claims = {"_id": member["uuid_user"], "sub": "userexternal", "aud": audience}
    return Person(claims=claims, secret=project.get("jwtSecret"))


def _bots(seed: Mapping[str, Any]) -> Iterator[tuple[str, Person]]:
    for bot in seed.get("bots", [])[:1]:
        claims = {"_id": bot["_id"], "sub": "bot", "aud": f"{AUDIENCE}/bots/{bot['_id']}", "iss": ISSUER}
        yield "bot", Person(claims=claims, secret=bot.get("secret"))
