"""Write the OpenAPI documents into `fixtures/openapi`: `python -m tiledesk_mock.openapi`."""

from __future__ import annotations

from ..control.openapi_controls import openapi_path
from .documents import DOCUMENTS, document_text

if __name__ == "__main__":
    for name in DOCUMENTS:
        openapi_path(name).parent.mkdir(exist_ok=True)
        openapi_path(name).write_text(document_text(name), "utf-8")
