"""`util.inspect`; `data/inspected.json` has the results of Node 20."""

from __future__ import annotations

import pytest

from tiledesk_mock.node.inspect import inspect
from tiledesk_mock.node.json import parse_json

from .library_results import library_results


@pytest.mark.parametrize(("text", "printed"), library_results("inspected"))
def test_inspect(text: str, printed: str) -> None:
    """A value is printed as by Node, with its quotes, columns, line breaks and depth."""
    assert inspect(parse_json(text)) == printed


def test_inspect_truncates_texts_over_ten_thousand_units() -> None:
    """The number of omitted UTF-16 units is printed."""
    assert inspect(["x" * 10_001]).endswith("x'... 1 more character\n]")
    assert inspect(["😀" * 5_001]).endswith("😀'... 2 more characters\n]")
