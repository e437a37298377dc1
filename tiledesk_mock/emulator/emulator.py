"""The emulator: what Tiledesk does with requests, and what a tester does with the emulator."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ..errors import (
    InvalidProjectId,
    ObjectNotFound,
    ObjectNotRead,
    ProjectNotFound,
    SetupError,
)
from ..faults.faults import Faults
from ..faults.rate_limit import RateLimit
from ..http.exchange import Exchange, Mode, Principal, RecordedRequest
from ..journal.journal import Journal
from ..journal.timeline import RESET
from ..node.bson import object_id
from ..settings import EVENTS_TTL, Dialect, Settings
from ..store.database import Database
from ..store.events import Page
from ..store.indexes import EventSelection
from ..tiledesk.clock import Clock, format_time
from ..tiledesk.drifts import CROSS_PROJECT_READ, EVENT_NAME_PREFIX, EVENTS_EXPIRE
from ..tiledesk.events import EVENT_PREFIX, EventFields, FiredEvent, check_creator
from ..tiledesk.ids import Ids
from ..tiledesk.model import ENABLED, Event, Project, ProjectUser, User
from ..tiledesk.query import EventQuery
from ..tiledesk.wire import Document
from .accounts import Accounts
from .authentication import Authenticator
from .custom_tokens import CustomTokens
from .event_encoder import EventEncoder
from .notifications import Notifications
from .state import ReadWriteLock, Snapshots, StoredState, large_change
from .subscriptions import Subscriptions

if TYPE_CHECKING:
    from ..faults.stubs import Stub, Stubs
    from ..realtime.hub import Hub
    from ..webhooks.webhooks import Webhooks

Value = TypeVar("Value")

USER_SIGNUP: Final = "user.signup"

_log: Final = logging.getLogger("tiledesk_mock")


class Outcome(Struct, Generic[Value], frozen=True):
    """The value that a request gets, and the drifts that it depends on, in either dialect."""

    value: Value
    drifts: tuple[str, ...] = ()


class Emulator:
    """One Tiledesk. It owns everything that it needs, so any number of emulators run side by side.

    Args:
        settings: by default in memory, in the documented dialect, with the default seed.
        clock: its time; by default the machine's.

    `replacements` counts how often all stored data were replaced, as by a reset or a snapshot.
    A signal handler, which cannot wait for a lock, may set `is_stopping` to end WebSockets soon.
    `send_again` is set by the web application: it responds to a request that came before, and returns the
    new exchange.

    Raises a SetupError if the store, the seed or a fault cannot be used.
    """

    def __init__(self, settings: Settings | None = None, *, clock: Clock | None = None) -> None:
        self.settings: Final = settings or Settings()
        self.clock: Final = clock or Clock()
        self.ids: Final = Ids(self.clock, self.settings.id_seed)
        self.shared_secret: Final = self.ids.uuid()
        self.faults: Final = Faults(self.settings.faults)  # before the file is locked: a rule may be wrong
        self.database: Final = Database(
            self.settings.db, durability=self.settings.durability, log=_log.warning
        )
        self.authenticator: Final = Authenticator(self.database, self.clock, self.settings.global_secret)
        self.accounts: Final = Accounts(self.authenticator, self.ids)
        self.custom_tokens: Final = CustomTokens(self.authenticator, self.accounts)
        self.subscriptions: Final = Subscriptions(
            self.database.subscriptions, self.clock, self.ids, self.new_secret
        )
        self.event_encoder: Final = EventEncoder(self.settings.dialect, self.database.people)
        self.snapshots: Final = Snapshots(self.database, self._exclusive)
        self.journal: Final = Journal(self.settings.journal_size, self.clock)
        self.notifications: Final = Notifications(self.database, self.clock, self.settings, self.journal)
        rate_limit = self.settings.rate_limit
        self.rate_limit: Final = RateLimit(*rate_limit, self.clock) if rate_limit else None
        self.admin_token: Final = self.settings.admin_token or secrets.token_urlsafe(24)
        self._stubs: Stubs | None = None
        self.mode: Mode | None = None
        self.is_stopping = False
        self.send_again: Callable[[RecordedRequest], Exchange | None] | None = None
        self.request_lock: Final = ReadWriteLock()
        self.on_reset: Final[list[Callable[[], None]]] = []
        self.on_close: Final[list[Callable[[], None]]] = []
        self._documented: Final = self.settings.dialect is Dialect.DOCUMENTED
        self.firing: Final = threading.Lock()
        self.replacements = 0
        self.state: Final = StoredState(
            self.settings, self.database, self.clock, self.ids, self.new_secret, self._exclusive
        )
        try:
            self.state.fill()
        except BaseException:
            self.database.close(keep_new=False)
            raise

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close files, threads and WebSockets. May be called twice."""
        while self.on_close:
            self.on_close.pop()()
        self.journal.close()
        self.notifications.close()
        self.database.close()

    @property
    def webhooks(self) -> Webhooks:
        """Return the webhooks."""
        return self.notifications.webhooks

    @property
    def realtime(self) -> Hub:
        """Return the hub of the WebSockets."""
        return self.notifications.realtime

    @property
    def stubs(self) -> Stubs:
        """Return the stubs."""
        # Imported on first use: most tests have no stubs.
        from ..faults.stubs import Stubs

        if self._stubs is None:
            with self.firing:  # so that two threads do not make two of them
                self._stubs = self._stubs or Stubs()
        return self._stubs

    def match_stub(self, request: RecordedRequest) -> Stub | None:
        """Return the stub that responds to a request, if there is one."""
        return None if self._stubs is None else self._stubs.match(request)

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

    def sign_up(self, fields: Document, header: str | None = None) -> User:
        """Make a user, and send `user.signup`, caused by the user's id, to global subscriptions.

        Signing in, also as a guest or with a custom token, sends nothing. Arguments and errors are those of
        `Accounts.sign_up`.
        """
        user = self.accounts.sign_up(fields, header)
        if self.database.subscriptions.matching(None, USER_SIGNUP):
            # Imported on use: few emulators have a global subscription.
            from ..tiledesk.payloads import user_payload
            from ..tiledesk.platform_events import PlatformEvent

            with self.firing, self.notifications.caused_by(user.id):
                event = PlatformEvent(USER_SIGNUP, None, user_payload(user))
                self.notifications.publish_step(((event,),))
        return user

    def fire_event(
        self, project: Project, principal: Principal, member: ProjectUser | None, fields: EventFields
    ) -> Outcome[Event]:
        """Store an event and notify its subscribers.

        Returns the event as the POST shows it. Raises StorageFull if the disk is full, and EventNotSaved for
        a guest or external user whose id is not text.
        """
        if not principal.id:
            check_creator(principal.document.get("_id"))
        event = self.publish(project, fields, principal, member)
        return Outcome(event, (EVENT_NAME_PREFIX,) if fields.name.startswith(EVENT_PREFIX) else ())

    def get_event(self, project: Project, text: str) -> Outcome[Event]:
        """Return the event with that id (drift cross-project-read); raise ObjectNotRead or ObjectNotFound."""
        key = object_id(text)
        if key is None:
            raise ObjectNotRead(f"{text!r} is not the id of an event: 24 hexadecimal digits")
        self._expire()
        event = self.database.events.get(key)
        if event is None:
            raise ObjectNotFound
        if event.id_project.lower() == project.id.lower():
            return Outcome(event, self._expiry_drift(event))
        if self._documented:
            raise ObjectNotFound((CROSS_PROJECT_READ,))
        return Outcome(event, (CROSS_PROJECT_READ,))

    def list_events(self, query: EventQuery) -> Outcome[Page]:
        """Return a page of a project's events."""
        self._expire()
        page = self.database.events.page(query)
        return Outcome(page, self._expiry_drift(*page.events))

    def events(self, selection: EventSelection | None = None) -> Iterator[Event]:
        """Return the events of all projects that have not expired, oldest first, or the selected ones."""
        self._expire()
        return self.database.events.all() if selection is None else self.database.events.select(selection)

    def count_events(self) -> int:
        """Return the number of events that have not expired."""
        self._expire()
        return len(self.database.events)

    def publish(
        self, project: Project, fields: EventFields, principal: Principal, member: ProjectUser | None
    ) -> Event:
        """Store an event of any caller and notify its subscribers; return it. Raises StorageFull."""
        with self.firing:
            now = self.clock.iso()
            event = Event(
                id=self.ids.object_id(),
                name=fields.name,
                id_project=project.id,
                created_by=principal.id,
                created_at=now,
                updated_at=now,
                project_user=member.id if member else None,
                attributes=fields.attributes,
            )
            self.database.events.add(_stored(event, fields))
            fired = FiredEvent(event, principal, member)
            self.notifications.publish(fired)
            self.journal.notify()
        self.database.events.flush()  # without the lock: threads wait for the disk at the same time
        return event

    def recent_events(self, id_project: str, project_user: str, name: str | None) -> list[Document]:
        """Return the last events of a project user (of a name), newest first, as the dialect has them."""
        self._expire()
        events = self.database.events.recent(id_project, project_user, name)
        return [self.event_encoder.document(event) for event in events]

    # What a tester does

    def project_or_first(self, id_project: str | None = None) -> Project:
        """Return the project with that id, by default the first; raise SetupError if it does not exist."""
        people = self.database.people
        project = people.project(id_project) if id_project else next(iter(people.projects()), None)
        if project is None:
            raise SetupError(
                f"there is no project {id_project!r}"
                if id_project
                else "there is no project: add one to the seed"
            )
        return project

    def reset(self) -> None:
        """Go back to the start.

        The stored data becomes that of the seed. Deliveries are cancelled. Clock, ids, snapshots, journal,
        faults, stubs, rate limit and the mode start again, and the callbacks in `on_reset` are called.
        Waits up to five seconds for requests under way; those that take longer have no effect afterwards.
        Raises SeedError if the seed can no longer be read, or StoreError if the file does not name its seed;
        then nothing has changed.
        """
        with large_change("the reset"):
            self._reset()

    def _reset(self) -> None:
        self.state.check_reset()
        with self._exclusive(RESET):
            self.notifications.cancel()  # first: otherwise the clock's jump would start retries
            self.clock.reset()
            self.ids.restart()
            self.snapshots.clear()
            self.state.reset()
            self.journal.reset()
            self.faults.reset()
            if self._stubs is not None:
                self._stubs.reset()
            self.notifications.reset()
            if self.rate_limit is not None:
                self.rate_limit.reset()
            if self.mode is not None:
                self.mode.rewind()
            for callback in self.on_reset:
                callback()

    def new_secret(self) -> str:
        """Return the secret of a new subscription (drift shared-secret)."""
        return self.ids.uuid() if self._documented else self.shared_secret

    @contextmanager
    def _exclusive(self, what: str) -> Iterator[None]:
        """Keep requests and events away while the stored data change, and drop what is cached of them.

        `what` says how they change, for the timeline.
        An event and its deliveries belong either to the data before that or to those after it.
        """
        with self.request_lock.exclusive(), self.firing:
            self.replacements += 1
            try:
                yield
                self.journal.timeline.add_reset(what)
            finally:
                self.event_encoder.clear_cache()

    def _expire(self) -> None:
        ttl = self.settings.ttl
        if ttl:
            self.database.events.expire(self.clock.now() - ttl * 1000)

    def _expiry_drift(self, *events: Event) -> tuple[str, ...]:
        """Return the drift of reading an event that the real server would have deleted."""
        if not self._documented or not events:
            return ()
        limit = format_time(self.clock.now() - EVENTS_TTL * 1000)
        return (EVENTS_EXPIRE,) if min(event.created_at for event in events) < limit else ()


def _stored(event: Event, fields: EventFields) -> Event:
    """Return the event as it is read back later. It differs only by halves of surrogate pairs."""
    if (fields.name, fields.attributes) == (fields.stored_name, fields.stored_attributes):
        return event
    return replace(event, name=fields.stored_name, attributes=fields.stored_attributes)
