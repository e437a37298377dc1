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
from ..http.exchange import PrincipalKind
from ..seeding.schema import SEED
from ..settings import Dialect
from ..tiledesk.deliveries import DeliveryState
from ..tiledesk.drifts import Drift


class _Closed(Struct, forbid_unknown_fields=True, kw_only=True):
    """The base of documents that have no other fields."""


def _document(what: str) -> Any:
    return Annotated[dict[str, Any], Meta(description=what)]


def _list_of(kind: Any) -> Any:
    return list[kind]


_Time = Annotated[
    str,
    Meta(
        description="A time of the emulator's clock, in ISO 8601 and UTC",
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$",
    ),
]
_Count = Annotated[int, Meta(ge=0)]
_Status = Annotated[int, Meta(ge=100, le=999)]
_Milliseconds = Annotated[float, Meta(ge=0)]
_Drifts = Annotated[list[str], Meta(description="The ids of the drifts that it depended on")]
_Ignored = Annotated[
    list[str],
    Meta(
        description="The ids of the drifts of what it asked for in the server dialect, and the server ignores"
    ),
]
_StubId = Annotated[str | None, Meta(description="The id of the stub that responded")]

EVENT: Final = _document("An event, in the dialect's form")
SUBSCRIPTION: Final = _document("A subscription as Tiledesk shows it, with its secret")
REQUEST: Final = _document("A request as Tiledesk shows it: a conversation")


class Health(_Closed):
    """The emulator runs."""

    status: Literal["ok"]


class Version(_Closed):
    """The version of this package, the version of the server that is emulated, and the dialect."""

    version: str
    server: str
    dialect: Dialect


class Clock(_Closed):
    """The emulator's clock."""

    now: _Time
    frozen: bool


class Fault(Struct):
    """A fault rule with its `id`, and with the fields that differ from their defaults."""

    id: str


class Stub(Struct, kw_only=True):
    """A stub; instead of a `response` that is a function it has the name of the `function`."""

    id: str
    method: str | None
    status: _Status


class ActiveStub(Stub, kw_only=True):
    """A stub: how many requests it responded to, and in place of which emulated routes."""

    hits: _Count
    hides: list[str]


class ActiveFault(Fault):
    """A fault rule: how many requests it matched (`seen`), and how many of them it affected (`hits`)."""

    seen: _Count
    hits: _Count


class Caller(_Closed):
    """Who sent a request or fired an event."""

    kind: PrincipalKind
    id: str
    email: str | None
    role: str | None


_BODY: Final[Any] = Annotated[
    dict[str, Any] | None,
    Meta(
        description="`json`, `text` or `base64`, as the body is; secrets are masked",
        extra_json_schema={"maxProperties": 1, "minProperties": 1},
    ),
]
_HEADERS: Final = Annotated[
    list[Annotated[list[str], Meta(min_length=2, max_length=2)]],
    Meta(description="Names and values in their order"),
]


class RecordedRequest(_Closed):
    """A request as it came, without secrets."""

    method: str
    target: str
    headers: _HEADERS  # type: ignore[valid-type]
    body: _BODY


class RecordedResponse(_Closed):
    """A response as it was sent, without secrets."""

    status: _Status
    headers: _HEADERS  # type: ignore[valid-type]
    body: _BODY


class FiredEvent(_Closed):
    """The event that a request fired."""

    id: str = field(name="_id")
    name: str | None


class Exchange(_Closed):
    """A request with its response; null if the connection was closed without one."""

    number: _Count
    time: _Time
    request: RecordedRequest
    response: RecordedResponse | None
    person: Caller | None
    drifts: _Drifts
    ignored: _Ignored
    fault: str | None
    stub: _StubId
    milliseconds: _Milliseconds
    emulated: bool
    reason: Annotated[str | None, Meta(description="Why the response is an error, in one sentence")]
    event: FiredEvent | None


class _Entry(_Closed, tag_field="kind"):
    """The base of entries; those with the same `cause` are linked."""

    id: Annotated[str, Meta(description="The start of the emulator and a number, as t1a2b3c4d-17")]
    time: _Time
    cause: str | None


class RequestEntry(_Entry, tag="request"):
    """A request and its response in one line."""

    number: _Count
    method: str
    target: str
    status: _Status | None
    milliseconds: _Milliseconds
    person: Caller | None
    event: str | None
    drifts: _Drifts
    ignored: _Ignored
    fault: str | None
    stub: _StubId
    emulated: bool
    reason: str | None


class EventEntry(_Entry, tag="event"):
    """An event that was fired."""

    event: str
    id_project: Annotated[str | None, Meta(description="Null if only global subscriptions get it")]
    person: Caller | None
    standard: Annotated[bool, Meta(description="Whether it is one of the platform's own events")]


