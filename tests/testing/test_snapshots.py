"""Snapshots of a local and a remote handle."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import SetupError
from tiledesk_mock.testing.expectations import Expectations


def _names(mock: Expectations) -> list[str]:
    return [event["name"] for event in mock.events]


def test_snapshot_is_restored(mock: Expectations) -> None:
    """Later events are gone."""
    mock.fire("a")
    name = mock.snapshot()
    mock.fire("b")

    mock.restore(name)

    assert _names(mock) == ["a"]


def test_snapshot_can_be_restored_repeatedly(mock: Expectations) -> None:
    """It is not used up."""
    mock.snapshot("empty")

    for name in "abc":
        mock.fire(name)
        mock.restore("empty")

    assert _names(mock) == []


def test_snapshots_are_restored_in_any_order(mock: Expectations) -> None:
    """An earlier one keeps the later ones."""
    for name in ("one", "two", "three"):
        mock.fire(name)
        mock.snapshot(name)

    seen = []
    for name in ("two", "one", "three", "two", "one", "three"):
        mock.restore(name)
        seen.append(len(mock.events))

    assert seen == [2, 1, 3, 2, 1, 3]


def test_snapshot_is_taken_after_a_restore(mock: Expectations) -> None:
    """Both branches can be restored."""
    mock.snapshot("empty")
    mock.fire("a")
    mock.snapshot("a")
    mock.restore("empty")
    mock.fire("b")
    mock.snapshot("b")

    seen = []
    for name in ("a", "b", "empty", "b"):
        mock.restore(name)
        seen.append(_names(mock))

    assert seen == [["a"], ["b"], [], ["b"]]


def test_name_taken_again_is_the_newer_snapshot(mock: Expectations) -> None:
    """Like a file that is saved again."""
    mock.snapshot("now")
    mock.fire("a")
    mock.snapshot("now")
    mock.fire("b")

    mock.restore("now")

    assert _names(mock) == ["a"]


def test_people_are_restored(mock: Expectations) -> None:
    """Later ones are gone."""
    mock.snapshot("before")
    mock.seed(users=[{"email": "new@example.com", "password": "x"}])

    mock.restore("before")

    assert all(user["email"] != "new@example.com" for user in mock.controls.state()["users"])


def test_reset_after_a_restore_is_the_seed(mock: Expectations) -> None:
    """Snapshots do not change what a reset goes back to."""
    mock.fire("a")
    mock.snapshot("one")
    mock.restore("one")

    mock.reset()

    assert _names(mock) == []
    assert mock.controls.snapshots() == []


def test_name_may_have_any_characters(mock: Expectations) -> None:
    """It is part of a URL."""
    name = mock.snapshot("nach /Ümzug? 100%")

    mock.fire("a")
    mock.restore(name)

    assert mock.controls.snapshots() == [name]
    assert _names(mock) == []


def test_unknown_snapshot_is_refused(mock: Expectations) -> None:
    """With the known ones."""
    mock.snapshot("one")

    with pytest.raises(SetupError, match=r"'two'.*one"):
        mock.restore("two")


@pytest.mark.parametrize("operation", ["restore", "drop_snapshot"])
def test_empty_name_of_a_snapshot_is_refused(mock: Expectations, operation: str) -> None:
    """No snapshot has it."""
    with pytest.raises(SetupError):
        getattr(mock.controls, operation)("")


def test_dropped_snapshot_is_unknown(mock: Expectations) -> None:
    """Its memory is free."""
    mock.snapshot("one")

    mock.controls.drop_snapshot("one")

    with pytest.raises(SetupError):
        mock.controls.drop_snapshot("one")


class Model:
    """A simple model of what is stored: names of events and addresses of users."""

    def __init__(self, mock: TiledeskMock) -> None:
        self.mock = mock
        self.now: tuple[str, ...] = ()
        self.kept: dict[str, tuple[str, ...]] = {}

    def fire(self, step: int) -> None:
        """Add an event."""
        self.mock.fire(f"event-{step}")
        self.now += (f"event-{step}",)

    def sign_up(self, step: int) -> None:
        """Add a user."""
        self.mock.seed(users=[{"email": f"{step}@example.com", "password": "x"}])
        self.now += (f"{step}@example.com",)

    def take(self, step: int) -> None:
        """Take one of a few snapshots."""
        name = self.mock.snapshot(f"snapshot-{step % 4}")
        self.kept[name] = self.now

    def restore(self, step: int) -> None:
        """Go back to one of them."""
        if self.kept:
            name = sorted(self.kept)[step % len(self.kept)]
            self.mock.restore(name)
            self.now = self.kept[name]

    def seen(self) -> set[str]:
        """Return what is stored."""
        users = self.mock.emulator.database.people.users()
        return {event["name"] for event in self.mock.events} | {
            user.email for user in users if user.email[0].isdigit()
        }


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_steps_has_the_expected_state(seed: int, in_file: bool, tmp_path: Path) -> None:
    """In memory and in a file, with savepoints and copies of every age."""
    source = random.Random(seed)
    with TiledeskMock(db=tmp_path / "db.json" if in_file else None) as mock:
        model = Model(mock)
        for step in range(60):
            source.choice([model.fire, model.fire, model.sign_up, model.take, model.restore])(step)

            assert model.seen() == set(model.now)


def test_replaced_state_has_every_user_once(mock: Expectations) -> None:
    """Even if their order is another one."""
    mock.snapshot("seed")
    mock.seed(users=[{"email": "new@example.com", "password": "x"}])
    state = mock.controls.state()

    mock.controls.replace_state({**state, "users": state["users"][::-1]})

    assert [user["email"] for user in mock.controls.state()["users"]] == [
        user["email"] for user in state["users"][::-1]
    ]
    assert mock.owner.email == "owner@example.com"


@pytest.mark.parametrize("name", ["a/b", ".", "..", "x?y#z", "a b", "caf\u00e9", "%2E", ""])
def test_snapshot_may_have_any_name(mock: Expectations, name: str) -> None:
    """Even one that has a meaning in a path."""
    taken = mock.snapshot(name)
    mock.fire("later")

    mock.restore(taken)

    assert (taken == name or not name, mock.events, mock.controls.snapshots()) == (True, [], [taken])
    mock.controls.drop_snapshot(taken)
