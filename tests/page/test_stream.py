"""The connection of the page: it comes back, says what was missed, and ends while the page is not visible."""

from __future__ import annotations

import threading

import pytest
from werkzeug.serving import make_server

from tiledesk_mock import TiledeskMock

from .conftest import Tab
from .traffic import post_event

pytest.importorskip("playwright", reason="Playwright is not installed: pip install -e '.[browser]'")
from playwright.sync_api import Browser, expect

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_page_goes_on_after_the_emulator_starts_again(browser: Browser) -> None:
    """It shows that the connection is lost, and then what the new emulator does."""
    context = browser.new_context()
    with TiledeskMock() as first:
        tab = Tab(context.new_page(), first)
        tab.open()
        first.fire("order.paid")
        expect(tab.page.locator(".row", has_text="order.paid")).to_have_count(1)
        port = int(first.url.rpartition(":")[2].partition("/")[0])
    connection = tab.page.locator(".connection")
    expect(connection).to_have_text("reconnecting")

    with TiledeskMock(port=port) as second:
        second.fire("order.shipped")

        expect(tab.page.locator(".row", has_text="order.shipped")).to_have_count(1)
        expect(tab.page.locator(".row.gap")).to_have_text("the emulator was started again")
        expect(connection).to_have_text("live")
        context.close()


@pytest.mark.parametrize("journal_size", [5])
def test_hidden_tab_has_no_connection_and_catches_up(tab: Tab) -> None:
    """A browser opens only six to one server. What has left the timeline meanwhile is counted."""
    tab.open()
    tab.mock.fire("order.paid")
    expect(tab.page.locator(".row", has_text="order.paid")).to_have_count(1)
    tab.page.evaluate(HIDE, True)

    for number in range(8):
        tab.mock.fire(f"order.{number}")
    assert tab.page.locator(".row").count() == 1
    tab.page.evaluate(HIDE, False)

    expect(tab.page.locator(".connection")).to_have_text("live, 3 missed")
    expect(tab.page.locator(".row.gap")).to_have_text("3 missed")
    expect(tab.page.locator(".row", has_text="order.7")).to_have_count(1)


def test_ten_hidden_tabs_leave_room_for_requests(tab: Tab) -> None:
    """All tabs of one browser share its connections to the emulator."""
    for _ in range(10):
        page = tab.page.context.new_page()
        page.goto(tab.url)
        expect(page.locator(".connection")).to_have_text("live")
        page.evaluate(HIDE, True)

    tab.open()
    post_event(tab.mock, "order.paid")

    expect(tab.page.locator(".row", has_text="POST")).to_have_count(1)


def test_page_is_live_where_each_stream_ends_at_once(tab: Tab) -> None:
    """As under waitress. The browser comes again each second, which is no loss of connection."""
    server = make_server("127.0.0.1", 0, tab.mock.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    tab.page.add_init_script(
        "window.states = new Set(); setInterval(() => "
        "states.add(document.querySelector('.connection')?.textContent), 20)"
    )
    tab.page.goto(f"http://127.0.0.1:{server.port}/__admin/")
    row = tab.page.locator(".row")

    for number in range(1, 4):
        tab.mock.fire("order.paid")
        expect(row).to_have_count(number)

    assert "reconnecting" not in tab.page.evaluate("[...states]")
    tab.page.goto("about:blank")
    server.shutdown()
    thread.join()
    server.server_close()
