"""Files: torn, broken, of other programs, written by TinyDB, compacted."""

from __future__ import annotations

import errno
import json
import os
import sys

import pytest
from tinydb import TinyDB

from tiledesk_mock.errors import StorageFull, StoreCorrupted, StoreError, StoreUnrecognized
from tiledesk_mock.settings import Durability, InlineSeed
from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.clock import to_milliseconds
from tiledesk_mock.tiledesk.model import Dataset, User

USER = User(id="1" * 24, email="ann@example.com", password="x", created_at="t", updated_at="t")


@pytest.fixture
def killed(path):
    """Return a file with ten events whose process was killed: its lock file remains."""
    path.with_name("x.json.lock").write_text("1\n")
    return path


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 20, 200])
def test_torn_end_is_repaired(killed, cut):
    """A file without its last bytes opens with all whole events, logs a line, and is JSON again."""
    killed.write_bytes(killed.read_bytes()[:-cut])
    lines = []

    with Database(killed, log=lines.append) as database:
        assert len(database.events) == (10 if cut < 5 else 9)

    assert len(lines) == 1
    assert "x.json" in lines[0]
    assert len(json.loads(killed.read_bytes())["events"]) in (9, 10)


def test_torn_end_of_zeros_is_repaired(killed):
    """A write of which only zeros reached the disk is cut off."""
    killed.write_bytes(killed.read_bytes()[:-4] + b"\0" * 5000)

    with Database(killed) as database:
        assert len(database.events) == 10


@pytest.mark.parametrize("cut", [3, 4, 5, 200])
def test_file_that_was_truncated_after_it_was_closed_is_refused(path, cut):
    """No process was killed in a write: the error says what can be saved, and changes nothing."""
    broken = path.read_bytes()[:-cut]
    path.write_bytes(broken)

    with pytest.raises(StoreCorrupted, match=r"x\.json was truncated or changed: its end") as caught:
        Database(path)

    assert f"{10 if cut < 5 else 9} records (" in str(caught.value)
    assert str(caught.value).endswith(f"of {len(broken)} bytes) can be saved: `tiledesk-mock repair {path}`")
    assert path.read_bytes() == broken


@pytest.mark.parametrize("end", [b"\n}}", b"\n}", b"\n}}\n\n", b"\r\n}}\r\n"])
def test_end_that_an_editor_leaves_is_repaired(path, end):
    """No document is missing where the closing braces are."""
    path.write_bytes(path.read_bytes()[:-4] + end)

    with Database(path) as database:
        assert len(database.events) == 10


def corrupted(data):
    """Yield the bytes of a file, broken in several ways before a part that can be read."""
    middle = len(data) // 2
    yield data[:middle] + b"\0" * 10 + data[middle + 10 :]
    yield data[:middle] + data[middle + 300 :]
    yield data.replace(b'"__v":0}\n,"5"', b'"__v":0\n,"5"')
    yield data.replace(b'\n,"5": ', b'\n"5": ')
    yield data[:-20] + b"\xff" * 8 + data[-12:]
    yield b'{"events": {"1": {"_id": '


@pytest.mark.parametrize("which", range(6))
def test_corrupted_file_is_not_changed(path, which):
    """The error for a file that is broken before its end names the file, which is not changed."""
    broken = list(corrupted(path.read_bytes()))[which]
    path.write_bytes(broken)

    with pytest.raises(StoreCorrupted, match=r"x\.json"):
        Database(path)

    assert path.read_bytes() == broken
    assert not path.with_name("x.json.lock").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"[1, 2]",
        b"\x89PNG\r\n",
        b'{"name": "package", "version": "1.0"}',
        b'{"_default": {"1": {"a": 1}}}',
        b'{"events": {"1": {"a": 1}}}',
        b'{"events": {\n"1": {"createdAt":"yesterday"}\n}}\n',
        b'{"events": {"x": {}}}',
    ],
)
def test_file_of_another_program_is_not_changed(tmp_path, content):
    """The error names the file, which is not changed."""
    path = tmp_path / "x.json"
    path.write_bytes(content)

    with pytest.raises(StoreUnrecognized, match=r"x\.json"):
        Database(path)

    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"{}", b'{"_default": {}}', b'{"events": {}}'])
def test_empty_file_is_a_new_store(tmp_path, content):
    """A file without data, as `touch` or TinyDB creates it, can be used."""
    path = tmp_path / "x.json"
    path.write_bytes(content)

    with Database(path) as database:
        assert database.is_empty

    assert json.loads(path.read_bytes())["events"] == {}


