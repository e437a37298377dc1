"""The WSGI factory, for gunicorn and waitress: one process, many threads."""

from __future__ import annotations

import atexit
import logging
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Final

from .emulator import Emulator
from .settings import Settings, misspelt_variables
from .web.app import create_app as create_app_of

if TYPE_CHECKING:
    from flask import Flask

_log: Final = logging.getLogger("tiledesk_mock")


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI application of a new emulator, which is closed when the process ends.

    By default `settings` come from `TILEDESK_MOCK_*` in the environment, and webhooks are sent only to this
    machine unless these allow more: `gunicorn --threads 8 'tiledesk_mock:create_app()'`. Several processes
    cannot share a file. Raises a SetupError if a setting, the seed or the store cannot be used.
    """
    for sentence in misspelt_variables() if settings is None else ():
        _log.warning(sentence)
    emulator = Emulator(settings or Settings.from_environment(defaults={"webhooks_anywhere": False}))
    atexit.register(emulator.close)
    _handle_sigterm(emulator)
    return create_app_of(emulator)


def _handle_sigterm(emulator: Emulator) -> None:
    """End WebSockets on SIGTERM: gunicorn would wait half a minute for them."""
    before = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        return  # there is no handler to call, or this thread may not set one

    def terminate(number: int, frame: FrameType | None) -> None:
        emulator.is_stopping = True  # nothing more: this thread may hold a lock
        before(number, frame)

    signal.signal(signal.SIGTERM, terminate)
