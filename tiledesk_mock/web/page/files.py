"""The page's static files and templates, which are read once: the package may be replaced meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class StaticFile(Struct, frozen=True):
    """A file as it is sent: its bytes, its Content-Type and its ETag."""

    body: bytes
    content_type: str
    etag: str


def _static_file(path: Path) -> StaticFile:
    body = path.read_bytes()
    return StaticFile(body, _TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:20])


_FOLDER: Final = Path(__file__).parent

STATIC_FILES: Final[Mapping[str, StaticFile]] = {
    path.name: _static_file(path) for path in (_FOLDER / "static").iterdir() if path.suffix in _TYPES
}
"""By file name."""

TEMPLATES: Final[Mapping[str, str]] = {
    path.name: path.read_text("utf-8") for path in (_FOLDER / "templates").glob("*.html")
}
"""By file name."""
