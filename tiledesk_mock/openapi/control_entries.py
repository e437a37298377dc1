"""Entries of the timeline as types, with the exchanges and events in them, and the parts of all responses."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType, field

from ..http.exchange import PrincipalKind
from ..tiledesk.deliveries import DeliveryState


class Closed(Struct, forbid_unknown_fields=True, kw_only=True):
    """The base of documents that have no other fields."""


Time = Annotated[
    str,
    Meta(
        description="A time of the emulator's clock, in ISO 8601 and UTC",
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$",
    ),
]
Count = Annotated[int, Meta(ge=0)]
Status = Annotated[int, Meta(ge=100, le=999)]
Milliseconds = Annotated[float, Meta(ge=0)]
Drifts = Annotated[list[str], Meta(description="The ids of the drifts that it depended on")]
Ignored = Annotated[
    list[str],
    Meta(
        description="The ids of the drifts of what it asked for in the server dialect, and the server ignores"
    ),
]
StubId = Annotated[str | None, Meta(description="The id of the stub that responded")]


class Caller(Closed):
    """Who sent a request or fired an event."""

    kind: PrincipalKind
    id: str
    email: str | None
    role: str | None


_BODY: Final[Any] = Annotated[
    dict[str, Any] | None,
    Meta(
        description="`json`, `text` or `base64`, as the body is; an entry of the timeline has both of JSON;"
        " secrets are masked",
        extra_json_schema={"maxProperties": 2, "minProperties": 1},
    ),
]
_HEADERS: Final = Annotated[
    list[Annotated[list[str], Meta(min_length=2, max_length=2)]],
    Meta(description="Names and values in their order"),
]


class RecordedRequest(Closed):
    """A request as it came, without secrets."""

    method: str
    target: str
    headers: _HEADERS  # type: ignore[valid-type]
    body: _BODY


class RecordedResponse(Closed):
    """A response as it was sent, without secrets."""

    status: Status
    headers: _HEADERS  # type: ignore[valid-type]
    body: _BODY


class FiredEvent(Closed):
    """The event that a request fired."""

    id: str = field(name="_id")
    name: str | None


class Exchange(Closed):
    """A request with its response; null if the connection was closed without one."""

    number: Count
    time: Time
    request: RecordedRequest
    response: RecordedResponse | None
    person: Caller | None
    drifts: Drifts
    ignored: Ignored
    fault: str | None
    stub: StubId
    milliseconds: Milliseconds
    emulated: bool
    reason: Annotated[str | None, Meta(description="Why the response is an error, in one sentence")]
    event: FiredEvent | None


class _Entry(Closed, tag_field="kind"):
    """The base of entries; those with the same `cause` are linked."""

    id: Annotated[str, Meta(description="The start of the emulator and a number, as t1a2b3c4d-17")]
    time: Time
    cause: str | None


class RequestEntry(_Entry, tag="request"):
    """A request and its response in one line."""

    number: Count
    method: str
    target: str
    status: Status | None
    milliseconds: Milliseconds
    person: Caller | None
    event: str | None
    drifts: Drifts
    ignored: Ignored
    fault: str | None
    stub: StubId
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
    number: Count
    status: Status | None
    error: str | None
    milliseconds: Milliseconds
    state: DeliveryState
    drifts: Drifts


class FrameEntry(_Entry, tag="frame"):
    """A frame that was published to the subscribers of a topic: how many got it, and the first of them."""

    topic: str
    method: str | None
    live: bool
    receivers: Count
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
