"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes is the machine's business: what is timed goes to the benchmarks.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
