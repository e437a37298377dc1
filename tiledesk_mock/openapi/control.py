"""The OpenAPI document of the control API, made from the table of operations."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from ..control.controls import own_version
from ..control.operations import OPERATIONS
from ..tiledesk.wire import Document
from .control_operations import path_items
from .control_routes import ERRORS, ROUTES, SECURITY, SECURITY_SCHEMES
from .control_schemas import ControlSchemas

_INTRODUCTION: Final = (
    "What a tester can do with a running tiledesk-mock: clock, faults, data, webhooks, conversations, and "
    "what came and went. A body is JSON whatever its Content-Type. An error is one line."
)


def control_document() -> Document:
    """Return the OpenAPI 3.1 document of `/__admin`."""
    found = ControlSchemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        for path, document in path_items(operation, found):
            paths.setdefault(path, {})[operation.method.lower()] = document
    for path, methods in ROUTES.items():
        paths.setdefault(path, {}).update(methods)
    _distinguish(paths)
    tags = dict.fromkeys(tag for path in paths.values() for one in path.values() for tag in one["tags"])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The control API of tiledesk-mock",
            "version": own_version(),
            "description": _INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "http://127.0.0.1:8900/__admin", "description": "tiledesk-mock serve"}],
        "security": SECURITY,
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": found.components,
            "responses": ERRORS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _distinguish(paths: dict[str, dict[str, Any]]) -> None:
    """Make the ids of operations unique, of which one method may have several routes."""
    counts = Counter(one["operationId"] for path in paths.values() for one in path.values())
    for path in paths.values():
        for method, one in path.items():
            if counts[one["operationId"]] > 1:
                one["operationId"] += f"_{method}"
