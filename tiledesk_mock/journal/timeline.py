"""The timeline: what happened in an emulator, of all kinds, in one order."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import SettingsError
from ..node.json import ABSENT, load_json, stringify
from ..text import late_pattern

if TYPE_CHECKING:  # so that a start without webhooks and WebSockets imports none of their modules
    from ..http.exchange import Exchange, Principal
    from ..tiledesk.clock import Clock
    from ..tiledesk.deliveries import Attempt, Delivery
    from ..tiledesk.events import FiredEvent
    from ..tiledesk.model import Event, ProjectUser
    from ..tiledesk.topics import Method
    from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from ..tiledesk.platform_events import PlatformEvent

RESET: Final = "reset"
"""What an entry of a reset says if the emulator went back to the seed."""

_MOST_BYTES: Final = 64 * 1024 * 1024
"""The most bytes of bodies that are kept."""

_REFERENCE: Final = 8
"""Bytes that the name of a receiver takes, which is kept elsewhere."""

_ID: Final = late_pattern("(t[0-9a-f]{8})-([0-9]{1,15})")

_ENCODER: Final = msgspec.json.Encoder()


class EntryKind(str, Enum):
    """What an entry is about."""

    REQUEST = "request"
    EVENT = "event"
    ATTEMPT = "attempt"
    FRAME = "frame"
    RESET = "reset"


class Entry(Struct, frozen=True):
    """One thing that happened.

    Attributes:
        number: counts all entries of this emulator from 1, across resets.
        time: the emulator's time in milliseconds since 1970.
        kind: the kind.
        value: an Exchange, a KeptEvent or KeptPlatformEvent, a KeptAttempt or a KeptFrame; of a reset a text
            that says what.
        size: how many bytes of bodies it keeps.
        cause: the id of the event, or of the step of a conversation, that it belongs to. Entries with one
            cause are linked.
    """

    number: int
    time: int
    kind: EntryKind
    value: Any
    size: int = 0
    cause: str | None = None


class KeptEvent(Struct, frozen=True):
    """A fired event, its attributes as JSON: parsed ones take many times as much memory."""

    event: Event
    attributes: bytes
    principal: Principal
    member: ProjectUser | None

    def whole(self) -> Event:
        """Return the event with its attributes."""
        if not self.attributes:
            return self.event
        return replace(self.event, attributes=load_json(self.attributes))


class KeptPlatformEvent(Struct, frozen=True):
    """One of the platform's own events, its payload as JSON.

    `id_project` is None if only global subscriptions get it.
    """

    name: str
    id_project: str | None
    payload: bytes


class KeptAttempt(Struct, frozen=True):
    """An attempt of a webhook; without one, why the delivery ended.

    `delivery` is as it was afterwards. `request` returns the request as it was sent, without its secrets.
    """

    delivery: Delivery
    attempt: Attempt | None
    request: Callable[[], Document] | None


class KeptFrame(Struct, frozen=True):
    """A frame that was published to a topic, as `text`.

    `live` is false for what a subscriber gets first. `to` has the receivers' e-mail addresses or ids; `by` is
    the client that published it, `method` that of a frame of the platform.
    """

    topic: str
    text: str
    to: list[str]
    live: bool = True
    by: str | None = None
    method: Method | None = None


class Timeline:
    """Keeps the last `size` entries. A reset removes none: it is an entry itself. Safe to use from threads.

    `start` tells this emulator's numbers apart from those of an emulator that ran before at the same address.
    """

    def __init__(self, size: int, clock: Clock) -> None:
        self._size: Final = size
        self._clock: Final = clock
        self._lock: Final = threading.Lock()
        self._entries: Final[deque[Entry]] = deque()
        self._bytes = 0
        self._number = 0
        self._steps: Final = count(1)
        self.start: Final = f"t{secrets.token_hex(4)}"

    @property
    def before_first(self) -> int:
        """The number before that of the oldest entry that is kept."""
        with self._lock:
            return self._number - len(self._entries)

    def number_of(self, id_entry: str) -> int | None:
        """Return the number in the id of an entry, at most that of the last; None if it is of another start.

        Raises SettingsError if it is no id of an entry.
        """
        found = _ID.fullmatch(id_entry)
        if found is None:
            raise SettingsError("since", id_entry, f"the id of an entry, like {self.start}-17")
        return min(int(found[2]), self._number) if found[1] == self.start else None

    @property
    def last(self) -> int:
        """The number of the last entry; 0 without one."""
        return self._number

    def add_request(self, exchange: Exchange, size: int, cause: str | None) -> None:
        """Add an exchange, whose bodies have `size` bytes, at its own time."""
        self._add(EntryKind.REQUEST, exchange, size, cause, exchange.time)

    def add_event(self, fired: FiredEvent, cause: str) -> None:
        """Add an event."""
        event, attributes = fired.event, b""
        if event.attributes is not ABSENT:
            attributes = _encoded(event.attributes)
            event = replace(event, attributes=ABSENT)
        value = KeptEvent(event, attributes, fired.principal, fired.member)
        self._add(EntryKind.EVENT, value, len(attributes), cause)

    def add_platform_events(self, events: Iterable[PlatformEvent], cause: str) -> None:
        """Add the platform's own events of a step. Those that share a payload share what is kept of it."""
        encoded: dict[int, bytes] = {}
        for event in events:
            key, size = id(event.payload), _REFERENCE
            if key not in encoded:
                encoded[key] = _encoded(event.payload)
                size = len(encoded[key])
            kept = KeptPlatformEvent(event.name, event.id_project, encoded[key])
            self._add(EntryKind.EVENT, kept, size, cause)

    def add_attempt(self, attempt: KeptAttempt, size: int, cause: str | None) -> None:
        """Add an attempt, whose request has a body of `size` bytes."""
        self._add(EntryKind.ATTEMPT, attempt, size, cause)

    def add_frame(self, frame: KeptFrame, cause: str | None) -> None:
        """Add a frame."""
        self._add(EntryKind.FRAME, frame, len(frame.text) + _REFERENCE * len(frame.to), cause)

    def add_reset(self, what: str) -> None:
        """Add that the stored data were changed from outside; `what` says how."""
        self._add(EntryKind.RESET, what)

    def since(self, number: int) -> list[Entry]:
        """Return the entries that came after the one with that number, oldest first."""
        with self._lock:
            # From the right, where the new ones are. The oldest kept entry may be newer than `number`.
            entries = list(islice(reversed(self._entries), max(0, self._number - number)))
        entries.reverse()
        return entries

    def new_cause(self) -> str:
        """Return a cause for what belongs together, and has no event with an id."""
        return f"step-{next(self._steps)}"

    def _add(
        self, kind: EntryKind, value: Any, size: int = 0, cause: str | None = None, time: int | None = None
    ) -> None:
        now = self._clock.now() if time is None else time
        with self._lock:
            self._number += 1
            self._entries.append(Entry(self._number, now, kind, value, size, cause))
            self._bytes += size
            while len(self._entries) > self._size or self._bytes > _MOST_BYTES:
                self._bytes -= self._entries.popleft().size


def _encoded(value: Any) -> bytes:
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:  # half of a surrogate pair
        return stringify(value).encode()
