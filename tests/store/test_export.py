"""Events as the list of a seed are those of Python's JSON encoder, byte for byte."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tiledesk_mock.errors import StoreCorrupted
from tiledesk_mock.node.json import Json, exact_json
from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.model import Event
from tiledesk_mock.tiledesk.wire import seed_event

TIME = "2024-01-01T00:00:00.000Z"
LINE = {
    "status": "stardard",
    "_id": "e1",
    "name": "n",
    "id_project": "p",
    "createdBy": "u",
    "createdAt": TIME,
    "updatedAt": TIME,
    "__v": 0,
}

_TEXTS = st.text(st.characters(exclude_categories=()))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXTS, inner),
)


def _event(number: int, name: str, attributes: Json) -> Event:
    member = None if number % 2 else "m"
    return Event(f"e{number}", name, "p", "u", TIME, TIME, project_user=member, attributes=attributes)


@given(st.lists(st.tuples(_TEXTS, _VALUES)))
@example([("n", {"a": [1e16, 1e22, 1e-5, 5e-324, -0.0, 1.0, 2**70, -(2**64), math.inf, -math.inf]})])
@example([("\x7f\x00\u2028 é / \\", {"\ud800": "\U0001f600", "2": "1e16", "1": "Infinity", "": "NaN"})])
def test_events_are_those_of_python(fired: list[tuple[str, Json]]) -> None:
    """Order, non-ASCII, floats, infinities, large integers, halves of surrogate pairs."""
    events = [_event(number, name, attributes) for number, (name, attributes) in enumerate(fired)]
    with Database() as database:
        for event in events:
            database.events.add(event)

        assert database.events.seed_json() == exact_json([seed_event(event) for event in events])


@pytest.mark.parametrize(
    "attributes", ["1.50", "1E2", "-0", '"\\u0061\\/"', "[ 1e999,\tNaN]", '{"b": 1, "b": 2}']
)
def test_lines_of_another_program_are_written_anew(tmp_path: Path, attributes: str) -> None:
    """What an editor has changed in a file has another notation, and may have other fields."""
    document = json.dumps({**LINE, "more": 1, "attributes": "HERE"}).replace('"HERE"', attributes)
    (tmp_path / "x.json").write_text('{"events": {\n"1": ' + document + "\n}}\n")

    with Database(tmp_path / "x.json") as database:
        written = exact_json([seed_event(event) for event in database.events.all()])

        assert database.events.seed_json() == written


def test_line_that_was_broken_meanwhile_names_the_file(tmp_path: Path) -> None:
    """It is the error of every other reader."""
    path = tmp_path / "x.json"
    with Database(path) as database:
        database.events.add(_event(1, "n", {}))
        path.write_bytes(path.read_bytes().replace(b'"name":', b'"name"x'))

        with pytest.raises(StoreCorrupted, match="was changed by another program"):
            database.events.seed_json()
