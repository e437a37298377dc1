"""The witnesses of a recording as the people of a seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..tiledesk.auth import Role
from ..tiledesk.wire import Document
from .accounts import UNKNOWN_PASSWORD, Account, Membership, is_object_id

_ROLES: Final = {"user": Role.AGENT, "guest": Role.GUEST, "userexternal": Role.USER}
"""The role of whom nothing else is known."""


def users(people: Iterable[Account]) -> list[Document]:
    """Return those who sign in with an address."""
    return [_user(witness) for witness in people if _is_user(witness)]


def members(people: Sequence[Account], projects: Iterable[str]) -> list[Document]:
    """Return the members of the projects; each has an owner, if anybody may be it."""
    found: list[Document] = []
    for project in projects:
        here = [(witness, witness.memberships[project]) for witness in people if _belongs(witness, project)]
        owner = _owner(here)
        found += [_member(witness, known, project, is_owner=known is owner) for witness, known in here]
    return found


def _user(witness: Account) -> Document:
    named = {"_id": witness.id} if is_object_id(witness.id) else {}
    return {
        **named,
        "email": _address(witness),
        "password": witness.password or UNKNOWN_PASSWORD,
        **witness.names,
    }


def _is_user(witness: Account) -> bool:
    return witness.kind == "user" and (witness.email is not None or is_object_id(witness.id))


def _address(witness: Account) -> str:
    return witness.email or f"user-{witness.id}@redacted.example"


def _belongs(witness: Account, project: str) -> bool:
    return project in witness.memberships and (_is_user(witness) or witness.kind in ("guest", "userexternal"))


def _owner(here: Sequence[tuple[Account, Membership]]) -> Membership | None:
    """Return who is taken for the owner: whoever is, or the first who may do what an administrator may."""
    if any(known.role == "owner" for _, known in here):
        return None
    able = (known for _, known in here if known.role is None and known.proven is Role.ADMIN)
    return next(able, None)


def _member(witness: Account, known: Membership, project: str, *, is_owner: bool) -> Document:
    role = "owner" if is_owner else known.likely_role(_ROLES[witness.kind])
    person = {"id_user": _address(witness)} if witness.kind == "user" else {"uuid_user": witness.id}
    named = {"_id": known.id} if known.id else {}
    return {**named, "id_project": project, **person, "role": role}
