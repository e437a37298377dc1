"""What a tester may give to those of the platform's own events that are custom events."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from ..node.json import ABSENT, Absent, Json
from .event_fields import GivenFields, Reference

_Concerned = Annotated[
    Reference,
    Meta(
        title="The member that it is about, by default a guest",
        description="a role, e-mail address, id or document",
    ),
]
_Request = Annotated[
    Reference,
    Meta(title="The request, by default the last one", description="a request_id, _id or document"),
]
_Any = Annotated[Json, Meta(title="In place of an example")]


class TypingFields(GivenFields, frozen=True):
    """`typing.start`."""

    by: _Concerned | Absent = ABSENT
    recipient_id: _Any | Absent = ABSENT
    writer_id: _Any | Absent = ABSENT
    data: _Any | Absent = ABSENT


class AnswerNotFoundFields(GivenFields, frozen=True):
    """`faqbot.answer_not_found`."""

    by: _Concerned | Absent = ABSENT
    bot: _Any | Absent = ABSENT
    message: _Any | Absent = ABSENT
    bot_answer: _Any | Absent = field(default=ABSENT, name="botAnswer")


class AbandonedFields(GivenFields, frozen=True, forbid_unknown_fields=False):
    """`request.fully_abandoned`, whose attributes are a whole request: any field of one."""

    by: _Concerned | Absent = ABSENT
    request: _Request | Absent = ABSENT


class VisitorFields(GivenFields, frozen=True):
    """`logged_in`."""

    by: _Concerned | Absent = ABSENT
    fullname: _Any | Absent = ABSENT
    email: _Any | Absent = ABSENT
    language: _Any | Absent = ABSENT
    attributes: _Any | Absent = ABSENT


class AuthStateFields(VisitorFields, frozen=True):
    """`auth_state_changed`."""

    user_id: _Any | Absent = ABSENT
    is_logged: _Any | Absent = field(default=ABSENT, name="isLogged")
    event: _Any | Absent = ABSENT
    subtype: _Any | Absent = ABSENT


class NewConversationFields(VisitorFields, frozen=True):
    """`new_conversation`."""

    request_id: _Any | Absent = ABSENT
    department: _Any | Absent = ABSENT
    participants: _Any | Absent = ABSENT
    subtype: _Any | Absent = ABSENT
