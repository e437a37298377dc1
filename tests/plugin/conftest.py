"""A suite of tests that uses the plugin, run by pytest inside of pytest."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

import tiledesk_mock.plugin.state  # noqa: F401  (each run inside of this one would import it again)

Suite = Callable[..., pytest.RunResult]

_QUIET = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
"""Here the plugin was imported by the outer run."""

collect_ignore = ["sample"]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Return a function that runs a test file with options, in file order."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(tests: str, *options: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\n{textwrap.dedent(ini)}")
        pytester.makepyfile(test_it=textwrap.dedent(tests))
        return pytester.runpytest("-p", "tiledesk_mock", "-p", "no:cacheprovider", *options, *_QUIET)

    return run
