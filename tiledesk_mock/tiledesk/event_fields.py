"""What a tester may give to each of the platform's own events: fields, with type, rule and description.

The names of fields are those of Tiledesk's documents. A reference names a record by an id or a name, or is
the record's document, as an earlier event returned it. Of a field, `title` is its description in the table of
events, and `description` what an error says was expected. Custom events have theirs in
`custom_event_fields`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from ..errors import NoResponse, StandardEventInvalid
from ..node.bson import minimize
from ..node.json import ABSENT, Absent, Json
from ..text import END

Reference = str | dict[str, Any]
"""Names a record: an id or a name, or its document."""


def _reference(title: str, what: str = "a role, e-mail address, id") -> Meta:
    return Meta(title=title, description=f"{what} or document")


def _of(title: str) -> Meta:
    return Meta(title=title)


def _filled(title: str) -> Meta:
    return Meta(title=title, min_length=1, description="text that is not empty")


_By = Annotated[Reference, _reference("Who does it, by default the owner")]
_Writer = Annotated[
    Reference, _reference("Who writes, by default who opened the request, else a guest; also `system`")
]
_Requester = Annotated[Reference, _reference("Whose request it is, by default a guest's")]
_Member = Annotated[Reference, _reference("The member")]
_Members = Annotated[
    list[Reference], Meta(title="The users", description="a list of people: roles, e-mail addresses or ids")
]
_Request = Annotated[
    Reference,
    _reference(
        "The request, by default the last one; it is made if the project has none", "a request_id, _id"
    ),
]
_Department = Annotated[Reference, _reference("The department", "a department's name, _id")]
_Group = Annotated[Reference, _reference("The group", "a group's name, _id")]
_Bot = Annotated[Reference, _reference("The bot, by default the first one", "a bot's name, _id")]
_DepartmentBot = Annotated[Reference, _reference("The bot that takes new requests", "a bot's name, _id")]
_DepartmentGroup = Annotated[Reference, _reference("The group of agents", "a group's name, _id")]
_Answer = Annotated[Reference, _reference("The answer", "the _id of an answer,")]
_Attributes = Annotated[dict[str, Json], _of("Attributes")]
_Groups = Annotated[
    list[dict[str, Json]],
    Meta(title="Groups with their shares", description="a list of objects with group_id"),
]
_Tags = Annotated[list[Json], _of("Tags")]
_Tag = Annotated[str | dict[str, Json], Meta(description="a text, or an object with tag and color")]
RequestTags = Annotated[
    list[_Tag],
    Meta(
        title="All tags; a text is an object with this `tag`",
        description="a list of texts, or of objects with tag and color",
    ),
]
_Channel = Annotated[
    str | dict[str, Json],
    Meta(title="The channel, by default chat21", description="the name of a channel, or an object with it"),
]
_Text = Annotated[str, _of("The text")]
_Name = Annotated[str, _filled("The name")]
_Email = Annotated[
    str, Meta(title="The e-mail address", pattern=f"^[^@ ]+@[^@ ]+{END}", description="an e-mail address")
]
_Language = Annotated[str, _of("The language, as `en`")]


class GivenFields(Struct, frozen=True, forbid_unknown_fields=True):
    """The base of the fields of an event; those that are absent follow from the emulator's data."""


def given(fields: GivenFields, *without: str) -> dict[str, Any]:
    """Return the fields that are not absent, by the names of their attributes, `without` some.

    An empty object is absent, and those inside of objects are left out: mongoose stores none.
    """
    values = {name: getattr(fields, name) for name in fields.__struct_fields__ if name not in without}
    return {name: stored_object(value) for name, value in values.items() if value is not ABSENT}


def check_objects(name: str, values: Mapping[str, Json]) -> None:
    """Raise StandardEventInvalid for an object with which mongoose ends the real server's process."""
    for field_name, value in values.items():
        _check_object(name, field_name, value)


def _check_object(name: str, field_name: str, value: Json) -> None:
    try:
        stored_object(value)
    except NoResponse as error:
        problem = f"{field_name}: the real server never responds: {error}"
        raise StandardEventInvalid(name, problem) from error


def stored_object(value: Any) -> Any:
    """Return a value as mongoose stores it: of an object, what is not empty; absent if nothing is left."""
    return minimize(value) if isinstance(value, dict) else value


