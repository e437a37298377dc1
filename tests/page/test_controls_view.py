"""The view of controls: clock, faults, stored data, drifts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.faults.rule import Fault

from .conftest import Tab
from .sections import check_refusal, section

pytest.importorskip("playwright", reason="Playwright is not installed: pip install -e '.[browser]'")
from playwright.sync_api import expect

STATIC = Path(__file__).parents[2] / "tiledesk_mock" / "web" / "page" / "static"


def get_events(mock: TiledeskMock) -> requests.Response:
    """Send a request as the agent."""
    return requests.get(f"{mock.url}/{mock.project_id}/events", auth=mock.agent.basic, timeout=10)


def test_clock_is_set_and_advanced_and_follows_the_machine(tab: Tab) -> None:
    """The page shows the time and whether it is frozen."""
    tab.open("#/controls")
    clock = section(tab, "Clock")
    clock.get_by_label("Time (UTC)").fill("2026-01-31T12:00:00")
    clock.get_by_role("button", name="Set").click()
    expect(clock.locator(".now")).to_have_text("2026-01-31 12:00:00 UTC")
    expect(clock.get_by_text("frozen", exact=True)).to_be_visible()

    clock.get_by_label("Seconds").fill("90")
    clock.get_by_role("button", name="Advance", exact=True).click()
    expect(clock.locator(".now")).to_have_text("2026-01-31 12:01:30 UTC")
    assert tab.mock.clock.iso() == "2026-01-31T12:01:30.000Z"

    clock.get_by_role("button", name="Follow this machine").click()
    expect(clock.get_by_text("follows this machine", exact=True)).to_be_visible()
    clock.get_by_role("button", name="Freeze").click()
    expect(clock.get_by_text("frozen", exact=True)).to_be_visible()


def test_fault_is_added_and_counts_its_hits(tab: Tab) -> None:
    """Live, until it is removed."""
    tab.open("#/controls")
    faults = section(tab, "Faults")
    faults.get_by_label("Status", exact=True).fill("418")
    faults.get_by_label("Body").fill('{"error": "<b>x</b>"}')
    faults.get_by_label("Path").fill("/events")
    faults.get_by_role("button", name="Add the fault").click()
    rule = faults.locator("[data-fault]")
    expect(rule).to_contain_text("0 hits of 0 requests")

    response = get_events(tab.mock)

    assert (response.status_code, response.json()) == (418, {"error": "<b>x</b>"})
    expect(rule).to_contain_text("1 hit of 1 request")
    expect(rule).to_contain_text("<b>x</b>")
    rule.get_by_role("button", name="Remove").click()
    expect(faults.get_by_text("No faults are in force.")).to_be_visible()


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("hang", {}, {"hang": True}),
        ("latency", {"Seconds": "0.5"}, {"latency": 0.5}),
        ("drip", {"Bytes per second": "9"}, {"drip": 9}),
        ("truncate", {}, {"truncate": True}),
        ("truncate", {"Bytes kept": "3"}, {"truncate": 3}),
        ("garble", {"Person": "agent", "Most hits": "2"}, {"garble": True, "person": "agent", "count": 2}),
        ("drop", {}, {"drop": "request"}),
    ],
)
def test_each_kind_of_fault_has_its_form(
    tab: Tab, kind: str, fields: dict[str, str], expected: dict[str, object]
) -> None:
    """With the fields that it takes."""
    tab.open("#/controls")
    faults = section(tab, "Faults")
    faults.get_by_label("Fault", exact=True).select_option(kind)
    for label, value in fields.items():
        faults.get_by_label(label).fill(value)
    faults.get_by_role("button", name="Add the fault").click()

    expect(faults.locator("[data-fault]")).to_have_count(1)
    (rule,) = tab.mock.controls.faults()
    assert {name: value for name, value in rule.items() if name not in ("id", "seen", "hits")} == expected


def test_every_field_of_a_fault_is_in_a_form() -> None:
    """But for the seed of the probability."""
    text = (STATIC / "faults.js").read_text()

    missing = {name for name in Fault.__slots__ if f'"{name}"' not in text and f"{name}: true" not in text}

    assert missing == {"id", "seed"}


def test_wrong_fault_is_explained_beside_its_form(tab: Tab) -> None:
    """It names the field."""
    tab.open("#/controls")
    faults = section(tab, "Faults")
    faults.get_by_label("Status", exact=True).fill("42")

    faults.get_by_role("button", name="Add the fault").click()

    expect(faults.get_by_role("alert")).to_contain_text("fault.status: 42 is not a status from 200 to 599")
    check_refusal(tab)


def test_stub_is_added_and_counts_its_hits(tab: Tab) -> None:
    """It responds to a route that is not emulated, until it is removed."""
    tab.open("#/controls")
    stubs = section(tab, "Stubs")
    stubs.get_by_text("Add a stub").click()
    stubs.get_by_label("Path").fill("/leads")
    stubs.get_by_label("Response").fill('{"leads": ["<b>x</b>"]}')
    stubs.get_by_role("button", name="Add the stub").click()
    stub = stubs.locator("[data-stub]")
    expect(stub).to_contain_text("0 hits")

    response = requests.get(f"{tab.mock.url}/{tab.mock.project_id}/leads", timeout=10)

    assert response.json() == {"leads": ["<b>x</b>"]}
    expect(stub).to_contain_text("1 hit")
    stub.get_by_role("button", name="Remove").click()
    expect(stubs.get_by_text("No stubs.")).to_be_visible()


def test_snapshot_is_taken_and_restored(tab: Tab) -> None:
    """The second click restores: what came since is lost."""
    tab.open("#/controls")
    snapshots = section(tab, "Snapshots")
    snapshots.get_by_label("Name").fill("<b>x</b>")
    snapshots.get_by_role("button", name="Take a snapshot").click()
    expect(snapshots.locator("[data-snapshot]")).to_contain_text("<b>x</b>")
    tab.mock.fire("order.paid")

    snapshots.get_by_role("button", name="Restore").click()
    assert len(tab.mock.events) == 1
    snapshots.get_by_role("button", name="Restore").click()

    expect(tab.page.get_by_text("back to <b>x</b>")).to_be_visible()
    assert tab.mock.events == []
    snapshots.get_by_role("button", name="Drop").click()
    expect(snapshots.get_by_text("No snapshots.")).to_be_visible()


def test_reset_asks_first(tab: Tab) -> None:
    """Who goes elsewhere is asked again."""
    tab.mock.fire("order.paid")
    tab.open("#/controls")
    button = section(tab, "Stored data").locator("button.danger")
    button.click()
    expect(button).to_contain_text("Sure?")
    button.blur()
    expect(button).to_have_text("Reset")
    assert len(tab.mock.events) == 1

    button.click()
    button.click()

    expect(tab.page.get_by_text("back to the seed")).to_be_visible()
    assert tab.mock.events == []


def test_data_are_exported_and_seeded(tab: Tab, tmp_path: Path) -> None:
    """The exported file replaces everything; a pasted seed adds."""
    tab.mock.fire("order.paid")
    tab.open("#/controls")
    stored = section(tab, "Stored data")
    with tab.page.expect_download() as download:
        stored.get_by_role("button", name="Export").click()
    file = tmp_path / "state.json"
    download.value.save_as(file)
    assert json.loads(file.read_text())["events"][0]["name"] == "order.paid"

    stored.get_by_label("Seed").fill('{"events": [{"name": "order.sent"}]}')
    stored.get_by_role("button", name="Seed").click()
    expect(tab.page.get_by_text("added: 1 events")).to_be_visible()
    assert len(tab.mock.events) == 2
    stored.get_by_label("or a file").set_input_files(file)
    stored.get_by_label("Replace").check()
    stored.get_by_role("button", name="Seed").click()

    expect(tab.page.get_by_text("everything is replaced")).to_be_visible()
    assert [event["name"] for event in tab.mock.events] == ["order.paid"]


def test_wrong_seed_is_explained(tab: Tab) -> None:
    """With the place in its document."""
    tab.open("#/controls")
    stored = section(tab, "Stored data")
    stored.get_by_label("Seed").fill('{"events": [{"nome": "order.sent"}]}')

    stored.get_by_role("button", name="Seed").click()

    expect(stored.get_by_role("alert")).to_contain_text("events[0]")
    check_refusal(tab)


def test_drifts_are_listed_with_their_counts(tab: Tab) -> None:
    """Those that requests depended on come first."""
    requests.get(
        f"{tab.mock.url}/{tab.mock.project_id}/events?sortField=name", auth=tab.mock.agent.basic, timeout=10
    )
    tab.open("#/controls")

    first = tab.page.locator("[data-drift]").first
    expect(first).to_contain_text("1 request")
    expect(first).to_contain_text("Documented")
    expect(section(tab, "Emulator")).to_contain_text("documented")
