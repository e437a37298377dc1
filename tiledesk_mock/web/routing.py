"""Flask without what an emulator has no use for: building URLs, sessions, and hosts to tell apart."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter, Rule

if TYPE_CHECKING:
    from flask.wrappers import Request, Response

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

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.url_map.merge_slashes = False

    def twin(self) -> LeanFlask:
        """Return an application that shares everything but configuration, extensions and WSGI application.

        Flask refuses to change it: it counts as one that has answered already.
        """
        self._got_first_request = True
        other = copy(self)
        other.config, other.extensions = copy(self.config), {}
        return other

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


class DirectFlask(LeanFlask):
    """One that goes from the request to the view and back, without Flask's signals and hooks.

    Args:
        name: the application's.
        first: is called before each view, and may answer in its place.

    """

    def __init__(self, name: str, first: Callable[[], Response | None]) -> None:
        super().__init__(name)
        self._first: Final = first

    def full_dispatch_request(self, *context: Any) -> Response:
        """Answer a request; Flask 3.2 and later pass its `context`."""
        try:
            answer = self._first() or self.dispatch_request(*context)
        except Exception as error:  # noqa: BLE001  (the application's handlers are for whatever it is)
            answer = self.handle_user_exception(*context, error)  # type: ignore[call-arg]  # see `context`
        return self.make_response(answer)

    def do_teardown_request(self, *_: Any) -> None:
        """Do nothing: nobody here is told of the end of a request."""

    def do_teardown_appcontext(self, *_: Any) -> None:
        """Do nothing, likewise."""


def _build_nothing(*_: Any, **__: Any) -> tuple[str, str]:
    raise NotImplementedError("URLs are not built here")
