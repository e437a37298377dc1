"""`docs/api.md`. The tests of all documents run its examples."""

from __future__ import annotations

from tiledesk_mock.openapi.api import api_document
from tiledesk_mock.openapi.markdown import api_markdown
from tiledesk_mock.settings import Dialect

from ..contract_recordings import CONTRACT


def test_file_is_current() -> None:
    """After a change of the document, `python -m tiledesk_mock.openapi` writes it anew."""
    assert (CONTRACT.parents[1] / "docs" / "api.md").read_text("utf-8") == api_markdown()


def test_every_operation_has_a_section_with_an_example() -> None:
    """Its heading is the method and the path."""
    sections = api_markdown().split("\n### ")[1:]

    found = {section.splitlines()[0] for section in sections}
    paths = api_document(Dialect.DOCUMENTED)["paths"]
    assert found == {f"{method.upper()} {path}" for path, item in paths.items() for method in item}
    assert all("\ncurl " in section for section in sections)


def test_rows_of_tables_are_whole_lines() -> None:
    """A cause or a parameter with a drift is one row, and no cell is empty."""
    text = api_markdown()

    rows = [line for line in text.splitlines() if line.startswith("|") or line.endswith("|")]
    assert all(row.startswith("|") and row.endswith("|") and "|  |" not in row for row in rows)
    assert text.rpartition("## Errors of most requests")[2].count("| 429 |") == 1


def test_operations_with_a_json_response_have_an_example_of_it() -> None:
    """It is JSON, behind the command."""
    sections = api_markdown().split("\n### ")[1:]

    assert {section.splitlines()[0] for section in sections if "A response:" not in section} == {
        "GET /testauth",
        "GET /testauth/noentitycheck",
        "GET /",
    }
