"""`drifts`."""

from __future__ import annotations

import requests

from tiledesk_mock import TiledeskMock

from .conftest import Verb


def meet_drift(mock: TiledeskMock) -> None:
    """Ask for what the real server does not do."""
    events = f"{mock.url}/{mock.project_id}/events"
    requests.get(events, params={"sortField": "name"}, auth=mock.agent.basic, timeout=5)


def test_drifts_have_both_behaviours(verb: Verb) -> None:
    """All are listed."""
    lines = verb("drifts").out.splitlines()

    assert lines[0].split() == ["id", "count", "kind", "documented", "server"]
    assert any(line.split()[:4] == ["sort-field", "0", "request", "sortField"] for line in lines)


def test_only_those_that_were_met(verb: Verb, mock: TiledeskMock) -> None:
    """Before any was, a line on standard error says so."""
    assert verb("drifts", "--met") == (0, "", "no request met a drift\n")
    meet_drift(mock)

    (drift,) = verb("drifts", "--met", "--json").documents

    assert (drift["id"], drift["count"]) == ("sort-field", 1)


def test_one_drift_is_printed(verb: Verb) -> None:
    """An unknown id is refused with the one that may be meant."""
    assert [one["id"] for one in verb("drifts", "id-field", "--json").documents] == ["id-field"]

    refused = verb("drifts", "sort-fields")

    assert refused == (1, "", "Error: there is no drift 'sort-fields': did you mean sort-field?\n")


def test_what_the_server_ignores_is_counted(verb: Verb) -> None:
    """In its dialect."""
    with TiledeskMock(dialect="server", events_ttl=0) as mock:
        meet_drift(mock)

        (drift,) = verb("drifts", "--met", "--json", "--url", mock.url).documents
        table = verb("drifts", "--met", "--url", mock.url).out
        (found,) = verb("requests", "--drift", "sort-field", "--json", "--url", mock.url).documents

    assert (drift["id"], drift["count"], drift["ignored"]) == ("sort-field", 0, 1)
    assert [line.split()[:4] for line in table.splitlines()] == [
        ["id", "count", "ignored", "kind"],
        ["sort-field", "0", "1", "request"],
    ]
    assert found["ignored"] == ["sort-field"]
