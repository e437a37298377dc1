"""Flask without what an emulator has no use for: building URLs, sessions, and hosts to tell apart."""

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


class LeanFlask(Flask):
    """A Flask application that costs little to make and little to call."""

    url_rule_class = MatchingRule
    session_interface = NoSessions()

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
