"""An emulator of Tiledesk's Events API, which responds as the real server was measured to respond."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .errors import TiledeskDriftWarning, WebhookInvalid
    from .interception.mock import mock_tiledesk
    from .settings import Settings
    from .store.reader import open_store
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
    "open_store",
    "verify_webhook",
]

_MODULES: Final = {
    "Settings": ".settings",
    "TiledeskDriftWarning": ".errors",
    "TiledeskMock": ".testing",
    "WebhookInvalid": ".errors",
    "create_app": ".wsgi",
    "mock_tiledesk": ".interception.mock",
    "open_store": ".store.reader",
    "verify_webhook": ".tiledesk.webhooks",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, since Flask and requests take long to import."""
    if name == "__version__":
        return import_module("importlib.metadata").version("tiledesk-mock")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value
