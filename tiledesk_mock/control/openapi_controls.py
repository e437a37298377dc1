"""The OpenAPI documents that ship."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ..settings import Dialect
from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from ..emulator.emulator import Emulator

CONTROL_FILE: Final = "control.json"
"""The name of the document of the control API."""


class OpenapiControls:
    """The operations that return OpenAPI documents: the files that ship, since making them takes long."""

    _emulator: Emulator

    def openapi(self, dialect: Dialect | None = None) -> Document:
        """Return the OpenAPI 3.1 document of the emulated API in a dialect, by default the emulator's own."""
        return _shipped(api_file(dialect or self._emulator.settings.dialect))

    def openapi_control(self) -> Document:
        """Return the OpenAPI 3.1 document of the control API."""
        return _shipped(CONTROL_FILE)


def api_file(dialect: Dialect) -> str:
    """Return the name of the document of the emulated API in a dialect."""
    return f"tiledesk-{dialect.value}.json"


def _shipped(name: str) -> Document:
    # Imported on first use: the files are long, and few tests want them.
    from .openapi_files import OPENAPI_FILES

    document: Document = json.loads(OPENAPI_FILES[name])
    return document
