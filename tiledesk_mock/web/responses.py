"""Responses as Express sends them, and the one table from errors to responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from .. import errors
from ..http.encodings import weak_etag
from ..http.exchange import BODILESS_STATUSES, RecordedResponse
from ..node.json import Json, stringify

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

JSON: Final = "application/json; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"

POWERED_BY: Final = ("X-Powered-By", "Express")
CORS: Final = ("Access-Control-Allow-Origin", "*")
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

_RETRY_AFTER: Final = 60
_BODY_LIMIT: Final = 512_000


class ApiResponse(Struct, frozen=True):
    """What a view returns, before Express's headers are added.

    `has_etag` is true of what left through Express's `send`; `has_length` is false of what is sent in chunks;
    `cors` is false where the request did not come as far as the CORS middleware.
    """

    status: int
    body: bytes = b""
    content_type: str | None = JSON
    headers: tuple[tuple[str, str], ...] = ()
    has_etag: bool = True
    has_length: bool = True
    cors: bool = True


def json_response(value: Json, status: int = 200, drifts: tuple[str, ...] = (), **more: Any) -> ApiResponse:
    """Return a response with a JSON value."""
    return encoded_response(stringify(value).encode("utf-8", "surrogatepass"), status, drifts, **more)


def encoded_response(
    body: bytes, status: int = 200, drifts: tuple[str, ...] = (), **more: Any
) -> ApiResponse:
    """Return a response with encoded JSON; its header names the `drifts` that the request met."""
    headers = ((DRIFT_HEADER, ", ".join(drifts)),) if drifts else ()
    return ApiResponse(status, body, headers=headers, **more)


def not_found(method: str, path: str, note: str | None = None) -> ApiResponse:
    """Return Express's 404 page for a path (printed already); `note` goes into a header."""
    headers = (("Content-Security-Policy", "default-src 'none'"), ("X-Content-Type-Options", "nosniff"))
    body = PAGE.format(text=f"Cannot {method} {path}").encode()
    note_header = ((NOTE_HEADER, note),) if note else ()
    return ApiResponse(404, body, HTML, headers + note_header, has_etag=False)


def error_response(error: errors.ApiError | errors.StorageFull | errors.StoreCorrupted) -> ApiResponse:
    """Return the response of the table for an error."""
    return RESPONSES[type(error)](error)


def status_response(status: int) -> ApiResponse:
    """Return what Tiledesk itself responds with that status."""
    if status in _OF_STATUS:
        return error_response(_OF_STATUS[status]())
    return json_response({"err": "error"} if status >= 400 else {}, status)


def preflight_response(environ: WSGIEnvironment) -> RecordedResponse:
    """Return the response of the cors middleware to OPTIONS, which is the same for every path."""
    requested = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS")
    headers = (
        POWERED_BY,
        CORS,
        ("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE"),
        ("Vary", "Access-Control-Request-Headers"),
        *((("Access-Control-Allow-Headers", requested),) if requested else ()),
        ("Content-Length", "0"),
    )
    return RecordedResponse(204, headers)


def express_response(response: ApiResponse, environ: WSGIEnvironment) -> RecordedResponse:
    """Return a response as Express sends it to the request of `environ`; an unchanged GET becomes a 304."""
    headers = [POWERED_BY, CORS, *response.headers] if response.cors else [POWERED_BY, *response.headers]
    method = environ["REQUEST_METHOD"]
    tag = weak_etag(response.body) if response.has_etag else None
    if tag and method in ("GET", "HEAD") and 200 <= response.status < 300 and _is_fresh(environ, tag):
        return RecordedResponse(304, (*headers, ("ETag", tag)))
    if response.status in BODILESS_STATUSES:
        return RecordedResponse(response.status, (*headers, ("ETag", tag)) if tag else tuple(headers))
    if response.content_type is not None:
        headers.append(("Content-Type", response.content_type))
    if response.has_length:
        headers.append(("Content-Length", str(len(response.body))))
    if tag:
        headers.append(("ETag", tag))
    return RecordedResponse(response.status, tuple(headers), b"" if method == "HEAD" else response.body)


