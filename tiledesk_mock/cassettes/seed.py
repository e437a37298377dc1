"""The seed of a recording: what the server stored before the first entry."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from ..http.paths import without_prefix
from ..node.bson import object_id
from ..node.json import Json
from ..tiledesk.auth import Role
from ..tiledesk.wire import SUBSCRIPTION_FIELDS, Document
from .accounts import Account, RecordedAccounts, is_object_id, members, users
from .cassette import Cassette, Entry, recorded_time
from .matching import comparable

_CLOCK_TOLERANCE: Final = timedelta(seconds=60)
"""A document that is older than this in the response to its POST existed before."""

_EVENT: Final = ("_id", "name", "attributes", "id_project", "createdBy", "createdAt", "updatedAt")
_SUBSCRIPTION: Final = (
    *("_id", "event", "target", "id_project", "secret"),
    *("createdBy", "createdAt", "updatedAt"),
)

_UNCHECKED: Final = frozenset({400, 401, 413})
"""Statuses of requests that were refused before the sender's role was checked."""

_NO_MEMBER: Final = "you dont belong to the project."
_ROLE_TOO_LOW: Final = "you dont have the required role."
_WRONG_PASSWORD: Final = "Authentication failed. Wrong password."  # noqa: S105


def cassette_seed(cassette: Cassette) -> Document:
    """Return what was stored before the first entry, as far as the entries show it, as a seed.

    It contains projects, people, and the events and webhooks that were read but not created in the recording.
    Redacted credentials are placeholders; people who never sign in have made-up ones.
    """
    builder = _SeedBuilder()
    for entry in cassette.entries:
        builder.add(entry)
    return builder.seed()


class _SeedBuilder:
    def __init__(self) -> None:
        self._accounts: Final = RecordedAccounts()
        self._projects: Final[dict[str, Document]] = {}
        self._events: Final[dict[str, Document]] = {}
        self._subscriptions: Final[dict[str, Document]] = {}
        self._created: Final[set[str]] = set()

    def add(self, entry: Entry) -> None:
        """Add what an entry shows."""
        first, *rest = without_prefix(entry.request.path).strip("/").lower().split("/")
        body = entry.response.json_or_none()
        if first == "auth" and rest:
            self._add_sign_in(rest[0], entry, body)
        elif first == "testauth":
            if entry.response.status == 200:
                self._accounts.sender(entry)
        elif object_id(first) is not None and entry.response.status != 400:
            self._projects.setdefault(first, {"_id": first, "name": f"Project {first}"})
            self._add_project_call(first, rest, entry, body)

    def seed(self) -> Document:
        """Return the seed."""
        accounts = [account for account in self._accounts if not account.is_new]
        first_project = next(iter(self._projects), None)
        bots = [account for account in accounts if account.kind == "bot" and is_object_id(account.id)]
        return {
            "users": users(accounts),
            "projects": list(self._projects.values()),
            "project_users": members(accounts, self._projects),
            "bots": [
                {
                    "_id": bot.id,
                    "name": f"Bot {bot.id}",
                    "id_project": next(iter(bot.memberships), first_project),
                }
                for bot in bots
            ],
            "subscriptions": list(self._subscriptions.values()),
            "events": sorted(self._events.values(), key=lambda event: (event["createdAt"], event["_id"])),
        }

    def _add_sign_in(self, route: str, entry: Entry, body: Json) -> None:
        fields, user, is_ok = _fields(entry), _object(body, "user"), entry.response.status == 200
        if route == "signin" and isinstance(fields.get("email"), str):
            if is_ok and is_object_id(user.get("_id")):
                account = self._accounts.find_or_add(user["_id"], fields["email"])
                account.password = account.password or str(fields.get("password") or "") or None
                account.add_names(user)
            elif _object(body).get("msg") == _WRONG_PASSWORD:
                self._accounts.find_or_add(fields["email"])
        elif route in ("signup", "signinanonymously") and is_ok and user:
            is_user = route == "signup"
            account = self._accounts.find_or_add(user.get("_id"), user.get("email") if is_user else None)
            account.kind, account.is_new = "user" if is_user else "guest", True

    def _add_project_call(self, project: str, rest: list[str], entry: Entry, body: Json) -> None:
        sender = None if entry.response.status in _UNCHECKED else self._accounts.sender(entry)
        kind = rest[0] if rest else ""
        if sender is not None:
            _add_role(sender, project, kind, entry, body)
        if entry.response.status != 200:
            return
        if kind == "events":
            self._add_events(project, entry, body, sender)
        elif kind == "subscriptions" and rest[1:] != ["history"]:
            self._add_subscriptions(entry, body, sender)

    def _add_events(self, project: str, entry: Entry, body: Json, sender: Account | None) -> None:
        if entry.request.method == "POST":
            self._created.add(str(_object(body).get("_id")))
            self._add_author(project, _object(body), sender)
            return
        for event in _documents(body, "events"):
            if event["_id"] not in self._created:
                member = self._add_author(event.get("id_project") or project, event, None)
                fields: Document = {name: event[name] for name in _EVENT if name in event}
                self._events.setdefault(event["_id"], {**fields, "project_user": member})

    def _add_author(self, project: str, event: Document, sender: Account | None) -> str | None:
        """Add the account that fired an event; return the member's id."""
        author, creator = event.get("project_user"), event.get("createdBy")
        member = author if isinstance(author, dict) else {}
        member_id = member.get("_id") if member else author
        if not isinstance(creator, str) or not isinstance(member_id, str):
            return None
        account = self._accounts.find_or_add(creator, sender.email if sender else None)
        if not is_object_id(creator) and account.kind == "user":
            account.kind = "guest" if member.get("role", "guest") == "guest" else "userexternal"
        membership = account.membership(project)
        membership.id, membership.role = membership.id or member_id, membership.role or member.get("role")
        return member_id

    def _add_subscriptions(self, entry: Entry, body: Json, sender: Account | None) -> None:
        for subscription in _documents(body):
            if entry.request.method == "POST":
                if sender is not None and sender.email:
                    self._accounts.find_or_add(subscription.get("createdBy"), sender.email)
                if not self._existed(subscription, entry):
                    self._created.add(subscription["_id"])
            if subscription["_id"] not in self._created:
                fields = {name: subscription[name] for name in _SUBSCRIPTION if subscription.get(name)}
                if not all(map(fields.get, ("event", "target", "id_project"))):
                    known = {name: subscription[name] for name in subscription if name in SUBSCRIPTION_FIELDS}
                    fields = {**known, "order": [*known]}  # a PUT made or changed it
                self._subscriptions.setdefault(subscription["_id"], fields)

    def _existed(self, subscription: Document, entry: Entry) -> bool:
        """Return whether a posted subscription existed before."""
        if subscription["_id"] in self._subscriptions:
            return True
        created, now = recorded_time(subscription.get("createdAt")), _response_time(entry)
        return created is not None and now is not None and now - created > _CLOCK_TOLERANCE


