"""The people of a recording: what its exchanges tell of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct, field

from ..node.bson import object_id
from ..node.json import Json
from ..redaction.secrets import claims_of
from ..tiledesk.auth import BasicCredentials, Role, parse_authorization
from ..tiledesk.wire import Document
from .cassette import Entry

_NAMES: Final = ("firstname", "lastname", "emailverified")
_VISITORS: Final = {"guest": "guest", "userexternal": "user"}

UNKNOWN_PASSWORD: Final = "REDACTED-password-unknown"  # noqa: S105  (nobody's)


class Membership(Struct):
    """What is known of somebody in a project: the member's id and role, what they could and could not."""

    id: str | None = None
    role: str | None = None
    proven: Role | None = None
    denied: Role | None = None

    def could(self, role: Role) -> None:
        """Note that they passed where a role is asked for."""
        if self.proven is None or role > self.proven:
            self.proven = role

    def could_not(self, role: Role) -> None:
        """Note that they were refused where a role is asked for."""
        if self.denied is None or role < self.denied:
            self.denied = role

    def likely_role(self, usual: Role) -> str:
        """Return the role, or one that fits what is known: the usual one, if nothing speaks against it."""
        if self.role:
            return self.role
        likely = max(usual, self.proven or usual)
        if self.denied is not None and likely >= self.denied:
            likely = Role(max(self.denied - 1, Role.GUEST))
        return likely.name.lower()


class Account(Struct):
    """Somebody: a user with an address, a guest or external user with a `uuid`, or a bot."""

    kind: str = "user"
    id: str | None = None
    email: str | None = None
    password: str | None = None
    names: Document = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    is_new: bool = False

    def membership(self, project: str) -> Membership:
        """Return what is known of them in a project."""
        return self.memberships.setdefault(project, Membership())

    def learn(self, document: Document) -> None:
        """Take over what a profile or the claims of a token tell; what was known before stays."""
        for name in _NAMES:
            if document.get(name) is not None:
                self.names.setdefault(name, document[name])


class RecordedAccounts:
    """Everybody in a recording, under all the names by which they appear."""

    def __init__(self) -> None:
        self._by_name: Final[dict[str, Account]] = {}

    def __iter__(self) -> Iterator[Account]:
        seen: set[int] = set()
        for witness in self._by_name.values():
            if id(witness) not in seen:
                seen.add(id(witness))
                yield witness

    def known_as(self, *names: str | None) -> Account:
        """Return who has one of these names (ids, addresses) or is new; they have all of them then."""
        keys = [name.lower() for name in names if name]
        found = [self._by_name[key] for key in keys if key in self._by_name]
        witness = found[0] if found else Account()
        for other in found[1:]:
            if other is not witness:
                self._merge(witness, other)
        for key in keys:
            self._by_name[key] = witness
        for name in names:
            self._name(witness, name)
        return witness

    def sender(self, entry: Entry) -> Account | None:
        """Return who sent a request, by its credentials; None if it has none that can be read."""
        credentials = parse_authorization(entry.request.header("Authorization")).credentials
        if isinstance(credentials, BasicCredentials):
            witness = self.known_as(credentials.user)
            witness.password = witness.password or credentials.password
            return witness
        claims = dict(entry.sender) or claims_of(getattr(credentials, "token", ""))
        return self.holder(claims)

    def holder(self, claims: Document) -> Account | None:
        """Return whom the claims of a token name."""
        name, subject = claims.get("_id"), claims.get("sub")
        if not isinstance(name, str) or subject == "subscription":
            return None
        email = claims.get("email") if subject not in _VISITORS else None
        witness = self.known_as(name, email if isinstance(email, str) else None)
        witness.kind = str(subject) if subject in (*_VISITORS, "bot") else witness.kind
        witness.learn(claims)
        return witness

    def _name(self, witness: Account, name: str | None) -> None:
        if name and "@" in name and witness.kind == "user":
            witness.email = witness.email or name.lower()
        elif name:
            witness.id = witness.id or name

    def _merge(self, witness: Account, other: Account) -> None:
        """Take over what is known of somebody who turned out to be the same."""
        for key, value in self._by_name.items():
            if value is other:
                self._by_name[key] = witness
        witness.id, witness.email = witness.id or other.id, witness.email or other.email
        witness.password = witness.password or other.password
        witness.is_new = witness.is_new or other.is_new
        witness.learn(other.names)
        for project, membership in other.memberships.items():
            _join(witness.membership(project), membership)


def _join(known: Membership, other: Membership) -> None:
    known.id, known.role = known.id or other.id, known.role or other.role
    if other.proven is not None:
        known.could(other.proven)
    if other.denied is not None:
        known.could_not(other.denied)


def is_object_id(text: Json) -> bool:
    """Tell whether this is the id of something that the server stores."""
    return isinstance(text, str) and len(text) == 24 and object_id(text) is not None


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
