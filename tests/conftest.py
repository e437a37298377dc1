"""Setup for all tests."""

from __future__ import annotations

# A run of pytest inside of a test forgets what it was the first to import: the next to import it gets other
# classes of the same names, which these libraries' parts do not take for each other.
import httpcore  # noqa: F401  (httpx imports it with its first request)
import httpx  # noqa: F401
import pytest
import requests  # noqa: F401
import yaml  # noqa: F401
from hypothesis import settings

# How long an example takes is the machine's business: what is timed goes to the benchmarks.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


def pytest_configure(config: pytest.Config) -> None:
    """Let one worker of pytest-xdist run the tests of one group, as `--dist loadgroup` does."""
    config.addinivalue_line("markers", "xdist_group(name): tests that one worker runs")
    if getattr(config.option, "dist", None) == "load":
        config.option.dist = "loadgroup"
