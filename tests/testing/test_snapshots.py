"""Snapshots, here and elsewhere."""

from __future__ import annotations

import pytest

from tiledesk_mock.errors import SetupError
from tiledesk_mock.testing.expecting import Expecting


def _names(mock: Expecting) -> list[str]:
    return [event["name"] for event in mock.events]


def test_what_was_stored_is_stored_again(mock: Expecting) -> None:
    """What came since is gone."""
    mock.fire("a")
    name = mock.snapshot()
    mock.fire("b")

    mock.restore(name)

    assert _names(mock) == ["a"]


def test_a_snapshot_can_be_restored_again_and_again(mock: Expecting) -> None:
    """It is not used up."""
    mock.snapshot("empty")

    for name in "abc":
        mock.fire(name)
        mock.restore("empty")

    assert _names(mock) == []


def test_snapshots_are_restored_in_any_order(mock: Expecting) -> None:
    """Going back beyond one does not lose it."""
    for name in ("one", "two", "three"):
        mock.fire(name)
        mock.snapshot(name)

    seen = []
    for name in ("two", "one", "three", "two", "one", "three"):
        mock.restore(name)
        seen.append(len(mock.events))

    assert seen == [2, 1, 3, 2, 1, 3]


def test_snapshots_are_taken_after_going_back(mock: Expecting) -> None:
    """The past can be continued otherwise."""
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


def test_a_name_taken_again_means_the_newer_moment(mock: Expecting) -> None:
    """As a file saved again."""
    mock.snapshot("now")
    mock.fire("a")
    mock.snapshot("now")
    mock.fire("b")

    mock.restore("now")

    assert _names(mock) == ["a"]


def test_people_come_back_too(mock: Expecting) -> None:
    """And who came since is gone."""
    mock.snapshot("before")
    mock.seed(users=[{"email": "new@example.com", "password": "x"}])

    mock.restore("before")

    assert all(user["email"] != "new@example.com" for user in mock.controls.state()["users"])


def test_a_reset_after_going_back_is_the_seed(mock: Expecting) -> None:
    """Snapshots do not move the start."""
    mock.fire("a")
    mock.snapshot("one")
    mock.restore("one")

    mock.reset()

    assert _names(mock) == []
    assert mock.controls.snapshots() == []


def test_a_name_may_have_any_characters(mock: Expecting) -> None:
    """It goes through a URL."""
    name = mock.snapshot("nach /Ümzug? 100%")

    mock.fire("a")
    mock.restore(name)

    assert mock.controls.snapshots() == [name]
    assert _names(mock) == []


def test_a_snapshot_that_is_not_there_is_named(mock: Expecting) -> None:
    """Together with those that are."""
    mock.snapshot("one")

    with pytest.raises(SetupError, match=r"'two'.*one"):
        mock.restore("two")


def test_a_dropped_snapshot_is_not_there(mock: Expecting) -> None:
    """Its memory is free."""
    mock.snapshot("one")

    mock.controls.drop_snapshot("one")

    with pytest.raises(SetupError):
        mock.controls.drop_snapshot("one")
