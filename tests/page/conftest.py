"""A browser for the tests of the page: one per module, and a new context for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tiledesk_mock import TiledeskMock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCREENSHOTS: Final = "PAGE_SCREENSHOTS"
"""Variable that names the folder for screenshots. Where it is set, a missing browser fails the tests."""

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WAIT: Final = 10_000
"""Milliseconds to wait for what a test expects: as long as a busy machine may need."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker of pytest-xdist run these tests, so that only one browser runs at a time."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("browser"))


def missing(what: str) -> None:
    """Skip the tests; fail where screenshots are wanted, as in CI."""
    reason = f"{what}: install Chromium (Debian: apt-get install chromium) and pip install -e '.[browser]'"
    if os.environ.get(SCREENSHOTS):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a Chromium.

    It ends with its module: while Playwright runs, other tests of the process cannot call `asyncio.run`.
    """
    executable = next(filter(None, map(shutil.which, _NAMES)), None)
    if executable is None:
        missing(f"no browser ({', '.join(_NAMES)}) in PATH")
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        missing("Playwright is not installed")
    expect.set_options(timeout=_WAIT)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox"] if is_root else []
        )
        yield started
        started.close()


class Tab:
    """A tab of the browser, which shows the page of an emulator.

    `problems` are errors of the console, of scripts and of the policy, and responses that failed.
    """

    def __init__(self, page: Page, mock: TiledeskMock) -> None:
        self.page: Final = page
        self.mock: Final = mock
        self.url: Final = f"{mock.url.removesuffix('/v3')}/__admin/"
        self.problems: Final[list[str]] = []
        page.set_default_timeout(_WAIT)
        page.on("console", lambda line: self._note(line.type, line.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def open(self, hash_: str = "") -> None:
        """Show a view: `#/webhooks`."""
        self.page.goto(self.url + hash_)

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(text)


@pytest.fixture
def journal_size() -> int:
    """Return how many entries the timeline keeps; tests have their own as a parameter."""
    return 1000


@pytest.fixture
def mock(journal_size: int) -> Iterator[TiledeskMock]:
    """Return an emulator of the test's own: a reset leaves the timeline as it is."""
    with TiledeskMock(journal_size=journal_size) as started:
        yield started


@pytest.fixture
def tab(browser: Browser, mock: TiledeskMock) -> Iterator[Tab]:
    """Return a tab for the page of the emulator; no test may leave an error in its console."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = Tab(context.new_page(), mock)
    yield tab
    context.close()
    assert tab.problems == []
