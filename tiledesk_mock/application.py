"""The WSGI factory, for gunicorn and waitress: one process, many threads."""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING

from .emulator import Emulator
from .settings import Settings
from .web.app import create_app as create_app_of

if TYPE_CHECKING:
    from flask import Flask


def create_app(settings: Settings | None = None) -> Flask:
    """Return a WSGI application over an emulator of its own, which is closed when the process ends.

    Without `settings` they come from `TILEDESK_MOCK_*` in the environment, and webhooks go to this machine
    only unless they say otherwise: `gunicorn --threads 8 'tiledesk_mock:create_app()'`. More than one process
    cannot share a file. Raises a SetupError if a setting, the seed or the store cannot be used.
    """
    emulator = Emulator(settings or Settings.from_environment(defaults={"webhooks_anywhere": False}))
    atexit.register(emulator.close)
    return create_app_of(emulator)
