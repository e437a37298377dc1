"""A help desk that keeps a ticket for each conversation, and its tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from tiledesk_mock import TiledeskMock

from .tickets import help_desk


@pytest.fixture
def tickets(tiledesk_mock: TiledeskMock) -> Iterator[dict[str, Any]]:
    """Run the help desk, subscribed to conversations; return its tickets."""
    tickets: dict[str, Any] = {}
    server = make_server("127.0.0.1", 0, help_desk(tickets))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for event in ("request.create", "message.create", "request.close"):
        tiledesk_mock.webhooks.subscribe(event, f"http://127.0.0.1:{server.port}/tiledesk")
    yield tickets
    server.shutdown()
    server.server_close()


def test_ticket_follows_the_conversation(tiledesk_mock: TiledeskMock, tickets: dict[str, Any]) -> None:
    """It is opened by the first message, and closed with the conversation."""
    story = tiledesk_mock.conversation("my parcel is lost", by="guest", senderFullname="Gus")
    story.say("which number?", by="agent").say("42")
    tiledesk_mock.webhooks.drain()

    texts = ["my parcel is lost", "which number?", "42"]
    assert tickets[story.id] == {"by": "Gus", "texts": texts, "open": True}

    story.close()
    tiledesk_mock.webhooks.drain()

    assert not tickets[story.id]["open"]
