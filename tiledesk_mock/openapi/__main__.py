"""Write the OpenAPI documents into `fixtures/openapi`: `python -m tiledesk_mock.openapi`."""

from __future__ import annotations

from ..control.openapi_files import FOLDER
from .documents import DOCUMENTS, document_text

if __name__ == "__main__":
    for name in DOCUMENTS:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / name).write_text(document_text(name), "utf-8")
