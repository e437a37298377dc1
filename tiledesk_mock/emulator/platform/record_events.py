"""The platform's own events about leads, bots with their answers, departments and groups."""

from __future__ import annotations

import re
import string
from typing import Any, Final

from msgspec.structs import replace

from ...node.json import ABSENT
from ...tiledesk.conversation_rules import SYSTEM
from ...tiledesk.conversations import Answer, Department, Group, Lead
from ...tiledesk.event_fields import (
    AnswerDeletionFields,
    AnswerFields,
    AnswerUpdateFields,
    BotDeletionFields,
    BotFields,
    BotUpdateFields,
    DepartmentContent,
    DepartmentDeletionFields,
    DepartmentFields,
    DepartmentUpdateFields,
    GroupDeletionFields,
    GroupFields,
    GroupUpdateFields,
    LeadFields,
    given,
    stored_object,
)
from ...tiledesk.model import Bot, ProjectUser
from ...tiledesk.payloads import (
    answer_payload,
    bot_payload,
    department_payload,
    group_payload,
    lead_payload,
)
from ...tiledesk.wire import Document, record_document, with_fields
from .project_records import ProjectRecords

_AFTER_SLUG: Final = ("description", "url")
_CHANGED_FIRST: Final = ("online_msg", "offline_msg", "id_group")
_CHANGED_LAST: Final = ("description", "bot_only", "id_bot")
_TILEBOT: Final = "tilebot"
_MODULES: Final = "http://localhost:3000/modules/"
_BOT_ADDRESSES: Final = {
    _TILEBOT: _MODULES + "tilebot/ext/{}",
    "dialogflow": _MODULES + "dialogflow/tdbot/",
    "rasa": _MODULES + "rasa/rasabot",
}
"""The addresses of bots that the platform runs itself, by their types."""
_INTENT_NAME_LENGTH: Final = 6
_LETTERS: Final = string.ascii_letters + string.digits


def create_lead(records: ProjectRecords, fields: LeadFields) -> Document:
    """Make a lead, of a person of the project or of another one. It replaces the lead that a person has."""
    values: dict[str, Any] = {"lead_id": records.ids.uuid()}
    if fields.person is not ABSENT:
        values = _lead_of(records, records.member(fields.person, "person"))
    values |= given(fields, "person", "by")
    if fields.tags is not ABSENT:
        values["tags"] = tuple(fields.tags)
    creator = SYSTEM if fields.by is ABSENT else records.person_id(fields.by)
    lead = Lead(**{**records.new_record(), "id_project": records.project.id, "created_by": creator, **values})
    records.conversations.save(lead)
    return lead_payload(lead)


def _lead_of(records: ProjectRecords, member: ProjectUser) -> dict[str, Any]:
    """Return what a lead has of a member: the id, and the names and e-mail address of a user."""
    before = records.conversations.lead_of(records.project.id, member.person_id)
    values: dict[str, Any] = {"lead_id": member.person_id} | ({"id": before.id} if before else {})
    user = records.user_of(member)
    if user is None:
        return values
    names = [name for name in (user.firstname, user.lastname) if isinstance(name, str)]
    return values | {"fullname": " ".join(names), "email": user.email}


def create_bot(records: ProjectRecords, fields: BotFields) -> Document:
    """Make a bot. One that the platform runs gets its address afterwards, which faqbot.update has."""
    values = given(fields, "by")
    if fields.type == _TILEBOT:
        values.setdefault("subtype", "chatbot")
    bot = Bot(
        **records.new_record(),
        **values,
        slug=_slug(fields.name),
        id_project=records.project.id,
        secret=records.ids.uuid(),
        trashed=False,
        created_by=records.person_id(fields.by),
        agents_available=False,
    )
    bot = replace(bot, order=_order_of_new(bot))
    address = _BOT_ADDRESSES.get(bot.type) if fields.url is ABSENT else None
    records.people.save(bot if address is None else with_fields(bot, url=address.format(bot.id)))
    return bot_payload(bot)


def _order_of_new(bot: Bot) -> tuple[str, ...]:
    """Return the order of a new bot's fields; a bot of a seed has the description behind the project."""
    names = [name for name in record_document(bot, secrets=True) if name not in _AFTER_SLUG]
    place = names.index("slug") + 1
    return (*names[:place], *_AFTER_SLUG, *names[place:])


def update_bot(records: ProjectRecords, fields: BotUpdateFields) -> Document:
    """Change a bot; attributes are added to the others.

    The slug of one in the bin has the time, so that another one may have it.
    """
    bot = records.bot(fields.bot)
    given_fields, changes = given(fields, "bot"), dict[str, Any]()
    if fields.trashed is True:
        slug = _slug(bot.name) if bot.slug is ABSENT else bot.slug
        changes |= {"trashed_at": records.now, "slug": f"{slug}-trashed-{records.milliseconds}"}
    if isinstance(fields.attributes, dict) and isinstance(bot.attributes, dict):
        given_fields["attributes"] = stored_object({**bot.attributes, **fields.attributes})
    has_set_address = bot.type in _BOT_ADDRESSES and not given_fields.keys() - {"url"}
    if not has_set_address and given_fields.keys() != {"attributes"}:
        changes["modified"] = True
    bot = with_fields(bot, **changes, **given_fields, updated_at=records.now)
    records.people.save(bot)
    return bot_payload(bot)


