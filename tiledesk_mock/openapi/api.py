"""The OpenAPI document of the emulated API, in each dialect."""

from __future__ import annotations

from ..settings import Dialect
from ..tiledesk.drifts import SERVER_VERSION
from ..tiledesk.wire import Document


def api_document(dialect: Dialect) -> Document:
    """Return the OpenAPI 3.1 document of the API in a dialect."""
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Tiledesk's Events API, {dialect.value}", "version": SERVER_VERSION},
        "paths": {},
    }
