"""Flask without what an emulator does not need. Figures are shares of the instructions for a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter, Rule

if TYPE_CHECKING:
    from flask.wrappers import Request

_NO_ROUTE: Final = "/\0"
"""A path that no rule matches."""


class MatchingRule(Rule):
    """A rule that is matched and builds no URL.

    Compiling what builds URLs takes 4.3 of the 4.7 ms in which the rules are made. If Werkzeug renames the
    method that is overridden here, only that time comes back.
    """

    def _compile_builder(self, *_: Any, **__: Any) -> Any:
        return _build_no_url


class NoSessions(SessionInterface):
    """Gives every request the same empty session (4%)."""

    _empty: Final = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002
        """Return the empty session."""
        return self._empty


class MinimalFlask(Flask):
    """A Flask application that matches by path and method alone, and has neither sessions nor teardown."""

    url_rule_class = MatchingRule
    session_interface = NoSessions()

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.url_map.merge_slashes = False

    def freeze(self) -> None:
        """Refuse more routes and handlers, as Flask itself does after the first request."""
        self._got_first_request = True

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what matches the request by its path (5%).

        Werkzeug takes several slashes before a path for one. Express does not: such a path has no route.
        """
        if request is None:
            return super().create_url_adapter(request)
        path: str = request.environ["PATH_INFO"]
        routed = _NO_ROUTE if path.startswith("//") else path
        return MapAdapter(self.url_map, "", "/", "", "http", routed, request.method)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: no view is a coroutine (5%)."""
        return func

    def do_teardown_request(self, *_: Any) -> None:
        """Do nothing: no function is registered for that (5%, with the next one)."""

    def do_teardown_appcontext(self, *_: Any) -> None:
        """Do nothing, as above."""


def _build_no_url(*_: Any, **__: Any) -> tuple[str, str]:
    raise NotImplementedError("URLs are not built here")
