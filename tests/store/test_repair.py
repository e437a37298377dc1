"""Truncated and damaged files: refused at the start, and repaired."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from zlib import crc32

import pytest
from tinydb import TinyDB

from tiledesk_mock.errors import StoreCorrupted, StoreError, StoreLocked, StoreUnrecognized
from tiledesk_mock.settings import Durability
from tiledesk_mock.store.changes import CHECKED
from tiledesk_mock.store.database import Database
from tiledesk_mock.store.repair import repair
from tiledesk_mock.tiledesk.model import Dataset, User

USERS = tuple(
    User(id=f"{number:024x}", email=f"{number}@example.com", password="x", created_at="t", updated_at="t")
    for number in range(4)
)


@pytest.fixture
def stored(tmp_path, make_event):
    """Return a closed file with ten events and four users."""
    path = tmp_path / "x.json"
    with Database(path, durability=Durability.NONE) as database:
        database.replace(Dataset(users=USERS, events=tuple(map(make_event, range(10)))), ("busy",))
    return path


def numbers(path):
    """Return the numbers of the events in a file, which must be whole, and how many users there are."""
    json.loads(path.read_bytes())
    with Database(path, durability=Durability.NONE) as database:
        events = list(database.events.all())
        users = database.people.users()
    return [int(event.id, 16) for event in events], len(users)


def offset(data, number):
    """Return where the line of a document begins."""
    return data.index(b'\n,"%d": ' % number) + 1


def line_end(data, number):
    """Return where the line of a document ends."""
    return data.index(b"\n", offset(data, number))


MIDDLE = [0, 1, 2, 3, 5, 6, 7, 8, 9]
DAMAGES = {
    "in the middle of a document": (lambda data: data[: offset(data, 6) + 99], [0, 1, 2, 3, 4]),
    "at the end of a line": (lambda data: data[: line_end(data, 6)], [0, 1, 2, 3, 4, 5]),
    "after a line": (lambda data: data[: line_end(data, 6) + 1], [0, 1, 2, 3, 4, 5]),
    "in the head": (lambda data: data[:6], []),
    "to nothing": (lambda _: b"", []),
    "to zeros": (lambda data: bytes(len(data)), []),
    "zeros in the middle": (
        lambda data: data[: offset(data, 5) + 50] + bytes(40) + data[offset(data, 5) + 90 :],
        MIDDLE,
    ),
    "zeros over the end of a line": (
        lambda data: data[: line_end(data, 5) - 20] + bytes(40) + data[line_end(data, 5) + 20 :],
        [0, 1, 2, 3, 6, 7, 8, 9],
    ),
    "a lost block": (
        lambda data: data[: offset(data, 3) + 50] + data[offset(data, 6) + 60 :],
        [0, 1, 6, 7, 8, 9],
    ),
    "a broken number": (
        lambda data: data.replace(b'\n,"10": ', b'\xff\xff"1": '),
        [0, 1, 2, 3, 4, 5, 6, 7, 8],
    ),
    "a lost brace": (
        lambda data: data[: line_end(data, 5) - 1] + b',"a":{"b":1' + data[line_end(data, 5) :],
        MIDDLE,
    ),
    "a lost end of a line": (lambda data: data[: line_end(data, 5)] + data[line_end(data, 5) + 1 :], None),
    "a corrupt line": (
        lambda data: data[: offset(data, 5)] + b"hello\n" + data[line_end(data, 5) + 1 :],
        MIDDLE,
    ),
    "bytes that are no text": (
        lambda data: data[: offset(data, 5) + 50] + b"\xff\xfe\x80" + data[offset(data, 5) + 53 :],
        MIDDLE,
    ),
    "a broken head": (lambda data: b"\x80" * 9 + data[9:], list(range(10))),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_is_refused_and_then_repaired(stored, damage):
    """Every whole event is kept, and the damaged file beside it. The start says what can be saved."""
    change, kept = DAMAGES[damage]
    broken = change(stored.read_bytes())
    stored.write_bytes(broken)
    kept = list(range(10)) if kept is None else kept
    if damage != "a broken head":  # a broken head does not say whose file it is
        with pytest.raises(StoreCorrupted, match=r"x\.json [^\n]*: `tiledesk-mock repair [^\n]*x\.json`$"):
            Database(stored)

    report, people = repair(stored, print)

    assert (report.was_repaired, report.kept, people.was_repaired) == (True, len(kept), False)
    assert numbers(stored) == (kept, 4)
    assert report.damaged is None if not broken else report.damaged.read_bytes() == broken
    assert not list(stored.parent.glob("*.lock"))


@pytest.mark.parametrize("cut", ["head", "line", "document"])
def test_truncated_people_are_refused_and_repaired(stored, cut):
    """The seed of the file is in the head of its people: without it, a reset has to name one."""
    people = stored.with_name("x.people.json")
    data = people.read_bytes()
    size = {"head": 20, "line": line_end(data, 3), "document": offset(data, 3) + 20}[cut]
    people.write_bytes(data[:size])
    with pytest.raises(StoreCorrupted, match=r"x\.people\.json .*: `tiledesk-mock repair .*/x\.json`$"):
        Database(stored)

    events, report = repair(stored, print)

    kept = {"head": 0, "line": 3, "document": 2}[cut]
    assert (events.was_repaired, report.kept) == (False, kept)
    assert numbers(stored) == (list(range(10)), kept)
    with Database(stored) as database:
        assert database.seed == (None if cut == "head" else ("busy",))


def test_empty_people_beside_events_are_refused(stored):
    """Two empty files are new; one is not."""
    stored.with_name("x.people.json").write_bytes(b"")

    with pytest.raises(StoreCorrupted, match=r"x\.people\.json was truncated: it is empty, x\.json beside"):
        Database(stored)

    assert repair(stored, print)[1].was_repaired
    assert numbers(stored) == (list(range(10)), 0)


def test_file_that_needs_no_repair_is_not_changed(stored):
    """A second repair does nothing."""
    before = stored.read_bytes()

    reports = repair(stored, print)

    assert [(report.was_repaired, report.kept, report.losses) for report in reports] == [
        (False, 10, ()),
        (False, 4, ()),
    ]
    assert stored.read_bytes() == before
    assert sorted(file.name for file in stored.parent.iterdir()) == ["x.json", "x.people.json"]


def test_record_with_a_wrong_field_is_left_out(stored):
    """The report says which, and why."""
    stored.write_bytes(stored.read_bytes().replace(b'"name":"order.paid"', b'"name":5', 1))
    people = stored.with_name("x.people.json")
    people.write_bytes(
        people.read_bytes().replace(b'"email":"2@', b'"mail":"2@').replace(b'"seed"', b'"sed"')
    )

    events, persons = repair(stored, print)

    assert events.losses == ('cannot be used: 1 in "events", field "name": expected text, not 5',)
    assert [loss.split(":")[1] for loss in persons.losses] == [
        ' 3 in "people", field "email"',
        ' 1 in "origin", field "seed"',
    ]
    assert numbers(stored) == (list(range(1, 10)), 3)


def test_repair_keeps_every_damaged_file(stored):
    """The second one gets another name."""
    for name in ("x.json.damaged", "x.json.damaged-2"):
        broken = stored.read_bytes()[:-50]
        stored.write_bytes(broken)

        assert repair(stored, print)[0].damaged == stored.with_name(name)

        assert stored.with_name(name).read_bytes() == broken


def test_removed_and_changed_events_stay_so(tmp_path, make_event):
    """Of several lines of an event the last one counts."""
    path = tmp_path / "x.json"
    with Database(path) as database:
        database.events.add_all(map(make_event, range(5)))
        database.events.add(make_event(1, name="changed", attributes={"7": {}}))
        database.events.expire(1_767_225_600_500)
    path.write_bytes(path.read_bytes()[:-3])

    repair(path, print)

    with Database(path) as database:
        assert [event.name for event in database.events.all()] == ["changed", *["order.paid"] * 3]


def test_file_that_tinydb_wrote_is_repaired(stored):
    """Such a file is one line, and has other tables."""
    with TinyDB(stored) as stock:
        stock.table("events").update({"attributes": {"3": {"_id": "no event"}}}, doc_ids=[5])
        stock.table("notes").insert({"text": "mine"})
    data = stored.read_bytes()
    stored.write_bytes(data[: data.index(b'"10": ') + 60])
    with pytest.raises(StoreCorrupted, match=r"9 records \(\d+ of \d+ bytes\) can be saved: "):
        Database(stored)

    report = repair(stored, print)[0]

    assert (report.kept, len(report.losses)) == (9, 1)
    assert numbers(stored) == (list(range(9)), 4)


@pytest.mark.parametrize(
    "content",
    [b"hello", b'{"name": "package"}', b'{"events": {"1": {"a": 1}}}', b"\x89PNG\r\n", b'{"a": {"1": {}}}'],
)
def test_file_of_another_program_is_not_repaired(tmp_path, content):
    """Nothing is written."""
    path = tmp_path / "x.json"
    path.write_bytes(content)

    with pytest.raises(StoreUnrecognized, match=r"x\.json "):
        repair(path, print)

    assert [file.name for file in tmp_path.iterdir()] == ["x.json"]
    assert path.read_bytes() == content


def test_file_in_use_is_not_repaired(stored):
    """The error names the process."""
    with Database(stored), pytest.raises(StoreLocked, match="in use by process"):
        repair(stored, print)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot lock a name")
def test_file_in_use_under_another_name_is_not_repaired(stored):
    """Its process would write into a file that has lost its name."""
    other = stored.with_name("y.json")
    os.link(stored, other)

    with Database(stored), pytest.raises(StoreLocked, match=r"y\.json is in use by process"):
        repair(other, print)


def test_change_that_a_kill_cut_off_is_finished_first(stored):
    """What the file of the change describes is done before anything is read."""
    whole = stored.read_bytes()
    end = offset(whole, 6)
    state = {"end": end - 1, "crc": crc32(whole[end - 1 - CHECKED : end - 1])}
    stored.with_name("x.json.change").write_text(json.dumps({"undo": {"events": state}}))
    lines = []

    reports = repair(stored, lines.append)

    assert "it was undone" in lines[0]
    assert [report.was_repaired for report in reports] == [False, False]
    assert numbers(stored) == (list(range(5)), 4)


def test_many_damages_take_little_time(tmp_path, make_event):
    """The time grows with the size of the file, not with its square."""
    path = tmp_path / "x.json"
    with Database(path, durability=Durability.NONE) as database:
        database.replace(Dataset(events=tuple(map(make_event, range(4000)))))
    path.write_bytes(path.read_bytes().replace(b'4.000Z","up', b'4.000Z"up').replace(b'5.000Z","up', b"\xff"))
    start = time.process_time()

    (report, *_) = repair(path, print)

    assert time.process_time() - start < 10
    assert (report.kept, len(report.losses)) == (3200, 400)  # two lines each


def test_random_damage_loses_no_whole_event(stored):
    """Whatever bytes are removed or overwritten, events in lines without damage are kept."""
    whole, rng = stored.read_bytes(), random.Random(7)
    lines = [(offset(whole, number), line_end(whole, number)) for number in range(2, 11)]
    for _ in range(60):
        start = rng.randrange(20, len(whole))
        end = min(start + rng.randrange(1, 900), len(whole))
        filling = rng.choice([b"", bytes(end - start), rng.randbytes(end - start)])
        stored.write_bytes(whole[:start] + filling + whole[end:])
        untouched = {number for number, (a, b) in enumerate(lines, 1) if b < start or a > end}
        try:
            repair(stored, print)
        except StoreError as error:
            pytest.fail(f"{start}-{end}: {error}")

        assert untouched <= set(numbers(stored)[0])


@pytest.mark.parametrize("step", [0, 1])
def test_start_removes_what_a_killed_repair_left(stored, monkeypatch, step):
    """Neither the unfinished copy of the damaged file nor the unfinished new file stays."""
    stored.write_bytes(stored.read_bytes()[:-3])
    renames = iter([os.rename] * step)
    monkeypatch.setattr("pathlib.Path.replace", lambda *paths: next(renames)(*paths))
    monkeypatch.setattr("pathlib.Path.unlink", lambda *_args, **_options: None)
    with pytest.raises(StopIteration):
        repair(stored, print)
    monkeypatch.undo()

    repair(stored, print)

    names = {file.name for file in stored.parent.iterdir()}
    assert names - {"x.json.damaged-2"} == {"x.json", "x.people.json", "x.json.damaged"}
