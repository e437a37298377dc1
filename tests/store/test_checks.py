"""A file with a record that was edited is refused when it is opened."""

from __future__ import annotations

import json

import pytest
from tinydb import TinyDB

from tiledesk_mock.errors import StoreCorrupted, StoreUnrecognized
from tiledesk_mock.settings import Durability, InlineSeed
from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.model import Bot, Dataset, Project, ProjectUser, Subscription, User

TIMES = {"created_at": "t", "updated_at": "t"}
PEOPLE = Dataset(
    users=(User(id="1", email="ann@example.com", password="x", **TIMES),),
    projects=(Project(id="2", name="Shop", created_by="1", **TIMES),),
    project_users=(ProjectUser(id="3", id_project="2", id_user="1", role="owner", created_by="1", **TIMES),),
    bots=(Bot(id="4", name="Bo", id_project="2", created_by="1", **TIMES),),
    subscriptions=(
        Subscription(
            id="5", secret="s", target="http://x", event="e", id_project="2", created_by="1", **TIMES
        ),
    ),
)
KINDS = {"user": 1, "project": 2, "project_user": 3, "bot": 4, "subscription": 5}
REQUIRED = {
    "event": ["name", "id_project", "createdBy", "createdAt", "updatedAt", "status"],
    "user": ["_id", "email", "password", "createdAt", "updatedAt"],
    "project": ["_id", "name", "createdBy", "createdAt", "updatedAt"],
    "project_user": ["_id", "id_project", "role", "createdBy", "createdAt", "updatedAt"],
    "bot": ["_id", "name", "id_project", "createdBy", "createdAt", "updatedAt"],
    "subscription": ["_id"],
}
WRONG_TYPES = {
    "event": ["_id", "name", "id_project", "project_user", "createdBy", "createdAt", "updatedAt", "status"],
    "user": ["kind", "_id", "email", "password", "firstname", "emailverified", "createdAt"],
    "project": ["_id", "name", "jwtSecret", "createdBy"],
    "project_user": ["_id", "id_project", "id_user", "uuid_user", "role", "trashed", "tags"],
    "bot": ["_id", "name", "tags", "secret", "score"],
    "subscription": ["_id", "secret", "global", "target", "event"],
}


@pytest.fixture
def stored(tmp_path, make_event):
    """Return a closed file with a record of each kind, and a seed."""
    path = tmp_path / "x.json"
    with Database(path, durability=Durability.NONE) as database:
        database.replace(
            Dataset(
                PEOPLE.users,
                PEOPLE.projects,
                PEOPLE.project_users,
                PEOPLE.bots,
                PEOPLE.subscriptions,
                (make_event(1), make_event(2)),
            ),
            ("busy", InlineSeed("{}")),
        )
    return path


def edit(path, kind, change):
    """Change a document in its line of a file, as an editor does; return its file, table and id."""
    file = path if kind == "event" else path.with_name("x.people.json")
    table, doc_id = ("events", 2) if kind == "event" else ("people", KINDS[kind])
    lines = file.read_text().split("\n")
    before, _, text = lines[doc_id].partition(": ")
    document = json.loads(text)
    change(document)
    lines[doc_id] = f"{before}: {json.dumps(document)}"
    file.write_text("\n".join(lines))
    return f'{file.name} .*: {doc_id} in "{table}"'


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in REQUIRED.items() for field in fields]
)
def test_record_without_a_field_is_refused(stored, kind, field):
    """The error names file, table, id and field."""
    place = edit(stored, kind, lambda document: document.pop(field))

    with pytest.raises(StoreCorrupted, match=f'{place}, field "{field}": missing') as caught:
        Database(stored)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("kind", "field"), [("event", "_id"), ("user", "kind")])
def test_document_that_is_no_record_is_refused(stored, kind, field):
    """A file of another program may have a table of the same name."""
    place = edit(stored, kind, lambda document: document.pop(field))

    with pytest.raises(StoreUnrecognized, match=f"{place} is not an? "):
        Database(stored)


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in WRONG_TYPES.items() for field in fields]
)
def test_record_with_a_field_of_another_type_is_refused(stored, kind, field):
    """The error says what was expected, and what is there."""
    place = edit(stored, kind, lambda document: document.update({field: {"a": 1}}))

    with pytest.raises(StoreCorrupted, match=f'{place}, field "{field}": expected .* not ') as caught:
        Database(stored)

    assert "\n" not in str(caught.value)
    assert not stored.with_name("x.json.lock").exists()


def test_time_that_is_no_time_is_refused(stored):
    """Events are sorted by it."""
    place = edit(stored, "event", lambda document: document.update(createdAt="yesterday"))

    with pytest.raises(StoreCorrupted, match=f'{place}, field "createdAt": expected a time, not "yesterday"'):
        Database(stored)


@pytest.mark.parametrize(
    ("origin", "field"),
    [
        ({}, "seed"),
        ({"seed": "busy"}, "seed"),
        ({"seed": [{"file": 5}]}, r"seed\[0\]\.file"),
        ({"seed": [{"file": "busy"}, {}]}, r"seed\[1\]\.file"),
        ({"seed": [{"document": []}]}, r"seed\[0\]\.document"),
    ],
)
def test_seed_that_was_edited_is_refused(stored, origin, field):
    """The seed in the table `origin` is checked as records are."""
    with TinyDB(stored.with_name("x.people.json")) as stock:
        table = stock.table("origin")
        table.truncate()
        stock.storage.write({**stock.storage.read(), "origin": {"1": origin}})

    with pytest.raises(StoreCorrupted, match=rf'x\.people\.json .*: 1 in "origin", field "{field}": '):
        Database(stored)


def test_record_that_tinydb_wrote_is_checked(stored):
    """A file that TinyDB has written is checked in the same way, and is not changed."""
    with TinyDB(stored) as stock:
        stock.table("events").update({"createdBy": 5}, doc_ids=[2])
    before = stored.read_bytes()

    with pytest.raises(StoreCorrupted, match=r'x\.json .*: 2 in "events", field "createdBy": expected text'):
        Database(stored)

    assert stored.read_bytes() == before
