"""The view of data: events and the forms that fire them, people, projects."""

from __future__ import annotations

import base64

import pytest
import requests

from .conftest import Tab
from .sections import check_refusal, section

pytest.importorskip("playwright", reason="Playwright is not installed: pip install -e '.[browser]'")
from playwright.sync_api import expect


def test_event_is_fired_by_the_form(tab: Tab) -> None:
    """It is in the list at once, and opens to the whole event."""
    tab.open("#/data")
    form = section(tab, "Fire an event")
    form.get_by_label("Name").fill("<b>x</b>")
    form.get_by_label("Attributes").fill('{"order": 7}')
    form.get_by_label("By").fill("agent")
    form.get_by_role("button", name="Fire").click()

    event = section(tab, "Events").locator("[data-event]")
    expect(event).to_contain_text('<b>x</b>{"order":7}agent agent@example.com')
    event.locator("summary").first.click()
    expect(event).to_contain_text(f'id_project: "{tab.mock.project_id}"')
    tab.mock.expect_event("<b>x</b>", attributes={"order": 7}, by="agent")


@pytest.mark.parametrize(
    ("text", "error", "selected"),
    [
        ('{"order": 7,}', 'Attributes: line 1, column 13: expected a name in double quotes, not "}"', "}"),
        ('{\n  "a": [1, tru]\n}', 'line 2, column 12: expected a value, not "tru"', "t"),
        ('{"a": "b" "c"}', "line 1, column 11: expected , or }", '"'),
        ('{"a": 1', "line 1, column 8: expected , or }, but it ends here", ""),
        ("{'a': 1}", "line 1, column 2: expected a name in double quotes", "'"),
        ("[1] 2", 'line 1, column 5: expected the end, not "2"', "2"),
    ],
)
def test_wrong_json_is_explained_at_its_place(tab: Tab, text: str, error: str, selected: str) -> None:
    """The place is selected, and nothing is fired."""
    tab.open("#/data")
    form = section(tab, "Fire an event")
    form.get_by_label("Name").fill("order.paid")
    form.get_by_label("Attributes").fill(text)

    form.get_by_role("button", name="Fire").click()

    expect(form.get_by_role("alert")).to_contain_text(error)
    assert tab.page.evaluate("getSelection().toString()") == selected
    assert tab.mock.events == []


def test_error_of_the_emulator_is_beside_the_form(tab: Tab) -> None:
    """In one line."""
    tab.open("#/data")
    form = section(tab, "Fire an event")
    form.get_by_label("Name").fill("order.paid")
    form.get_by_label("By").fill("nobody")

    form.get_by_role("button", name="Fire").click()

    expect(form.get_by_role("alert")).to_contain_text("no person has the role, e-mail address or id 'nobody'")
    check_refusal(tab)


def test_platform_event_is_sent_by_the_form_of_its_fields(tab: Tab) -> None:
    """Lists of people, whole numbers and JSON are sent as such; the payload is shown."""
    tab.open("#/data")
    form = section(tab, "Platform event")
    form.get_by_label("Event").select_option("group.create")
    form.get_by_label("name").fill("<b>Team</b>")
    form.get_by_label("members").fill("agent, admin")
    form.get_by_role("button", name="Send").click()

    expect(form.locator(".payload")).to_contain_text('name: "<b>Team</b>"')
    assert [name for name, _ in tab.mock.emulator.notifications.sent] == ["group.create"]


def test_events_are_filtered(tab: Tab) -> None:
    """By name and attributes; a wrong attribute is explained, and the list comes back with the filter."""
    for number in range(3):
        tab.mock.fire(f"order.{number}", {"order": number})
    tab.open("#/data")
    events = section(tab, "Events")
    expect(events.locator("[data-event]")).to_have_count(3)

    events.get_by_label("Attributes").fill('{"order": 1')
    expect(events.get_by_role("alert")).to_contain_text("Attributes: line 1, column 12")
    events.get_by_label("Attributes").fill('{"order": 1}')
    expect(events.locator("[data-event]")).to_have_count(1)
    events.get_by_label("Attributes").fill("")
    events.get_by_label("Name").fill("order.*")

    expect(events.locator("[data-event] strong")).to_have_text(["order.2", "order.1", "order.0"])


def test_many_events_are_shown_page_by_page(tab: Tab) -> None:
    """What comes meanwhile is put above, and older pages stay."""
    tab.mock.seed(events=[{"name": f"n{number}"} for number in range(250)])
    tab.open("#/data")
    events = section(tab, "Events").locator("[data-event]")
    expect(events).to_have_count(100)
    tab.page.get_by_role("button", name="Show more").click()
    expect(events).to_have_count(200)

    tab.mock.fire("newest")

    expect(events.first).to_contain_text("newest")
    expect(events).to_have_count(201)
    tab.page.get_by_role("button", name="Show more").click()
    expect(events).to_have_count(251)
    expect(tab.page.get_by_role("button", name="Show more")).to_have_count(0)


@pytest.mark.parametrize("what", ["E-mail", "Password", "Basic"])
def test_credentials_are_copied(tab: Tab, what: str) -> None:
    """Those of the agent, in the form in which requests have them."""
    email, password = tab.mock.agent.basic or ("", "")
    basic = base64.b64encode(f"{email}:{password}".encode()).decode()
    tab.open("#/data/people")

    tab.page.get_by_role("button", name=f"Copy {what} of {email}").click()

    expect(tab.page.get_by_text("copied")).to_be_visible()
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied == {"E-mail": email, "Password": password, "Basic": f"Basic {basic}"}[what]


def test_copied_token_signs_in(tab: Tab) -> None:
    """It is read when it is copied, so it is fresh."""
    tab.open("#/data/people")

    tab.page.get_by_role("button", name="Copy JWT of agent@example.com").click()

    expect(tab.page.get_by_text("copied")).to_be_visible()
    token = tab.page.evaluate("navigator.clipboard.readText()")
    url = f"{tab.mock.url}/{tab.mock.project_id}/events"
    assert requests.get(url, headers={"Authorization": token}, timeout=10).status_code == 200


def test_people_and_projects_are_listed(tab: Tab) -> None:
    """People can be found by a part of what they are."""
    tab.mock.emit_standard("project.create", name="<b>Shop</b>")
    tab.open("#/data/people")
    expect(tab.page.locator("[data-person]").nth(3)).to_be_visible()
    tab.page.get_by_label("Find").fill("AGENT@")
    expect(tab.page.locator("[data-person]")).to_have_count(1)

    tab.page.get_by_role("link", name="Projects").click()

    expect(tab.page.locator("[data-project]")).to_have_count(2)
    expect(tab.page.locator("[data-project]").last).to_contain_text("<b>Shop</b>")
