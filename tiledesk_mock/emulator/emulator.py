"""The emulator: the use cases, and the one place where the rooms meet."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ..errors import InvalidProjectId, NotAMember, ObjectNotFound, ObjectNotRead, ProjectNotFound
from ..faults.faults import Faults
from ..faults.rate_limit import RateLimit
from ..http.exchange import Mode
from ..http.principal import Principal
from ..journal.journal import Journal
from ..node.bson import object_id
from ..node.json import Json
from ..settings import EVENTS_TTL, Dialect, Settings
from ..store.database import Database
from ..store.events import Page
from ..tiledesk.bus import Bus, FiredEvent
from ..tiledesk.clock import Clock, format_time
from ..tiledesk.drifts import CROSS_PROJECT_READ, EVENT_NAME_PREFIX, EVENTS_EXPIRE, REALTIME_CROSS_PROJECT
from ..tiledesk.event_encoder import EventEncoder
from ..tiledesk.events import EVENT_PREFIX, EventFields
from ..tiledesk.ids import Ids
from ..tiledesk.model import ENABLED, Event, Project, ProjectUser
from ..tiledesk.query import EventQuery
from ..tiledesk.tokens import Tokens
from ..tiledesk.topics import Topic
from ..tiledesk.wire import Document
from .accounts import Accounts
from .identity import Authenticator
from .origin import Origin
from .outlets import Outlets
from .read_write_lock import ReadWriteLock
from .snapshots import Snapshots
from .subscriptions import Subscriptions

if TYPE_CHECKING:
    from ..realtime.connections import Connection
    from ..realtime.hub import Hub
    from ..webhooks.webhooks import Webhooks
    from .own_events import PlatformEvents

Value = TypeVar("Value")

_log: Final = logging.getLogger("tiledesk_mock")


class Outcome(Struct, Generic[Value], frozen=True):
    """What a use case came to, and the drifts that the request asked for."""

    value: Value
    drifts: tuple[str, ...] = ()


class Emulator:
    """One Tiledesk. It owns everything it needs, so that any number of them run side by side.

    Args:
        settings: what it is to be; by default in memory, in the documented dialect, with the default seed.
        clock: its time; by default the machine's.

    `is_leaving` may be set to let WebSockets end soon, by who cannot wait for a lock: a signal handler.

    Raises a SetupError if the store, the seed or a fault cannot be used.
    """

    def __init__(self, settings: Settings | None = None, *, clock: Clock | None = None) -> None:
        self.settings: Final = settings or Settings()
        self.clock: Final = clock or Clock()
        self.ids: Final = Ids(self.clock, self.settings.id_seed)
        self.bus: Final = Bus()
        self.tokens: Final = Tokens()
        self.shared_secret: Final = self.ids.uuid()
        self.faults: Final = Faults(self.settings.faults)  # before a file is locked: a rule may be wrong
        self.database: Final = Database(
            self.settings.db, durability=self.settings.durability, log=_log.warning
        )
        self.admin_token: Final = self.settings.admin_token or secrets.token_urlsafe(24)
        self.snapshots: Final = Snapshots(self.database)
        people, secret = self.database.people, self.settings.global_secret
        self.authenticator: Final = Authenticator(
            people, self.database.subscriptions, self.tokens, self.clock, secret
        )
        self.accounts: Final = Accounts(people, self.authenticator, self.tokens, self.clock, self.ids, secret)
        hooks = self.database.subscriptions
        self.subscriptions: Final = Subscriptions(hooks, self.clock, self.ids, self.new_secret)
        self.event_encoder: Final = EventEncoder(self.settings.dialect, people)
        self.journal: Final = Journal(self.settings.journal_size, self.clock)
        self._outlets: Final = Outlets(self.database, self.tokens, self.clock, self.settings, self.journal)
        rate = self.settings.rate_limit
        self.rate_limit: Final = RateLimit(*rate, self.clock) if rate else None
        self.mode: Mode | None = None
        self.is_stopping = False
        self.bus.subscribe(self._outlets.deliver)
        self.on_reset: Final[list[Callable[[], None]]] = [
            self.journal.reset,
            self.faults.reset,
            self._outlets.forget,
        ]
        self.on_close: Final[list[Callable[[], None]]] = []
        if self.rate_limit:
            self.on_reset.append(self.rate_limit.reset)
        self.bus.subscribe(lambda _: self.journal.notify())
        self.request_lock: Final = ReadWriteLock()
        self._firing: Final = threading.Lock()
        self._origin: Final = Origin(self.settings, self.database, self.clock, self.ids, self.new_secret)
        try:
            self._origin.fill()
        except BaseException:
            self.database.close()
            raise

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files, threads and WebSockets. Closing twice does no harm."""
        while self.on_close:
            self.on_close.pop()()
        self.journal.close()
        self._outlets.close()
        self.database.close()

    @property
    def had_data(self) -> bool:
        """Tell whether the file held data already, so that the seed was not read into it."""
        return self._origin.is_older

    @property
    def webhooks(self) -> Webhooks:
        """Return what tells events to those who subscribed."""
        return self._outlets.webhooks

    @property
    def realtime(self) -> Hub:
        """Return what tells events to WebSockets."""
        return self._outlets.realtime

    def websocket_ids(self) -> frozenset[str]:
        """Return the ids of the WebSockets that are open."""
        return self._outlets.connected()

    def close_websockets(self, keep: frozenset[str]) -> None:
        """End all WebSockets but those of these ids."""
        self._outlets.hang_up(keep)

    @cached_property
    def platform_events(self) -> PlatformEvents:
        """Return what fires the platform's own events."""
        # Here and not above: few tests fire one, and none shall wait for their table.
        from .own_events import PlatformEvents

        return PlatformEvents(self.database.people, self.clock, self.ids, self._publish)

    # What Tiledesk does

    def project(self, text: str) -> Project:
        """Return the enabled project with that id; raise InvalidProjectId or ProjectNotFound."""
        key = object_id(text)
        if key is None:
            raise InvalidProjectId(text)
        project = self.database.people.project(key)
        if project is None or project.status != ENABLED:
            raise ProjectNotFound(text)
        return project

    def fire_event(
        self, project: Project, principal: Principal, member: ProjectUser | None, fields: EventFields
    ) -> Outcome[Event]:
        """Store an event and tell everybody who listens.

        The event is returned as its POST answers it. Raises StorageFull if the disk refuses it.
        """
        event = self._publish(project, fields, principal, member)
        asked = self._documented and fields.name.startswith(EVENT_PREFIX)
        return Outcome(event, (EVENT_NAME_PREFIX,) if asked else ())

    def get_event(self, project: Project, text: str) -> Outcome[Event]:
        """Return the event with that id (drift cross-project-read); raise ObjectNotRead or ObjectNotFound."""
        key = object_id(text)
        if key is None:
            raise ObjectNotRead
        self._expire()
        event = self.database.events.get(key)
        if event is None:
            raise ObjectNotFound
        if self._documented and event.id_project != project.id:
            raise ObjectNotFound((CROSS_PROJECT_READ,))
        return Outcome(event, self._aged(event))

    def list_events(self, query: EventQuery) -> Outcome[Page]:
        """Return a page of a project's events."""
        self._expire()
        page = self.database.events.page(query)
        return Outcome(page, self._aged(*page.events))

    def events(self) -> Iterator[Event]:
        """Return the events of all projects that have not expired, oldest first."""
        self._expire()
        return self.database.events.all()

    def count_events(self) -> int:
        """Return how many events there are that have not expired."""
        self._expire()
        return len(self.database.events)

    def _publish(
        self, project: Project, given: EventFields, principal: Principal, member: ProjectUser | None
    ) -> Event:
        with self._firing:
            now = self.clock.iso()
            event = Event(
                id=self.ids.object_id(),
                name=given.name,
                id_project=project.id,
                created_by=principal.id,
                created_at=now,
                updated_at=now,
                project_user=member.id if member else None,
                attributes=given.attributes,
            )
            self.database.events.add(_stored(event, given))
            self.bus.publish(FiredEvent(event, principal, member))
        self.database.events.flush()  # not with the lock: who waits for the disk waits together
        return event

    def subscribe_websocket(self, connection: Connection, topic: Topic) -> None:
        """Subscribe a WebSocket to a topic, and tell it the history; no event is missed or told twice.

        Raises InvalidProjectId, ProjectNotFound, ObjectNotRead for a malformed project user, or NotAMember
        (drift realtime-cross-project).
        """
        project = self.project(topic.project)
        if self._documented and self.authenticator.member(connection.principal, project.id) is None:
            raise NotAMember((REALTIME_CROSS_PROJECT,))
        with self._firing:
            self.realtime.subscribe(connection, topic.text, self._history(project, topic))

    def _history(self, project: Project, topic: Topic) -> list[Document] | None:
        """Return the last events of a topic, newest first; None for a topic of nobody's, as recorded."""
        if not topic.is_events or topic.project_user is None:
            return None
        key = object_id(topic.project_user)
        if key is None:
            raise ObjectNotRead
        self._expire()
        return [
            self.event_encoder.document(event)
            for event in self.database.events.recent(project.id, key, topic.name)
        ]

    # What a tester does with it

    def reset(self) -> None:
        """Go back to the seed: stored data, clock, ids, mode, and whatever registered with `on_reset`.

        Requests that are under way end before, or have no effect any more (one that takes longer than five
        seconds may). Raises SeedError if the seed can no longer be read, StoreError if nobody knows which it
        was; nothing has changed then.
        """
        self._origin.check()
        with self._alone():
            self._rewind()
            for forget in self.on_reset:
                forget()
            if self.mode is not None:
                self.mode.rewind()

    def _rewind(self) -> None:
        self._outlets.cancel()  # first of all: the clock's jump shall bring about no retry
        self.clock.reset()
        self.ids.restart()
        self.snapshots.clear()
        self._origin.return_to()

    def restore(self, snapshot: str) -> None:
        """Let be stored what was when that snapshot was taken; raise UnknownSnapshot."""
        with self._alone():
            self.snapshots.restore(snapshot)

    def export(self) -> Document:
        """Return everything that is stored, as a seed."""
        return self._origin.export()

    def add_seed(self, document: Json, source: str) -> dict[str, int]:
        """Add what a seed describes to what is there; return how much of each kind that was.

        Raises SeedError, and then nothing was added; `source` is what the error calls the seed.
        """
        added = self._origin.add(document, source, self._alone)
        return {kind: len(getattr(added, kind)) for kind in added.__struct_fields__}

    def replace_state(self, document: Json, source: str) -> None:
        """Put what a seed describes in place of everything; raise SeedError, and then nothing changes."""
        self._origin.replace(document, source, self._alone)

    def new_secret(self) -> str:
        """Return the secret of a new subscription (drift shared-secret)."""
        return self.ids.uuid() if self._documented else self.shared_secret

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody see the world while it is changed, nor what was kept of it afterwards.

        An event belongs to what was before, or to what comes now, with its deliveries.
        """
        with self.request_lock.exclusive(), self._firing:
            try:
                yield
            finally:
                self.event_encoder.clear_cache()

    @property
    def _documented(self) -> bool:
        return self.settings.dialect is Dialect.DOCUMENTED

    def _expire(self) -> None:
        ttl = self.settings.ttl
        if ttl:
            self.database.events.expire(self.clock.now() - ttl * 1000)

    def _aged(self, *events: Event) -> tuple[str, ...]:
        """Return the drift that reading an event asks for which the real server has deleted."""
        if not self._documented or not events:
            return ()
        limit = format_time(self.clock.now() - EVENTS_TTL * 1000)
        return (EVENTS_EXPIRE,) if min(event.created_at for event in events) < limit else ()


def _stored(event: Event, given: EventFields) -> Event:
    """Return the event as it is read back later, which is hardly ever another."""
    if (given.name, given.attributes) == (given.stored_name, given.stored_attributes):
        return event
    return replace(event, name=given.stored_name, attributes=given.stored_attributes)