class LeadFields(GivenFields, frozen=True):
    """`lead.create`."""

    person: Annotated[Reference, _reference("The visitor or user whose lead it is")] | Absent = ABSENT
    by: Annotated[Reference, _reference("Who makes it, by default `system`")] | Absent = ABSENT
    lead_id: Annotated[str, _filled("The id of the person, by default a new one")] | Absent = ABSENT
    fullname: Annotated[str, _of("The whole name")] | Absent = ABSENT
    email: _Email | Absent = ABSENT
    phone: Annotated[str, _of("The telephone number")] | Absent = ABSENT
    attributes: _Attributes | Absent = ABSENT
    tags: _Tags | Absent = ABSENT


class MessageFields(GivenFields, frozen=True):
    """`message.create` and its variants."""

    request: _Request | Absent = ABSENT
    by: _Writer | Absent = ABSENT
    text: _Text | Absent = ABSENT
    type: Annotated[str, _filled("`text`, `image`, `frame`, ...")] | Absent = ABSENT
    attributes: _Attributes | Absent = ABSENT
    metadata: Annotated[dict[str, Json], _of("Of an image: src, width, height")] | Absent = ABSENT
    channel: _Channel | Absent = ABSENT
    sender_fullname: Annotated[str, _of("The writer's name")] | Absent = field(
        default=ABSENT, name="senderFullname"
    )


class RequestFields(GivenFields, frozen=True):
    """`request.create`."""

    by: _Requester | Absent = ABSENT
    text: Annotated[str, _of("The first text")] | Absent = ABSENT
    request_id: Annotated[str, _filled("The request_id, by default a new one")] | Absent = ABSENT
    department: _Department | Absent = ABSENT
    participants: _Members | Absent = ABSENT
    channel: _Channel | Absent = ABSENT
    attributes: _Attributes | Absent = ABSENT
    tags: RequestTags | Absent = ABSENT
    priority: Annotated[str, _of("`low`, `medium`, `high` or `urgent`")] | Absent = ABSENT
    subject: Annotated[str, _of("The subject")] | Absent = ABSENT
    language: _Language | Absent = ABSENT
    source_page: Annotated[str, _of("The web page that the visitor sees")] | Absent = field(
        default=ABSENT, name="sourcePage"
    )
    sender_fullname: Annotated[str, _of("The visitor's name")] | Absent = field(
        default=ABSENT, name="senderFullname"
    )
    email: _Email | Absent = ABSENT


class RequestUpdateFields(GivenFields, frozen=True):
    """`request.update`."""

    request: _Request | Absent = ABSENT
    status: Annotated[int, _of("100 unassigned, 150 abandoned, 200 assigned, 1000 closed")] | Absent = ABSENT
    department: _Department | Absent = ABSENT
    participants: _Members | Absent = ABSENT
    attributes: _Attributes | Absent = ABSENT
    tags: RequestTags | Absent = ABSENT
    notes: Annotated[list[Json], _of("Notes")] | Absent = ABSENT
    priority: Annotated[str, _of("`low`, `medium`, `high` or `urgent`")] | Absent = ABSENT
    rating: Annotated[float, _of("The visitor's rating")] | Absent = ABSENT
    rating_message: Annotated[str, _of("What the visitor says about it")] | Absent = ABSENT


class RequestCloseFields(GivenFields, frozen=True):
    """`request.close`."""

    request: _Request | Absent = ABSENT
    by: Annotated[Reference, _reference("Who closes it, by default its agent")] | Absent = ABSENT


class OperatorFields(GivenFields, frozen=True):
    """`operator.select`."""

    by: _Requester | Absent = ABSENT
    text: _Text | Absent = ABSENT
    request: (
        Annotated[Reference, _reference("A request that exists, by default a new one", "a request_id, _id")]
        | Absent
    ) = ABSENT
    department: _Department | Absent = ABSENT


