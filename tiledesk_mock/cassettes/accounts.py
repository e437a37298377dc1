"""The accounts in a recording: what its exchanges show of users, guests, external users and bots."""

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

UNKNOWN_PASSWORD: Final = "REDACTED-password-unknown"  # noqa: S105  (a placeholder)

_NAMES: Final = ("firstname", "lastname", "emailverified")
_VISITORS: Final = ("guest", "userexternal")
_DEFAULT_ROLES: Final = {"user": Role.AGENT, "guest": Role.GUEST, "userexternal": Role.USER}


class Membership(Struct):
    """An account in a project: the member's id and role, the highest role it proved, the lowest it lacked."""

    id: str | None = None
    role: str | None = None
    proved: Role | None = None
    lacked: Role | None = None

    def allow(self, role: Role) -> None:
        """Record that a request was accepted that needs a role."""
        self.proved = role if self.proved is None else max(self.proved, role)

    def deny(self, role: Role) -> None:
        """Record that a request was refused that needs a role."""
        self.lacked = role if self.lacked is None else min(self.lacked, role)

    def likely_role(self, default: Role) -> str:
        """Return the role; if it is unknown, the default, or what fits the accepted and refused requests."""
        if self.role:
            return self.role
        likely = max(default, self.proved or default)
        if self.lacked is not None and likely >= self.lacked:
            likely = Role(max(self.lacked - 1, Role.GUEST))
        return likely.name.lower()

    def merge(self, other: Membership) -> None:
        """Add what another record shows of the same membership."""
        self.id, self.role = self.id or other.id, self.role or other.role
        if other.proved is not None:
            self.allow(other.proved)
        if other.lacked is not None:
            self.deny(other.lacked)


class Account(Struct):
    """A `user` with an address, a `guest` or `userexternal` with a uuid, or a `bot`."""

    kind: str = "user"
    id: str | None = None
    email: str | None = None
    password: str | None = None
    names: Document = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    is_new: bool = False

    @property
    def address(self) -> str:
        """Return the e-mail address, or a placeholder."""
        return self.email or f"user-{self.id}@redacted.example"

    @property
    def is_user(self) -> bool:
        """Return whether the account is a user that a seed can contain."""
        return self.kind == "user" and (self.email is not None or is_object_id(self.id))

    def membership(self, project: str) -> Membership:
        """Return the membership in a project, which may be new."""
        return self.memberships.setdefault(project, Membership())

    def add_names(self, document: Document) -> None:
        """Add the names in a profile or in the claims of a token, which are kept from then on."""
        for name in _NAMES:
            if document.get(name) is not None:
                self.names.setdefault(name, document[name])

    def merge(self, other: Account) -> None:
        """Add what another record shows of the same account."""
        self.id, self.email = self.id or other.id, self.email or other.email
        self.password = self.password or other.password
        self.is_new = self.is_new or other.is_new
        self.add_names(other.names)
        for project, membership in other.memberships.items():
            self.membership(project).merge(membership)


class RecordedAccounts:
    """All accounts of a recording, by each of their ids and addresses."""

    def __init__(self) -> None:
        self._by_name: Final[dict[str, Account]] = {}

    def __iter__(self) -> Iterator[Account]:
        return iter({id(account): account for account in self._by_name.values()}.values())

    def find_or_add(self, *names: str | None) -> Account:
        """Return the account that has one of these ids and addresses, and has all of them from now on."""
        keys = [name.lower() for name in names if name]
        found = [self._by_name[key] for key in keys if key in self._by_name]
        account = found[0] if found else Account()
        for other in found[1:]:
            if other is not account:
                account.merge(other)
                renamed = [key for key, value in self._by_name.items() if value is other]
                self._by_name.update(dict.fromkeys(renamed, account))
        self._by_name.update(dict.fromkeys(keys, account))
        for name in filter(None, names):
            if "@" in name and account.kind == "user":
                account.email = account.email or name.lower()
            else:
                account.id = account.id or name
        return account

    def sender(self, entry: Entry) -> Account | None:
        """Return the account whose credentials a request has; None without readable ones."""
        credentials = parse_authorization(entry.request.header("Authorization")).credentials
        if isinstance(credentials, BasicCredentials):
            account = self.find_or_add(credentials.user)
            account.password = account.password or credentials.password
            return account
        return self._from_claims(dict(entry.sender) or claims_of(getattr(credentials, "token", "")))

    def _from_claims(self, claims: Document) -> Account | None:
        name, subject = claims.get("_id"), claims.get("sub")
        if not isinstance(name, str) or subject == "subscription":
            return None
        is_visitor = subject in _VISITORS
        email = None if is_visitor else claims.get("email")
        account = self.find_or_add(name, email if isinstance(email, str) else None)
        if is_visitor or subject == "bot":
            account.kind = str(subject)
        account.add_names(claims)
        return account


def is_object_id(text: Json) -> bool:
    """Return whether a value is the id of a stored document."""
    return isinstance(text, str) and len(text) == 24 and object_id(text) is not None


def users(accounts: Iterable[Account]) -> list[Document]:
    """Return the users among the accounts, as entries of a seed."""
    return [
        {
            **({"_id": account.id} if is_object_id(account.id) else {}),
            "email": account.address,
            "password": account.password or UNKNOWN_PASSWORD,
            **account.names,
        }
        for account in accounts
        if account.is_user
    ]


def members(accounts: Sequence[Account], projects: Iterable[str]) -> list[Document]:
    """Return the members of the projects, as entries of a seed. Each has an owner if one is possible."""
    found: list[Document] = []
    for project in projects:
        pairs = [
            (account, account.memberships[project])
            for account in accounts
            if project in account.memberships
            and (account.is_user or account.kind in ("guest", "userexternal"))
        ]
        owner = _presumed_owner([membership for _, membership in pairs])
        found += [_member(account, membership, project, owner) for account, membership in pairs]
    return found


def _presumed_owner(memberships: Sequence[Membership]) -> Membership | None:
    """Return the first member that proved to be an administrator, unless the owner is known."""
    if any(membership.role == "owner" for membership in memberships):
        return None
    return next((one for one in memberships if one.role is None and one.proved is Role.ADMIN), None)


def _member(account: Account, membership: Membership, project: str, owner: Membership | None) -> Document:
    role = "owner" if membership is owner else membership.likely_role(_DEFAULT_ROLES[account.kind])
    return {
        **({"_id": membership.id} if membership.id else {}),
        "id_project": project,
        **({"id_user": account.address} if account.kind == "user" else {"uuid_user": account.id}),
        "role": role,
    }
