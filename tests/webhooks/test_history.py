"""The history of deliveries."""

from __future__ import annotations

import json

import pytest

from tiledesk_mock.emulator import Emulator
from tiledesk_mock.http.exchange import RecordedResponse
from tiledesk_mock.settings import Settings
from tiledesk_mock.webhooks.sender import BODY_LIMIT

from .targets import HOOK, Target, fire, states, subscribe


@pytest.mark.parametrize("size", [BODY_LIMIT - 1, BODY_LIMIT])
def test_history_has_no_document_that_mongodb_would_refuse(emulator: Emulator, size: int) -> None:
    """A long body is in it twice."""
    subscribe(emulator)
    emulator.webhooks.simulations.add(HOOK, lambda _: RecordedResponse(200, body=b"x" * size))

    fire(emulator)
    emulator.webhooks.drain()

    assert states(emulator) == ["delivered"]
    assert len(emulator.webhooks.history(emulator.database.people.projects()[0].id)) == (size < BODY_LIMIT)


def test_history_is_kept_only_if_it_is_enabled() -> None:
    """The real server has a setting for it, too."""
    with Emulator(Settings(subscription_log=False)) as emulator:
        project = subscribe(emulator).id_project
        emulator.webhooks.simulations.add(None, Target())
        fire(emulator)
        emulator.webhooks.drain()

        assert emulator.webhooks.history(project) == []


def test_history_has_pages_newest_first(emulator: Emulator) -> None:
    """A page has 40 entries, as that of events."""
    project = subscribe(emulator).id_project
    emulator.webhooks.simulations.add(None, Target())
    for number in range(41):
        fire(emulator, name=f"n{number}")
        emulator.webhooks.drain()

    first, second = emulator.webhooks.history(project), emulator.webhooks.history(project, 40)

    names = [json.loads(entry["jsonRequest"])["payload"]["name"] for entry in (*first, *second)]
    assert (len(first), names) == (40, [f"n{number}" for number in range(40, -1, -1)])


def test_history_has_the_error_of_a_target_without_response(emulator: Emulator) -> None:
    """There is one entry for all attempts."""
    project = subscribe(emulator).id_project
    emulator.webhooks.simulations.fail(error="refused")
    fire(emulator)
    emulator.webhooks.drain()

    (entry,) = emulator.webhooks.history(project)

    assert entry["err"] == "Error: connect ECONNREFUSED 127.0.0.1:9"
    assert "response" not in entry
