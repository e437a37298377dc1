"""How pytest loads the plugin: by the installed entry point, or by the module of the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEST = "def test_it(tiledesk_mock): assert tiledesk_mock.url\n"


def _run(pytester: pytest.Pytester, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=pytester.path,
        env={**variables, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_users_conftest_plugin_does_not_hide_the_plugin(pytester: pytest.Pytester) -> None:
    """A user's module of that name may come first in the path."""
    pytester.makepyfile(conftest_plugin="'''Something else.'''", test_it=TEST)

    result = _run(pytester)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("autoload", [True, False])
def test_conftest_plugin_loads_the_plugin_once(pytester: pytest.Pytester, autoload: bool) -> None:
    """Beside the installed entry point, and without it."""
    pytester.makepyfile(test_it=TEST)
    environment = {"PYTHONPATH": str(ROOT)} | ({} if autoload else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})

    result = _run(pytester, "-p", "conftest_plugin", **environment)

    assert result.returncode == 0, result.stdout + result.stderr
