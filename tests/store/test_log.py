"""Rollback restores a savepoint, whatever was changed since."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tiledesk_mock.errors import StoreError
from tiledesk_mock.store.backend import MemoryBackend
from tiledesk_mock.store.database import Database
from tiledesk_mock.store.layout import parse_head
from tiledesk_mock.store.log import Log
from tiledesk_mock.tiledesk.clock import to_milliseconds
from tiledesk_mock.tiledesk.model import Dataset, User
from tiledesk_mock.tiledesk.query import EventQuery

USER = User(id="1" * 24, email="ann@example.com", password="x", created_at="t", updated_at="t")


def test_rollback_restores_everything(database, make_event):
    """Events and people that were added, changed or removed since are as they were."""
    database.replace(Dataset(users=(USER,), events=tuple(map(make_event, range(50)))))
    before, savepoint = database.dataset(), database.savepoint()

    database.events.add(make_event(100))
    database.events.add(make_event(10, name="changed"))
    database.events.expire(to_milliseconds(make_event(30).created_at))
    database.people.save(replace(USER, email="new@example.com"))
    database.rollback(savepoint)

    assert database.dataset() == before
    assert database.people.user_by_email(USER.email) == USER
    assert database.events.page(EventQuery("p" * 24)).count == 50


def test_rollback_can_be_repeated(database, make_event):
    """A savepoint is valid until it is released, also after everything was replaced."""
    database.replace(Dataset(events=tuple(map(make_event, range(5)))))
    before, savepoint = database.dataset(), database.savepoint()

    for number in range(3):
        database.replace(Dataset(events=(make_event(number + 3), make_event(number + 70))))
        assert len(database.events) == 2
        database.rollback(savepoint)

        assert database.dataset() == before


def test_rollback_releases_later_savepoints(database, make_event):
    """A savepoint after the one that was restored is an error."""
    first = database.savepoint()
    database.events.add(make_event(1))
    second = database.savepoint()
    database.rollback(first)

    with pytest.raises(StoreError, match="savepoint"):
        database.rollback(second)


def test_released_savepoint_is_an_error(database):
    """A released savepoint cannot be restored."""
    savepoint = database.savepoint()
    database.release(savepoint)

    with pytest.raises(StoreError, match="savepoint"):
        database.rollback(savepoint)


def test_rollback_cuts_the_file(tmp_path, make_event):
    """If the file was not compacted, it is the same byte for byte after a rollback."""
    path = tmp_path / "x.json"
    with Database(path) as database:
        database.events.add(make_event(1))
        before, savepoint = path.read_bytes(), database.savepoint()

        database.events.add(make_event(2))
        database.rollback(savepoint)

        assert path.read_bytes() == before


class CountingBackend(MemoryBackend):
    """Counts the bytes that are read."""

    count = 0

    def read(self, offset, length):
        """Return bytes, and count them."""
        self.count += length
        return super().read(offset, length)


def test_rollback_costs_what_was_changed():
    """A rollback reads only what was changed since the checkpoint, however much is stored."""
    backend = CountingBackend()
    log = Log("t", backend)
    log.open()
    log.append({number: {"n": number} for number in range(5000)})
    checkpoint = log.checkpoint()
    log.append({5001: {"n": 1}})
    backend.count = 0

    log.rollback(checkpoint)

    assert backend.count < 100


def test_savepoints_survive_compaction(database, make_event):
    """A compacted file can be rolled back to savepoints from before."""
    blob = {"blob": "x" * 1000}
    database.replace(Dataset(events=tuple(make_event(number, attributes=blob) for number in range(200))))
    before, savepoint = database.dataset(), database.savepoint()

    for _ in range(5):
        for number in range(150, 250):
            database.events.add(make_event(number, attributes=blob, name="changed"))
    database.rollback(savepoint)

    assert database.dataset() == before


@pytest.mark.parametrize("is_compacted", [False, True])
def test_rollback_of_most_events_restores_pages(database, make_event, is_compacted):
    """After a rollback of far more events than are left, all indexes are as before."""
    database.replace(Dataset(users=(USER,), events=tuple(map(make_event, range(50)))))
    before, savepoint = database.dataset(), database.savepoint()

    database.events.add_all([make_event(number) for number in range(40, 1500)])
    if is_compacted:
        database._events.compact()
    database.rollback(savepoint)

    assert database.dataset() == before
    assert database.events.page(EventQuery("p" * 24)).count == 50
    assert database.events.get(make_event(49).id) == make_event(49)
    assert database.events.get(make_event(60).id) is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "remove", "checkpoint", "rollback", "release", "compact"]),
        st.integers(0, 9),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_checkpoints_follow_a_plain_model(steps):
    """After any sequence of calls the documents are those of a dict, and the content is JSON with them."""
    backend, model, checkpoints = MemoryBackend(), {}, []
    log = Log("t", backend)
    log.open()

    for count, (step, number) in enumerate(steps):
        if step == "put":
            model[number] = {"n": count}
            log.append({number: {"n": count}})
        elif step == "remove" and number in model:
            del model[number]
            log.append({number: None})
        elif step == "checkpoint":
            checkpoints.append((log.checkpoint(), dict(model)))
        elif step == "rollback" and checkpoints:
            del checkpoints[number % len(checkpoints) + 1 :]
            model = dict(checkpoints[-1][1])
            log.rollback(checkpoints[-1][0])
        elif step == "release" and checkpoints:
            log.release(checkpoints.pop(number % len(checkpoints))[0])
        elif step == "compact":
            log.compact()
        assert log.read_all(sorted(model)) == {key: model[key] for key in sorted(model)}
        assert len(log) == len(model)
        data = backend.read(0, 1 << 30)
        assert {int(key): one for key, one in json.loads(data)["t"].items() if one} == model
        assert parse_head(data, "t") is not None
