"""`util.inspect` of Node 20; `data/inspected.json` holds its answers."""

from __future__ import annotations

import pytest

from tiledesk_mock.node.inspect import inspect
from tiledesk_mock.node.json import parse_json

from .answers import answers


@pytest.mark.parametrize(("text", "printed"), answers("inspected"))
def test_inspect(text: str, printed: str) -> None:
    """A value is printed as Node prints it: quotes, columns, breaks, depth."""
    assert inspect(parse_json(text)) == printed


def test_inspect_cuts_texts_over_ten_thousand_units() -> None:
    """The rest is counted in UTF-16 units, one or several."""
    assert inspect(["x" * 10_001]).endswith("x'... 1 more character\n]")
    assert inspect(["😀" * 5_001]).endswith("😀'... 2 more characters\n]")
