"""All views: names stay text, nothing is wider than a small screen, no errors; and the login."""

from __future__ import annotations

import pytest

from tiledesk_mock import TiledeskMock

from .conftest import Tab
from .traffic import fill_timeline, post_event

pytest.importorskip("playwright", reason="Playwright is not installed: pip install -e '.[browser]'")
from playwright.sync_api import Browser, expect

VIEWS = ["timeline", "webhooks", "realtime", "data", "conversations", "controls"]
HTML = ["<b>x</b>", "<img src=x onerror=document.title=1>", "</script><script>document.title=1</script>"]


@pytest.mark.parametrize("view", VIEWS)
def test_view_is_shown_by_its_link(tab: Tab, view: str) -> None:
    """A view has no errors, and its link is marked."""
    fill_timeline(tab.mock)
    tab.open()

    tab.page.locator(f'nav a[data-view="{view}"]').click()

    expect(tab.page.locator(f".view.{view}")).to_be_visible()
    expect(tab.page.locator("#navigation a[aria-current]")).to_have_attribute("data-view", view)
    tab.page.wait_for_load_state("networkidle") if view != "timeline" else None


@pytest.mark.parametrize("view", VIEWS)
def test_html_in_names_stays_text(tab: Tab, view: str) -> None:
    """Names of events, attributes, targets, people and texts of messages are never HTML."""
    mock = tab.mock
    for html in HTML:
        mock.webhooks.subscribe(f"event.emit.{html}", f"http://127.0.0.1:1/{html}")
        post_event(mock, html, **{html: html})
        mock.conversation(html)
        mock.faults.status(503, path=f"/{html}")
    tab.open(f"#/{view}")

    tab.page.wait_for_timeout(300)

    assert tab.page.locator("main b, main img, main script").count() == 0
    assert tab.page.title().endswith("tiledesk-mock")


@pytest.mark.parametrize("kind", ["POST", "event", "webhook"])
def test_html_in_an_entry_stays_text(tab: Tab, kind: str) -> None:
    """In headers, bodies and links, too."""
    tab.mock.webhooks.subscribe("event.emit.<b>x</b>", "http://127.0.0.1:1/<b>x</b>")
    post_event(tab.mock, "<b>x</b>", html=HTML)
    tab.open()

    tab.page.locator(".row", has_text=kind).first.click()

    expect(tab.page.locator(".view.entry .card").first).to_be_visible()
    expect(tab.page.locator(".view.entry")).to_contain_text("<b>x</b>")
    assert tab.page.locator("main b, main img").count() == 0


@pytest.mark.parametrize("view", [*VIEWS, "entry"])
def test_view_fits_a_small_screen(tab: Tab, view: str) -> None:
    """At 360 pixels the page does not scroll sideways."""
    tab.page.set_viewport_size({"width": 360, "height": 640})
    fill_timeline(tab.mock)
    tab.open("" if view == "entry" else f"#/{view}")
    if view == "entry":
        tab.page.locator(".row", has_text="order.shipped").first.click()

    expect(tab.page.locator(f".view.{view} > :not(datalist)").first).to_be_visible()
    tab.page.wait_for_timeout(200)

    assert tab.page.evaluate(
        "[document.documentElement, document.querySelector('main')].map(e => e.scrollWidth)"
    ) == [360, 360]


def test_login_keeps_the_view_that_was_opened(browser: Browser) -> None:
    """The token is asked for once; after a logout again."""
    with TiledeskMock(host="0.0.0.0", admin_token="open sesame") as mock:
        context = browser.new_context()
        tab = Tab(context.new_page(), mock)
        tab.page.goto(tab.url.replace("0.0.0.0", "127.0.0.1") + "#/controls")
        tab.page.get_by_label("Token").fill("wrong")
        tab.page.keyboard.press("Enter")
        expect(tab.page.get_by_role("alert")).to_have_text("This is not the token.")

        tab.page.get_by_label("Token").fill("open sesame")
        tab.page.keyboard.press("Enter")
        expect(tab.page.locator(".view.controls")).to_be_visible()
        expect(tab.page.locator(".connection")).to_have_text("live")
        tab.page.get_by_role("button", name="Log out").click()
        expect(tab.page.get_by_label("Token")).to_be_visible()
        context.close()
