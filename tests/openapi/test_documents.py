"""The OpenAPI documents that ship."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from openapi_spec_validator import validate

from tiledesk_mock import TiledeskMock
from tiledesk_mock.control.openapi_files import FOLDER
from tiledesk_mock.node.json import parse_json
from tiledesk_mock.openapi.documents import DOCUMENTS, document_text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_file_is_current(name: str) -> None:
    """After a change of what they are made of, `python -m tiledesk_mock.openapi` writes them anew."""
    assert (FOLDER / name).read_text("utf-8") == document_text(name)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_is_openapi(name: str) -> None:
    """The validator of the specification accepts it."""
    document: Any = parse_json((FOLDER / name).read_text("utf-8"))

    validate(document)
    assert document["openapi"] == "3.1.0"


@pytest.mark.parametrize("dialect", ["documented", "server"])
def test_emulator_sends_the_document_of_its_dialect(dialect: str) -> None:
    """Another one comes if the query names it."""
    with TiledeskMock(dialect=dialect) as mock:
        own = requests.get(f"{mock.url}/__admin/openapi.json", timeout=10).json()
        other = requests.get(f"{mock.url}/__admin/openapi.json?dialect=server", timeout=10).json()

    assert own["info"]["title"].endswith(f"({dialect})")
    assert other["info"]["title"].endswith("(server)")


def test_unknown_dialect_is_refused() -> None:
    """The answer says which ones there are."""
    with TiledeskMock() as mock:
        response = requests.get(f"{mock.url}/__admin/openapi.json?dialect=french", timeout=10)

    assert response.status_code == 400
    assert "documented" in response.json()["error"]
