"""The handle: an emulator on a server, in a tester's hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from ..control.local import LocalControls
from ..control.operations import Controls
from ..emulator import Emulator
from ..errors import SettingsError, SetupError
from ..server import Server
from ..settings import Settings
from ..text import suggestion
from ..tiledesk.model import Project
from ..web.app import create_app
from .frames import FrameExpecting
from .webhooks import HandleWebhooks

if TYPE_CHECKING:
    from .remote import RemoteMock

API_PREFIX: Final = "/v3"


class TiledeskMock(FrameExpecting):
    """An emulator that answers at `url` until it is stopped.

    It does from when it is started, or asked for its address; before, it has no socket.

    Args:
        settings: what it is to be; `**given` makes or changes them, as in `TiledeskMock(dialect="server")`.

    Raises a SetupError if a setting, the seed or the address cannot be used.
    """

    def __init__(self, settings: Settings | None = None, **given: Any) -> None:
        self.settings: Final = _changed(settings or _default_settings(), given)
        self.emulator: Final = Emulator(self.settings)
        self.controls: Controls = LocalControls(self.emulator)
        self.webhooks: Final = HandleWebhooks(self.controls.hooks)
        self.emulator.on_reset.append(self.webhooks.stop)
        self.app: Final = create_app(self.emulator)
        self._socket: Final = _Socket(lambda: Server(self.app, self.settings.host, self.settings.port))
        self._origin: str | None = None

    @staticmethod
    def connect(url: str, token: str | None = None) -> RemoteMock:
        """Return a handle on an emulator that runs elsewhere; `token` if it listens to other machines.

        Raises ControlError if none answers there.
        """
        from .remote import RemoteMock  # importing requests takes longer than all the rest

        return RemoteMock(url, token)

    def start(self) -> TiledeskMock:
        """Begin to answer; return the handle itself. Raises SetupError if it was stopped."""
        if self.is_stopped:
            raise SetupError(
                "this Tiledesk was stopped: make another one, or let it fail with `faults.drop()`"
            )
        self._socket.server()
        return self

    def stop(self) -> None:
        """Stop answering and let go of threads, sockets and files. Stopping twice does no harm.

        What was kept in memory can still be looked at.
        """
        self._socket.close()
        self.webhooks.stop()
        self.emulator.close()

    @property
    def is_intercepted(self) -> bool:
        """Tell whether `url` is an address that only intercepted clients reach."""
        return self._origin is not None

    @property
    def is_stopped(self) -> bool:
        """Tell whether `stop` was called, which is for good."""
        return self._socket.is_closed

    def at(self, origin: str) -> TiledeskMock:
        """Return a handle on the same emulator for who reaches it under another address, as `https://HOST`."""
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
        """Return the base URL to configure a client with: `http://127.0.0.1:PORT/v3`."""
        return (self._origin or self._socket.server().url) + API_PREFIX

    @property
    def ws_url(self) -> str:
        """Return the URL of the WebSocket, without the token. It is a socket's, even where `url` is not."""
        return f"ws{self._socket.server().url.removeprefix('http')}{API_PREFIX}/ws/"

    @property
    def project_id(self) -> str:
        """Return the id of the first project."""
        return self._project().id

    def _project(self) -> Project:
        project = next(iter(self.emulator.database.people.projects()), None)
        if project is None:
            raise SetupError("the seed has no project")
        return project


class _Socket:
    """The server of an emulator, which is made when somebody needs an address. Handles on it share this."""

    def __init__(self, make: Callable[[], Server]) -> None:
        self._make: Final = make
        self._lock: Final = threading.RLock()  # of the re-entrant kind, for stop() in a signal handler
        self._server: Server | None = None
        self.is_closed = False

    def server(self) -> Server:
        """Return the server, which answers; raise SetupError if it was closed before there was one."""
        with self._lock:
            if self._server is None:
                if self.is_closed:
                    raise SetupError("this Tiledesk was stopped, and never had an address")
                self._server = self._make().start()
            return self._server

    def close(self) -> None:
        """Stop the server, if there is one, and never make another."""
        with self._lock:
            self.is_closed = True
        if self._server is not None:
            self._server.stop()


@cache
def _default_settings() -> Settings:
    return Settings()


def _changed(settings: Settings, given: dict[str, Any]) -> Settings:
    if not isinstance(settings, Settings):
        raise SettingsError("settings", settings, "Settings; a seed is given by name, as in seed='busy'")
    if not given:
        return settings
    for name in given:
        if name not in Settings.__dataclass_fields__:
            raise SetupError(f"there is no {name} to set: {suggestion(name, Settings.__dataclass_fields__)}")
    return replace(settings, **given)
