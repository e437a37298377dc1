"""Frames are those that were recorded from the real server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tiledesk_mock import TiledeskMock

from ..contract_recordings import CONTRACT
from .websocket_client import WebSocketClient, connect

DATA = Path(__file__).parents[1] / "data"
RECORDED = {
    case: frames
    for case, frames in json.loads((DATA / "realtime.json").read_text()).items()
    if isinstance(frames, list)
}
A, B = "65b000000000000000000001", "65b000000000000000000002"
TOPIC = f"/{A}/events/65c000000000000000000001"

Step = Callable[[TiledeskMock, WebSocketClient], object]


def subscribing(*topic: str) -> Step:
    """Return a step in which the client subscribes, with or without a topic."""
    return lambda _, client: client.send("subscribe", **({"topic": topic[0]} if topic else {}))


def saying(action: str, **payload: Any) -> Step:
    """Return a step in which the client sends another message."""
    return lambda _, client: client.send(action, **payload)


def sending(text: str) -> Step:
    """Return a step in which the client sends text that is no valid message."""
    return lambda _, client: client.socket.send(text)


def fire(mock: TiledeskMock, number: int, by: str = "owner", name: str = "live", key: str = "n") -> None:
    """Fire an event over HTTP, with Basic authentication if the person has a password."""
    person = mock.bot if by == "bot" else mock.person(by)
    body = {"name": name, "attributes": {key: number}}
    headers = {} if person.basic else person.headers
    requests.post(f"{mock.url}/{A}/events", json=body, auth=person.basic, headers=headers).raise_for_status()


def firing(number: int, by: str = "owner", name: str = "live") -> Step:
    """Return a step in which a person fires an event."""
    return lambda mock, _: fire(mock, number, by, name)


def unsubscribing_and_firing(mock: TiledeskMock, client: WebSocketClient) -> None:
    """Unsubscribe, then fire an event."""
    client.send("unsubscribe", topic=TOPIC)
    client.receive_all()
    fire(mock, 5)


def subscribing_twice(mock: TiledeskMock, client: WebSocketClient) -> None:
    """Subscribe again, ignore the history, then fire an event."""
    client.subscribe(TOPIC)
    fire(mock, 4)


STEPS: dict[str, Step] = {
    "subscribe: history": subscribing(TOPIC),
    "live event of that project user": firing(1),
    "live event of another project user": firing(2, by="agent"),
    "live event without project user": firing(3, by="bot"),
    "subscribed twice": subscribing_twice,
    "after unsubscribe": unsubscribing_and_firing,
    "subscribe to one name: history": subscribing(f"{TOPIC}/history"),
    "subscribe to one name: live": firing(6, name="history"),
    "subscribe without project user": subscribing(f"/{A}/events/"),
    "subscribe to all events": subscribing(f"/{A}/events"),
    "after subscribing to all events": firing(7),
    "topic of a project one does not belong to": subscribing(f"/{B}/events/65c000000000000000000006"),
    "topic of an unknown project": subscribing("/65b0000000000000000000ff/events/x"),
    "topic of a malformed project": subscribing("/nope/events/x"),
    "topic of a malformed project user": subscribing(f"/{A}/events/nope"),
    "subscribe without a topic": subscribing(),
    "heartbeat ping": saying("heartbeat", message={"text": "ping"}),
    "heartbeat other": saying("heartbeat", message={"text": "other"}),
    "me": lambda *_: None,  # sent after each step, see below
    "unknown action": saying("unknown"),
    "not json": sending("not json"),
    "json array": sending("[]"),
    "publish, nobody subscribed": saying("publish", topic="/x/y", message="hi"),
}


class Names:
    """Replaces ids and times by the names that they have in the recording."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def replace_in(self, frames: list[Any]) -> list[Any]:
        """Return frames with names in place of ids and times."""
        text = re.sub(
            r'(?<="createdAt": |"updatedAt": )"(?!2026-01-01)[^"]+"', '"<time>"', json.dumps(frames)
        )
        return json.loads(re.sub(r"\b(?!65[a-e]0{9})[0-9a-f]{24}\b", self._name, text))

    def _name(self, found: re.Match[str]) -> str:
        return self._names.setdefault(found[0], f"<id:{len(self._names) + 1}>")


@pytest.fixture(scope="module")
def conversation() -> Iterator[dict[str, list[Any]]]:
    """Run all steps once; return the frames that were received in each case."""
    names = Names()
    with TiledeskMock(dialect="server", seed=CONTRACT / "world.json") as mock, connect(mock) as client:
        for number in range(22):
            fire(mock, number, name="history" if number % 2 else "other", key="i")
        received = {}
        for case, step in STEPS.items():
            step(mock, client)
            received[case] = names.replace_in(client.receive_all())
        client.send("me")
        received["me"] = [client.receive()]
        received["me"][0]["payload"]["id"] = "<client>"
        yield received


def test_every_recorded_case_has_a_step() -> None:
    """The steps are complete."""
    assert list(STEPS) == list(RECORDED)


@pytest.mark.parametrize("case", STEPS)
def test_frames_are_those_of_the_real_server(conversation: dict[str, list[Any]], case: str) -> None:
    """They have the same fields and values, except for ids and times."""
    assert conversation[case] == RECORDED[case]
