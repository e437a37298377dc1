"""The view of realtime: connections, refused topics, frames."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import websocket

from .conftest import Tab
from .sections import section

pytest.importorskip("playwright", reason="Playwright is not installed: pip install -e '.[browser]'")
from playwright.sync_api import expect


@pytest.fixture
def socket(tab: Tab) -> Iterator[websocket.WebSocket]:
    """Return a WebSocket of the owner, subscribed to the agent's events, and refused `/<b>x</b>/y`."""
    socket = websocket.create_connection(f"{tab.mock.ws_url}?token={quote(tab.mock.owner.jwt)}", timeout=10)
    for topic in ("/<b>x</b>/y", f"/{tab.mock.project_id}/events/{tab.mock.agent.id}"):
        socket.send(json.dumps({"action": "subscribe", "payload": {"topic": topic}}))
    socket.recv()
    yield socket
    socket.shutdown()


def test_connection_is_shown_and_disconnected_with_a_code(tab: Tab, socket: websocket.WebSocket) -> None:
    """With its person and topics."""
    tab.open("#/realtime")
    connection = tab.page.locator("[data-connection]")
    expect(connection).to_contain_text("owner@example.com")
    expect(connection).to_contain_text(f"/events/{tab.mock.agent.id}")

    connection.get_by_role("combobox").select_option("1011")
    connection.get_by_role("button", name="Disconnect").click()

    opcode, data = socket.recv_data()
    assert (opcode, data[:2]) == (websocket.ABNF.OPCODE_CLOSE, (1011).to_bytes(2, "big"))
    expect(tab.page.get_by_text("No WebSocket is open.")).to_be_visible()


@pytest.mark.usefixtures("socket")
def test_refused_topic_is_shown_with_its_reason(tab: Tab) -> None:
    """As text."""
    tab.open("#/realtime")

    refused = section(tab, "Refused topics")
    expect(refused).to_contain_text("/<b>x</b>/y")
    expect(refused).to_contain_text("is not the id of a project")


@pytest.mark.usefixtures("socket")
def test_frame_comes_live_with_its_message(tab: Tab) -> None:
    """It opens to the whole message."""
    tab.open("#/realtime")
    tab.mock.fire("<b>x</b>", {"order": 7}, by="agent")

    frame = tab.page.locator("details", has_text="CREATE").first
    frame.locator("summary").first.click()

    expect(frame).to_contain_text('name: "<b>x</b>"')
    expect(frame).to_contain_text("to owner@example.com")
