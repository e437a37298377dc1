"""The view of webhooks: subscriptions, deliveries, targets that fail."""

from __future__ import annotations

import pytest

from .conftest import Tab
from .sections import check_refusal, section

pytest.importorskip("playwright", reason="Playwright is not installed: pip install -e '.[browser]'")
from playwright.sync_api import expect

HOOK = "http://127.0.0.1:9/hook"


def deliver(tab: Tab, name: str = "order.paid", *, status: int = 200, count: int | None = None) -> None:
    """Fire an event to a target that responds with a status."""
    tab.mock.webhooks.subscribe("event.emit", HOOK)
    tab.mock.webhooks.fail(status=status, count=count)
    tab.mock.fire(name, {"order": 7})


def test_subscription_is_added_and_removed(tab: Tab) -> None:
    """By the form, and by its button; the secret is copied."""
    tab.open("#/webhooks")
    subscriptions = section(tab, "Subscriptions")
    subscriptions.get_by_text("Add a subscription").click()
    subscriptions.get_by_label("Event").fill("event.emit.<b>x</b>")
    subscriptions.get_by_label("Target").fill(HOOK)
    subscriptions.get_by_role("button", name="Subscribe").click()

    item = subscriptions.locator("[data-subscription]")
    expect(item).to_contain_text("event.emit.<b>x</b>")
    item.get_by_role("button", name="Copy secret").click()
    expect(tab.page.get_by_text("copied")).to_be_visible()
    secret = tab.page.evaluate("navigator.clipboard.readText()")
    assert [one["secret"] for one in tab.mock.controls.subscriptions()] == [secret]

    item.get_by_role("button", name="Remove").click()
    expect(subscriptions.get_by_text("No subscriptions.")).to_be_visible()
    assert tab.mock.controls.subscriptions() == []


def test_error_of_a_subscription_is_beside_its_form(tab: Tab) -> None:
    """What was typed stays."""
    tab.open("#/webhooks")
    subscriptions = section(tab, "Subscriptions")
    subscriptions.get_by_text("Add a subscription").click()
    subscriptions.get_by_label("Target").fill("ftp://127.0.0.1/hook")

    subscriptions.get_by_role("button", name="Subscribe").click()

    expect(subscriptions.get_by_role("alert")).to_contain_text("expected an http or https URL")
    check_refusal(tab)
    expect(subscriptions.get_by_label("Target")).to_have_value("ftp://127.0.0.1/hook")


def test_delivery_comes_live_with_its_attempts(tab: Tab) -> None:
    """It stays open while further attempts come."""
    tab.open("#/webhooks")
    deliver(tab, status=503)
    item = section(tab, "Deliveries").locator("[data-delivery]")
    item.locator("summary").first.click()
    expect(item.locator(".attempts li")).to_have_count(1)

    tab.mock.webhooks.drain()

    expect(item.locator(".attempts li")).to_have_count(3)
    expect(item.locator(".headline").first).to_contain_text("given up")
    expect(item).to_contain_text("x-hook-secret: ***")


def test_delivery_is_resent(tab: Tab) -> None:
    """To the same address, and to another one."""
    deliver(tab, "<b>x</b>")
    tab.mock.webhooks.drain()
    tab.open("#/webhooks")
    item = section(tab, "Deliveries").locator("[data-delivery]").last
    item.locator("summary").first.click()

    item.get_by_role("button", name="Resend", exact=True).click()
    expect(tab.page.get_by_text("resends #1")).to_have_count(1)
    item.get_by_text("Resend to another address").click()
    item.get_by_label("Target").fill("http://127.0.0.1:9/other")
    item.get_by_role("button", name="Resend there").click()

    expect(tab.page.locator(".headline", has_text="127.0.0.1:9/other")).to_have_count(1)
    assert [one["target"] for one in tab.mock.deliveries] == [HOOK, HOOK, "http://127.0.0.1:9/other"]


def test_missing_delivery_is_explained(tab: Tab) -> None:
    """By the hints of the emulator, which follow the filter."""
    tab.open("#/webhooks")
    deliveries = section(tab, "Deliveries")
    expect(deliveries).to_contain_text("no subscription exists")

    deliveries.get_by_label("Event").fill("order.paid")

    expect(deliveries).to_contain_text("order.paid: no event of that name was fired")


def test_target_fails_until_it_recovers(tab: Tab) -> None:
    """The rule is listed, also after a reload of the page."""
    tab.open("#/webhooks")
    failing = section(tab, "Failing targets")
    failing.get_by_text("Let a target fail").click()
    failing.get_by_label("Target").fill(HOOK)
    failing.get_by_label("Error").select_option("timeout")
    failing.get_by_role("button", name="Let it fail").click()
    expect(failing.locator(".item")).to_contain_text(HOOK)
    tab.page.reload()

    failing.get_by_role("button", name="recover").click()

    expect(failing.get_by_text("No target fails on purpose.")).to_be_visible()


def test_typed_text_and_scroll_stay_while_deliveries_come(tab: Tab) -> None:
    """What comes live is put above."""
    deliver(tab)
    tab.open("#/webhooks")
    subscriptions = section(tab, "Subscriptions")
    subscriptions.get_by_text("Add a subscription").click()
    subscriptions.get_by_label("Target").fill("http://127.0.0.1:9/half")

    tab.mock.fire("order.sent")

    expect(tab.page.locator("[data-delivery]", has_text="order.sent")).to_be_visible()
    expect(subscriptions.get_by_label("Target")).to_have_value("http://127.0.0.1:9/half")
    expect(subscriptions.get_by_label("Target")).to_be_focused()
