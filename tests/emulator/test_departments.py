"""The default department of a project."""

from __future__ import annotations

from tiledesk_mock.emulator import Emulator
from tiledesk_mock.emulator.departments import default_department
from tiledesk_mock.settings import Settings
from tiledesk_mock.tiledesk.conversations import Department


def _default_department(emulator: Emulator) -> Department:
    database = emulator.database
    (project,) = database.people.projects()
    return default_department(database.conversations, project, emulator.clock, emulator.ids)


def test_default_department_of_the_seed_is_used() -> None:
    """A department of the seed that is the default one is not made again."""
    with Emulator(Settings()) as emulator:
        assert _default_department(emulator).id == "65e0000000000000000000a1"
        assert len(emulator.database.conversations.departments()) == 1


def test_default_department_is_made_once() -> None:
    """Where a seed has none, it is made when it is needed, by the project's creator, and stays."""
    with Emulator(Settings(seed=("empty",))) as emulator:
        made = _default_department(emulator)

        assert (made.name, made.routing) == ("Default Department", "assigned")
        assert made.created_by == emulator.database.people.projects()[0].created_by
        assert emulator.database.conversations.departments() == (made,) == (_default_department(emulator),)
