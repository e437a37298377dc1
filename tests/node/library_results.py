"""Results of the real libraries: pairs of an input and its result in `data/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parent / "data"


def library_results(name: str) -> list[Any]:
    """Return the pairs of `data/NAME.json`, one test case each."""
    rows = json.loads((DATA / f"{name}.json").read_text())
    return [pytest.param(value, result, id=str(number)) for number, (value, result) in enumerate(rows)]