@pytest.mark.parametrize("path", ["missing/x.json", "."])
def test_impossible_path_is_one_line(tmp_path, path):
    """The error for a missing folder, or for a folder instead of a file, is one line."""
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        Database(tmp_path / path)

    assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few users create links")
def test_circular_links_are_one_line(tmp_path):
    """The error for links that lead to no file is one line."""
    path = tmp_path / "x.json"
    path.symlink_to(path)

    with pytest.raises(StoreError, match=r"x\.json cannot be opened: [^\n]+$"):
        Database(path)


def test_stock_tinydb_reads_between_any_two_writes(tmp_path, make_event):
    """TinyDB itself opens the file after each write, and sees the same documents."""
    path = tmp_path / "x.json"
    with Database(path, durability=Durability.NONE) as database:
        for number in range(20):
            database.events.add(make_event(number, attributes={"città": ["\u2028", 1e400]}))
            with TinyDB(path) as stock:
                documents = stock.table("events").all()
            assert [int(one["_id"], 16) for one in documents] == list(range(number + 1))
            assert documents[number]["attributes"] == {"città": ["\u2028", float("inf")]}


def test_file_that_tinydb_wrote_is_read(path, make_event):
    """A file that TinyDB has written is written anew, with its other tables."""
    with Database(path) as database:
        database.events.expire(to_milliseconds(make_event(2).created_at))
    with TinyDB(path) as stock:
        stock.table("notes").insert({"text": "mine"})
        stock.table("events").remove(doc_ids=[10])

    with Database(path) as database:
        database.events.add(make_event(20))
        assert len(database.events) == 8

    with TinyDB(path) as stock:
        assert stock.table("notes").all() == [{"text": "mine"}]
        assert len(stock.table("events")) == 8
    assert path.read_bytes().count(b"\n") == 10


def test_one_insert_writes_little(tmp_path, make_event):
    """An insert writes one event, however many are stored."""
    path = tmp_path / "x.json"
    with Database(path) as database:
        database.replace(Dataset(events=tuple(map(make_event, range(2000)))))
        before, inode = path.stat().st_size, path.stat().st_ino

        database.events.add(make_event(2000))

        assert 0 < path.stat().st_size - before < 2000
        assert path.stat().st_ino == inode


def test_file_is_compacted(tmp_path, make_event):
    """A file is written anew when a quarter of it is dead."""
    path = tmp_path / "x.json"
    with Database(path) as database:
        for _ in range(40):
            for number in range(100):
                database.events.add(make_event(number))

        assert path.stat().st_size < 200_000
        assert not list(tmp_path.glob("*.new"))

    with Database(path) as database:
        assert len(database.events) == 100


def test_file_is_used_on_if_compaction_fails(tmp_path, make_event, monkeypatch):
    """If no second file can be opened, stored events are kept, and more can be stored."""
    path = tmp_path / "x.json"
    with Database(path) as database:
        database.events.add(make_event(1))
        real, left = os.open, [1]

        def open_one(name, *more, **named):
            if str(name).endswith(".new") and not left:
                raise OSError(errno.EMFILE, "Too many open files")
            if str(name).endswith(".new"):
                left.pop()
            return real(name, *more, **named)

        monkeypatch.setattr(os, "open", open_one)
        with pytest.raises(StorageFull):
            database.replace(Dataset(events=(make_event(2),)))
        monkeypatch.undo()

        database.events.add(make_event(3))
        assert [event.id for event in database.events.all()] == [make_event(1).id, make_event(3).id]

    with Database(path) as database:
        assert len(database.events) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_new_files_are_for_their_owner_only(tmp_path, make_event, umask):
    """Events and people may contain passwords. The mode stays when the files are written anew."""
    before = os.umask(umask)
    try:
        with Database(tmp_path / "x.json") as database:
            created = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.glob("*.json")}
            database.replace(Dataset(users=(USER,), events=(make_event(1),)))
    finally:
        os.umask(before)

    assert created == {"x.json": "0o600", "x.people.json": "0o600"}
    assert {oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()} == {"0o600"}


def test_seed_is_saved_beside_the_people(tmp_path):
    """A later run reads the seed, whatever was stored since. TinyDB reads the file as before."""
    seed = ("busy", InlineSeed('{"users": []}'))
    with Database(tmp_path / "x.json") as database:
        assert database.seed is None
        database.replace(Dataset(), seed)
        database.people.save(USER)

    with Database(tmp_path / "x.json") as database:
        assert database.seed == seed
        assert [type(one) for one in database.seed] == [str, InlineSeed]
        assert database.people.user(USER.id) == USER
    with TinyDB(tmp_path / "x.people.json") as stock:
        assert len(stock.table("people")) == 1
