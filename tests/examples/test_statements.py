"""The tables and the links of the documents are right."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import tiledesk_mock as package

from . import tables
from .documents import DOCUMENTS

TEXT = "\n".join(document.read_text("utf-8") for document in DOCUMENTS)


@pytest.mark.parametrize(
    "rows",
    [
        tables.settings,
        tables.plugin_options,
        tables.drifts,
        tables.control,
        tables.verbs,
        tables.compared,
        tables.platform_events,
        tables.conversation_steps,
        tables.conversation_fields,
    ],
    ids=lambda rows: rows.__name__,
)
def test_tables_match_the_code(rows: Callable[[], list[str]]) -> None:
    """The rows of settings, drifts, paths, recordings and events are those of the code and the data."""
    assert tables.missing(rows(), TEXT) == ""


def test_readme_names_everything_public() -> None:
    """The documents name all public names and the dependencies."""
    names = {*package.__all__, *(f"| {name} |" for name in tables.dependencies())}

    assert [name for name in sorted(names) if name not in TEXT] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_have_a_target(document: Path) -> None:
    """Linked files and headings exist."""
    for target, _, heading in links(document):
        place = document.parent / target if target else document

        assert place.exists(), target
        assert not heading or heading in headings(place), f"{target}#{heading}"


def links(document: Path) -> list[tuple[str, str, str]]:
    """Return the links of a document to files of this project: file, `#`, heading."""
    found = re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8"))
    return [link.partition("#") for link in found if "://" not in link]


def headings(document: Path) -> set[str]:
    """Return the anchors of a document's headings."""
    titles = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
