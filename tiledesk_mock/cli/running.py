"""A server that runs until it is told to stop."""

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
from .output import fall_silent

_log: Final = logging.getLogger("tiledesk_mock")
_access: Final = logging.getLogger("tiledesk_mock.access")


def run(emulator: Emulator, settings: Settings, introduce: Callable[[str], None]) -> None:
    """Serve an emulator until Ctrl-C or SIGTERM; `introduce` is called with the URL once it answers."""
    logging.basicConfig(level=settings.log_level.value.upper(), format="%(message)s")
    server = Server(create_app(emulator), settings.host, settings.port, on_access=_log_access)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop())
    with server:
        _introduce(introduce, server.url)
        server.serve_forever()
    _log.info("stopped")


def _introduce(introduce: Callable[[str], None], url: str) -> None:
    """Introduce the server to whoever reads; the first line may have been enough for them."""
    try:
        introduce(url)
    except BrokenPipeError:
        fall_silent()


def _log_access(access: AccessLogEntry) -> None:
    _access.info(
        '%s "%s %s" %s %d %.1f ms',
        access.client,
        access.method,
        masked_target(access.target),
        access.status[:3] if access.status[:1].isdigit() else "-",  # taken over, or left before an answer
        access.size,
        access.seconds * 1000,
    )
