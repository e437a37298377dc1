"""Events as the emulator's dialect shows them, encoded once and kept as bytes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final, Protocol

from ..node.json import stringify
from ..settings import Dialect
from .model import Event, ProjectUser
from .query import PER_PAGE
from .wire import Document, event_document, member_document

_KEPT: Final = 4096


class MemberLookup(Protocol):
    """Where the members of projects are looked up; `version` grows when one of them changes."""

    @property
    def version(self) -> int:
        """Return the number that grows."""

    def project_user(self, key: str, /) -> ProjectUser | None:
        """Return the member with that id."""


class EventEncoder:
    """Turns events into the JSON of one dialect (drifts id-field and project-user-object)."""

    def __init__(self, dialect: Dialect, members: MemberLookup) -> None:
        self._dialect: Final = dialect
        self._members: Final = members
        self._kept: Final[dict[str, bytes]] = {}
        self._kept_members: Final[dict[str, str | None]] = {}
        self._lock: Final = threading.Lock()
        self._version = members.version

    def document(self, event: Event) -> Document:
        """Return the event as a document of the dialect."""
        document = event_document(event)
        if self._dialect is Dialect.SERVER:
            return document
        member = self._members.project_user(event.project_user) if event.project_user else None
        if member is not None:
            document["project_user"] = member_document(member)
        document["id"] = event.id
        return document

    def encode(self, event: Event) -> bytes:
        """Return the event as JSON, without keeping it."""
        text = stringify(event_document(event))
        if self._dialect is Dialect.DOCUMENTED:
            text = f'{self._with_member(text, event)[:-1]},"id":"{event.id}"}}'
        return text.encode()

    def _with_member(self, text: str, event: Event) -> str:
        """Put the member in the place of its id.

        That is the last such field: what follows it are strings, in which quotes would be escaped.
        """
        member = self._member(event.project_user) if event.project_user else None
        if member is None:
            return text
        before, _, after = text.rpartition(f'"project_user":"{event.project_user}"')
        return f'{before}"project_user":{member}{after}'

    def _member(self, key: str) -> str | None:
        """Return a member as JSON, which is kept as long as nobody changes."""
        self._notice_changes()
        if key not in self._kept_members:
            member = self._members.project_user(key)
            self._kept_members[key] = stringify(member_document(member)) if member else None
        return self._kept_members[key]

    def encode_stored(self, event: Event) -> bytes:
        """Return an event of the store as JSON; its bytes are kept."""
        self._notice_changes()
        kept = self._kept.get(event.id)
        return self._keep(event) if kept is None else kept

    def encode_page(self, events: Sequence[Event], count: int) -> bytes:
        """Return a page of events as JSON, with the number of events on all pages."""
        listed = b",".join(map(self.encode_stored, events))
        return b'{"perPage":%d,"count":%d,"events":[%b]}' % (PER_PAGE, count, listed)

    def clear_cache(self) -> None:
        """Drop what is kept: the world has changed."""
        with self._lock:
            self._version = self._members.version
            self._kept.clear()
            self._kept_members.clear()

    def _notice_changes(self) -> None:
        if self._version != self._members.version:
            self.clear_cache()

    def _keep(self, event: Event) -> bytes:
        encoded = self.encode(event)
        with self._lock:
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[event.id] = encoded
        return encoded
