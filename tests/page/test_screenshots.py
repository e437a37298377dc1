"""The pictures of docs/page.md: `PAGE_SCREENSHOTS=docs/images pytest tests/page/test_screenshots.py`."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from .conftest import SCREENSHOTS, Tab
from .traffic import fill_timeline

pytest.importorskip("playwright", reason="Playwright is not installed: pip install -e '.[browser]'")
from playwright.sync_api import expect

WIDTH, HEIGHT = 1280, 720


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the pictures go: a temporary folder, unless the variable names another."""
    chosen = Path(os.environ.get(SCREENSHOTS) or tmp_path)
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


def take(tab: Tab, path: Path) -> None:
    """Take a picture, and check that it has the right size and something on it."""
    tab.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    tab.page.wait_for_timeout(200)
    tab.page.screenshot(path=path, animations="disabled")
    picture = path.read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (WIDTH, HEIGHT)
    assert len(picture) > 20_000  # an empty page has a tenth of that


def test_picture_of_the_timeline(tab: Tab, folder: Path) -> None:
    """Requests, events, attempts, drifts and faults."""
    fill_timeline(tab.mock)
    tab.open()
    expect(tab.page.locator(".row", has_text="webhook")).to_have_count(2)

    take(tab, folder / "page-timeline.png")


def test_picture_of_an_entry(tab: Tab, folder: Path) -> None:
    """A POST with what is linked to it."""
    fill_timeline(tab.mock)
    tab.open()
    tab.page.locator(".row", has_text="POST").first.click()
    expect(tab.page.locator(".card.message")).to_have_count(2)

    take(tab, folder / "page-entry.png")
