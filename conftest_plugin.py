"""Loads the pytest plugin in a source checkout that is not installed: `pytest -p conftest_plugin`.

An installed package registers `tiledesk_mock.plugin.hooks` as its entry point and does not contain this file.
"""

from __future__ import annotations

import pytest


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the plugin under the name of its entry point, unless it is loaded already."""
    if not pluginmanager.has_plugin("tiledesk_mock"):
        from tiledesk_mock.plugin import hooks

        pluginmanager.register(hooks, "tiledesk_mock")
