"""The OpenAPI documents that ship, which are read once: the package may be replaced meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..seeding.seeds import fixtures_folder

FOLDER: Final = fixtures_folder() / "openapi"

OPENAPI_FILES: Final[Mapping[str, bytes]] = {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}
"""By file name."""
