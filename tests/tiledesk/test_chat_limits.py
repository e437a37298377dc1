"""How many open conversations agents may have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tiledesk_mock import TiledeskMock


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return a handle on an emulator whose agents may have one conversation each."""
    with TiledeskMock() as started:
        limit = {"max_agent_assigned_chat": 1, "chat_limit_on": True}
        started.emit_standard("project.update", settings=limit)
        for member in ("owner", "admin", "supervisor", "teammate"):
            started.emit_standard("project_user.update", member=member, user_available=False)
        yield started


def test_agent_gets_no_more_conversations_than_the_project_allows(mock: TiledeskMock) -> None:
    """The question says how many are open."""
    first = mock.conversation("hello")
    with mock.webhooks.receiver("operator.select") as receiver:
        second = mock.conversation("hello")
        (question,) = receiver.wait_for(1)

    assert first.participants == [mock.agent.id_user]
    assert second.participants == []
    assert [one["openRequetsCount"] for one in question.event["available_agents_request"]] == [1]


def test_agent_with_a_number_of_its_own_gets_more(mock: TiledeskMock) -> None:
    """It has precedence over that of the project."""
    mock.emit_standard("project_user.update", max_assigned_chat=2)

    participants = [mock.conversation("hello").participants for _ in range(3)]

    assert participants == [[mock.agent.id_user], [mock.agent.id_user], []]


def test_closed_conversations_do_not_count(mock: TiledeskMock) -> None:
    """The agent is free again."""
    mock.conversation("hello").close()

    assert mock.conversation("hello").participants == [mock.agent.id_user]


def test_limit_that_is_off_is_not_applied_but_agents_are_busy(mock: TiledeskMock) -> None:
    """The member's `isBusy` does not depend on it."""
    mock.emit_standard("project.update", settings={"max_agent_assigned_chat": 1, "chat_limit_on": False})
    with mock.webhooks.receiver("project_user.update") as receiver:
        participants = [mock.conversation("hello").participants for _ in range(2)]
        busy = [update.event["isBusy"] for update in receiver.wait_for(2)]

    assert participants == [[mock.agent.id_user]] * 2
    assert busy == [True, True]
