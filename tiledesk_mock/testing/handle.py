"""The handle: an emulator on a server, for a test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from ..control.controls import Controls
from ..emulator import Emulator
from ..errors import SettingsError, SetupError
from ..server import AccessLogEntry, Server, Timeouts
from ..settings import Settings
from ..text import suggestion
from ..web.app import create_app
from .accessors import HandleWebhooks
from .frames import FrameExpectations

if TYPE_CHECKING:
    from .remote import RemoteMock

API_PREFIX: Final = "/v3"


class TiledeskMock(FrameExpectations):
    """An emulator with a server at `url`, until it is stopped.

    The server starts with `start`, or when an address is first needed; before, there is no socket.

    Args:
        settings: the settings of the emulator.
        changes: settings that replace those, as in `TiledeskMock(dialect="server")`.

    Raises a SetupError if a setting, the seed or the address cannot be used.
    """

    def __init__(self, settings: Settings | None = None, **changes: Any) -> None:
        self.settings: Final = _changed(settings or _default_settings(), changes)
        self.emulator: Final = Emulator(self.settings)
        self.controls = Controls(self.emulator)
        self.webhooks: Final = HandleWebhooks(self.controls)
        self.emulator.on_reset.append(self.webhooks.stop)
        self.app: Final = create_app(self.emulator)
        timeouts = Timeouts.from_keep_alive(self.settings.keep_alive_timeout)
        self._on_access: Callable[[AccessLogEntry], None] | None = None
        self._server: Final = _LazyServer(
            lambda: Server(
                self.app,
                self.settings.host,
                self.settings.port,
                on_access=self._on_access,
                timeouts=timeouts,
            )
        )
        self._origin: str | None = None

    @staticmethod
    def connect(url: str, token: str | None = None) -> RemoteMock:
        """Return a handle on an emulator that runs elsewhere; `token` if it listens to other machines.

        Raises ControlError if no emulator responds there.
        """
        from .remote import RemoteMock  # importing requests takes longer than all the rest

        return RemoteMock(url, token)

    def start(self, on_access: Callable[[AccessLogEntry], None] | None = None) -> TiledeskMock:
        """Start the server; return the handle itself. Raises SetupError if it was stopped.

        The first start may pass what is called after each response.
        """
        if self.is_stopped:
            raise SetupError(
                "this Tiledesk was stopped: make another one, or let it fail with `faults.drop()`"
            )
        self._on_access = self._on_access or on_access
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop the server and release threads, sockets and files. Stopping twice does no harm.

        What was kept in memory can still be read.
        """
        self._server.close()
        self.webhooks.stop()
        self.emulator.close()

    @property
    def is_intercepted(self) -> bool:
        """Whether `url` is an address that only intercepted clients reach."""
        return self._origin is not None

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called. The handle cannot be started again then."""
        return self._server.is_closed

    def with_origin(self, origin: str) -> TiledeskMock:
        """Return a handle on the same emulator for clients that reach it at another `https://HOST`."""
        other = copy(self)
        other._origin = origin  # noqa: SLF001  (its own)
        return other

    def __enter__(self) -> TiledeskMock:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The base URL to configure a client with: `http://127.0.0.1:PORT/v3`."""
        return (self._origin or self._server.start().url) + API_PREFIX

    @property
    def ws_url(self) -> str:
        """The URL of the WebSocket, without the token. It is that of a socket, even if `url` is not."""
        return f"ws{self._server.start().url.removeprefix('http')}{API_PREFIX}/ws/"

    @property
    def project_id(self) -> str:
        """The id of the first project."""
        return self.emulator.project_or_first().id


class _LazyServer:
    """The server of an emulator, which is made when it is first started. All handles on it share this."""

    def __init__(self, make: Callable[[], Server]) -> None:
        self._make: Final = make
        self._lock: Final = threading.RLock()  # re-entrant, since a signal handler may call stop()
        self._server: Server | None = None
        self.is_closed = False

    def start(self) -> Server:
        """Return the server, which runs; raise SetupError if it was closed before the first start."""
        with self._lock:
            if self._server is None:
                if self.is_closed:
                    raise SetupError("this Tiledesk was stopped, and never had an address")
                self._server = self._make().start()
            return self._server

    def close(self) -> None:
        """Stop the server, if it was started, and never start one again."""
        with self._lock:
            self.is_closed = True
        if self._server is not None:
            self._server.stop()


@cache
def _default_settings() -> Settings:
    return Settings()


def _changed(settings: Settings, changes: dict[str, Any]) -> Settings:
    if not isinstance(settings, Settings):
        raise SettingsError("settings", settings, "Settings; a seed is a keyword argument, as in seed='busy'")
    for name in changes:
        if name not in Settings.__dataclass_fields__:
            raise SetupError(f"unknown setting {name}: {suggestion(name, Settings.__dataclass_fields__)}")
    return replace(settings, **changes) if changes else settings
