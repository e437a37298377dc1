"""Events as JSON of the emulator's dialect, encoded once and cached as bytes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from ..node.json import stringify
from ..settings import Dialect
from ..store.records import People
from ..tiledesk.model import Event
from ..tiledesk.query import PER_PAGE
from ..tiledesk.wire import Document, event_document, member_document

_CACHE_SIZE: Final = 4096


class EventEncoder:
    """Encodes events as JSON of one dialect (drifts id-field and project-user-object)."""

    def __init__(self, dialect: Dialect, members: People) -> None:
        self._dialect: Final = dialect
        self._members: Final = members
        self._cache: Final[dict[str, bytes]] = {}
        self._member_cache: Final[dict[str, str | None]] = {}
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
        """Return the event as JSON, without caching it."""
        text = stringify(event_document(event))
        if self._dialect is Dialect.DOCUMENTED:
            member = self._member(event.project_user) if event.project_user else None
            if member is not None:
                # It is the last such field: only strings follow, in which quotes are escaped.
                before, _, after = text.rpartition(f'"project_user":"{event.project_user}"')
                text = f'{before}"project_user":{member}{after}'
            text = f'{text[:-1]},"id":"{event.id}"}}'
        return text.encode()

    def _member(self, key: str) -> str | None:
        """Return a member as JSON; it is cached until a member changes."""
        self._check_version()
        if key not in self._member_cache:
            member = self._members.project_user(key)
            self._member_cache[key] = stringify(member_document(member)) if member else None
        return self._member_cache[key]

    def encode_stored(self, event: Event) -> bytes:
        """Return an event of the store as JSON; it is cached until a member changes."""
        self._check_version()
        cached = self._cache.get(event.id)
        if cached is None:
            cached = self.encode(event)
            with self._lock:
                while len(self._cache) >= _CACHE_SIZE:
                    del self._cache[next(iter(self._cache))]
                self._cache[event.id] = cached
        return cached

    def encode_page(self, events: Sequence[Event], count: int) -> bytes:
        """Return a page of events as JSON; `count` is the number of events on all pages."""
        listed = b",".join(map(self.encode_stored, events))
        return b'{"perPage":%d,"count":%d,"events":[%b]}' % (PER_PAGE, count, listed)

    def clear_cache(self) -> None:
        """Clear the cache, because members or events changed."""
        with self._lock:
            self._version = self._members.version
            self._cache.clear()
            self._member_cache.clear()

    def _check_version(self) -> None:
        if self._version != self._members.version:
            self.clear_cache()
