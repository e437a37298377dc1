"""Conversations of many threads, with resets in between, and on a full disk."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import SetupError
from tiledesk_mock.testing.receiver import Receiver

THREADS = 8


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return a handle on an emulator."""
    with TiledeskMock() as started:
        yield started


def test_steps_at_the_same_time_lose_nothing(mock: TiledeskMock) -> None:
    """Each step goes on from the one before, and its webhook has what it stored."""
    story = mock.conversation("hello", participants=["owner"])
    members = ["admin", "agent", "supervisor", "teammate"]
    with mock.webhooks.receiver("request.update") as receiver, ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(lambda one: mock.conversation(id=story.id).say(f"{one}"), range(THREADS)):
            pass
        for _ in pool.map(lambda one: mock.conversation(id=story.id).join(one), members):
            pass
        received = receiver.wait_for(len(members))

    assert {one["text"] for one in story.messages} >= {str(number) for number in range(THREADS)}
    assert len(story.participants) == len(members) + 1
    assert sorted(one.event["__v"] for one in received) == [1, 2, 3, 4]


def test_conversations_at_the_same_time_have_numbers_of_their_own(mock: TiledeskMock) -> None:
    """They have one lead, and one `lead.create`."""
    with ThreadPoolExecutor(THREADS) as pool:
        stories = list(pool.map(mock.conversation, map(str, range(THREADS))))

    assert sorted(one.request["ticket_id"] for one in stories) == list(range(1, THREADS + 1))
    assert len(mock.controls.state()["leads"]) == 1
    assert sum("lead.create" in one.sent for one in stories) == 1
    counts = [one["number_assigned_requests"] for one in mock.controls.state()["project_users"]]
    assert sum(counts) == THREADS


def test_other_steps_go_on_while_a_receiver_is_asked(mock: TiledeskMock) -> None:
    """A receiver of `operator.select` may take its time, and ask the emulator meanwhile."""
    story = mock.conversation("hello")
    with mock.webhooks.receiver("operator.select") as receiver:
        receiver.answer_with(lambda _question: {"said": story.say("meanwhile").sent[0]})

        second = mock.conversation("hello")

    assert second.request["status"] == 200
    assert story.messages[-1]["text"] == "meanwhile"


@pytest.mark.parametrize("how", ["reset", "restore"])
def test_data_are_replaced_while_a_receiver_chooses(mock: TiledeskMock, how: str) -> None:
    """The conversation is of the time before, and nothing of it is stored afterwards."""
    is_waiting, may_respond = threading.Event(), threading.Event()
    with Receiver() as receiver, ThreadPoolExecutor(1) as pool:  # not one that a reset stops
        receiver.answer_with(lambda _question: is_waiting.set() or may_respond.wait(10))
        mock.webhooks.subscribe("operator.select", receiver.url)
        name = mock.snapshot()
        started = pool.submit(mock.conversation, "hello")
        assert is_waiting.wait(10)
        mock.reset() if how == "reset" else mock.restore(name)
        may_respond.set()

        with pytest.raises(SetupError, match="the emulator was reset"):
            started.result(20)
    assert mock.conversations == []


def test_mistake_in_the_first_message_changes_nothing(mock: TiledeskMock) -> None:
    """No lead is left of a conversation that is refused."""
    before = mock.controls.state()

    with pytest.raises(
        SetupError, match=r"conversation: followers\[0\]: the project Example has no member or bot 'x'"
    ):
        mock.conversation("hello", followers=["x"])

    assert mock.controls.state() == before


def test_empty_priority_stays_empty(mock: TiledeskMock) -> None:
    """Only a priority that is not given is medium, and the data are a seed."""
    story = mock.conversation("hello", priority="")

    mock.controls.replace_state(mock.controls.state())

    assert story.request["priority"] == ""


def test_clock_that_stands_still_keeps_the_order(mock: TiledeskMock) -> None:
    """Two steps in the same millisecond are two steps."""
    mock.clock.freeze("2026-05-01T10:00:00Z")

    story = mock.conversation("one").say("two").say("three").close()

    assert story.request["transcript"].split("\r\n")[1].startswith("01/05/2026, 10:00:00 ")
    assert [one["text"] for one in story.messages] == ["one", "two", "three", "Chat closed"]
    assert story.request["duration"] == 0


def test_full_disk_leaves_no_half_of_a_step(tmp_path: Path) -> None:
    """A step that cannot be stored changes nothing, and sends nothing."""
    script = textwrap.dedent("""
        import os, resource, sys
        from tiledesk_mock import TiledeskMock
        from tiledesk_mock.errors import StorageFull

        file = sys.argv[1] + "/tiledesk-mock.json"
        with TiledeskMock(db=file, durability="none") as mock:
            story = mock.conversation("hello")
            mock.webhooks.subscribe("message.create", "http://127.0.0.1:9/hook")
            before = mock.controls.state()
            size = os.path.getsize(sys.argv[1] + "/tiledesk-mock.people.json")
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 2000, resource.RLIM_INFINITY))
            for step in (lambda: story.close(), lambda: story.say("x" * 5000)):
                try:
                    step()
                except StorageFull:
                    print(mock.controls.state() == before, len(mock.deliveries))
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            print(story.say("y").sent[0])
    """)

    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.stdout == "True 0\nTrue 0\nmessage.create\n", done.stderr


def test_first_participant_counts_when_a_conversation_opens(mock: TiledeskMock) -> None:
    """The others that were given take part, but only the first is in `participantsAgents`."""
    conversation = mock.conversation("hello", participants=["admin", "agent"])
    opened = conversation.request

    conversation.join("supervisor")

    assert opened["participants"] == [mock.admin.id_user, mock.agent.id_user]
    assert opened["participantsAgents"] == [mock.admin.id_user]
    supervisor = mock.person("supervisor@example.com").id_user
    assert conversation.request["participantsAgents"] == [mock.admin.id_user, supervisor]


def test_participant_that_does_not_count_leaves(mock: TiledeskMock) -> None:
    """The real server takes the last one out of `participantsAgents` then."""
    conversation = mock.conversation("hello", participants=["admin", "agent"])

    conversation.leave("agent")

    assert conversation.participants == [mock.admin.id_user]
    assert conversation.request["participantsAgents"] == []
