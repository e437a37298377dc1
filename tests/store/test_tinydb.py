"""TinyDB's own methods work on the table of a log as on its own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import TinyDB, where
from tinydb.operations import increment
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from tiledesk_mock.store.backend import FileBackend
from tiledesk_mock.store.log import Log
from tiledesk_mock.store.tinydb import LogTinyDB


@pytest.fixture
def path(tmp_path):
    """Return the path of a new file."""
    return tmp_path / "x.json"


@pytest.fixture
def db(path):
    """Open a TinyDB over a log in a file."""
    log = Log("_default", FileBackend(path, read_only=False, synced=False, log=print))
    log.open()
    with LogTinyDB(log) as opened:
        yield opened


CALLS = {
    "insert": lambda db, n: db.insert({"n": n}),
    "insert by id": lambda db, n: db.insert(Document({"n": n}, doc_id=n + 5)),
    "insert multiple": lambda db, n: db.insert_multiple({"n": one} for one in range(n)),
    "insert twice": lambda db, n: db.insert_multiple([Document({}, doc_id=n), Document({}, doc_id=n)]),
    "insert empty": lambda db, _: db.insert({}),
    "insert no mapping": lambda db, n: db.insert([n]),
    "get": lambda db, n: db.get(where("n") == n),
    "get by id": lambda db, n: db.get(doc_id=n),
    "get by ids": lambda db, n: sorted(db.get(doc_ids=[n, n + 1]), key=lambda one: one.doc_id),
    "search": lambda db, n: db.search(where("n") >= n),
    "count": lambda db, n: db.count(where("n") == n),
    "contains": lambda db, n: db.contains(where("n") == n) or db.contains(doc_id=n),
    "update": lambda db, n: db.update({"m": n}, where("n") == n),
    "update all": lambda db, n: db.update({"k": n}),
    "update by function": lambda db, n: db.update(increment("n"), where("n") < n),
    "update by ids": lambda db, n: db.update({"m": 1}, doc_ids=[n]) if db.contains(doc_id=n) else None,
    "update multiple": lambda db, n: db.update_multiple([({"u": n}, where("n") == n)]),
    "upsert": lambda db, n: db.upsert({"n": n, "up": 1}, where("n") == n),
    "remove": lambda db, n: db.remove(where("n") == n),
    "remove by ids": lambda db, n: db.remove(doc_ids=[n]) if db.contains(doc_id=n) else None,
    "truncate": lambda db, _: db.truncate(),
    "other table": lambda db, n: db.table("other").insert({"n": n}),
    "drop table": lambda db, _: db.drop_table("other"),
    "length": lambda db, _: len(db),
}


def outcome(call, db, number):
    """Return the result of a call, or the message of its error."""
    try:
        return call(db, number)
    except ValueError as error:
        return str(error)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(CALLS)), st.integers(0, 6)), max_size=25))
def test_calls_return_the_same_as_tinydb(calls):
    """Any sequence of calls has the results that it has on TinyDB's own table, and the same documents."""
    log = Log("_default")
    log.open()
    own, stock = LogTinyDB(log), TinyDB(storage=MemoryStorage)

    for name, number in calls:
        assert outcome(CALLS[name], own, number) == outcome(CALLS[name], stock, number), name
        documents = {one.doc_id: dict(one) for one in stock}
        assert {one.doc_id: dict(one) for one in own} == documents
        assert own.table("other").all() == stock.table("other").all()


def test_file_is_read_by_tinydb_itself(db, path):
    """TinyDB reads inserted and changed documents; a removed document is empty."""
    db.insert_multiple([{"n": 1}, {"n": 2}, {"n": 3}])
    db.update({"n": 9}, doc_ids=[2])
    db.remove(doc_ids=[3])
    db.table("other").insert({"o": 1})

    with TinyDB(path) as stock:
        assert [one for one in stock.all() if one] == [{"n": 1}, {"n": 9}] == db.all()
        assert stock.table("other").all() == [{"o": 1}]


def test_failing_update_changes_nothing(db, path):
    """A call that raises an error does not change the file or the documents."""
    db.insert_multiple([{"n": 1}, {"n": 2}])
    before = path.read_bytes()

    with pytest.raises(TypeError):
        db.insert({"n": object()})
    with pytest.raises(ZeroDivisionError):
        db.update(lambda document: document.update(n=1 // (document["n"] - 2)))

    assert path.read_bytes() == before
    assert db.all() == [{"n": 1}, {"n": 2}]


def test_iteration_skips_documents_removed_meanwhile(db):
    """Documents that are removed during the iteration are not returned."""
    db.insert_multiple({"n": number} for number in range(2000))

    documents = iter(db)
    next(documents)
    db.remove(where("n") > 1000)

    assert len(list(documents)) == 1000
