"""A handle compared with another Tiledesk, which is not reset between tests."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.diff.report import DiffReport
from tiledesk_mock.emulator.modes import diff_mode
from tiledesk_mock.errors import SettingsError

from ..two_emulators import UPSTREAM_CREDENTIALS, UPSTREAM_SEED


def fire_and_list(mock: TiledeskMock) -> None:
    """Do what a test does: begin at the seed, fire an event, look at the list."""
    url = f"{mock.url}/{mock.project_id}/events"
    mock.reset()
    requests.post(url, json={"name": "order.paid"}, auth=mock.owner.basic, timeout=5)
    requests.get(url, headers=mock.owner.headers, timeout=5)


def test_suite_is_compared_with_a_tiledesk_of_other_people(tmp_path: Path) -> None:
    """Two tests, with password and token; the only differences are the dialect's."""
    (tmp_path / "theirs.yaml").write_text(UPSTREAM_SEED)
    (tmp_path / "me.yaml").write_text(UPSTREAM_CREDENTIALS)
    with (
        TiledeskMock(log_level="error") as mock,
        TiledeskMock(seed=(tmp_path / "theirs.yaml",), dialect="server", global_secret="x") as upstream,
        diff_mode(mock.emulator, upstream.url, tmp_path / "me.yaml") as mode,
    ):
        for mode.label in ("first", "second"):
            fire_and_list(mock)

        assert mode.report.lines()[-1].startswith("4 of 4 exchanges equal; 2 known drifts")
        assert [event["name"] for event in upstream.events] == ["before", "order.paid", "order.paid"]


def test_emulator_is_as_before_after_the_block() -> None:
    """The mode and its listener are removed; one report can be shared."""
    report = DiffReport()
    with TiledeskMock(log_level="error") as mock, TiledeskMock(log_level="error") as upstream:
        listeners = list(mock.emulator.on_reset)
        with diff_mode(mock.emulator, upstream.url, report=report):
            fire_and_list(mock)
        fire_and_list(mock)

        assert mock.emulator.mode is None
        assert mock.emulator.on_reset == listeners
    assert len(report.exchanges) == 2


def test_malformed_upstream_url_is_refused() -> None:
    """The error comes before anything is sent."""
    with (
        TiledeskMock(log_level="error") as mock,
        pytest.raises(SettingsError, match="http or https"),
        diff_mode(mock.emulator, "nowhere"),
    ):
        pass
