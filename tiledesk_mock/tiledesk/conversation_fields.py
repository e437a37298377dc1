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
from .event_fields import GivenFields, Reference, RequestTags, check_objects


def _person(title: str) -> Meta:
    return Meta(title=title, description="a role, a name, an e-mail address, an id or a document")


def _people(title: str) -> Meta:
    return Meta(title=title, description="a list of people: roles, names, e-mail addresses or ids")


def _of(title: str) -> Meta:
    return Meta(title=title)


def _filled(title: str) -> Meta:
    return Meta(title=title, min_length=1, description="text that is not empty")


_Person = Annotated[Reference, _person("")]
_Department = Annotated[
    Reference,
    Meta(
        title="The department, by default the project's default one",
        description="a department's name, its _id or its document",
    ),
]
_Channel = Annotated[
    str | dict[str, Json],
    Meta(
        title="The channel, by default `chat21`",
        description="the name of a channel, or an object with its name",
    ),
]
_Document = dict[str, Json] | None
_Text = str | None


class WritingFields(GivenFields, frozen=True, kw_only=True):
    """What each message may have."""

    text: Annotated[str, _of("The text")] | Absent = ABSENT
    by: Annotated[Reference, _person("Who writes, by default the visitor")] | Absent = ABSENT
    type: Annotated[str, _filled("`text` by default, `image`, `file`, `frame`, ...")] = "text"
    metadata: Annotated[_Document, _of("Of an image or file: src, type, width, height")] | Absent = ABSENT
    attributes: Annotated[_Document, _of("The message's attributes")] | Absent = ABSENT
    channel: _Channel | Absent = ABSENT
    sender_fullname: Annotated[_Text, _of("The writer's name")] | Absent = field(
        default=ABSENT, name="senderFullname"
    )
    language: Annotated[_Text, _of("The language, as `en`")] | Absent = ABSENT
    status: Annotated[int, _of("The message's status, by default 0")] = 0


class OpeningFields(WritingFields, frozen=True, kw_only=True):
    """A first message, or with `message` false a request made by the API."""

    text: Annotated[str, _of("The text, by default `hello`")] = "hello"
    by: (
        Annotated[Reference, _person("Who writes, by default a guest, without a message the owner")] | Absent
    ) = ABSENT
    request_id: Annotated[str, _filled("The request_id, by default a new one")] | Absent = ABSENT
    department: _Department | Absent = ABSENT
    participants: Annotated[
        list[_Person], _people("Who takes part, by default whom the department chooses")
    ] = field(default_factory=list)
    email: Annotated[_Text, _of("The writer's e-mail address")] | Absent = ABSENT
    subject: Annotated[_Text, _of("The subject")] | Absent = ABSENT
    source_page: Annotated[_Text, _of("The web page that the visitor sees")] | Absent = field(
        default=ABSENT, name="sourcePage"
    )
    user_agent: Annotated[_Text, _of("The visitor's browser")] | Absent = field(
        default=ABSENT, name="userAgent"
    )
    priority: Annotated[str, _of("`low`, `medium` by default, `high` or `urgent`")] | Absent = ABSENT
    location: Annotated[dict[str, Json], _of("Where the visitor is")] | Absent = ABSENT
    followers: Annotated[list[_Person], _people("Who follows the conversation")] = field(default_factory=list)
    sender: Annotated[Reference, _person("Whose lead it has, by default that of `by`")] | Absent = ABSENT
    message: Annotated[bool, _of("By default true; false: the API makes a request without a message")] = True
    project: Annotated[str, _of("The id of the project, by default the first one")] | Absent = ABSENT


class SayingFields(WritingFields, frozen=True, kw_only=True):
    """A further message."""

    by: (
        Annotated[Reference, _person("Who writes, by default who opened the conversation; also `system`")]
        | Absent
    ) = ABSENT
    sender: Annotated[str, _of("The message's sender, by default the id of who writes")] | Absent = ABSENT


