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
    """Return a WSGI application over an emulator of its own, which is closed when the process ends.

    Without `settings` they come from `TILEDESK_MOCK_*` in the environment, and webhooks go to this machine
    only unless they say otherwise: `gunicorn --threads 8 'tiledesk_mock:create_app()'`. More than one process
    cannot share a file. Raises a SetupError if a setting, the seed or the store cannot be used.
    """
    for sentence in misspelt_variables() if settings is None else ():
        _log.warning(sentence)
    emulator = Emulator(settings or Settings.from_environment(defaults={"webhooks_anywhere": False}))
    atexit.register(emulator.close)
    _hear_of_termination(emulator)
    return create_app_of(emulator)


def _hear_of_termination(emulator: Emulator) -> None:
    """Let WebSockets end when the server is told to: gunicorn would wait half a minute for them."""
    before = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        return  # nobody handles the signal, or nobody may ask to

    def terminate(number: int, frame: FrameType | None) -> None:
        emulator.is_stopping = True  # no more than that: a lock may be held in this very thread
        before(number, frame)

    signal.signal(signal.SIGTERM, terminate)
