"""Reading the files of a store as a TinyDB, also while an emulator writes them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tinydb import where

from tiledesk_mock import open_store
from tiledesk_mock.errors import StoreError
from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.clock import to_milliseconds
from tiledesk_mock.tiledesk.model import Event, User

USER = User(id="1" * 24, email="ann@example.com", password="x", created_at="t", updated_at="t")

MakeEvent = Callable[..., Event]

WRITER = """
import sys
from itertools import count
from pathlib import Path
from tiledesk_mock.settings import Durability
from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.model import Event

TIME = "2026-01-01T00:00:00.000Z"

def make(number, size):
    return Event(id=f"{number % 500:024x}", name="n", id_project="p", created_by="u", created_at=TIME,
                 updated_at=TIME, attributes={"text": "x" * size})

with Database(Path(sys.argv[1]), durability=Durability.NONE) as database:
    print("ready", flush=True)
    savepoint = database.savepoint()
    for number in count():
        database.events.add(make(number, number % 7 * 1500))
        if number % 300 == 299:
            database.rollback(savepoint)
        if number % 1000 == 999:
            database.release(savepoint)
            savepoint = database.savepoint()
"""


def test_both_files_are_one_database(path: Path) -> None:
    """Events are the default table; people are another one. Either file may be named."""
    with Database(path) as database:
        database.people.save(USER)
        for named in (path, str(path), path.with_name("x.people.json")):
            with open_store(named) as store:
                assert store.tables() == {"events", "people"}
                assert len(store) == len(store.table("events")) == 10
                assert store.table("people").all()[0]["email"] == "ann@example.com"


def test_query_sees_what_was_stored_since(path: Path, make_event: MakeEvent) -> None:
    """TinyDB's own cache would return the same documents again."""
    query = where("name") == "order.paid"
    with Database(path) as database, open_store(path) as store:
        before = store.search(query)
        database.events.add(make_event(77))

        assert len(store.search(query)) == len(before) + 1


def test_removed_documents_are_left_out(path: Path, make_event: MakeEvent) -> None:
    """The file has a line without fields for each, until it is written anew."""
    with Database(path) as database, open_store(path) as store:
        database.events.expire(to_milliseconds(make_event(3).created_at))

        assert {} not in store.all()
        assert len(store) == len(database.events)


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.insert({"name": "mine"}),
        lambda store: store.table("people").truncate(),
        lambda store: store.drop_tables(),
        lambda store: store.update({"name": "mine"}, where("name") == "order.paid"),
    ],
)
def test_write_is_refused(path: Path, write: Callable[[object], None]) -> None:
    """The file stays as it is, and the line says who may change the data."""
    before = path.read_bytes()

    with open_store(path) as store, pytest.raises(StoreError, match=r"x\.json is open for reading only"):
        write(store)

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no file"),
        (b'{"events": {\n"1": {"name"', "it has no end"),
        (b"[1, 2]}", "cannot be read: "),
        (b'{"version": "1.0"}', "is not a file of this program"),
    ],
)
def test_damaged_file_is_one_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    """The error comes after a second at most, and names the file."""
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(StoreError, match=r"^[^\n]*x\.json[^\n]*$") as caught:
        open_store(path).all()

    assert message in str(caught.value)


def test_unfinished_change_is_not_read(path: Path) -> None:
    """The two files may be of different moments until the next start finishes it."""
    path.with_name("x.json.change").write_text("{}")

    with pytest.raises(StoreError, match="a change is not finished"):
        open_store(path).all()


def test_every_read_under_load_succeeds(path: Path) -> None:
    """Another process appends, rolls back and compacts; each read is whole, and no document is cut off."""
    words = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        writer.stdout.readline()
        store = open_store(path)

        for _ in range(100):
            documents = store.all()
            assert len(documents) >= 10
            assert all(document.keys() >= {"_id", "name", "createdAt"} for document in documents)

        assert writer.poll() is None
        writer.kill()
