"""Why a request got an error, in a sentence for the tester and never for the client."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from .. import errors
from ..emulator import Emulator
from ..emulator.access_reasons import (
    event_reason,
    membership_reason,
    project_reason,
    role_reason,
    subscription_reason,
)
from ..emulator.credential_reasons import credentials_reason
from ..node.bson import object_id
from ..node.json import Json
from ..redaction.masking import MASK, masked_json, masked_text
from ..redaction.names import is_secret_name
from ..text import closest, shorten
from ..tiledesk.model import Project
from .guards import BODY, EMULATOR, STATE, request_query_of, secret_token
from .not_emulated import is_not_emulated
from .requests import whole_body
from .route_reasons import OUTSIDE_WORDS, route_reason

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask

_LONGEST_VALUE: Final = 60
_LONGEST_QUOTE: Final = 300
_FIELDS: Final = ("name", "attributes", "email", "password", "firstname", "lastname", "id_project")
_TOKEN: Final = re.compile(r"(?:[A-Za-z]+(?: |%20|\+))?eyJ[\w-]+\.[\w-]+\.[\w-]*\Z", re.ASCII)
_FORM: Final = "application/x-www-form-urlencoded"
_JSON_AS_FORM: Final = "the body looks like JSON, but was read as a form: send Content-Type: application/json"
_BELONGS: Final = "it belongs into the Authorization header"


def reason_of(error: Exception, app: Flask, environ: WSGIEnvironment) -> str:
    """Return why a request ended with `error`, as things are at this moment. Secrets are masked."""
    emulator: Emulator = app.extensions[EMULATOR]
    if isinstance(error, errors.InvalidProjectId) and error.id_project.lower() in OUTSIDE_WORDS:
        return route_reason(environ, app.url_map)
    explain = _REASONS.get(type(error))
    reason = explain(error, emulator, environ) if explain else str(error)
    return reason if environ[STATE].is_emulated else reason + _missing_route(environ)


def _missing_route(environ: WSGIEnvironment) -> str:
    """Return that a request which was refused before is for a route that is not emulated."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    return (
        "; and the emulator does not have this route of Tiledesk's" if is_not_emulated(method, path) else ""
    )


def _credentials(_: errors.Unauthenticated, emulator: Emulator, environ: WSGIEnvironment) -> str:
    reason = credentials_reason(
        emulator.authenticator,
        environ.get("HTTP_AUTHORIZATION"),
        secret_token(environ),
        only_tokens=environ["PATH_INFO"].startswith("/auth/"),
    )
    return reason + _ignored_token(environ)


def _ignored_token(environ: WSGIEnvironment) -> str:
    """Return where else the request has a token, which Tiledesk does not read there."""
    for name, value in request_query_of(environ).items():
        if name != "secret_token" and isinstance(value, str) and _TOKEN.match(value):
            return f"; the token in the parameter {name} does not count: {_BELONGS}"
    for key, value in environ.items():
        if (
            key[:5] == "HTTP_"
            and key not in ("HTTP_AUTHORIZATION", "HTTP_COOKIE")
            and _TOKEN.match(str(value))
        ):
            name = key[5:].replace("_", "-").title()
            return f"; the token in the header {name} does not count: {_BELONGS}"
    return ""


def _two_words(_: errors.MalformedAuthorization, __: Emulator, environ: WSGIEnvironment) -> str:
    header = environ.get("HTTP_AUTHORIZATION")
    if not header:
        return (
            "the secret_token in the query is right, but Tiledesk wants an Authorization header of two words "
            "as well: send the token there, as JWT TOKEN"
        )
    return f"{errors.MalformedAuthorization()}, but {len(header.split(' '))}, counted by its spaces"


def _not_a_member(error: errors.NotAMember, emulator: Emulator, environ: WSGIEnvironment) -> str:
    principal, project = environ[STATE].principal, _project(emulator, environ)
    if principal is None or project is None:
        return str(error)
    return membership_reason(emulator, principal, project)


def _role(error: errors.RoleTooLow, emulator: Emulator, environ: WSGIEnvironment) -> str:
    principal, project = environ[STATE].principal, _project(emulator, environ)
    if principal is None or project is None or not error.required:
        return str(error)
    return role_reason(principal, project, error.role, error.required)


def _no_object(error: errors.ObjectNotFound, emulator: Emulator, environ: WSGIEnvironment) -> str:
    *_, router, identifier = environ["PATH_INFO"].split("/")
    if router == "events":
        return event_reason(emulator, identifier)
    return subscription_reason(emulator, identifier) if router == "subscriptions" else str(error)


def _project(emulator: Emulator, environ: WSGIEnvironment) -> Project | None:
    key = object_id(environ["PATH_INFO"].split("/")[1])
    return emulator.database.people.project(key) if key else None


