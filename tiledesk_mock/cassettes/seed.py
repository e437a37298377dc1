"""The world before the first entry of a recording, as a seed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from ..http.exchange import RecordedResponse
from ..http.paths import without_prefix
from ..node.bson import object_id
from ..node.json import Json
from ..tiledesk.auth import Role
from ..tiledesk.wire import Document
from .accounts import Account, RecordedAccounts, is_object_id, members, users
from .cassette import Cassette, Entry, recorded_time
from .matching import comparable

_SLACK: Final = timedelta(seconds=60)
"""What two machines' clocks may be apart: what is older than that when it is answered was there before."""

_EVENT: Final = ("_id", "name", "attributes", "id_project", "createdBy", "createdAt", "updatedAt")
_SUBSCRIPTION: Final = (
    "_id",
    "event",
    "target",
    "id_project",
    "secret",
    "createdBy",
    "createdAt",
    "updatedAt",
)

_UNREADABLE: Final = frozenset({400, 401, 413})
"""Answers to requests that did not come as far as the role."""

_NO_MEMBER: Final = "you dont belong to the project."
_ROLE_TOO_LOW: Final = "you dont have the required role."
_WRONG_PASSWORD: Final = "Authentication failed. Wrong password."  # noqa: S105


def cassette_seed(cassette: Cassette) -> Document:
    """Return the seed of the world as it was before the first entry, as far as the entries show it.

    Projects, people, and the events and webhooks that were read but not made in it. Whose credentials were
    redacted has the placeholders as credentials; whoever never signs in has made-up ones.
    """
    world = _World()
    for entry in cassette.entries:
        world.see(entry)
    return world.document()


class _World:
    def __init__(self) -> None:
        self._witnesses: Final = RecordedAccounts()
        self._projects: Final[dict[str, Document]] = {}
        self._events: Final[dict[str, Document]] = {}
        self._subscriptions: Final[dict[str, Document]] = {}
        self._made: Final[set[str]] = set()

    def see(self, entry: Entry) -> None:
        """Take in what an entry tells."""
        first, *rest = without_prefix(entry.request.path).strip("/").split("/")
        told = json_told(entry.response)
        if first.lower() == "auth" and rest:
            self._see_sign_in(rest[0].lower(), entry, told)
        elif first.lower() == "testauth":
            if entry.response.status == 200:
                self._witnesses.sender(entry)
        elif object_id(first) is not None and entry.response.status != 400:
            self._projects.setdefault(
                first.lower(), {"_id": first.lower(), "name": f"Project {first.lower()}"}
            )
            self._see_call(first.lower(), rest, entry, told)

    def document(self) -> Document:
        """Return the seed."""
        people = [witness for witness in self._witnesses if not witness.is_new]
        return {
            "users": users(people),
            "projects": list(self._projects.values()),
            "project_users": members(people, self._projects),
            "bots": self._bots(people),
            "subscriptions": list(self._subscriptions.values()),
            "events": sorted(self._events.values(), key=lambda event: (event["createdAt"], event["_id"])),
        }

    def _see_sign_in(self, way: str, entry: Entry, told: Json) -> None:
        given, user = fields_given(entry), part_of(told, "user")
        if way == "signin" and isinstance(given.get("email"), str):
            if entry.response.status == 200 and is_object_id(user.get("_id")):
                witness = self._witnesses.known_as(user["_id"], given["email"])
                witness.password = witness.password or str(given.get("password") or "") or None
                witness.learn(user)
            elif part_of(told).get("msg") == _WRONG_PASSWORD:
                self._witnesses.known_as(given["email"])
        elif way in ("signup", "signinanonymously") and entry.response.status == 200 and user:
            witness = self._witnesses.known_as(
                user.get("_id"), user.get("email") if way == "signup" else None
            )
            witness.kind = "user" if way == "signup" else "guest"
            witness.is_new = True

    def _see_call(self, project: str, rest: list[str], entry: Entry, told: Json) -> None:
        sender = None if entry.response.status in _UNREADABLE else self._witnesses.sender(entry)
        kind = rest[0].lower() if rest else ""
        if sender is not None:
            _note_role(sender, project, _required(kind, entry), entry.response.status, told)
        if entry.response.status != 200:
            return
        if kind == "events":
            self._see_events(project, entry, told, sender)
        elif kind == "subscriptions" and rest[1:] != ["history"]:
            self._see_subscriptions(entry, told, sender)

    def _see_events(self, project: str, entry: Entry, told: Json, sender: Account | None) -> None:
        if entry.request.method == "POST":
            self._made.add(str(part_of(told).get("_id")))
            self._see_author(project, part_of(told), sender)
            return
        for event in documents_told(told, "events"):
            if event["_id"] not in self._made:
                member = self._see_author(event.get("id_project") or project, event, None)
                kept: Document = {name: event[name] for name in _EVENT if name in event}
                self._events.setdefault(event["_id"], {**kept, "project_user": member})

    def _see_author(self, project: str, event: Document, sender: Account | None) -> str | None:
        """Learn who fired an event; return the member's id."""
        member, creator = event.get("project_user"), event.get("createdBy")
        shown = member if isinstance(member, dict) else {}
        member_id = shown.get("_id") if shown else member
        if not isinstance(creator, str) or not isinstance(member_id, str):
            return None
        witness = self._witnesses.known_as(creator, *([sender.email] if sender and sender.email else []))
        if not is_object_id(creator) and witness.kind == "user":
            witness.kind = "guest" if shown.get("role", "guest") == "guest" else "userexternal"
        membership = witness.membership(project)
        membership.id, membership.role = membership.id or member_id, membership.role or shown.get("role")
        return member_id

    def _see_subscriptions(self, entry: Entry, told: Json, sender: Account | None) -> None:
        for subscription in documents_told(told):
            if entry.request.method == "POST" and sender is not None and sender.email:
                self._witnesses.known_as(subscription.get("createdBy"), sender.email)
            if entry.request.method == "POST" and not self._is_older(subscription, entry):
                self._made.add(subscription["_id"])
            if subscription["_id"] not in self._made:
                kept = {name: subscription[name] for name in _SUBSCRIPTION if subscription.get(name)}
                self._subscriptions.setdefault(subscription["_id"], kept)

    def _is_older(self, document: Document, entry: Entry) -> bool:
        """Tell whether something that was posted had been there before."""
        if document["_id"] in self._subscriptions:
            return True
        created, now = recorded_time(document.get("createdAt")), when(entry)
        return created is not None and now is not None and now - created > _SLACK

    def _bots(self, people: Iterable[Account]) -> list[Document]:
        bots = [witness for witness in people if witness.kind == "bot" and is_object_id(witness.id)]
        first = next(iter(self._projects), None)
        return [
            {"_id": bot.id, "name": f"Bot {bot.id}", "id_project": next(iter(bot.memberships), first)}
            for bot in bots
        ]