class MemberFields(GivenFields, frozen=True):
    """`project_user.update` and its variant."""

    member: Annotated[Reference, _reference("The member, by default an agent")] | Absent = ABSENT
    role: Annotated[str, _filled("The role")] | Absent = ABSENT
    user_available: Annotated[bool, _of("Whether new requests may be assigned")] | Absent = ABSENT
    status: Annotated[str, _filled("`active` or `disabled`")] | Absent = ABSENT
    number_assigned_requests: Annotated[int, _of("How many requests are assigned")] | Absent = ABSENT
    attributes: _Attributes | Absent = ABSENT
    max_assigned_chat: Annotated[int, _of("How many may be")] | Absent = ABSENT
    profile_status: Annotated[str, _of("`away`, ...")] | Absent = field(default=ABSENT, name="profileStatus")
    tags: _Tags | Absent = ABSENT
    presence: Annotated[str | dict[str, Json], _of("`online` or `offline`, from the chat")] | Absent = ABSENT


class InvitationFields(GivenFields, frozen=True):
    """`project_user.invite`."""

    email: _Email
    by: _By | Absent = ABSENT
    role: Annotated[str, _filled("The role, by default `agent`")] | Absent = ABSENT
    user_available: Annotated[bool, _of("Whether requests may be assigned")] | Absent = ABSENT
    firstname: Annotated[str, _of("Of a user who is not there yet")] | Absent = ABSENT
    lastname: Annotated[str, _of("Of a user who is not there yet")] | Absent = ABSENT


class MemberDeletionFields(GivenFields, frozen=True):
    """`project_user.delete`."""

    member: _Member
    trashed: Annotated[bool, _of("Keep the member, as disabled")] | Absent = ABSENT


class SignupFields(GivenFields, frozen=True):
    """`user.signup`."""

    email: _Email
    firstname: Annotated[str, _of("The first name")] | Absent = ABSENT
    lastname: Annotated[str, _of("The last name")] | Absent = ABSENT
    phone: Annotated[str, _of("The telephone number")] | Absent = ABSENT
    password: Annotated[str, _of("The password to sign in with, which is never sent")] | Absent = ABSENT


class BotFields(GivenFields, frozen=True):
    """`faqbot.create`."""

    name: _Name
    by: _By | Absent = ABSENT
    type: Annotated[str, _filled("`internal`, `external`, `tilebot`, ...")] | Absent = ABSENT
    language: _Language | Absent = ABSENT
    description: Annotated[str, _of("The description")] | Absent = ABSENT
    url: Annotated[str, _of("The address of an external bot")] | Absent = ABSENT
    webhook_enabled: Annotated[bool, _of("Whether its webhook is called")] | Absent = ABSENT
    webhook_url: Annotated[str, _of("The address of its webhook")] | Absent = ABSENT
    subtype: Annotated[str, _of("`chatbot`, `webhook`, ...")] | Absent = ABSENT
    main_category: Annotated[str, _of("The category")] | Absent = field(default=ABSENT, name="mainCategory")
    attributes: _Attributes | Absent = ABSENT


class BotUpdateFields(GivenFields, frozen=True):
    """`faqbot.update`."""

    bot: _Bot | Absent = ABSENT
    name: _Name | Absent = ABSENT
    language: _Language | Absent = ABSENT
    url: Annotated[str, _of("The address of an external bot")] | Absent = ABSENT
    description: Annotated[str, _of("The description")] | Absent = ABSENT
    webhook_enabled: Annotated[bool, _of("Whether its webhook is called")] | Absent = ABSENT
    webhook_url: Annotated[str, _of("The address of its webhook")] | Absent = ABSENT
    trashed: Annotated[bool, _of("Whether it is in the bin")] | Absent = ABSENT
    attributes: _Attributes | Absent = ABSENT


class BotDeletionFields(GivenFields, frozen=True):
    """`faqbot.delete`."""

    bot: _Bot | Absent = ABSENT


class AnswerContent(GivenFields, frozen=True):
    """What `faq.create` and `faq.update` may set."""

    question: Annotated[str, _of("The question")] | Absent = ABSENT
    answer: Annotated[str, _of("The answer")] | Absent = ABSENT
    intent_id: Annotated[str, _filled("The id of the intent")] | Absent = ABSENT
    intent_display_name: Annotated[str, _of("The name of the intent")] | Absent = ABSENT
    language: _Language | Absent = ABSENT
    topic: Annotated[str, _of("The topic")] | Absent = ABSENT
    enabled: Annotated[bool, _of("Whether the bot uses it")] | Absent = ABSENT
    webhook_enabled: Annotated[bool, _of("Whether the bot's webhook is called")] | Absent = ABSENT
    actions: Annotated[list[Json], _of("Actions")] | Absent = ABSENT
    form: Annotated[Json, _of("A form")] | Absent = ABSENT
    attributes: _Attributes | Absent = ABSENT


