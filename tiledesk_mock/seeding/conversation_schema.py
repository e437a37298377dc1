"""The types of a seed's lists of conversations: departments, groups, leads, requests, messages, answers.

References may be whole documents, as Tiledesk shows them in place of ids.
"""

from __future__ import annotations

from typing import Any, Final

from .types import (
    ANY,
    COUNT,
    CREATOR,
    FLAG,
    LIST,
    OF_PROJECTS,
    REFERENCE_OR_NULL,
    STRING,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    described,
    records,
    text,
)

_NUMBER: Final = described(float, "a number")
_NAME: Final = "id or name"
_NAMES: Final = described(list[str], "a list of strings")
_VERSION: Final = described(int, "a whole number", "How often the document was changed; 0 if left out")


def _reference(description: str, title: str) -> Any:
    return described(REFERENCE_OR_NULL, description, title)


DEPARTMENTS: Final = records(
    "Departments, which requests are assigned to",
    ("department", "A department", "an object with a name"),
    {
        **OF_PROJECTS,
        "name": text("a non-empty string", "The department's name"),
        "default": described(FLAG, None, "Whether requests that name no department belong to it"),
        "routing": text("a non-empty string (assigned, pooled)", "assigned or pooled; assigned if left out"),
        "status": COUNT,
        "id_bot": described(str | None, f"a bot's {_NAME}, or null", "The bot that answers first"),
        "bot": _reference(f"a bot's {_NAME}, or null", "In place of id_bot, if that is left out"),
        "group": _reference(f"a group's {_NAME}, or null", "In place of id_group, if that is left out"),
        "bot_only": FLAG,
        "online_msg": STRING,
        "offline_msg": STRING,
        "id_group": described(str | None, f"a group's {_NAME}, or null", "The group whose members answer"),
        "groups": described(
            list[Any], "a list of groups", "The groups whose members answer, by id or name, or as group_id"
        ),
        "description": TEXT_OR_NULL,
        "tags": LIST,
        "__v": _VERSION,
    },
    required=("name",),
    ignored="updatedBy hasBot",
)
GROUPS: Final = records(
    "Groups of users",
    ("group", "A group", "an object with a name"),
    {
        **OF_PROJECTS,
        "name": text("a non-empty string", "The group's name"),
        "members": described(list[str], "a list of users", "The users, by id or e-mail address"),
        "enabled": FLAG,
        "trashed": FLAG,
        "attributes": ANY,
        "__v": _VERSION,
    },
    required=("name",),
    ignored="updatedBy",
)
LEADS: Final = records(
    "Persons who wrote to a project",
    ("lead", "A lead", "an object with the fields of a lead"),
    {
        **OF_PROJECTS,
        "createdBy": described(CREATOR, None, "Who made it, by id or e-mail address; system if left out"),
        "lead_id": text(
            "a person's id, or a user's e-mail address",
            "The user, by id or e-mail address, or the guest's uuid_user; made if left out",
        ),
        "fullname": TEXT_OR_NULL,
        "email": TEXT_OR_NULL,
        "phone": TEXT_OR_NULL,
        "attributes": ANY,
        "status": COUNT,
        "tags": LIST,
        "__v": _VERSION,
    },
    required=(),
    ignored="updatedBy company properties nationality city country region streetAddress zipcode note",
)
_NOT_OF_MESSAGES: Final = "updatedBy request recipientFullname"
_MESSAGE_FIELDS: Final = {
    **OF_PROJECTS,
    "createdBy": described(CREATOR, None, "Who made it, by id or e-mail address; the sender if left out"),
    "recipient": text("a request's request_id or _id", "The request, by request_id or _id"),
    "sender": described(
        str,
        "a person's id, or a user's e-mail address",
        "Who wrote it, by id or e-mail address; who opened the request if left out",
    ),
    "senderFullname": TEXT_OR_NULL,
    "text": STRING,
    "type": text("a non-empty string (text, image, ...)", "text if left out"),
    "channel_type": text("a non-empty string (group, direct)", "group if left out"),
    "status": COUNT,
    "metadata": ANY,
    "attributes": ANY,
    "language": TEXT_OR_NULL,
    "channel": described(Any, None, "The channel, as an object with its name; the request's if left out"),
    "__v": _VERSION,
}
MESSAGES: Final = records(
    "Messages of requests, oldest first",
    ("message", "A message", "an object with recipient, text and sender"),
    _MESSAGE_FIELDS,
    required=("recipient",),
    ignored=_NOT_OF_MESSAGES,
)
_MESSAGES_OF_REQUEST: Final = records(
    "Its messages, oldest first: as in the list messages, without a recipient",
    ("request_message", "A message of the request", "an object with text and sender"),
    _MESSAGE_FIELDS,
    required=(),
    ignored=_NOT_OF_MESSAGES,
)
REQUESTS: Final = records(
    "Requests: conversations of visitors with agents and bots, oldest first",
    ("request", "A request: a conversation", "an object with the fields of a request"),
    {
        **OF_PROJECTS,
        "createdBy": described(
            CREATOR, None, "Who opened it, by id or e-mail address; the requester if left out"
        ),
        "request_id": text("a non-empty string", "The id that messages are sent to; made if left out"),
        "requester": _reference(
            "a member's _id, e-mail address or uuid_user",
            "Who opened it, by the member's _id, e-mail address or uuid_user; the lead's if left out",
        ),
        "lead": _reference(
            "a lead's id or lead_id", "The lead, by id or lead_id; that of the requester if left out"
        ),
        "department": _reference(
            f"a department's {_NAME}", "The department, by id or name; the default one if left out"
        ),
        "participants": described(
            list[str],
            "a list of users and bots",
            "Who takes part: users by id or e-mail address, bots as bot_ID",
        ),
        "participantsAgents": described(
            list[str], "a list of users", "The users among the participants; these if left out"
        ),
        "participantsBots": described(
            list[str], "a list of bots", "The bots among the participants; these if left out"
        ),
        "hasBot": FLAG,
        "status": described(
            int,
            "a whole number (100, 200, 1000)",
            "100 is unassigned, 200 assigned, 1000 closed; if left out, as there are participants",
        ),
        "first_text": STRING,
        "messages": _MESSAGES_OF_REQUEST,
        "subject": TEXT_OR_NULL,
        "sourcePage": TEXT_OR_NULL,
        "language": TEXT_OR_NULL,
        "userAgent": TEXT_OR_NULL,
        "location": ANY,
        "channel": described(Any, None, "The channel, as an object with its name; chat21 if left out"),
        "channelOutbound": described(Any, None, "The channel of answers; that of the request if left out"),
        "ticket_id": described(int, "a whole number", "The number; one more than the last if left out"),
        "preflight": FLAG,
        "priority": STRING,
        "followers": _NAMES,
        "assigned_at": TIME,
        "tags": LIST,
        "notes": LIST,
        "snapshot": described(
            dict[str, Any], "an object", "The documents as they were when the request was opened"
        ),
        "smartAssignment": FLAG,
        "attributes": ANY,
        "contact": ANY,
        "rating": _NUMBER,
        "rating_message": STRING,
        "transcript": STRING,
        "duration": _NUMBER,
        "closed_by": described(str, "an id, or a user's e-mail address", "Who closed it"),
        "closed_at": TIME,
        "workingStatus": TEXT_OR_NULL,
        "__v": _VERSION,
    },
    required=(),
    ignored="updatedBy requester_id participatingAgents participatingBots agents "
    "availableAgents attributesArray first_response_at "
    "waiting_time draft auto_close proactive closed_at_day",
)
ANSWERS: Final = records(
    "Questions that bots answer",
    ("answer", "A question with a bot's answer", "an object with id_faq_kb"),
    {
        **OF_PROJECTS,
        "id_faq_kb": text(f"a bot's {_NAME}", "The bot, by id or name"),
        "question": STRING,
        "answer": STRING,
        "intent_display_name": STRING,
        "intent_id": text("a non-empty string", "The intent's id; made if left out"),
        "language": STRING,
        "topic": STRING,
        "status": TEXT,
        "enabled": FLAG,
        "webhook_enabled": FLAG,
        "agents_available": FLAG,
        "actions": LIST,
        "form": ANY,
        "attributes": ANY,
        "__v": _VERSION,
    },
    required=("id_faq_kb",),
    ignored="updatedBy reply",
)