class AttemptEntry(_Entry, tag="attempt"):
    """An attempt of a webhook; `state` is that of the delivery after it."""

    delivery: str
    event: str | None
    target: str | None
    number: _Count
    status: _Status | None
    error: str | None
    milliseconds: _Milliseconds
    state: DeliveryState
    drifts: _Drifts


class FrameEntry(_Entry, tag="frame"):
    """A frame that was published to the subscribers of a topic: how many got it, and the first of them."""

    topic: str
    method: str | None
    live: bool
    receivers: _Count
    to: list[str]
    by: str | None


class ResetEntry(_Entry, tag="reset"):
    """What went back or was replaced."""

    what: str


Entry = RequestEntry | EventEntry | AttemptEntry | FrameEntry | ResetEntry


class FullEntry(Struct, kw_only=True):
    """An entry in full, with the summaries of what is linked to it; the other fields follow from its kind."""

    entry: Entry
    linked: list[Entry]
    exchange: Exchange | UnsetType = UNSET
    event: dict[str, Any] | UnsetType = UNSET
    frame: dict[str, Any] | UnsetType = UNSET
    copies: Annotated[dict[str, str], Meta(description="The request as a command or as code")] | UnsetType = (
        UNSET
    )


class CountedDrift(Drift, frozen=True):
    """A drift, and how many requests depended on it."""

    count: _Count
    ignored: Annotated[
        int, Meta(ge=0, description="How many, in the server dialect, asked for what the server ignores")
    ]


class Connection(_Closed):
    """An open WebSocket, its topics, and the number of frames that it was sent."""

    id: str
    person: str
    topics: list[str]
    sent: _Count


class RefusedTopic(_Closed):
    """A topic that a client was refused."""

    person: str
    topic: str
    reason: str


class Frame(Struct):
    """A frame that was published, and the people who got it."""

    topic: str
    to: list[str]


class Realtime(_Closed):
    """WebSockets, refused topics, and the last frames that were published."""

    connections: list[Connection]
    refused: list[RefusedTopic]
    frames: list[Frame]


class Person(_Closed):
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


class Attempt(_Closed):
    """An attempt of a delivery; `next_at` is when the next is made."""

    number: _Count
    at: _Time
    status: _Status | None
    error: str | None
    milliseconds: _Milliseconds
    next_at: _Time | None


class DeliveredEvent(_Closed):
    """The event of a delivery; one that is not stored has no `_id`."""

    id: str | None = field(name="_id")
    name: str | None


class DeliveredRequest(_Closed):
    """The request of a delivery, as it was last sent; secrets are masked."""

    headers: dict[str, str]
    body: dict[str, Any]


class Delivery(_Closed):
    """An event on its way to a subscriber or to a bot."""

    id: str
    state: DeliveryState
    target: str | None
    subscription: dict[str, Any] | None
    id_project: str | None
    event: DeliveredEvent
    fired_at: _Time
    attempts: list[Attempt]
    reason: Annotated[str | None, Meta(description="Why it was given up")]
    drifts: _Drifts
    bot: dict[str, Any] | UnsetType = UNSET
    resends: Annotated[str, Meta(description="The id of the delivery that it repeats")] | UnsetType = UNSET
    request: DeliveredRequest | UnsetType = UNSET


class Drained(_Closed):
    """Whether no delivery is under way, and how many are."""

    drained: bool
    under_way: _Count


class Failure(_Closed):
    """A rule by which deliveries fail; `left` is how many attempts it still affects."""

    id: str
    target: str | UnsetType | None = UNSET
    status: int | UnsetType | None = UNSET
    error: str | UnsetType | None = UNSET
    count: int | UnsetType | None = UNSET
    left: int | UnsetType | None = UNSET


class EventField(_Closed):
    """A field that may be given, with its type in plain English; `text` is whether it may be text."""

    name: str
    type: str
    required: bool
    description: str
    text: bool


class StandardEvent(_Closed):
    """One of the platform's own events."""

    name: str
    description: str
    custom: bool
    is_global: bool = field(name="global")
    fields: list[EventField]


class ConversationStep(_Closed):
    """A step of a conversation."""

    name: str
    fields: list[EventField]


class Conversation(Struct):
    """A request, the lead whose it is, and its messages, oldest first."""

    request: REQUEST  # type: ignore[valid-type]
    lead: dict[str, Any] | None
    messages: list[dict[str, Any]]


class Performed(_Closed):
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


class Mode(_Closed):
    """What responds, and its progress: recorded exchanges, unused entries, misses."""

    mode: ModeName
    recorded: _Count | UnsetType = UNSET
    source: str | UnsetType = UNSET
    entries: _Count | UnsetType = UNSET
    unused: list[str] | UnsetType = UNSET
    misses: list[str] | UnsetType = UNSET


class HarLog(Struct):
    """The entries of a HAR."""

    version: Literal["1.2"]
    creator: dict[str, Any]
    entries: list[dict[str, Any]]


class Har(_Closed):
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