def delete_bot(records: ProjectRecords, fields: BotDeletionFields) -> Document:
    """Remove a bot."""
    bot = records.bot(fields.bot)
    records.people.remove_bot(bot.id)
    return bot_payload(bot)


def create_answer(records: ProjectRecords, fields: AnswerFields) -> Document:
    """Give a bot an answer."""
    bot = records.bot(fields.bot)
    made = {
        "language": bot.language,
        "intent_display_name": _intent_name(records),
        "intent_id": records.ids.uuid(),
    }
    answer = Answer(
        **records.new_record(),
        **{**made, **_answer_content(fields, "bot", "by")},
        id_faq_kb=bot.id,
        id_project=records.project.id,
        created_by=records.person_id(fields.by),
        agents_available=False,
    )
    records.conversations.save(answer)
    return answer_payload(answer)


def update_answer(records: ProjectRecords, fields: AnswerUpdateFields) -> Document:
    """Change a bot's answer."""
    answer = records.answer(fields.faq)
    answer = with_fields(answer, **_answer_content(fields, "faq"), updated_at=records.now)
    records.conversations.save(answer)
    return answer_payload(answer)


def delete_answer(records: ProjectRecords, fields: AnswerDeletionFields) -> Document:
    """Remove a bot's answer."""
    answer = records.answer(fields.faq)
    records.conversations.remove_answer(answer.id)
    return answer_payload(answer)


def create_department(records: ProjectRecords, fields: DepartmentFields) -> Document:
    """Make a department; the server routes requests to `pooled` ones by default."""
    department = Department(
        **records.new_record(),
        **{"routing": "pooled", **_department_content(records, fields, "by")},
        id_project=records.project.id,
        created_by=records.person_id(fields.by),
    )
    records.conversations.save(department)
    return department_payload(department)


def update_department(records: ProjectRecords, fields: DepartmentUpdateFields) -> Document:
    """Change a department. The group and the bot that it does not have are null from then on."""
    department = records.department(fields.department)
    content = {name: None for name in ("id_group", "id_bot") if getattr(department, name) is ABSENT}
    content |= _department_content(records, fields, "department")
    changes = {name: content[name] for name in (*_CHANGED_FIRST, *content) if name in content}
    changes |= {name: changes.pop(name) for name in _CHANGED_LAST if name in changes}
    department = with_fields(department, **changes, updated_at=records.now)
    records.conversations.save(department)
    return department_payload(department)


def delete_department(records: ProjectRecords, fields: DepartmentDeletionFields) -> Document:
    """Remove a department."""
    department = records.department(fields.department)
    records.conversations.remove_department(department.id)
    return department_payload(department)


def create_group(records: ProjectRecords, fields: GroupFields) -> Document:
    """Make a group."""
    members = () if fields.members is ABSENT else records.user_ids(fields.members, "members")
    group = Group(
        **records.new_record(),
        name=fields.name,
        members=members,
        id_project=records.project.id,
        created_by=records.person_id(fields.by),
    )
    records.conversations.save(group)
    return group_payload(group)


def update_group(records: ProjectRecords, fields: GroupUpdateFields) -> Document:
    """Change a group; one in the bin is not in use."""
    changes = given(fields, "group")
    if fields.members is not ABSENT:
        changes["members"] = records.user_ids(fields.members, "members")
    if fields.trashed is True:
        changes.setdefault("enabled", False)
    group = with_fields(records.group(fields.group), **changes, updated_at=records.now)
    records.conversations.save(group)
    return group_payload(group)


def delete_group(records: ProjectRecords, fields: GroupDeletionFields) -> Document:
    """Remove a group."""
    group = records.group(fields.group)
    records.conversations.remove_group(group.id)
    return group_payload(group)


def _department_content(records: ProjectRecords, fields: DepartmentContent, *others: str) -> dict[str, Any]:
    content = given(fields, "bot", "group", *others)
    if fields.bot is not ABSENT:
        content["id_bot"] = None if fields.bot is None else records.bot(fields.bot).id
    if fields.group is not ABSENT:
        content["id_group"] = None if fields.group is None else records.group(fields.group).id
    if fields.groups is not ABSENT:
        content["groups"] = records.with_ids(fields.groups)
    return content


def _answer_content(fields: AnswerFields | AnswerUpdateFields, *others: str) -> dict[str, Any]:
    content = given(fields, *others)
    return content | ({"actions": tuple(fields.actions)} if fields.actions is not ABSENT else {})


def _intent_name(records: ProjectRecords) -> str:
    """Return the name of an intent that has none: letters and digits at random."""
    number = int(records.ids.hex(2 * _INTENT_NAME_LENGTH), 16)
    return "".join(
        _LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(_INTENT_NAME_LENGTH)
    )


def _slug(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