class AnswerFields(AnswerContent, frozen=True):
    """`faq.create`."""

    bot: _Bot | Absent = ABSENT
    by: _By | Absent = ABSENT


class AnswerUpdateFields(AnswerContent, frozen=True, kw_only=True):
    """`faq.update`."""

    faq: _Answer


class AnswerDeletionFields(GivenFields, frozen=True):
    """`faq.delete`."""

    faq: _Answer


class DepartmentContent(GivenFields, frozen=True):
    """What `department.create` and `department.update` may set; null removes the bot or group."""

    description: Annotated[str, _of("The description")] | Absent = ABSENT
    routing: Annotated[str, _filled("`assigned` or `pooled`")] | Absent = ABSENT
    bot: _DepartmentBot | Absent | None = ABSENT
    online_msg: Annotated[str, _of("What visitors read while agents are available")] | Absent = ABSENT
    offline_msg: Annotated[str, _of("What visitors read at other times")] | Absent = ABSENT
    bot_only: Annotated[bool, _of("Whether only the bot takes them")] | Absent = ABSENT
    group: _DepartmentGroup | Absent | None = ABSENT
    groups: _Groups | Absent = ABSENT
    status: Annotated[int, _of("1 is visible, 0 hidden")] | Absent = ABSENT


class DepartmentFields(DepartmentContent, frozen=True, kw_only=True):
    """`department.create`."""

    name: _Name
    by: _By | Absent = ABSENT


class DepartmentUpdateFields(DepartmentContent, frozen=True, kw_only=True):
    """`department.update`."""

    department: _Department
    name: _Name | Absent = ABSENT


class DepartmentDeletionFields(GivenFields, frozen=True):
    """`department.delete`."""

    department: _Department


class GroupFields(GivenFields, frozen=True):
    """`group.create`."""

    name: _Name
    by: _By | Absent = ABSENT
    members: _Members | Absent = ABSENT


class GroupUpdateFields(GivenFields, frozen=True):
    """`group.update`."""

    group: _Group
    name: _Name | Absent = ABSENT
    members: _Members | Absent = ABSENT
    enabled: Annotated[bool, _of("Whether it is in use")] | Absent = ABSENT
    trashed: Annotated[bool, _of("Whether it is in the bin")] | Absent = ABSENT
    attributes: _Attributes | Absent = ABSENT


class GroupDeletionFields(GivenFields, frozen=True):
    """`group.delete`."""

    group: _Group


class ProjectFields(GivenFields, frozen=True):
    """`project.create`."""

    name: _Name
    by: _By | Absent = ABSENT


class ProjectUpdateFields(GivenFields, frozen=True):
    """`project.update`."""

    name: _Name | Absent = ABSENT
    operating_hours: Annotated[Json, _of("Opening hours")] | Absent = field(
        default=ABSENT, name="operatingHours"
    )
    active_operating_hours: Annotated[bool, _of("Whether it has opening hours")] | Absent = field(
        default=ABSENT, name="activeOperatingHours"
    )
    settings: Annotated[dict[str, Json], _of("Settings")] | Absent = ABSENT
    widget: Annotated[dict[str, Json], _of("How the chat widget looks")] | Absent = ABSENT
    profile: Annotated[dict[str, Json], _of("The plan")] | Absent = ABSENT
    channels: Annotated[list[Json], _of("Channels")] | Absent = ABSENT
    ip_filter_enabled: Annotated[bool, _of("Whether only some addresses may connect")] | Absent = field(
        default=ABSENT, name="ipFilterEnabled"
    )
    ip_filter: Annotated[list[str], _of("Those addresses")] | Absent = field(default=ABSENT, name="ipFilter")
    banned_users: Annotated[list[Json], _of("Banned users")] | Absent = field(
        default=ABSENT, name="bannedUsers"
    )


class NoFields(GivenFields, frozen=True):
    """`project.delete`."""
