"""The timeline in a browser: rows, filter, pause, links, keys, and how many rows are in the document."""

from __future__ import annotations

import re

import pytest
import requests

from .conftest import Tab
from .traffic import fill_timeline, post_event

pytest.importorskip("playwright", reason="Playwright is not installed: pip install -e '.[browser]'")
from playwright.sync_api import Locator, expect


def rows(tab: Tab, text: str = "") -> Locator:
    """Return the rows with a text."""
    return tab.page.locator(".row", has_text=text)


def test_rows_come_while_they_happen(tab: Tab) -> None:
    """The newest is first; a request and its event have person, status and name."""
    tab.open()
    post_event(tab.mock, "order.paid", total=12)
    post_event(tab.mock, "order.shipped")

    expect(rows(tab, "POST")).to_have_count(2)
    expect(tab.page.locator(".connection")).to_have_text("live")
    first = rows(tab, "POST").first
    expect(first).to_contain_text("order.shipped")
    expect(first).to_contain_text("agent agent@example.com")
    expect(first.locator(".status")).to_have_text("200")


def test_row_has_reason_and_badges(tab: Tab) -> None:
    """Drifts, faults and routes that are not emulated stand out, and an error says why."""
    fill_timeline(tab.mock)
    tab.open()

    expect(rows(tab, "422").locator(".reason")).to_contain_text("name")
    expect(rows(tab, "sortField").locator(".badge")).to_have_text("drift sort-field")
    expect(rows(tab, "/leads").locator(".badge")).to_have_text("not emulated")
    expect(rows(tab, "fault-1").locator(".badge")).to_have_text("fault fault-1")
    expect(rows(tab, "webhook").first).to_contain_text("delivered")


def test_platform_event_is_a_row(tab: Tab) -> None:
    """A badge tells it from custom events, and it opens to its payload."""
    tab.mock.conversation("hello")
    tab.open("#/timeline?filter=event:request.create")

    expect(rows(tab)).to_have_count(1)
    expect(rows(tab).locator(".badge")).to_have_text("platform")
    rows(tab).click()
    expect(tab.page.locator(".card", has_text="first_text")).to_be_visible()


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("status:422", 1),
        ("status:4xx method:GET", 3),
        ("kind:attempt", 2),
        ("person:agent -event:order", 1),
        ("PATH:/leads", 1),
        ("order.shipped waiting", 1),
        ('"not emulated"', 1),
        ("state:delivered", 1),
        ("drift:sort", 1),
        ("nothing:like:this", 0),
    ],
)
def test_filter_shows_what_matches(tab: Tab, words: str, count: int) -> None:
    """Words, keys and a minus; the filter is in the address, and new rows obey it."""
    fill_timeline(tab.mock)
    tab.open()
    expect(rows(tab, "webhook")).to_have_count(2)

    tab.page.keyboard.press("/")
    tab.page.keyboard.type(words)

    expect(rows(tab)).to_have_count(count)
    assert "filter=" in tab.page.evaluate("location.hash")


