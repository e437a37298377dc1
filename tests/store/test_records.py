"""Users, projects, members, bots and subscriptions are found by their keys, and stored."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.model import Bot, Dataset, Project, ProjectUser, Subscription, User
from tiledesk_mock.tiledesk.wire import record_document

STAMPS = {"created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z"}
USER = User(id="1" * 24, email="ann@example.com", password="secret", **STAMPS)
PROJECT = Project(id="2" * 24, name="shop", created_by=USER.id, jwt_secret="s", **STAMPS)
MEMBER = ProjectUser(
    id="3" * 24, id_project=PROJECT.id, role="owner", created_by=USER.id, id_user=USER.id, **STAMPS
)
GUEST = ProjectUser(
    id="4" * 24, id_project=PROJECT.id, role="guest", created_by="x", uuid_user="uuid", tags=("t",), **STAMPS
)
BOT = Bot(id="5" * 24, name="bot", id_project=PROJECT.id, created_by=USER.id, secret="s", **STAMPS)
HOOK = Subscription(
    id="6" * 24,
    target="http://localhost/hook",
    event="event.emit",
    id_project=PROJECT.id,
    created_by=USER.id,
    secret="s",
    **STAMPS,
)
DATASET = Dataset((USER,), (PROJECT,), (MEMBER, GUEST), (BOT,), (HOOK,))


@pytest.fixture
def filled(database):
    """Return a store with a record of each kind."""
    database.replace(DATASET)
    return database


def test_people_are_found_by_every_key(filled):
    """People are found by id, and by e-mail address, project, user and uuid."""
    people = filled.people

    assert people.user(USER.id) == people.user_by_email(USER.email) == USER
    assert people.project(PROJECT.id) == PROJECT
    assert people.members(PROJECT.id, USER.id) == (people.project_user(MEMBER.id),) == (MEMBER,)
    assert people.visitors(PROJECT.id, "uuid") == (GUEST,)
    assert people.bot(BOT.id) == BOT
    assert people.project_users(PROJECT.id) == people.project_users() == (MEMBER, GUEST)


def test_unknown_people_are_none(filled):
    """A lookup of people who are not stored returns None."""
    people = filled.people

    assert people.user("x") is people.user_by_email("x") is people.project("x") is people.bot("x") is None
    assert people.members("x", USER.id) == people.visitors("x", "uuid") == ()
    assert people.project_users("x") == ()


def test_changed_person_is_found_by_the_new_key_only(filled):
    """A user saved with another e-mail address is not found by the old one."""
    filled.people.save(replace(USER, email="new@example.com"))

    assert filled.people.user_by_email(USER.email) is None
    assert filled.people.user_by_email("new@example.com").id == USER.id
    assert len(filled.people.users()) == 1


def test_version_grows_with_every_change(filled):
    """Saving and rolling back change the version, which never has an old value again."""
    versions = [filled.people.version]
    savepoint = filled.savepoint()

    filled.people.save(replace(BOT, id="7" * 24))
    versions.append(filled.people.version)
    filled.rollback(savepoint)
    versions.append(filled.people.version)

    assert versions == sorted(set(versions))


def test_document_of_a_record_is_a_copy(filled):
    """Changing a list of a document does not change the record."""
    record_document(filled.people.project_user(GUEST.id))["tags"].append("changed")

    assert filled.people.project_user(GUEST.id).tags == ("t",)


def test_subscriptions_match_in_order_of_creation(filled):
    """Subscriptions of exactly that event are found, the oldest first."""
    second = replace(HOOK, id="8" * 24, target="http://localhost/second")
    filled.subscriptions.save(second)
    filled.subscriptions.save(replace(second, id="9" * 24, event="event.emit.x"))

    filled.subscriptions.save(replace(HOOK, secret="changed"))

    assert [one.id for one in filled.subscriptions.matching(PROJECT.id, "event.emit")] == [HOOK.id, second.id]
    assert filled.subscriptions.find(PROJECT.id, HOOK.event, HOOK.target).secret == "changed"
    assert len(filled.subscriptions.all(PROJECT.id)) == 3


def test_removed_subscription_is_returned_once(filled):
    """Removing returns the subscription, and None the second time."""
    assert filled.subscriptions.remove(HOOK.id) == HOOK
    assert filled.subscriptions.remove(HOOK.id) is None
    assert filled.subscriptions.matching(PROJECT.id, "event.emit") == ()


def test_dataset_is_stored_in_the_files(tmp_path, make_event):
    """Opening again reads everything; a dataset added twice is stored once."""
    dataset = replace(DATASET, events=tuple(map(make_event, range(5))))
    with Database(tmp_path / "x.json") as database:
        assert database.is_empty
        database.add(dataset)
        database.add(dataset)

    with Database(tmp_path / "x.json") as database:
        assert database.dataset() == dataset
        assert not database.is_empty