def text_response(status: int, line: str) -> RecordedResponse:
    """Return a line of text, without Express's headers: no response of Tiledesk's."""
    body = f"{line}\n".encode()
    headers = (("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))))
    return RecordedResponse(status, headers, body)


def without_cors(response: RecordedResponse) -> RecordedResponse:
    """Return a response that browsers keep from web pages of other origins."""
    kept = [pair for pair in response.headers if not pair[0].lower().startswith("access-control-")]
    return RecordedResponse(response.status, tuple(kept), response.body)


def _is_fresh(environ: WSGIEnvironment, tag: str) -> bool:
    """Return whether the client has the response already, by `If-None-Match` and `Cache-Control`."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    # With a date the response is never fresh, since it has no Last-Modified.
    if not tags or "HTTP_IF_MODIFIED_SINCE" in environ:
        return False
    if "no-cache" in environ.get("HTTP_CACHE_CONTROL", "").replace(" ", "").split(","):
        return False
    same = (tag, tag.removeprefix("W/"), f"W/{tag}")
    return tags == "*" or any(one.strip(" ") in same for one in tags.split(","))


def _failure(_: errors.ApiError) -> ApiResponse:
    return json_response({"err": "error"}, 500)


def _refused(status: int, message: str, key: str = "msg") -> Callable[[Any], ApiResponse]:
    return lambda error: json_response({"success": False, key: message}, status, error.drifts)


def _not_saved(error: Any) -> ApiResponse:
    reason = error.error if isinstance(error, errors.EventNotSaved) else str(error)
    return json_response({"success": False, "msg": "Error saving the event", "error": reason}, 500)


def _unauthenticated(error: errors.Unauthenticated) -> ApiResponse:
    text = b"Unauthorized" if error.status == 401 else b"Bad Request"
    headers = (CHALLENGE,) if error.challenge else ()
    return ApiResponse(error.status, text, None, headers, has_etag=False, has_length=False)


def _invalid(error: errors.ValidationFailed) -> ApiResponse:
    rows = [
        ({"value": field.value} if field.has_value else {})
        | {"msg": "Invalid value", "param": field.param, "location": field.location}
        for field in error.fields
    ]
    return json_response({"errors": rows}, 422)


def _rate_limited(error: errors.RateLimited) -> ApiResponse:
    response = json_response({"success": False, "msg": "Too many requests."}, 429, error.drifts)
    return replace(response, headers=(*response.headers, ("Retry-After", str(error.retry_after))))


def _no_response(error: errors.NoResponse) -> ApiResponse:
    body = {
        "err": "never answered",
        "reason": f"tiledesk-server 2.19.16 never answers this request: {error.reason}",
        "hint": "set hang to true to wait as with the real server",
    }
    return json_response(body, 504)


RESPONSES: Final[Mapping[type[errors.TiledeskMockError], Callable[[Any], ApiResponse]]] = {
    errors.UnreadableBody: lambda _: json_response({"err": "error"}, 500, cors=False),
    errors.BodyTooLarge: lambda error: json_response(
        {"err": "Request entity too large", "limit": error.limit}, 413, cors=False
    ),
    errors.TooManyParameters: lambda _: json_response({"err": "Request entity too large"}, 413, cors=False),
    errors.MalformedEscape: _failure,
    errors.InvalidProjectId: lambda error: json_response(
        {"error": f"Invalid project id: {error.id_project}"}, 400
    ),
    errors.ProjectNotFound: lambda error: json_response(
        {"error": f"Project not found with id: {error.id_project}"}, 400
    ),
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
    errors.SigninRefused: lambda error: json_response({"success": False, "msg": error.reason}, 401),
    errors.EmailTaken: _refused(403, "Email already registered", key="message"),
    errors.CredentialsMissing: _refused(200, "Please pass email and password."),
    errors.RegistrationFailed: _refused(500, "Registration cannot be completed", key="message"),
    errors.AudienceMissing: _refused(400, "JWT Aud field is required"),
    errors.RateLimited: _rate_limited,
    errors.NoResponse: _no_response,
    errors.StorageFull: _not_saved,
    errors.StoreCorrupted: lambda error: json_response(
        {"success": False, "msg": "Error getting object.", "error": str(error)}, 500
    ),
}

_OF_STATUS: Final[Mapping[int, Callable[[], errors.ApiError]]] = {
    400: lambda: errors.Unauthenticated(400, challenge=False),
    401: errors.Unauthenticated,
    403: errors.RoleTooLow,
    404: errors.ObjectNotFound,
    413: lambda: errors.BodyTooLarge(_BODY_LIMIT),
    422: lambda: errors.ValidationFailed([errors.InvalidField("name")]),
    429: lambda: errors.RateLimited(_RETRY_AFTER),
}
"""What Tiledesk means by a status. With any other it says only that something failed."""