def test_filter_of_the_address_is_used(tab: Tab) -> None:
    """Kinds are buttons, which stay pressed."""
    fill_timeline(tab.mock)
    tab.open("#/timeline?filter=order.shipped&kind=event")

    expect(rows(tab)).to_have_count(1)
    expect(tab.page.get_by_role("button", name="Events", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    tab.page.get_by_role("button", name="Webhooks", exact=True).click()
    expect(rows(tab)).to_have_count(3)


def test_pause_holds_the_list_and_counts(tab: Tab) -> None:
    """Resuming shows what came meanwhile."""
    tab.open()
    post_event(tab.mock, "order.paid")
    expect(rows(tab, "POST")).to_have_count(1)
    tab.page.get_by_role("button", name="Pause").click()

    post_event(tab.mock, "order.shipped")

    resume = tab.page.get_by_role("button", name="Resume (2 new)")
    expect(resume).to_be_visible()
    expect(rows(tab, "POST")).to_have_count(1)
    resume.click()
    expect(rows(tab, "POST")).to_have_count(2)


def test_clear_empties_the_page_only(tab: Tab) -> None:
    """The other button empties the journal of the emulator."""
    post_event(tab.mock, "order.paid")
    tab.open()
    expect(rows(tab, "POST")).to_have_count(1)

    tab.page.get_by_role("button", name="Clear").click()
    expect(rows(tab)).to_have_count(0)
    assert len(tab.mock.requests) == 1
    tab.page.get_by_role("button", name="Empty journal").click()

    expect(tab.page.get_by_text("The journal is empty")).to_be_visible()
    assert len(tab.mock.requests) == 0


def test_reset_is_a_separator(tab: Tab) -> None:
    """It stands between what was before and what comes after."""
    tab.open()
    tab.mock.reset()

    expect(tab.page.locator(".row.separator")).to_contain_text("reset")


def test_cause_shows_only_what_is_linked(tab: Tab) -> None:
    """The way back shows everything again."""
    fill_timeline(tab.mock)
    tab.open()

    rows(tab, "webhook").first.get_by_label("Show only what is linked").click()
    expect(rows(tab)).to_have_count(4)
    tab.page.keyboard.press("Escape")

    expect(rows(tab, "/leads")).to_have_count(1)


def test_keys_move_open_and_go_back(tab: Tab) -> None:
    """The selected row is what screen readers read, and is still selected after the way back."""
    fill_timeline(tab.mock)
    tab.open()
    expect(rows(tab, "/leads")).to_have_count(1)
    selected = tab.page.locator('.row[aria-selected="true"]')

    for key in ("j", "ArrowDown", "j", "k"):
        tab.page.keyboard.press(key)
    expect(selected).to_have_attribute("aria-rowindex", "2")
    active = tab.page.get_by_role("grid").get_attribute("aria-activedescendant")
    assert active == selected.get_attribute("id")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".view.entry h1")).to_contain_text("order.shipped")
    tab.page.keyboard.press("Escape")

    expect(selected).to_have_attribute("aria-rowindex", "2")


def test_help_lists_keys_and_words(tab: Tab) -> None:
    """It is a dialog, which Escape closes."""
    tab.open()
    tab.page.get_by_role("button", name="Help").click()

    dialog = tab.page.get_by_role("dialog")
    expect(dialog).to_contain_text("status:422")
    tab.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("journal_size", [10_000])
def test_only_visible_rows_are_in_the_document(tab: Tab) -> None:
    """Of 10,000 entries all can be scrolled to, and what is read does not move when others come."""
    requests.get(f"{tab.mock.url}/testauth?first", timeout=10)
    for _ in range(9_990):
        tab.mock.fire("order.paid")
    tab.open()
    expect(tab.page.get_by_role("grid")).to_have_attribute("aria-rowcount", re.compile("^999[0-9]$"))

    tab.page.keyboard.press("End")
    first = rows(tab, "?first")
    expect(first).to_be_in_viewport()
    index, place = first.get_attribute("aria-rowindex"), first.bounding_box()
    post_event(tab.mock, "order.shipped")

    expect(first).not_to_have_attribute("aria-rowindex", index or "")
    assert first.bounding_box() == place
    assert rows(tab).count() < 100


@pytest.mark.parametrize("hash_", ["#/constructor", "#/timeline?kind=constructor", "#/data/constructor"])
def test_names_that_objects_inherit_are_no_views(tab: Tab, hash_: str) -> None:
    """`constructor` is in every object of JavaScript."""
    post_event(tab.mock, "order.paid")
    tab.open(hash_)

    expect(tab.page.get_by_text("order.paid").first).to_be_visible()


def test_filter_with_an_inherited_name_is_a_word(tab: Tab) -> None:
    """As any other word with a colon that is no key."""
    post_event(tab.mock, "constructor:a")
    tab.open("#/timeline?filter=constructor:a")

    expect(tab.page.locator(".row.event")).to_have_count(1)