def _too_large(error: errors.BodyTooLarge, _: Emulator, environ: WSGIEnvironment) -> str:
    length = len(whole_body(environ))
    encoding = environ.get("HTTP_CONTENT_ENCODING")
    if length > error.limit:
        return f"the body has {length} bytes, and Tiledesk reads at most {error.limit}"
    return f"the body is unpacked from {encoding} to more than {error.limit} bytes, which is the limit"


def _invalid(error: errors.ValidationFailed, _: Emulator, environ: WSGIEnvironment) -> str:
    if any(not field.has_value for field in error.fields) and _is_json_read_as_form(environ):
        return _JSON_AS_FORM
    fields = "; ".join(_field(field, environ[BODY]) for field in error.fields)
    return fields + (_unread_body(environ) if any(not field.has_value for field in error.fields) else "")


def _field(field: errors.InvalidField, body: Json) -> str:
    """Return what is wrong with one field."""
    if not field.has_value:
        return f"{field.param} is missing in the body{_similar(field.param, body)}"
    place = field.location if field.location == "body" else f"{field.location}, where it counts as well"
    if field.value in ("", None) or (isinstance(field.value, list) and not any(field.value)):
        return f"{field.param} is empty in the {place}, and has to be filled"
    shown = MASK if is_secret_name(field.param) else shorten(repr(masked_json(field.value)), _LONGEST_VALUE)
    wanted = "an e-mail address" if field.param == "email" else "filled text"
    return f"{field.param} is {shown} and not {wanted} in the {place}"


def _similar(name: str, body: Json) -> str:
    """Return the field of a body that may be meant by a missing one."""
    if isinstance(body, list):
        return ", which is an array and has to be an object"
    names = [str(one) for one in body] if isinstance(body, dict) else []
    near = closest(name, [one for one in names if one not in _FIELDS], 0.6)
    wrapped = [one for one in names if isinstance(body[one], dict) and name in body[one]]
    if wrapped:
        return f": it is one level too deep, in {shorten(wrapped[0], _LONGEST_VALUE)}"
    return f", which has {shorten(near, _LONGEST_VALUE)}: is that what was meant?" if near else ""


def _is_json_read_as_form(environ: WSGIEnvironment) -> bool:
    """Return whether a form's body is JSON by its looks, as curl -d sends it without a header."""
    return _media_type(environ) == _FORM and whole_body(environ).lstrip()[:1] in (b"{", b"[")


def _media_type(environ: WSGIEnvironment) -> str:
    return str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def _unread_body(environ: WSGIEnvironment) -> str:
    """Return why Tiledesk has not read a body that was sent."""
    length = len(whole_body(environ))
    if not length:
        return ": the request has no body"
    if _is_json_read_as_form(environ):
        return f": {_JSON_AS_FORM}"
    if environ[BODY] != {} or _media_type(environ) in ("application/json", _FORM):
        return ""
    content_type = environ.get("CONTENT_TYPE", "")
    sent = f"is {shorten(content_type, _LONGEST_VALUE)!r}" if content_type else "is missing"
    return (
        f": the body of {length} bytes was not read, since its Content-Type {sent} and not application/json"
    )


def _not_saved(error: errors.EventNotSaved, _: Emulator, environ: WSGIEnvironment) -> str:
    body, elsewhere = environ[BODY], "name" in request_query_of(environ)
    if not (isinstance(body, dict) and "name" in body) and "required" in error.error:
        where = "in the query" if elsewhere else "in a header or a cookie"
        return (
            f"the event is not saved: name is {where} only, and has to be in the body{_unread_body(environ)}"
        )
    return _with_values(error)


def _with_values(error: errors.ApiError, *_: Any) -> str:
    """Return the text of an error that quotes values of the client's."""
    return shorten(masked_text(str(error)), _LONGEST_QUOTE)


_REASONS: Final[Mapping[type[Exception], Callable[[Any, Emulator, WSGIEnvironment], str]]] = {
    errors.Unauthenticated: _credentials,
    errors.MalformedAuthorization: _two_words,
    errors.InvalidProjectId: lambda error, emulator, _: project_reason(emulator, error.id_project),
    errors.ProjectNotFound: lambda error, emulator, _: project_reason(emulator, error.id_project),
    errors.NotAMember: _not_a_member,
    errors.RoleTooLow: _role,
    errors.ObjectNotFound: _no_object,
    errors.BodyTooLarge: _too_large,
    errors.ValidationFailed: _invalid,
    errors.EventNotSaved: _not_saved,
    **dict.fromkeys((errors.NoResponse, errors.InvalidDirection, errors.ObjectNotUpdated), _with_values),
}
"""What looks further than the text of an error does."""
