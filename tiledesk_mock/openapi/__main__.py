"""Write the OpenAPI documents and `docs/api.md`: `python -m tiledesk_mock.openapi` in a checkout."""

from __future__ import annotations

from ..control.openapi_files import FOLDER
from .documents import DOCUMENTS, document_text
from .markdown import api_markdown

if __name__ == "__main__":
    for name in DOCUMENTS:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / name).write_text(document_text(name), "utf-8")
    (FOLDER.parents[1] / "docs" / "api.md").write_text(api_markdown(), "utf-8")
