"""An entry in a browser: both sides, links, copies, sending again."""

from __future__ import annotations

import pytest
import requests

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


def test_body_that_is_no_text_is_hexadecimal(tab: Tab) -> None:
    """It can be saved as it came."""
    requests.post(f"{tab.mock.url}/testauth", data=b"\x00\xff\xfe<b>", timeout=10)
    open_entry(tab, "testauth")

    expect(tab.page.locator("pre.hex")).to_contain_text("00 ff fe 3c 62 3e")
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="Save").click()
    assert download.value.path().read_bytes() == b"\x00\xff\xfe<b>"


def test_entry_that_has_left_the_timeline_says_so(tab: Tab) -> None:
    """With a way back."""
    tab.open("#/timeline/t00000000-1")

    expect(tab.page.locator(".empty")).to_contain_text("has left the timeline")
    tab.page.get_by_role("link", name="← Timeline").click()
    expect(tab.page.locator(".view.timeline")).to_be_visible()
    tab.problems.clear()  # browsers log a 404 of a fetch
