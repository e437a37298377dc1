"""A server that runs until a signal stops it."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from typing import Final

from ..emulator import Emulator
from ..redaction.masking import masked_target
from ..server import AccessLogEntry, Server
from ..settings import Settings
from ..web.app import create_app
from .command import silence_stdout

_log: Final = logging.getLogger("tiledesk_mock")
_access_log: Final = logging.getLogger("tiledesk_mock.access")


def run_server(emulator: Emulator, settings: Settings, on_ready: Callable[[str], None]) -> None:
    """Serve an emulator until Ctrl-C or SIGTERM; call `on_ready` with the URL once it accepts requests."""
    logging.basicConfig(level=settings.log_level.value.upper(), format="%(message)s")
    server = Server(create_app(emulator), settings.host, settings.port, on_access=_log_access)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop())
    with server:
        try:
            on_ready(server.url)
        except BrokenPipeError:  # the reader may need only the first line
            silence_stdout()
        server.serve_forever()
    _log.info("stopped")


def _log_access(entry: AccessLogEntry) -> None:
    _access_log.info(
        '%s "%s %s" %s %d %.1f ms',
        entry.client,
        entry.method,
        masked_target(entry.target),
        entry.status[:3] if entry.status[:1].isdigit() else "-",  # a WebSocket, or a closed connection
        entry.size,
        entry.seconds * 1000,
    )
