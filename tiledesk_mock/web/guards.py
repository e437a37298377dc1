"""The guard of a view: project, authentication and role are checked in the server's order."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import current_app, request
from msgspec import Struct

from ..emulator import Emulator
from ..http.exchange import Principal
from ..node.json import Json
from ..tiledesk.auth import Role
from ..tiledesk.model import Project, ProjectUser
from .requests import decode
from .responses import ApiResponse

EMULATOR: Final = "tiledesk_mock"
"""Key of the emulator among the extensions of its Flask application."""

BODY: Final = "tiledesk_mock.body"
"""Environ key of the parsed body; or, until the view is called, of the exception in its place."""

STATE: Final = "tiledesk_mock.state"
"""Environ key of the RequestState."""


class RequestState(Struct):
    """What views and guards find out about a request, for the journal.

    `role` is None until the guard has let the request pass; `hangs` is true of a request that the real server
    never responds to, if the settings ask for that.
    """

    principal: Principal | None = None
    role: str | None = None
    is_emulated: bool = True
    hangs: bool = False


class AuthorizedRequest(Struct, frozen=True):
    """A request that the guard has let pass. `member` is None for bots and subscriptions."""

    emulator: Emulator
    project: Project
    principal: Principal
    member: ProjectUser | None


View = Callable[..., ApiResponse]
FlaskView = Callable[..., Any]
"""A view as Flask's annotations allow it; `web.app` makes the responses, and Flask passes them through."""


def public(view: View) -> FlaskView:
    """Let everybody call a view, which gets the emulator."""

    @wraps(view)
    def public_view() -> ApiResponse:
        return view(current_emulator())

    return public_view


def guarded(required: Role, *, machines: bool = False) -> Callable[[View], FlaskView]:
    """Let only members with the role `required` call a view, and bots and subscriptions if `machines`.

    The view gets an AuthorizedRequest and the decoded ids of its path.
    """

    def guard(view: View) -> FlaskView:
        @wraps(view)
        def guarded_view(project_id: str, **ids: str) -> ApiResponse:
            emulator = current_emulator()
            project = emulator.project(decode(project_id))
            decoded = {name: decode(segment) for name, segment in ids.items()}
            environ = request.environ
            state: RequestState = environ[STATE]
            caller = emulator.authenticator.authenticate(environ.get("HTTP_AUTHORIZATION"))
            state.principal = caller.principal
            member = emulator.authenticator.authorize(caller, project, required, machines=machines)
            state.role = member.role if member else None
            return view(AuthorizedRequest(emulator, project, caller.principal, member), **decoded)

        return guarded_view

    return guard


def current_emulator() -> Emulator:
    """Return the emulator of this request."""
    return current_app.extensions[EMULATOR]  # type: ignore[no-any-return]  # Flask has no type for them


def request_body() -> Json:
    """Return the parsed body of this request."""
    return request.environ[BODY]


def request_query() -> dict[str, Json]:
    """Return the query of this request as qs parses it."""
    text: str = request.environ.get("QUERY_STRING", "")
    if not text:
        return {}
    # Imported on first use: most requests have no query.
    from ..node.qs import parse_query

    return parse_query(text)
