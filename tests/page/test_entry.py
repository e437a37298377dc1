"""An entry in a browser: both sides, links, copies, sending again."""

from __future__ import annotations

import pytest
import requests

from ..web.websocket_client import connect, topic_of
from .conftest import Tab
from .traffic import fill_timeline, post_event

pytest.importorskip("playwright", reason="Playwright is not installed: pip install -e '.[browser]'")
from playwright.sync_api import expect


def open_entry(tab: Tab, text: str) -> None:
    """Open the newest entry whose row has a text."""
    tab.open()
    tab.page.locator(".row", has_text=text).first.click()
    expect(tab.page.locator(".view.entry .card").first).to_be_visible()


def test_request_has_both_sides(tab: Tab) -> None:
    """Headers in a table, JSON as a tree that collapses, secrets masked."""
    post_event(tab.mock, "order.paid", items=[{"sku": "a-1"}])
    open_entry(tab, "POST")

    request, response = tab.page.locator(".card.message").all()
    expect(request.locator("table")).to_contain_text("Basic agent@example.com:***")
    expect(request).to_contain_text('sku: "a-1"')
    request.locator(".json summary", has_text="items").click()
    expect(request.get_by_text('"a-1"')).to_be_hidden()
    expect(response).to_contain_text('name: "order.paid"')


def test_error_says_why(tab: Tab) -> None:
    """One sentence, which the response does not have."""
    fill_timeline(tab.mock)
    open_entry(tab, "401")

    expect(tab.page.locator(".banner")).to_contain_text("Why: ")
    expect(tab.page.locator(".banner")).to_contain_text("password")


def test_drift_says_what_documentation_and_server_do(tab: Tab) -> None:
    """Both sides of the drift that the request depends on."""
    fill_timeline(tab.mock)
    open_entry(tab, "sortField")

    expect(tab.page.locator(".card.drift")).to_contain_text("sortField is ignored, sort sorts")


def test_links_lead_from_request_to_attempt_and_back(tab: Tab) -> None:
    """A POST is linked to its event and the attempts to deliver it, and they to it."""
    fill_timeline(tab.mock)
    open_entry(tab, "POST")
    links = tab.page.locator(".linked li a")
    expect(links).to_have_count(3)

    links.filter(has_text="webhook").last.click()
    expect(tab.page.locator("h1")).to_contain_text("webhook order.shipped")
    expect(tab.page.locator(".view.entry")).to_contain_text("DHL")
    links.filter(has_text="POST").click()

    expect(tab.page.locator("h1")).to_contain_text("/events")


def test_frame_is_shown_in_full(tab: Tab) -> None:
    """A frame is linked to the event that it carries."""
    with connect(tab.mock) as client:
        client.subscribe(topic_of(tab.mock))
        tab.mock.fire("order.paid", attributes={"order": 7})
        open_entry(tab, "frame")

        expect(tab.page.locator(".view.entry")).to_contain_text("order: 7")
        expect(tab.page.locator(".linked")).to_contain_text("order.paid")


def test_body_that_is_no_text_is_hexadecimal(tab: Tab) -> None:
    """It can be saved as it came."""
    requests.post(f"{tab.mock.url}/testauth", data=b"\x00\xff\xfe<b>", timeout=10)
    open_entry(tab, "testauth")

    expect(tab.page.locator("pre.hex")).to_contain_text("00 ff fe 3c 62 3e")
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="Save").click()
    assert download.value.path().read_bytes() == b"\x00\xff\xfe<b>"


@pytest.mark.parametrize(
    ("name", "text"), [("curl", "curl "), ("Python", "requests"), ("JavaScript", "fetch(")]
)
def test_request_is_copied(tab: Tab, name: str, text: str) -> None:
    """As a command or as code, without its secrets."""
    post_event(tab.mock, "order.paid")
    open_entry(tab, "POST")

    tab.page.get_by_role("button", name=name, exact=True).click()

    expect(tab.page.get_by_text("Copied")).to_be_visible()
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert text in copied
    assert "agent-secret" not in copied


def test_request_is_sent_again(tab: Tab) -> None:
    """With its credentials; the page shows the new entry."""
    post_event(tab.mock, "order.paid")
    open_entry(tab, "POST")
    before = tab.page.evaluate("location.hash")

    tab.page.get_by_role("button", name="Send again").click()

    expect(tab.page.get_by_text("Sent again")).to_be_visible()
    expect(tab.page.locator(".title .badge")).to_have_text("200")
    assert tab.page.evaluate("location.hash") != before
    assert len(tab.mock.events) == 2


def test_entry_that_has_left_the_timeline_says_so(tab: Tab) -> None:
    """With a way back."""
    tab.open("#/timeline/t00000000-1")

    expect(tab.page.locator(".empty")).to_contain_text("has left the timeline")
    tab.page.get_by_role("link", name="← Timeline").click()
    expect(tab.page.locator(".view.timeline")).to_be_visible()
    tab.problems.clear()  # browsers log a 404 of a fetch


def test_numbers_are_as_they_were_sent(tab: Tab) -> None:
    """JavaScript would round the first, and write the others in another way."""
    body = '{"name": "n", "attributes": {"id": 12345678901234567890, "price": 1.0, "far": 1E5}}'
    requests.post(
        f"{tab.mock.url}/{tab.mock.project_id}/events",
        data=body,
        headers={"Content-Type": "application/json"},
        auth=tab.mock.agent.basic,
        timeout=10,
    )
    open_entry(tab, "POST")

    request = tab.page.locator(".card.message").first
    for text in ("id: 12345678901234567890", "price: 1.0", "far: 1E5"):
        expect(request).to_contain_text(text)
    request.get_by_role("button", name="Copy the body of the request").click()
    expect(tab.page.locator(".toast")).to_contain_text("Copied")
    assert tab.page.evaluate("navigator.clipboard.readText()") == body


def test_body_with_nan_stays_text(tab: Tab) -> None:
    """NaN is not JSON, and null would be something else."""
    requests.post(
        f"{tab.mock.url}/{tab.mock.project_id}/events",
        data='{"name": NaN}',
        auth=tab.mock.agent.basic,
        timeout=10,
    )
    open_entry(tab, "POST")

    expect(tab.page.locator(".card.message").first).to_contain_text('{"name": NaN}')
