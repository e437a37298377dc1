"""The view of conversations, step by step."""

from __future__ import annotations

import pytest

from .conftest import Tab
from .sections import check_refusal, section

pytest.importorskip("playwright", reason="Playwright is not installed: pip install -e '.[browser]'")
from playwright.sync_api import expect


def perform(tab: Tab, step: str, **fields: str) -> None:
    """Go on with the conversation by a form."""
    form = section(tab, "Next step")
    form.get_by_label("Step").select_option(step)
    for name, value in fields.items():
        form.get_by_label(name, exact=True).fill(value)
    form.get_by_role("button", name=step, exact=True).click()


def test_conversation_is_opened_and_closed(tab: Tab) -> None:
    """By forms; each step says what it sent."""
    tab.open("#/conversations")
    opening = section(tab, "Conversations")
    opening.get_by_text("Open a conversation").click()
    opening.get_by_label("text", exact=True).fill("hello <b>x</b>")
    opening.get_by_role("button", name="Open").click()
    expect(section(tab, "Messages")).to_contain_text("hello <b>x</b>")

    say = section(tab, "Messages")
    say.get_by_label("Say").fill("how can I help?")
    say.get_by_label("By").fill("agent")
    say.get_by_role("button", name="Say").click()
    expect(say.locator(".said")).to_have_count(2)
    perform(tab, "update", tags='["<i>vip</i>"]', attributes='{"order": 8}', rating="4")
    expect(section(tab, "Conversation")).to_contain_text("<i>vip</i>")
    perform(tab, "join", member="admin")
    expect(section(tab, "Conversation")).to_contain_text("agent@example.com, admin@example.com")
    perform(tab, "close", by="agent")

    expect(section(tab, "Conversation").locator(".badge").first).to_have_text("closed")
    expect(section(tab, "Next step").locator(".steps li").first).to_contain_text("close sent request.")
    (request,) = tab.mock.controls.conversations()
    assert (request["attributes"]["order"], request["rating"], request["status"]) == (8, 4, 1000)


def test_messages_of_a_client_come_live(tab: Tab) -> None:
    """What is typed stays."""
    conversation = tab.mock.conversation("hello")
    tab.open(f"#/conversations/{conversation.id}")
    say = section(tab, "Messages")
    say.get_by_label("Say").fill("half")

    conversation.say("are you there?")

    expect(say.locator(".said").last).to_contain_text("are you there?")
    expect(say.get_by_label("Say")).to_have_value("half")


def test_wrong_step_is_explained_beside_its_form(tab: Tab) -> None:
    """In the words of the control API."""
    conversation = tab.mock.conversation("hello")
    tab.open(f"#/conversations/{conversation.id}")

    perform(tab, "join", member="nobody")

    expect(section(tab, "Next step").get_by_role("alert")).to_contain_text("nobody")
    check_refusal(tab)
