"""The OpenAPI documents by the names of their files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from ..control.openapi_controls import CONTROL_FILE, api_file
from ..settings import Dialect
from ..tiledesk.wire import Document
from .api import api_document
from .control import control_document

DOCUMENTS: Final[Mapping[str, Callable[[], Document]]] = {
    **{api_file(dialect): partial(api_document, dialect) for dialect in Dialect},
    CONTROL_FILE: control_document,
}
"""What makes each document, by the name of its file in `fixtures/openapi`."""


def document_text(name: str) -> str:
    """Return a document as its file has it."""
    return json.dumps(DOCUMENTS[name](), ensure_ascii=False, indent=1) + "\n"
