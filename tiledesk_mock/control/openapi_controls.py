"""The OpenAPI documents that ship."""

from __future__ import annotations

import json
from pathlib import Path

from ..emulator.emulator import Emulator
from ..seeding.seeds import fixtures_folder
from ..settings import Dialect
from ..tiledesk.wire import Document


class OpenapiControls:
    """The operations that return OpenAPI documents: the files that ship, since making them takes long."""

    _emulator: Emulator

    def openapi(self, dialect: Dialect | None = None) -> Document:
        """Return the OpenAPI 3.1 document of the emulated API in a dialect, by default the emulator's own."""
        return _shipped(api_file(dialect or self._emulator.settings.dialect))


def api_file(dialect: Dialect) -> str:
    """Return the name of the document of the emulated API in a dialect."""
    return f"tiledesk-{dialect.value}.json"


def openapi_path(name: str) -> Path:
    """Return where a document of that name ships."""
    return fixtures_folder() / "openapi" / name


def _shipped(name: str) -> Document:
    document: Document = json.loads(openapi_path(name).read_bytes())
    return document
