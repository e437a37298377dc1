"""Flask without what an emulator has no use for: building URLs, sessions, and hosts to tell apart."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import Map, MapAdapter, Rule

if TYPE_CHECKING:
    from flask.wrappers import Request

_NO_ROUTE: Final = "/\0"
"""A path that no rule matches."""


class MatchingRule(Rule):
    """A rule that is matched and builds no URL: compiling what builds them is most of an app's start.

    If Werkzeug renames the method that is overridden here, apps are as before: slower to make.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: ARG002
        return _build_nothing


class NoSessions(SessionInterface):
    """Gives every request the same empty session."""

    _empty: Final = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002
        """Return the empty session."""
        return self._empty


class Rules:
    """The rules of all applications that are made alike: compiled with the first, and never changed again.

    Rules are most of what making an application costs, and they know nothing of an emulator: views do.
    """

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._map: Map | None = None

    def give(self, app: LeanFlask, add_routes: Callable[[], None]) -> None:
        """Add routes to an application: their rules once, their views each time."""
        with self._lock:
            if self._map is None:
                add_routes()
                self._map = app.url_map
                return
        app.url_map, app.has_rules = self._map, True
        add_routes()


class LeanFlask(Flask):
    """A Flask application that costs little to make and little to call."""

    url_rule_class = MatchingRule
    session_interface = NoSessions()
    has_rules = False
    """Tells that the map has all rules already, so that adding one adds its view only."""

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.url_map.merge_slashes = False

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Add a rule and its view."""
        if self.has_rules and endpoint and view_func:
            self.view_functions[endpoint] = view_func
        else:
            super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: none here is a coroutine."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Match by path and method alone.

        Werkzeug takes the slashes before a path for one; Express does not, so such a path has no route.
        """
        if request is None:
            return super().create_url_adapter(request)
        path: str = request.environ["PATH_INFO"]
        routed = _NO_ROUTE if path.startswith("//") else path
        return MapAdapter(self.url_map, "", "/", "", "http", routed, request.method)


def _build_nothing(*_: Any, **__: Any) -> tuple[str, str]:
    raise NotImplementedError("URLs are not built here")