def _required(kind: str, entry: Entry) -> Role | None:
    if kind == "events":
        return Role.GUEST if entry.request.method == "POST" else Role.AGENT
    return Role.ADMIN if kind == "subscriptions" else None


def _note_role(sender: Account, project: str, required: Role | None, status: int, told: Json) -> None:
    """Note what an answer tells of its sender's role."""
    reason = part_of(told).get("msg")
    if required is None or reason == _NO_MEMBER or part_of(told) == {"err": "error"}:
        return
    if status == 403:
        if reason == _ROLE_TOO_LOW:
            sender.membership(project).could_not(required)
        return
    if sender.kind in ("user", "bot"):
        sender.membership(project).could(required)


def fields_given(entry: Entry) -> Document:
    """Return the fields of a request's body, JSON or form."""
    body = comparable(entry.request).body
    fields = body if isinstance(body, dict) else {}
    return {name: value[0] if isinstance(value, list) and value else value for name, value in fields.items()}


def documents_told(told: Json, name: str | None = None) -> list[Document]:
    """Return the documents in an answer: in a list, in a part of it, or the one that it is."""
    found = told.get(name, told) if name and isinstance(told, dict) else told
    documents = found if isinstance(found, list) else [found]
    return [item for item in documents if isinstance(item, dict) and is_object_id(item.get("_id"))]


def part_of(told: Json, name: str | None = None) -> Document:
    """Return an object in an answer, or a part of it that is one; empty if there is none."""
    found = told.get(name) if name and isinstance(told, dict) else told
    return found if isinstance(found, dict) else {}


def json_told(answer: RecordedResponse) -> Any:
    """Return an answer's JSON; None for anything else."""
    try:
        return answer.json()
    except ValueError:
        return None


def when(entry: Entry) -> datetime | None:
    """Return when an entry was answered, by the server's clock if it told."""
    date = entry.response.header("Date")
    try:
        return parsedate_to_datetime(date) if date else recorded_time(entry.started)
    except ValueError:
        return None
