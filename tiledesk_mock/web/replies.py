"""Answers, and the one table from errors to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from .. import errors
from ..node.json import Json, stringify

JSON: Final = "application/json; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"

CHALLENGE: Final = ("WWW-Authenticate", 'Basic realm="Users"')
DRIFT_HEADER: Final = "X-Tiledesk-Mock-Drift"
NOTE_HEADER: Final = "X-Tiledesk-Mock"

PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Error</title>
</head>
<body>
<pre>{text}</pre>
</body>
</html>
"""


class Reply(Struct, frozen=True):
    """What goes back to the client, before Express's headers are added.

    `is_sent` tells whether it left through Express's `send`, which gives an ETag; `cors` whether the
    request came as far as the CORS middleware.
    """

    status: int
    body: bytes = b""
    content_type: str | None = JSON
    headers: tuple[tuple[str, str], ...] = ()
    is_sent: bool = True
    cors: bool = True


def json_reply(value: Json, status: int = 200, drifts: tuple[str, ...] = (), **more: Any) -> Reply:
    """Answer with a JSON value."""
    return encoded_reply(stringify(value).encode("utf-8", "surrogatepass"), status, drifts, **more)


def encoded_reply(body: bytes, status: int = 200, drifts: tuple[str, ...] = (), **more: Any) -> Reply:
    """Answer with JSON that is encoded already, and name the drifts that were asked for."""
    headers = ((DRIFT_HEADER, ", ".join(drifts)),) if drifts else ()
    return Reply(status, body, headers=headers, **more)


def not_found(method: str, path: str, note: str | None = None) -> Reply:
    """Answer with Express's 404 page for a path, printed already; `note` goes into a header."""
    headers = (("Content-Security-Policy", "default-src 'none'"), ("X-Content-Type-Options", "nosniff"))
    body = PAGE.format(text=f"Cannot {method} {path}").encode()
    return Reply(404, body, HTML, headers + (((NOTE_HEADER, note),) if note else ()), is_sent=False)


def reply_to(error: errors.ApiError | errors.StorageFull) -> Reply:
    """Return the answer that stands in the table for an error."""
    return REPLIES[type(error)](error)


def _failure(_: errors.ApiError) -> Reply:
    return json_reply({"err": "error"}, 500)


def _unread(_: errors.ApiError) -> Reply:
    return json_reply({"err": "error"}, 500, cors=False)


def _refused(status: int, message: str, key: str = "msg") -> Callable[[Any], Reply]:
    return lambda error: json_reply({"success": False, key: message}, status, error.drifts)


def _too_large(error: errors.BodyTooLarge) -> Reply:
    return json_reply({"err": "Request entity too large", "limit": error.limit}, 413, cors=False)


def _invalid_project(error: errors.InvalidProjectId) -> Reply:
    return json_reply({"error": f"Invalid project id: {error.id_project}"}, 400)


def _unknown_project(error: errors.ProjectNotFound) -> Reply:
    return json_reply({"error": f"Project not found with id: {error.id_project}"}, 400)


def _unauthenticated(error: errors.Unauthenticated) -> Reply:
    text = b"Unauthorized" if error.status == 401 else b"Bad Request"
    return Reply(error.status, text, None, (CHALLENGE,) if error.challenge else (), is_sent=False)


def _invalid(error: errors.ValidationFailed) -> Reply:
    rows = [
        ({"value": field.value} if field.has_value else {})
        | {"msg": "Invalid value", "param": field.param, "location": field.location}
        for field in error.fields
    ]
    return json_reply({"errors": rows}, 422)


def _not_saved(error: errors.EventNotSaved) -> Reply:
    return json_reply({"success": False, "msg": "Error saving the event", "error": error.error}, 500)


def _disk_full(error: errors.StorageFull) -> Reply:
    return json_reply({"success": False, "msg": "Error saving the event", "error": str(error)}, 500)


def _signin_refused(error: errors.SigninRefused) -> Reply:
    return json_reply({"success": False, "msg": error.reason}, 401)


def _rate_limited(error: errors.RateLimited) -> Reply:
    answer = json_reply({"success": False, "msg": "Too many requests."}, 429, error.drifts)
    return Reply(429, answer.body, headers=(*answer.headers, ("Retry-After", str(error.retry_after))))


def _never_answered(error: errors.NoResponse) -> Reply:
    body = {
        "err": "never answered",
        "reason": f"tiledesk-server 2.19.16 never answers this request: {error.reason}",
        "hint": "set hang to true to wait as with the real server",
    }
    return json_reply(body, 504)


REPLIES: Final[Mapping[type[errors.TiledeskMockError], Callable[[Any], Reply]]] = {
    errors.UnreadableBody: _unread,
    errors.BodyTooLarge: _too_large,
    errors.MalformedEscape: _failure,
    errors.InvalidProjectId: _invalid_project,
    errors.ProjectNotFound: _unknown_project,
    errors.Unauthenticated: _unauthenticated,
    errors.UnprocessableToken: _failure,
    errors.UnexpectedType: _failure,
    errors.MalformedAuthorization: _refused(403, "Unauthorized."),
    errors.NotAMember: _refused(403, "you dont belong to the project."),
    errors.RoleTooLow: _refused(403, "you dont have the required role."),
    errors.ValidationFailed: _invalid,
    errors.EventNotSaved: _not_saved,
    errors.ObjectNotFound: _refused(404, "Object not found."),
    errors.ObjectNotRead: _refused(500, "Error getting object."),
    errors.ObjectNotSaved: _refused(500, "Error saving object."),
    errors.ObjectNotUpdated: _refused(500, "Error updating object."),
    errors.ObjectNotDeleted: _refused(500, "Error deleting object."),
    errors.InvalidDirection: _failure,
    errors.SigninRefused: _signin_refused,
    errors.EmailTaken: _refused(403, "Email already registered", key="message"),
    errors.CredentialsMissing: _refused(200, "Please pass email and password."),
    errors.AudienceMissing: _refused(400, "JWT Aud field is required"),
    errors.RateLimited: _rate_limited,
    errors.NoResponse: _never_answered,
    errors.StorageFull: _disk_full,
}
