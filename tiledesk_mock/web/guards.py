"""The guard of a view: project, authentication and role are checked in the server's order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, request
from msgspec import Struct
from msgspec.structs import replace

from ..emulator import Emulator
from ..emulator.authentication import Caller
from ..errors import MalformedAuthorization
from ..http.exchange import Principal
from ..node.json import Json
from ..tiledesk.auth import Role
from ..tiledesk.model import Project, ProjectUser
from .requests import decode
from .responses import ApiResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_log: Final = logging.getLogger("tiledesk_mock")

EMULATOR: Final = "tiledesk_mock"
"""Key of the emulator among the extensions of its Flask application."""

BODY: Final = "tiledesk_mock.body"
"""Environ key of the parsed body; or, until the view is called, of the exception in its place."""

_ACCESS: Final = "access"
_TEST_AUTH: Final = "testauth"
SECRET_TOKEN: Final = "secret_token"  # noqa: S105
"""The parameter of the query with a token."""

STATE: Final = "tiledesk_mock.state"
"""Environ key of the RequestState."""


class RequestState(Struct):
    """What views and guards find out about a request, for the journal.

    `role` is None until the guard has let the request pass; `hangs` is true of a request that the real server
    never responds to, if the settings ask for that. `reason` says why the response is an error. `event_id`
    and `event_name` are those of the event that the request fired; `cause` links it to what it caused.
    `ignored` are the drifts that a request meets in the server dialect; `stub` is the id of what responded.
    """

    principal: Principal | None = None
    role: str | None = None
    is_emulated: bool = True
    hangs: bool = False
    reason: str | None = None
    event_id: str | None = None
    event_name: str | None = None
    ignored: tuple[str, ...] = ()
    stub: str | None = None
    cause: str | None = None

    def explain(self, make_reason: Callable[[], str], otherwise: str | None = None) -> None:
        """Set the reason to what `make_reason` returns, or to `otherwise` if it raises.

        What explains a response must not change it, so the exception is only logged.
        """
        try:
            self.reason = make_reason()
        except Exception:  # noqa: BLE001  (whatever it is, the client gets its response)
            _log.exception("a response has no reason: please report this")
            self.reason = otherwise


class AuthorizedRequest(Struct, frozen=True):
    """A request that the guard has let pass. `member` is None for bots and subscriptions."""

    emulator: Emulator
    project: Project
    principal: Principal
    member: ProjectUser | None


class Access(Struct, frozen=True):
    """Who may call a view: everybody, or members with the role `required`, and perhaps `machines`."""

    required: Role | None = None
    machines: bool = False


View = Callable[..., ApiResponse]
FlaskView = Callable[..., Any]
"""A view as Flask's annotations allow it; `web.app` makes the responses, and Flask passes them through."""


def public(view: View) -> FlaskView:
    """Let everybody call a view, which gets the emulator."""

    @wraps(view)
    def public_view() -> ApiResponse:
        return view(current_emulator())

    vars(public_view)[_ACCESS] = Access()
    return public_view


def guarded(required: Role, *, machines: bool = False) -> Callable[[View], FlaskView]:
    """Let only members with the role `required` call a view, and bots and subscriptions if `machines`.

    The view gets an AuthorizedRequest and the decoded ids of its path.
    """

    def guard(view: View) -> FlaskView:
        @wraps(view)
        def guarded_view(project_id: str, **ids: str) -> ApiResponse:
            emulator, environ = current_emulator(), request.environ
            written = decode(project_id)
            project = project_of(emulator, environ, written)
            decoded = {name: decode(segment) for name, segment in ids.items()}
            call = authorize(emulator, environ, project, required, machines=machines)
            if project.id != written:
                # Events and subscriptions are the project's only if their id_project has the same capitals.
                call = replace(call, project=replace(project, id=written))
            return view(call, **decoded)

        vars(guarded_view)[_ACCESS] = Access(required, machines)
        return guarded_view

    return guard


def access_of(view: FlaskView) -> Access:
    """Return who may call a view."""
    access: Access = vars(view)[_ACCESS]
    return access


def project_of(emulator: Emulator, environ: WSGIEnvironment, segment: str) -> Project:
    """Return the project with the id in a path; raise InvalidProjectId or ProjectNotFound.

    Below `/testauth` Tiledesk checks credentials first, and takes the word for an id then.
    """
    if segment.lower() == _TEST_AUTH:
        check_credentials(emulator, environ)
    return emulator.project(segment)


def authorize(
    emulator: Emulator, environ: WSGIEnvironment, project: Project, required: Role, *, machines: bool = False
) -> AuthorizedRequest:
    """Return a request if its caller has the role `required` in the project; raise an ApiError if not."""
    state: RequestState = environ[STATE]
    caller = caller_of(emulator, environ)
    state.principal = caller.principal
    member = emulator.authenticator.authorize(caller, project, required, machines=machines)
    state.role = member.role if member else None
    return AuthorizedRequest(emulator, project, caller.principal, member)


def current_emulator() -> Emulator:
    """Return the emulator of this request."""
    return current_app.extensions[EMULATOR]  # type: ignore[no-any-return]  # Flask has no type for them


def caller_of(emulator: Emulator, environ: WSGIEnvironment) -> Caller:
    """Return the caller who sends a request; raise an ApiError if the credentials are wrong."""
    return emulator.authenticator.authenticate(environ.get("HTTP_AUTHORIZATION"), secret_token(environ))


def check_credentials(emulator: Emulator, environ: WSGIEnvironment) -> None:
    """Raise an ApiError unless a request has right credentials in a header of two parts."""
    if not caller_of(emulator, environ).has_two_parts:
        raise MalformedAuthorization


def secret_token(environ: WSGIEnvironment) -> str | None:
    """Return the token in the query, where Tiledesk looks for one, too."""
    if "secret" not in environ.get("QUERY_STRING", ""):  # so that most queries are not parsed
        return None
    token = request_query_of(environ).get(SECRET_TOKEN)
    return token if isinstance(token, str) else None


def request_body() -> Json:
    """Return the parsed body of this request."""
    return request.environ[BODY]


def request_query() -> dict[str, Json]:
    """Return the query of this request as qs parses it."""
    return request_query_of(request.environ)


def request_query_of(environ: WSGIEnvironment) -> dict[str, Json]:
    """Return the query of a request as qs parses it."""
    text: str = environ.get("QUERY_STRING", "")
    if not text:
        return {}
    # Imported on first use: most requests have no query.
    from ..node.qs import parse_query

    return parse_query(text)
