"""The emulator: time, resets, replaced state."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tiledesk_mock.control.controls import Controls
from tiledesk_mock.emulator import Emulator
from tiledesk_mock.errors import EmailTaken, SetupError
from tiledesk_mock.settings import Settings

DAY = 86_400


@pytest.fixture
def controls() -> Iterator[Controls]:
    """Return the controls of an emulator whose events expire after an hour."""
    with Emulator(Settings(events_ttl=3600)) as emulator:
        yield Controls(emulator)


def names(controls: Controls) -> list[str]:
    """Return the names of the events that have not expired."""
    return [event["name"] for event in controls.events()]


def test_event_fired_after_the_clock_was_set_back_is_kept(controls: Controls) -> None:
    """Events of the same age expired while the clock was ahead, and are still deleted."""
    controls.fire("first")
    controls.advance_clock(DAY)
    assert names(controls) == []

    controls.set_clock()
    controls.fire("second")

    assert names(controls) == ["second"]


def test_seed_added_after_the_clock_was_set_back_is_kept(controls: Controls) -> None:
    """Its events are as old as some that had expired."""
    controls.advance_clock(DAY)
    assert names(controls) == []

    controls.set_clock()
    controls.add_seed({"events": [{"name": "seeded", "createdAt": "-10m"}]})

    assert names(controls) == ["seeded"]


def test_state_replaced_after_the_clock_was_set_back_is_kept(controls: Controls) -> None:
    """Its events are as old as some that had expired."""
    state = controls.state()
    controls.advance_clock(DAY)
    assert names(controls) == []

    controls.set_clock()
    controls.replace_state(state | {"events": [{"name": "seeded", "createdAt": "-10m"}]})

    assert names(controls) == ["seeded"]


def test_address_is_unique_when_many_sign_up_at_once() -> None:
    """The others get the error that it is taken."""
    with Emulator() as emulator:
        barrier = threading.Barrier(16)
        person = {"email": "a@example.com", "password": "secret", "lastname": "B"}

        def sign_up(number: int) -> str:
            barrier.wait()
            try:
                return emulator.accounts.sign_up({**person, "firstname": f"A{number}"}).id
            except EmailTaken:
                return "taken"

        with ThreadPoolExecutor(16) as threads:
            results = list(threads.map(sign_up, range(16)))

        assert results.count("taken") == 15


def test_reset_restores_the_seed_after_everything_was_replaced(tmp_path: Path) -> None:
    """The file of the seed may have been deleted."""
    seed = tmp_path / "seed.json"
    seed.write_text('{"users": [{"email": "first@example.com", "password": "x"}]}')
    with Emulator(Settings(seed=(seed,))) as emulator:
        before = emulator.state.export()
        seed.unlink()

        emulator.state.replace({}, "test")
        emulator.reset()

        assert emulator.state.export() == before


def test_wrong_fault_locks_no_file(tmp_path: Path) -> None:
    """An emulator that could not be made holds no lock."""
    path = tmp_path / "events.json"

    with pytest.raises(SetupError, match="colour"):
        Emulator(Settings(db=path, faults=({"colour": "red"},)))

    assert list(tmp_path.iterdir()) == []


def test_long_change_of_the_data_is_logged(caplog, monkeypatch):
    """The log has the time of a reset that takes longer than the limit, and of no shorter one."""
    caplog.set_level("INFO", "tiledesk_mock")
    with Emulator() as emulator:
        emulator.reset()
        assert not caplog.messages

        monkeypatch.setattr("tiledesk_mock.emulator.state._LONG", 0.0)
        emulator.reset()

    assert [message.partition(" took ")[0] for message in caplog.messages] == ["the reset"]
