"""What the operations of the control API return, as types.

The operations build these documents as they go, so that a start does not wait for these types.
`tests/openapi/test_control.py` validates the response of every operation by them: a field that is missing
here, or that no response has, is an error there.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from ..control.operator_answer import OperatorAnswer
from ..seeding.schema import SEED
from ..settings import Dialect
from ..tiledesk.deliveries import DeliveryState
from ..tiledesk.drifts import Drift
from .control_entries import Closed, Count, Drifts, Entry, Exchange, FullEntry, Milliseconds, Status, Time


def _document(what: str) -> Any:
    return Annotated[dict[str, Any], Meta(description=what)]


def _list_of(kind: Any) -> Any:
    return list[kind]


EVENT: Final = _document("An event, in the dialect's form")
SUBSCRIPTION: Final = _document("A subscription as Tiledesk shows it, with its secret")
REQUEST: Final = _document("A request as Tiledesk shows it: a conversation")


class Health(Closed):
    """The emulator runs."""

    status: Literal["ok"]


class Version(Closed):
    """The version of this package, the version of the server that is emulated, and the dialect."""

    version: str
    server: str
    dialect: Dialect


class Clock(Closed):
    """The emulator's clock."""

    now: Time
    frozen: bool


class Fault(Struct):
    """A fault rule with its `id`, and with the fields that differ from their defaults."""

    id: str


class Stub(Struct, kw_only=True):
    """A stub; instead of a `response` that is a function it has the name of the `function`."""

    id: str
    method: str | None
    status: Status


class ActiveStub(Stub, kw_only=True):
    """A stub: how many requests it responded to, and in place of which emulated routes."""

    hits: Count
    hides: list[str]


class ActiveFault(Fault):
    """A fault rule: how many requests it matched (`seen`), and how many of them it affected (`hits`)."""

    seen: Count
    hits: Count


class CountedDrift(Drift, frozen=True):
    """A drift, and how many requests depended on it."""

    count: Count
    ignored: Annotated[
        int, Meta(ge=0, description="How many, in the server dialect, asked for what the server ignores")
    ]


class Connection(Closed):
    """An open WebSocket, its topics, and the number of frames that it was sent."""

    id: str
    person: str
    topics: list[str]
    sent: Count


class RefusedTopic(Closed):
    """A topic that a client was refused."""

    person: str
    topic: str
    reason: str


class Frame(Struct):
    """A frame that was published, and the people who got it."""

    topic: str
    to: list[str]


class Realtime(Closed):
    """WebSockets, refused topics, and the last frames that were published."""

    connections: list[Connection]
    refused: list[RefusedTopic]
    frames: list[Frame]


class Person(Closed):
    """Who can call the API, with credentials; `jwt` is an Authorization header."""

    id: str
    id_user: str
    id_project: str
    role: str
    email: str | None
    password: str | None
    secret: str | None
    name: str | None
    jwt: str | None


class Attempt(Closed):
    """An attempt of a delivery; `next_at` is when the next is made."""

    number: Count
    at: Time
    status: Status | None
    error: str | None
    milliseconds: Milliseconds
    next_at: Time | None


class DeliveredEvent(Closed):
    """The event of a delivery; one that is not stored has no `_id`."""

    id: str | None = field(name="_id")
    name: str | None


class DeliveredRequest(Closed):
    """The request of a delivery, as it was last sent; secrets are masked."""

    headers: dict[str, str]
    body: dict[str, Any]


class Delivery(Closed):
    """An event on its way to a subscriber or to a bot."""

    id: str
    state: DeliveryState
    target: str | None
    subscription: dict[str, Any] | None
    id_project: str | None
    event: DeliveredEvent
    fired_at: Time
    attempts: list[Attempt]
    reason: Annotated[str | None, Meta(description="Why it was given up")]
    drifts: Drifts
    bot: dict[str, Any] | UnsetType = UNSET
    resends: Annotated[str, Meta(description="The id of the delivery that it repeats")] | UnsetType = UNSET
    request: DeliveredRequest | UnsetType = UNSET


class Drained(Closed):
    """Whether no delivery is under way, and how many are."""

    drained: bool
    under_way: Count


class Failure(Closed):
    """A rule by which deliveries fail; `left` is how many attempts it still affects."""

    id: str
    target: str | UnsetType | None = UNSET
    status: int | UnsetType | None = UNSET
    error: str | UnsetType | None = UNSET
    count: int | UnsetType | None = UNSET
    left: int | UnsetType | None = UNSET


class EventField(Closed):
    """A field that may be given, with its type in plain English; `text` is whether it may be text."""

    name: str
    type: str
    required: bool
    description: str
    text: bool


class StandardEvent(Closed):
    """One of the platform's own events."""

    name: str
    description: str
    custom: bool
    is_global: bool = field(name="global")
    fields: list[EventField]


class ConversationStep(Closed):
    """A step of a conversation."""

    name: str
    fields: list[EventField]


class Conversation(Struct):
    """A request, the lead whose it is, and its messages, oldest first."""

    request: REQUEST  # type: ignore[valid-type]
    lead: dict[str, Any] | None
    messages: list[dict[str, Any]]


class Performed(Closed):
    """What a step did: the message that it added, and the names of the webhooks that were sent."""

    request_id: str
    message: dict[str, Any] | None
    sent: list[str]


class ModeName(Enum):
    """What responds."""

    EMULATE = "emulate"
    REPLAY = "replay"
    RECORD = "record"
    DIFF = "diff"


class Mode(Closed):
    """What responds, and its progress: recorded exchanges, unused entries, misses."""

    mode: ModeName
    recorded: Count | UnsetType = UNSET
    source: str | UnsetType = UNSET
    entries: Count | UnsetType = UNSET
    unused: list[str] | UnsetType = UNSET
    misses: list[str] | UnsetType = UNSET


class HarLog(Struct):
    """The entries of a HAR."""

    version: Literal["1.2"]
    creator: dict[str, Any]
    entries: list[dict[str, Any]]


class Har(Closed):
    """A HAR 1.2."""

    log: HarLog


RESPONSES: Final[Mapping[str, Any]] = {
    "health": Health,
    "version": Version,
    "state": SEED,
    "openapi": _document("An OpenAPI 3.1 document"),
    "openapi_control": _document("An OpenAPI 3.1 document"),
    "clock": Clock,
    "set_clock": Clock,
    "advance_clock": Clock,
    "faults": list[ActiveFault],
    "add_fault": Fault,
    "stubs": list[ActiveStub],
    "add_stub": Stub,
    "requests": list[Exchange],
    "unmatched_requests": list[Exchange],
    "timeline": list[Entry],
    "timeline_entry": FullEntry,
    "drifts": list[CountedDrift],
    "realtime": Realtime,
    "people": list[Person],
    "events": _list_of(EVENT),
    "fire": EVENT,
    "deliveries": list[Delivery],
    "drain": Drained,
    "resend": Delivery,
    "add_failure": Failure,
    "failures": list[Failure],
    "subscriptions": _list_of(SUBSCRIPTION),
    "subscribe": SUBSCRIPTION,
    "standard_events": list[StandardEvent],
    "emit_standard": _document("The payload of the webhook"),
    "ask_operator": OperatorAnswer,
    "conversation_steps": list[ConversationStep],
    "conversations": _list_of(REQUEST),
    "conversation": Conversation,
    "start_conversation": Performed,
    "continue_conversation": Performed,
    "mode": Mode,
    "set_mode": Mode,
    "cassette": Har,
}
"""What the operations return, by their names. Of the others, the annotation of the method is used."""
