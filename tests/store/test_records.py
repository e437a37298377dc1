"""People and subscriptions are found by what identifies them, and kept."""

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
WORLD = Dataset((USER,), (PROJECT,), (MEMBER, GUEST), (BOT,), (HOOK,))


@pytest.fixture
def filled(database):
    """Return a store with one of each."""
    database.replace(WORLD)
    return database


def test_people_are_found_by_every_key(filled):
    """Everybody is found by id, and by e-mail address, project, user and uuid."""
    people = filled.people

    assert people.user(USER.id) == people.user_by_email(USER.email) == USER
    assert people.project(PROJECT.id) == PROJECT
    assert people.member(PROJECT.id, id_user=USER.id) == people.project_user(MEMBER.id) == MEMBER
    assert people.member(PROJECT.id, uuid_user="uuid") == GUEST
    assert people.bot(BOT.id) == BOT
    assert people.project_users(PROJECT.id) == people.project_users() == (MEMBER, GUEST)


def test_unknown_people_are_none(filled):
    """Who is not stored is None; a member is looked for by what is given only."""
    people = filled.people

    assert people.user("x") is people.user_by_email("x") is people.project("x") is people.bot("x") is None
    assert people.member(PROJECT.id) is people.member("x", id_user=USER.id) is None
    assert people.project_users("x") == ()


def test_changed_person_is_found_by_the_new_key_only(filled):
    """A user who is stored again under another address has the old one no more."""
    filled.people.save(replace(USER, email="new@example.com"))

    assert filled.people.user_by_email(USER.email) is None
    assert filled.people.user_by_email("new@example.com").id == USER.id
    assert len(filled.people.users()) == 1


def test_version_grows_with_every_change(filled):
    """Adding and going back change the version, and it never takes an old value."""
    versions = [filled.people.version]
    mark = filled.savepoint()

    filled.people.save(replace(BOT, id="7" * 24))
    versions.append(filled.people.version)
    filled.rollback(mark)
    versions.append(filled.people.version)

    assert versions == sorted(set(versions))


def test_document_of_a_person_is_the_callers_own(filled):
    """Changing a list of a document changes nothing that is stored."""
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
    """Removing gives the subscription, and None when it is gone."""
    assert filled.subscriptions.remove(HOOK.id) == HOOK
    assert filled.subscriptions.remove(HOOK.id) is None
    assert filled.subscriptions.matching(PROJECT.id, "event.emit") == ()


def test_world_is_kept_in_the_files(tmp_path, make_event):
    """Opening again finds everything, and a world given twice is there once."""
    world = replace(WORLD, events=tuple(map(make_event, range(5))))
    with Database(tmp_path / "x.json") as database:
        assert database.is_empty
        database.add(world)
        database.add(world)

    with Database(tmp_path / "x.json") as database:
        assert database.dataset() == world
        assert not database.is_empty
