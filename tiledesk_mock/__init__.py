"""Tiledesk's Events API in a box, as the real server was measured to answer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .errors import TiledeskDriftWarning, WebhookInvalid
    from .interception.mock import mock_tiledesk
    from .settings import Settings
    from .testing import TiledeskMock
    from .tiledesk.webhooks import verify_webhook
    from .wsgi import create_app

__all__ = [
    "Settings",
    "TiledeskDriftWarning",
    "TiledeskMock",
    "WebhookInvalid",
    "create_app",
    "mock_tiledesk",
    "verify_webhook",
]

_HOMES: Final = {
    "Settings": ".settings",
    "TiledeskDriftWarning": ".errors",
    "TiledeskMock": ".testing",
    "WebhookInvalid": ".errors",
    "create_app": ".wsgi",
    "mock_tiledesk": ".interception.mock",
    "verify_webhook": ".tiledesk.webhooks",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is used: Flask and requests take longer to import than all the rest."""
    if name == "__version__":
        return import_module("importlib.metadata").version("tiledesk-mock")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value