def _add_role(sender: Account, project: str, kind: str, entry: Entry, body: Json) -> None:
    """Add what a response shows of its sender's role."""
    if kind == "events":
        required = Role.GUEST if entry.request.method == "POST" else Role.AGENT
    elif kind == "subscriptions":
        required = Role.ADMIN
    else:
        return
    reason = _object(body).get("msg")
    if reason == _NO_MEMBER or body == {"err": "error"}:
        return
    if entry.response.status == 403:
        if reason == _ROLE_TOO_LOW:
            sender.membership(project).deny(required)
    elif sender.kind in ("user", "bot"):
        sender.membership(project).allow(required)


def _fields(entry: Entry) -> Document:
    """Return the fields of a request's body, JSON or form."""
    body = comparable(entry.request).body
    fields = body if isinstance(body, dict) else {}
    return {name: value[0] if isinstance(value, list) and value else value for name, value in fields.items()}


def _documents(body: Json, name: str | None = None) -> list[Document]:
    """Return the stored documents in a response: those in a list, or the response itself."""
    found = body.get(name, body) if name and isinstance(body, dict) else body
    documents = found if isinstance(found, list) else [found]
    return [item for item in documents if isinstance(item, dict) and is_object_id(item.get("_id"))]


def _object(body: Json, name: str | None = None) -> Document:
    """Return a response, or a part of it, if it is an object; otherwise an empty one."""
    found = body.get(name) if name and isinstance(body, dict) else body
    return found if isinstance(found, dict) else {}


def _response_time(entry: Entry) -> datetime | None:
    """Return the time of a response, by the server's clock if the response has a date."""
    date = entry.response.header("Date")
    try:
        return parsedate_to_datetime(date) if date else recorded_time(entry.started)
    except ValueError:
        return None
