"""Departments, groups, leads, conversations, messages and answers are found by their keys, and stored."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tiledesk_mock.errors import StoreCorrupted
from tiledesk_mock.store.database import Database
from tiledesk_mock.store.repair import repair
from tiledesk_mock.tiledesk.conversations import Answer, Conversation, Department, Group, Lead, Message
from tiledesk_mock.tiledesk.model import Dataset

FIELDS = {
    "id_project": "2" * 24,
    "created_by": "system",
    "created_at": "2026-01-01T00:00:00.000Z",
    "updated_at": "2026-01-01T00:00:00.000Z",
}
CHANNEL = {"name": "chat21"}
DEPARTMENT = Department(id="a" * 24, name="Sales", id_bot=None, **FIELDS)
GROUP = Group(id="b" * 24, name="Team", members=("1" * 24,), **FIELDS)
LEAD = Lead(id="c" * 24, lead_id="uuid", email=None, attributes=None, **FIELDS)
CONVERSATION = Conversation(
    id="d" * 24,
    request_id="support-group-x",
    channel=CHANNEL,
    ticket_id=1,
    lead=LEAD.id,
    rating=4.5,
    **FIELDS,
)
MESSAGES = tuple(
    Message(id=f"{number:024x}", sender="uuid", recipient="support-group-x", channel=CHANNEL, **FIELDS)
    for number in range(3)
)
ANSWER = Answer(id="f" * 24, id_faq_kb="5" * 24, intent_id="intent", actions=({"x": None},), **FIELDS)
DATASET = Dataset(
    departments=(DEPARTMENT,),
    groups=(GROUP,),
    leads=(LEAD,),
    requests=(CONVERSATION,),
    messages=MESSAGES,
    answers=(ANSWER,),
)


@pytest.fixture
def filled(database):
    """Return a store with a record of each kind."""
    database.replace(DATASET)
    return database


def test_records_are_found_by_every_key(filled):
    """Records are found by id, and by project, person, `request_id` and conversation."""
    found, project = filled.conversations, FIELDS["id_project"]

    assert found.department(DEPARTMENT.id) == DEPARTMENT == found.departments(project)[0]
    assert found.group(GROUP.id) == GROUP == found.groups(project)[0]
    assert found.lead(LEAD.id) == found.lead_of(project, "uuid") == LEAD == found.leads()[0]
    assert found.conversation(CONVERSATION.id) == CONVERSATION == found.conversations(project)[0]
    assert found.conversation_by_request_id("support-group-x") == CONVERSATION
    assert found.messages(CONVERSATION) == found.all_messages() == MESSAGES
    assert found.answer(ANSWER.id) == ANSWER == found.answers()[0]


def test_records_of_another_project_are_not_found(filled):
    """Lists, leads and messages are those of one project."""
    found = filled.conversations

    assert found.departments("x") == found.groups("x") == found.conversations("x") == ()
    assert found.lead_of("x", "uuid") is found.conversation_by_request_id("x") is None
    assert found.messages(replace(CONVERSATION, id_project="x")) == ()


def test_changes_of_several_records_roll_back(filled):
    """A savepoint has conversations, too."""
    savepoint = filled.savepoint()

    filled.conversations.save(replace(CONVERSATION, status=1000), replace(MESSAGES[0], text="changed"))
    filled.conversations.remove_department(DEPARTMENT.id)
    filled.conversations.remove_group(GROUP.id)
    filled.conversations.remove_answer(ANSWER.id)
    filled.rollback(savepoint)

    assert filled.dataset() == DATASET


def test_dataset_is_stored_in_the_files(tmp_path):
    """A later run finds the same records, with absent and null fields, in the same order."""
    with Database(tmp_path / "x.json") as database:
        database.replace(DATASET)
        database.conversations.save(replace(MESSAGES[1], text="changed"))

    with Database(tmp_path / "x.json") as database:
        found = database.dataset()

    assert found == replace(
        DATASET, messages=(MESSAGES[0], replace(MESSAGES[1], text="changed"), MESSAGES[2])
    )


def test_record_with_a_wrong_field_is_left_out_by_repair(tmp_path):
    """The error names the field, and a repair keeps all other records."""
    path = tmp_path / "x.json"
    with Database(path) as database:
        database.replace(DATASET)
    people = path.with_name("x.people.json")
    people.write_text(people.read_text().replace('"intent"', "12345678"))

    with pytest.raises(StoreCorrupted, match="intent_id"):
        Database(path)
    repair(path, print)

    with Database(path) as database:
        assert database.dataset() == replace(DATASET, answers=())