class TeamFields(GivenFields, frozen=True, kw_only=True):
    """The base of what the team does: `by` is by default an agent of the conversation, else the owner."""

    by: (
        Annotated[Reference, _person("Who does it, by default an agent who takes part, else the owner")]
        | Absent
    ) = ABSENT


class ChangeFields(TeamFields, frozen=True, kw_only=True):
    """A change of fields, in the order in which the real server sets new ones."""

    tags: RequestTags | Absent = ABSENT
    notes: Annotated[list[Json], _of("All notes")] | Absent = ABSENT
    followers: Annotated[list[_Person], _people("All who follow the conversation")] | Absent = ABSENT
    first_text: Annotated[str, _of("The first text")] | Absent = ABSENT
    priority: Annotated[str, _of("`low`, `medium`, `high` or `urgent`")] | Absent = ABSENT
    status: Annotated[int, _of("100 unassigned, 150 abandoned, 200 assigned, 1000 closed")] | Absent = ABSENT
    smart_assignment: Annotated[bool, _of("Whether it may be assigned again")] | Absent = field(
        default=ABSENT, name="smartAssignment"
    )
    rating: Annotated[float, _of("The visitor's rating")] | Absent = ABSENT
    rating_message: Annotated[str, _of("What the visitor says about it")] | Absent = ABSENT
    source_page: Annotated[_Text, _of("The web page that the visitor sees")] | Absent = field(
        default=ABSENT, name="sourcePage"
    )
    language: Annotated[_Text, _of("The language, as `en`")] | Absent = ABSENT
    subject: Annotated[_Text, _of("The subject")] | Absent = ABSENT
    location: Annotated[dict[str, Json], _of("Where the visitor is")] | Absent = ABSENT
    working_status: Annotated[_Text, _of("`pending`: it does not count for its agents")] | Absent = field(
        default=ABSENT, name="workingStatus"
    )
    attributes: Annotated[dict[str, Json], _of("Attributes, which are set beside the others")] | Absent = (
        ABSENT
    )


class NoteFields(TeamFields, frozen=True, kw_only=True):
    """A note."""

    text: Annotated[str, Meta(title="The text", description="text")]


class RatingFields(GivenFields, frozen=True, kw_only=True):
    """What the visitor thinks of the conversation."""

    rating: Annotated[float, _of("The visitor's rating")] | Absent = ABSENT
    rating_message: Annotated[str, _of("What the visitor says about it")] | Absent = ABSENT
    by: Annotated[Reference, _person("Who opened the conversation: others cannot")] | Absent = ABSENT


class ParticipantFields(TeamFields, frozen=True, kw_only=True):
    """Who joins or leaves."""

    member: Annotated[Reference, _person("The agent or bot")]


class ParticipantsFields(TeamFields, frozen=True, kw_only=True):
    """All participants."""

    members: Annotated[list[_Person], _people("All who take part: agents and bots")]


class MovingFields(TeamFields, frozen=True, kw_only=True):
    """The department that a conversation is moved to; with `nobot` without its bot."""

    department: Annotated[
        Reference,
        Meta(title="The department", description="a department's name, its _id or its document"),
    ]
    nobot: Annotated[bool, _of("By default false; true: to an agent, even if the department has a bot")] = (
        False
    )


class AssigningFields(TeamFields, frozen=True, kw_only=True):
    """The department of which an agent is chosen, by default the project's default one."""

    department: _Department | Absent = ABSENT
    nobot: Annotated[bool, _of("By default false; true: to an agent, even if the department has a bot")] = (
        False
    )


class ClosingFields(TeamFields, frozen=True, kw_only=True):
    """Who closes; with `force` a closed one is closed as if it were open."""

    force: Annotated[bool, _of("By default false; true: a closed one is closed as if it were open")] = False


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
    check_objects(name, values)
    try:
        return convert(dict(values), kind)
    except ConversionError as error:
        raise StandardEventInvalid(name, str(error)) from error
