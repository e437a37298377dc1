"""People with the credentials that they call the API with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from ..errors import SetupError
from ..tiledesk.clock import Clock
from ..tiledesk.model import User
from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from ..emulator.accounts import Accounts, UnsignedToken
    from ..store.records import People

_FIELDS: Final = ("id", "id_user", "id_project", "role", "email", "password", "secret", "name")

_TOKEN_LIFE: Final = 60_000
"""Milliseconds of the emulator's clock for which a person keeps the same token."""

_MOST_TOKENS: Final = 10_000
_VARYING_CLAIMS: Final = frozenset({"iat", "jti"})
"""Claims that differ in each token."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person who can call the API: `basic` is `auth` for requests, `headers` are its `headers`.

    `id` is the project user's, `id_user` is the `createdBy` of their events. Guests, external users and bots
    have no password, so their `basic` is None. A bot has a `secret`, which verifies its webhooks. `name` is
    that of a bot, or the first and last one of a user. `sign` makes the token on first use; it is None for a
    bot without a secret, and for an external user of a project without one.
    """

    id: str
    role: str
    email: str | None
    password: str | None = field(repr=False)
    id_user: str
    id_project: str
    secret: str | None = field(default=None, repr=False)
    name: str | None = None
    sign: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.role} {self.email or self.id_user or self.id}"

    @property
    def basic(self) -> tuple[str, str] | None:
        """Return e-mail address and password."""
        return (self.email, self.password) if self.email and self.password else None

    @property
    def jwt(self) -> str:
        """Return a token that begins with `JWT `; raise SetupError if there is no secret to sign it with."""
        if self.sign is None:
            raise self.token_error()
        return self.sign()

    @property
    def headers(self) -> dict[str, str]:
        """Return an Authorization header with the token."""
        return {"Authorization": self.jwt}

    def matches(self, name: str) -> bool:
        """Return whether `name` is their role, e-mail address or one of their ids."""
        return name in (self.role, self.email, self.id, self.id_user)

    def token_error(self) -> SetupError:
        """Return the error to raise where a person without a token has to call."""
        missing = "the bot has no secret" if self.role == "bot" else "the project has no jwtSecret"
        return SetupError(f"{self.role} {self.id} cannot sign in: {missing}")


def ids_in_events(people: Iterable[Person]) -> frozenset[str]:
    """Return the ids that events have of people: of a bot its own, of others that of the project user."""
    people = tuple(people)
    return frozenset(one.id for one in people) | {one.id_user for one in people if one.role == "bot"}


def person_document(person: Person) -> Document:
    """Return a person as the control API sends it, with a token."""
    document: Document = {name: getattr(person, name) for name in _FIELDS}
    return document | {"jwt": person.sign() if person.sign else None}


def person_from_document(document: Document) -> Person:
    """Return the person that `person_document` wrote."""
    token = document["jwt"]
    return Person(**{name: document[name] for name in _FIELDS}, sign=None if token is None else lambda: token)


class ConversationHandle:
    """The base of handles of conversations, which stand for the request with this `request_id`."""

    id: str


def named_by_id(value: Any) -> Any:
    """Return a field that a tester gives, with the ids of the people and conversations in it."""
    if isinstance(value, Person | ConversationHandle):
        return value.id
    return [*map(named_by_id, value)] if isinstance(value, list | tuple) else value


def unknown_person(name: str, people: Iterable[Person]) -> SetupError:
    """Return the error to raise where none of all people has that role, e-mail address or id."""
    roles = ", ".join(dict.fromkeys(person.role for person in people))
    return SetupError(f"no person has the role, e-mail address or id {name!r}: the roles are {roles}")


def people_with_tokens(
    people: People, accounts: Accounts, name: str | None = None
) -> Iterator[tuple[Person, UnsignedToken | None]]:
    """Yield the people who can call the API, each with their token before it is signed.

    They come project by project, the bots last. With `name`, only those whose role, e-mail address or id it
    is; the `_id` of a custom token is an id of the member that it made. The token is None for those without a
    secret.
    """
    for project in people.projects():
        for member in people.project_users(project.id):
            user = people.user(member.id_user) if member.id_user else None
            person = Person(
                id=member.id,
                role=member.role,
                email=user.email if user else None,
                password=user.password if user else None,
                id_user=member.person_id,
                id_project=member.id_project,
                name=_full_name(user) if user else None,
            )
            if name is None or person.matches(name) or name == member.uuid_user:
                token = (
                    accounts.unsigned_user_token(user) if user else accounts.unsigned_visitor_token(member)
                )
                yield _with_token(person, token, accounts)
    for bot in people.bots():
        person = Person(bot.id, "bot", None, None, bot.id, bot.id_project, bot.secret, bot.name)
        if name is None or person.matches(name):
            yield _with_token(person, accounts.unsigned_bot_token(bot), accounts)


def _full_name(user: User) -> str | None:
    return " ".join(one for one in (user.firstname, user.lastname) if isinstance(one, str) and one) or None


def _with_token(
    person: Person, token: UnsignedToken | None, accounts: Accounts
) -> tuple[Person, UnsignedToken | None]:
    return (replace(person, sign=cache(partial(accounts.sign, token))) if token else person), token


class TokenCache:
    """Keeps tokens for a minute, so that a test can compare them. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock: Final = clock
        self._lock: Final = threading.Lock()
        self._kept: Final[dict[Any, tuple[int, Person]]] = {}

    def person(self, person: Person, token: UnsignedToken | None) -> Person:
        """Return the person, with the earlier token if it has the same claims and is recent."""
        if token is None:
            return person
        claims = frozenset(
            (name, repr(value)) for name, value in token.claims.items() if name not in _VARYING_CLAIMS
        )
        key = person, token.secret, claims
        now = self._clock.now()
        with self._lock:
            since, kept = self._kept.get(key, (now, person))
            if not 0 <= now - since < _TOKEN_LIFE:
                since, kept = now, person
            if len(self._kept) >= _MOST_TOKENS:
                self._kept.clear()
            self._kept[key] = since, kept
        return kept

    def clear(self) -> None:
        """Forget all tokens, so that each person gets a new one."""
        with self._lock:
            self._kept.clear()
