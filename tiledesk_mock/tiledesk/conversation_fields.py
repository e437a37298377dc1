"""What a tester may give to the steps of a conversation: fields, with type and rule.

The names of fields are those of Tiledesk's bodies. A reference names a record by an id or a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from msgspec import Meta, field

from ..errors import StandardEventInvalid, UnknownStep
from ..node.convert import ConversionError, convert
from ..node.json import ABSENT, Absent, Json
from .event_fields import GivenFields, Reference

_Person = Annotated[Reference, Meta(description="a role, an e-mail address, an id or a document")]
_Department = Annotated[Reference, Meta(description="a department's name, its _id or its document")]
_Channel = Annotated[
    str | dict[str, Json], Meta(description="the name of a channel, or an object with its name")
]
_Text = Annotated[str, Meta(description="text")]
_Filled = Annotated[str, Meta(min_length=1, description="text that is not empty")]
_Document = dict[str, Json] | None


class WritingFields(GivenFields, frozen=True, kw_only=True):
    """What each message may have."""

    text: str | Absent = ABSENT
    by: _Person | Absent = ABSENT
    type: _Filled = "text"
    metadata: _Document | Absent = ABSENT
    attributes: _Document | Absent = ABSENT
    channel: _Channel | Absent = ABSENT
    sender_fullname: str | Absent | None = field(default=ABSENT, name="senderFullname")
    language: str | Absent | None = ABSENT
    status: int = 0


class OpeningFields(WritingFields, frozen=True, kw_only=True):
    """A first message, or with `message` false a request made by the API."""

    text: str = "hello"
    request_id: _Filled | Absent = ABSENT
    department: _Department | Absent = ABSENT
    participants: list[_Person] = field(default_factory=list)
    email: str | Absent | None = ABSENT
    subject: str | Absent | None = ABSENT
    source_page: str | Absent | None = field(default=ABSENT, name="sourcePage")
    user_agent: str | Absent | None = field(default=ABSENT, name="userAgent")
    priority: str | Absent = ABSENT
    location: dict[str, Json] | Absent = ABSENT
    followers: list[_Person] = field(default_factory=list)
    sender: _Person | Absent = ABSENT
    message: bool = True
    project: str | Absent = ABSENT


class SayingFields(WritingFields, frozen=True, kw_only=True):
    """A further message."""

    sender: str | Absent = ABSENT


class TeamFields(GivenFields, frozen=True, kw_only=True):
    """The base of what the team does: `by` is by default an agent of the conversation, else the owner."""

    by: _Person | Absent = ABSENT


class ChangeFields(TeamFields, frozen=True, kw_only=True):
    """A change of fields, in the order in which the real server sets new ones."""

    tags: list[Json] | Absent = ABSENT
    notes: list[Json] | Absent = ABSENT
    followers: list[_Person] | Absent = ABSENT
    first_text: str | Absent = ABSENT
    priority: str | Absent = ABSENT
    status: int | Absent = ABSENT
    smart_assignment: bool | Absent = field(default=ABSENT, name="smartAssignment")
    rating: float | Absent = ABSENT
    rating_message: str | Absent = ABSENT
    source_page: str | Absent | None = field(default=ABSENT, name="sourcePage")
    language: str | Absent | None = ABSENT
    subject: str | Absent | None = ABSENT
    location: dict[str, Json] | Absent = ABSENT
    working_status: str | Absent | None = field(default=ABSENT, name="workingStatus")
    attributes: dict[str, Json] | Absent = ABSENT


class NoteFields(TeamFields, frozen=True, kw_only=True):
    """A note."""

    text: _Text


class RatingFields(GivenFields, frozen=True, kw_only=True):
    """What the visitor thinks of the conversation."""

    rating: float | Absent = ABSENT
    rating_message: str | Absent = ABSENT
    by: _Person | Absent = ABSENT


class ParticipantFields(TeamFields, frozen=True, kw_only=True):
    """Who joins or leaves."""

    member: _Person


class ParticipantsFields(TeamFields, frozen=True, kw_only=True):
    """All participants."""

    members: list[_Person]


class MovingFields(TeamFields, frozen=True, kw_only=True):
    """The department that a conversation is moved to; with `nobot` without its bot."""

    department: _Department
    nobot: bool = False


class AssigningFields(TeamFields, frozen=True, kw_only=True):
    """The department of which an agent is chosen, by default the project's default one."""

    department: _Department | Absent = ABSENT
    nobot: bool = False


class ClosingFields(TeamFields, frozen=True, kw_only=True):
    """Who closes; with `force` a closed one is closed as if it were open."""

    force: bool = False


STEPS: Final[Mapping[str, type[GivenFields]]] = {
    "say": SayingFields,
    "update": ChangeFields,
    "note": NoteFields,
    "rate": RatingFields,
    "join": ParticipantFields,
    "leave": ParticipantFields,
    "participants": ParticipantsFields,
    "move": MovingFields,
    "assign": AssigningFields,
    "close": ClosingFields,
    "reopen": TeamFields,
}
"""The steps of a conversation, and what each of them takes."""


def opening_fields(values: Mapping[str, Json]) -> OpeningFields:
    """Return the fields of a new conversation; raise StandardEventInvalid for a wrong or unknown one."""
    fields: OpeningFields = _fields("conversation", OpeningFields, values)
    return fields


def step_fields(step: str, values: Mapping[str, Json]) -> Any:
    """Return the fields of a step; raise StandardEventInvalid for a wrong one, UnknownStep for a step."""
    if step not in STEPS:
        raise UnknownStep(step, tuple(STEPS))
    return _fields(step, STEPS[step], values)


def _fields(name: str, kind: type[GivenFields], values: Mapping[str, Json]) -> Any:
    try:
        return convert(dict(values), kind)
    except ConversionError as error:
        raise StandardEventInvalid(name, str(error)) from error
