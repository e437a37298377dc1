"""Changes of the whole store: after a kill the old world is there or the new one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import pytest
from msgspec.structs import replace

from tiledesk_mock.errors import StorageFull, StoreError
from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.model import Dataset, User

USER = User(id="1" * 24, email="ann@example.com", password="x", created_at="t", updated_at="t")


@pytest.fixture
def files(path):
    """Return the files of events and people, and the change file beside them."""
    with Database(path) as database:
        database.people.save(USER)
    return path, path.with_name("x.people.json"), path.with_name("x.json.change")


def end_of(path):
    """Return the state of a file as it is: where it ends before its closing braces."""
    end = path.stat().st_size - 4
    return {"end": end, "crc": crc32(path.read_bytes()[max(end - 64, 0) : end])}


def world_in(path, lines=None):
    """Return what a start finds, and add the lines that it logs."""
    with Database(path, log=([] if lines is None else lines).append) as database:
        return database.dataset()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the script forks")
@pytest.mark.parametrize(
    "change",
    [
        "fill",
        "replace",
        "replace_after_savepoint",
        "add",
        "add_events",
        "roll_back",
        "roll_back_replaced",
        "roll_back_one_replaced",
    ],
)
def test_kill_at_any_step_leaves_one_world(tmp_path, change):
    """A process that ends before its nth step leaves the old world or the new one, and no other file."""
    script = Path(__file__).with_name("kill_steps.py")

    run = subprocess.run([sys.executable, script, tmp_path, change], capture_output=True, check=True)

    assert json.loads(run.stdout)["wrong"] == []
    assert json.loads(run.stdout)["kills"] >= 2


def test_torn_append_is_undone(files, make_event):
    """What was appended to both files is cut off, although its first lines are whole."""
    events, people, change = files
    before = world_in(events)
    undo = {"events": end_of(events), "people": end_of(people)}
    with Database(events) as database:
        database.add(Dataset(users=(replace(USER, id="2" * 24, email="bob@x.it"),), events=(make_event(20),)))
    events.write_bytes(events.read_bytes()[:-30])
    change.write_text(json.dumps({"undo": undo}))

    lines = []
    assert world_in(events, lines) == before

    assert len(lines) == 1
    assert "undone" in lines[0]
    assert not change.exists()


@pytest.mark.parametrize("is_begun", [False, True])
def test_change_is_finished_at_the_next_start(files, tmp_path, make_event, is_begun):
    """Prepared files take the place of both, also if an earlier start was killed after the first."""
    events, people, change = files
    with Database(tmp_path / "new.json") as database:
        database.replace(Dataset(users=(replace(USER, firstname="Eve"),), events=(make_event(20),)))
        after = database.dataset()
    states = {}
    for table, file, name in (("events", events, "new.json"), ("people", people, "new.people.json")):
        new = (tmp_path / name).rename(file.with_name(f"{file.name}.new"))
        states[table] = {"size": new.stat().st_size, "was": file.stat().st_size}
        if is_begun and table == "events":
            new.replace(file)
    change.write_text(json.dumps({"finish": states}))

    lines = []
    assert world_in(events, lines) == after

    assert len(lines) == 1
    assert "finished" in lines[0]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["x.json", "x.people.json"]


def test_change_that_is_half_made_is_finished_at_the_next_start(files, make_event, monkeypatch):
    """The error says so, the store can be closed after it, and the new world is there then."""
    events = files[0]
    after = Dataset(users=(replace(USER, firstname="Eve"),), events=(make_event(20),))

    with Database(events) as database:
        renames = iter([os.rename, os.rename])  # of the change file, and of one prepared file
        monkeypatch.setattr("pathlib.Path.replace", lambda *paths: next(renames)(*paths))
        with pytest.raises(StorageFull, match="half made, and is finished at the next start"):
            database.replace(after)
    monkeypatch.undo()

    assert world_in(events) == after


def test_prepared_file_without_a_change_is_removed(files):
    """A file that was prepared for a change which was not decided has no effect."""
    events, people, _ = files
    before = world_in(events)
    new = people.with_name("x.people.json.new")
    new.write_bytes(b'{"people": {\n}}\n')

    assert world_in(events) == before

    assert not new.exists()


def test_file_changed_since_is_left_as_it_is(files):
    """A file that was put in place of one with an unfinished change is refused and not cut off."""
    events, _, change = files
    change.write_text(json.dumps({"finish": {"events": end_of(events)}}))
    backup = events.read_bytes().replace(b"2026-01-01", b"2025-12-31")
    events.write_bytes(backup)

    with pytest.raises(StoreError, match=r"x\.json was changed by another program.*remove .*x\.json\.change"):
        Database(events)

    assert events.read_bytes() == backup
    assert not events.with_name("x.json.lock").exists()


@pytest.mark.parametrize("lost", ["x.json.new", "x.people.json"])
def test_change_with_a_lost_file_is_refused(files, lost):
    """Neither of two prepared files takes its place if one cannot, and nothing is removed."""
    events, people, change = files
    states = {}
    for table, file in (("people", people), ("events", events)):
        new = file.with_name(f"{file.name}.new")
        new.write_bytes(b'{"%s": {\n}} \n' % table.encode())
        states[table] = {"size": new.stat().st_size, "was": file.stat().st_size}
    change.write_text(json.dumps({"finish": states}))
    events.with_name(lost).unlink()
    left = {file.name: file.read_bytes() for file in events.parent.iterdir()}

    with pytest.raises(StoreError, match=r"changed by another program.*remove .*x\.json\.change"):
        Database(events)

    assert {file.name: file.read_bytes() for file in events.parent.iterdir()} == left


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"finish": {}}',
        '{"finish": 5}',
        '{"merge": {"events": {"end": 11, "crc": 5}}}',
        '{"finish": {"journal": {"end": 11, "crc": 5}}}',
        '{"finish": {"events": {"end": 11}}}',
        '{"finish": {"events": {"end": "11", "crc": 5}}}',
    ],
)
def test_change_of_another_version_is_refused(files, text):
    """What this version does not understand stays for the one that wrote it."""
    events, _, change = files
    change.write_text(text)

    with pytest.raises(StoreError, match=r"x\.json\.change is not understood"):
        Database(events)

    assert change.read_text() == text


def test_change_that_cannot_be_read_is_reported(files):
    """A change file of zeros, which a loss of power may leave, is removed with a line in the log."""
    events, _, change = files
    change.write_bytes(b"\0" * 100)

    lines = []
    world_in(events, lines)

    assert len(lines) == 1
    assert "cannot be read" in lines[0]
    assert not change.exists()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs the users of POSIX")
def test_unfinished_change_in_a_folder_for_reading_is_refused(files):
    """A change that cannot be finished is an error with its reason."""
    events, _, change = files
    change.write_text(json.dumps({"finish": {"events": end_of(events)}}))
    for file in (*events.parent.iterdir(), *events.parents):  # root runs it as another user
        file.chmod(file.stat().st_mode | 0o055)
    events.parent.chmod(0o555)
    script = (
        "import os, sys, pathlib; from tiledesk_mock.store.database import Database\n"
        "import tiledesk_mock.store.files\n"  # as root: another user may not read the package
        "os.geteuid() or os.seteuid(65534)\nDatabase(pathlib.Path(sys.argv[1]))"
    )

    run = subprocess.run(
        [sys.executable, "-c", script, events], capture_output=True, check=False, encoding="utf-8"
    )

    events.parent.chmod(0o755)
    assert "the folder may only be read" in run.stderr
    assert change.exists()


def test_change_of_events_alone_writes_no_change_file(tmp_path, make_event, monkeypatch):
    """The usual reset of a test costs one cut of one file."""
    with Database(tmp_path / "x.json") as database:
        savepoint = database.savepoint()
        database.events.add(make_event(1))
        written = []
        monkeypatch.setattr(type(database._change_file), "write", lambda *args: written.append(args))

        database.rollback(savepoint)

    assert not written
