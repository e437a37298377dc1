"""From a request to whom it comes from: project, authentication, role, in the server's order."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final

from flask import Response, current_app, request
from msgspec import Struct

from ..emulator import Emulator
from ..http.principal import Principal
from ..node.json import Json
from ..tiledesk.auth import Role
from ..tiledesk.model import Project, ProjectUser
from .express import Sent, respond
from .paths import decode
from .replies import Reply

PERSON: Final = "tiledesk_mock.person"
"""Where the environ tells who was authenticated."""

ROLE: Final = "tiledesk_mock.role"
"""Where the environ tells which role they have in the project, if they were let through."""

BODY: Final = "tiledesk_mock.body"
"""Where the environ keeps the body that was read."""


EMULATOR: Final = "tiledesk_mock"
"""Which of a Flask application's extensions is the emulator that it speaks for."""


class AuthorizedRequest(Struct, frozen=True):
    """A request that was let through."""

    emulator: Emulator
    project: Project
    principal: Principal
    member: ProjectUser | None


def guarded(
    required: Role, *, machines: bool = False
) -> Callable[[Callable[..., Reply]], Callable[..., Response]]:
    """Let a view be called by members with the role `required`, and by bots and subscriptions if `machines`.

    The view gets a Call and the decoded ids of its path.
    """

    def guard(view: Callable[..., Reply]) -> Callable[..., Response]:
        @wraps(view)
        def guarded_view(project_id: str, **ids: str) -> Response:
            asked = emulator()
            project = asked.project(decode(project_id))
            decoded = {name: decode(segment) for name, segment in ids.items()}
            environ = request.environ
            caller = asked.authenticator.authenticate(environ.get("HTTP_AUTHORIZATION"))
            environ[PERSON] = caller.principal
            member = asked.authenticator.authorize(caller, project, required, machines=machines)
            environ[ROLE] = member.role if member else None
            answer = view(AuthorizedRequest(asked, project, caller.principal, member), **decoded)
            return Sent(respond(answer, environ))

        return guarded_view

    return guard


def emulator() -> Emulator:
    """Return the emulator that this request asks."""
    return current_app.extensions[EMULATOR]  # type: ignore[no-any-return]  # Flask has no type for them


def answered(answer: Reply) -> Response:
    """Turn a view's answer into the response to this request."""
    return Sent(respond(answer, request.environ))


def body() -> Json:
    """Return the body of this request."""
    return request.environ[BODY]


def query() -> dict[str, Json]:
    """Return the query of this request as qs parses it."""
    text: str = request.environ.get("QUERY_STRING", "")
    if not text:
        return {}
    # Here and not above: most requests have no query, and none of them shall wait for qs's rules.
    from ..node.qs import parse_query

    return parse_query(text)
