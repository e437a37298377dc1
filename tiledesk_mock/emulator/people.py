"""People with the credentials that they call the API with."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain.model import Bot, ProjectUser
from ..domain.wire import Document
from ..errors import SetupError
from ..store.people import People
from .accounts import Accounts


def people_of(people: People, accounts: Accounts, called: str | None = None) -> Iterator[Document]:
    """Yield everybody who can call the API (or who is `called` that), project by project, the bots last.

    Each is `id` (of the project user, or bot), `id_user` (what `createdBy` of their events is), `id_project`,
    `role`, `email`, `password` and `jwt`. A token is signed when its holder's turn comes.
    """
    for project in people.projects():
        for member in people.project_users(project.id):
            document = _member(member, people)
            if called is None or is_called(document, called):
                yield {**document, "jwt": _token(member, people, accounts)}
    for bot in people.bots():
        document = _bot(bot, accounts)
        if called is None or is_called(document, called):
            yield document


def is_called(person: Document, name: str) -> bool:
    """Tell whether one of those is called that: their role, e-mail address or an id."""
    return name in (person["role"], person["email"], person["id"], person["id_user"])


def _member(member: ProjectUser, people: People) -> Document:
    user = people.user(member.id_user) if member.id_user else None
    return {
        "id": member.id,
        "id_user": member.id_user or member.uuid_user,
        "id_project": member.id_project,
        "role": member.role,
        "email": user and user.email,
        "password": user and user.password,
    }


def _token(member: ProjectUser, people: People, accounts: Accounts) -> str | None:
    user = people.user(member.id_user) if member.id_user else None
    try:
        return accounts.token_of(user) if user else accounts.token_of_visitor(member)
    except SetupError:
        return None  # an external user of a project that signs no tokens


def _bot(bot: Bot, accounts: Accounts) -> Document:
    return {
        "id": bot.id,
        "id_user": bot.id,
        "id_project": bot.id_project,
        "role": "bot",
        "email": None,
        "password": None,
        "jwt": accounts.token_of_bot(bot) if bot.secret else None,
    }
