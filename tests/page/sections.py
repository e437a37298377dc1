"""What the tests of several views do: find a section, expect a refusal of the control API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conftest import Tab

if TYPE_CHECKING:
    from playwright.sync_api import Locator


def section(tab: Tab, name: str) -> Locator:
    """Return the section with a heading."""
    return tab.page.get_by_role("region", name=name, exact=True)


def check_refusal(tab: Tab, status: int = 400) -> None:
    """Check that the only problem in the browser's console is a response with that status."""
    assert [f"status of {status}" in problem for problem in tab.problems] == [True]
    tab.problems.clear()
