"""Another program deletes, moves, replaces or changes the files of a store that is open."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tiledesk_mock.errors import StorageFull, StoreCorrupted
from tiledesk_mock.settings import Durability
from tiledesk_mock.store.database import Database
from tiledesk_mock.store.layout import people_file
from tiledesk_mock.store.watch import free_path
from tiledesk_mock.tiledesk.model import Dataset, User

USER = User(id="1" * 24, email="ann@example.com", password="x", created_at="t", updated_at="t")

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not delete an open file")


def replace_file(file):
    """Put another file in the place of a file, as most editors do."""
    other = file.with_name("other")
    other.write_bytes(file.read_bytes())
    other.replace(file)


def append(file, text="\n"):
    """Write at the end of a file."""
    with file.open("a") as opened:
        opened.write(text)


CHANGES = {
    "deleted": Path.unlink,
    "replaced": replace_file,
    "moved": lambda file: file.rename(file.with_name("y.json")),
    "truncated from": lambda file: os.truncate(file, file.stat().st_size - 1),
    "changed from": append,
}


@pytest.fixture
def lines():
    """Return a list for the log."""
    return []


@pytest.fixture
def opened(path, lines):
    """Return an open file with ten events and a user."""
    with Database(path, log=lines.append, durability=Durability.ALWAYS) as database:
        database.people.save(USER)
        yield database


@posix
@pytest.mark.parametrize("file", ["x.json", "x.people.json"])
@pytest.mark.parametrize("change", CHANGES)
def test_write_is_refused_once_a_file_is_changed(path, opened, make_event, lines, file, change):
    """Every later write raises StorageFull, one line of the log says what happened, and reading goes on."""
    opened.events.add(make_event(10))
    CHANGES[change](path.with_name(file))

    for number in (11, 12):
        with pytest.raises(StorageFull, match=f"{file} was {change}"):
            opened.events.add(make_event(number))

    for write in (lambda: opened.people.save(USER), lambda: opened.replace(Dataset())):
        with pytest.raises(StorageFull, match="nothing was stored"):
            write()
    assert len(lines) == 1
    assert [event.id for event in opened.events.all()] == [make_event(number).id for number in range(11)]


@posix
@pytest.mark.parametrize("change", CHANGES)
def test_everything_is_copied_beside_a_changed_file(path, opened, make_event, lines, change):
    """A new file beside it, which the log names, contains every event and person."""
    opened.events.add(make_event(10))
    CHANGES[change](path)

    with pytest.raises(StorageFull):
        opened.events.add(make_event(11))

    rescued = path.with_name("x.rescued.json")
    assert f"All 11 events and all people are in {rescued}: go on with --db {rescued}" in lines[0]
    with Database(rescued) as copy:
        assert list(copy.events.all()) == list(map(make_event, range(11)))
        assert copy.people.users() == (USER,)


@posix
def test_copy_replaces_no_file(path, opened, make_event):
    """A second copy gets another name, and so does a copy whose people would replace a file."""
    path.with_name("x.rescued.json").write_text("mine")
    path.with_name("x.rescued-2.people.json").write_text("mine")
    path.unlink()

    with pytest.raises(StorageFull, match=r"x\.rescued-3\.json"):
        opened.events.add(make_event(10))

    assert path.with_name("x.rescued.json").read_text() == "mine"
    assert path.with_name("x.rescued-3.people.json").exists()


def test_copy_of_a_file_without_an_ending_replaces_no_people(tmp_path):
    """The copy gets another name if the file of its people, as a store calls it, is there."""
    people_file(tmp_path / "x.rescued").write_text("mine")

    assert free_path(tmp_path / "x") == tmp_path / "x.rescued-2"


def test_readable_part_of_a_truncated_file_is_copied(path, opened, make_event, lines):
    """The log says how many events are left, and reading another one is an error that names the file."""
    os.truncate(path, path.stat().st_size // 2)

    with pytest.raises(StorageFull):
        opened.events.add(make_event(10))

    assert "x.json was truncated from" in lines[0]
    assert "4 of 10 events and all people" in lines[0]
    with Database(path.with_name("x.rescued.json")) as copy:
        assert len(copy.events) == 4
        assert copy.people.users() == (USER,)
    with pytest.raises(StoreCorrupted, match=r'x\.json was changed .* 10 in "events" cannot be read'):
        opened.events.get(make_event(9).id)


@posix
@pytest.mark.parametrize("take_away", [shutil.rmtree, lambda folder: folder.rename(folder.with_name("b"))])
def test_file_without_its_folder_is_copied_among_temporary_files(
    tmp_path, make_event, monkeypatch, take_away
):
    """A folder that was removed or renamed is not made anew."""
    (tmp_path / "a").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    with Database(tmp_path / "a" / "x.json", durability=Durability.ALWAYS) as database:
        database.replace(Dataset(users=(USER,), events=(make_event(1),)))
        take_away(tmp_path / "a")

        with pytest.raises(StorageFull, match=r"tmp/x\.rescued\.json"):
            database.events.add(make_event(2))

    assert not (tmp_path / "a").exists()
    with Database(tmp_path / "tmp" / "x.rescued.json") as copy:
        assert len(copy.events) == 1


@posix
@pytest.mark.parametrize("durability", [Durability.NONE, Durability.INTERVAL])
def test_event_right_after_a_check_is_copied(path, make_event, lines, durability):
    """An event that was stored in a deleted file, too early for the next check, is found in the copy."""
    with Database(path, durability=durability, log=lines.append) as database:
        for number in range(10, 200):
            database.events.add(make_event(number))
        path.unlink()
        count = 10 + number - 9
        try:
            for number in range(200, 100_000):
                database.events.add(make_event(number))
                count += 1
        except StorageFull:
            pass

    with Database(path.with_name("x.rescued.json")) as copy:
        assert len(copy.events) == count
    assert len(lines) == 1


@posix
def test_file_that_is_deleted_after_the_last_write_is_logged_and_not_copied(path, lines):
    """Who deletes the files of an emulator and stops it wants to start anew, or does not know."""
    with Database(path, log=lines.append, durability=Durability.ALWAYS) as database:
        database.people.save(USER)
        path.unlink()

    assert lines == [f"{path} was deleted by another program; it is not written again"]
    assert not path.with_name("x.rescued.json").exists()
