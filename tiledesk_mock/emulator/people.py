"""People with the credentials that they call the API with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Final

from msgspec import Struct

from ..errors import SetupError
from ..store.records import People
from ..tiledesk.model import Bot, ProjectUser, User
from ..tiledesk.wire import Document
from .accounts import Accounts, UnsignedToken

_SHOWN: Final = ("id", "id_user", "id_project", "role", "email", "password")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can call the API: `basic` is `auth` for requests, `headers` are its `headers`.

    `id` is the project user's; guests, external users and bots have no password, so their `basic` is None.
    `id_user` is what `createdBy` of their events is. `sign` makes the token, when it is first asked for; None
    for a bot without a secret, and for an external user of a project without one.
    """

    id: str
    role: str
    email: str | None
    password: str | None = field(repr=False)
    id_user: str
    id_project: str
    sign: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.role} {self.email or self.id}"

    @property
    def basic(self) -> tuple[str, str] | None:
        """Return e-mail address and password."""
        return (self.email, self.password) if self.email and self.password else None

    @property
    def jwt(self) -> str:
        """Return a token that begins with `JWT `; raise SetupError for who has nothing to sign one with."""
        if self.sign is None:
            raise self.unable()
        return self.sign()

    @property
    def headers(self) -> dict[str, str]:
        """Return an Authorization header, by token."""
        return {"Authorization": self.jwt}

    def is_called(self, name: str) -> bool:
        """Tell whether that is their role, e-mail address or an id."""
        return name in (self.role, self.email, self.id, self.id_user)

    def unable(self) -> SetupError:
        """Return what to raise where somebody without a token is to call."""
        missing = "the bot has no secret" if self.role == "bot" else "the project has no jwtSecret"
        return SetupError(f"{self.role} {self.id} cannot sign in: {missing}")


def person_document(person: Person) -> Document:
    """Return the person as the control API tells of one, with a token."""
    document: Document = {name: getattr(person, name) for name in _SHOWN}
    return document | {"jwt": person.sign() if person.sign else None}


def person_from(document: Document) -> Person:
    """Read back what `person_document` wrote."""
    token = document["jwt"]
    return Person(**{name: document[name] for name in _SHOWN}, sign=None if token is None else lambda: token)


class Known(Struct, frozen=True):
    """A person, and what their tokens are made of, if they have any."""

    person: Person
    badge: UnsignedToken | None


def known_people(people: People, accounts: Accounts, called: str | None = None) -> Iterator[Known]:
    """Yield everybody who can call the API (or who is `called` that), project by project, the bots last."""
    for project in people.projects():
        for member in people.project_users(project.id):
            user = people.user(member.id_user) if member.id_user else None
            person = _member(member, user)
            if called is None or person.is_called(called):
                badge = (
                    accounts.unsigned_user_token(user) if user else accounts.unsigned_visitor_token(member)
                )
                yield _known(person, badge, accounts)
    for bot in people.bots():
        person = _bot(bot)
        if called is None or person.is_called(called):
            yield _known(person, accounts.unsigned_bot_token(bot), accounts)


def _member(member: ProjectUser, user: User | None) -> Person:
    return Person(
        id=member.id,
        role=member.role,
        email=user.email if user else None,
        password=user.password if user else None,
        id_user=member.id_user or member.uuid_user or "",
        id_project=member.id_project,
    )


def _bot(bot: Bot) -> Person:
    return Person(bot.id, "bot", None, None, bot.id, bot.id_project)


def _known(person: Person, badge: UnsignedToken | None, accounts: Accounts) -> Known:
    if badge is None:
        return Known(person, None)
    return Known(replace(person, sign=cache(partial(accounts.sign, badge))), badge)
