"""The routes of `/auth`, and `/testauth`."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from ..emulator.accounts import SignedIn
from ..errors import MalformedAuthorization
from ..node.validator import Check, check_fields, is_email, is_filled
from ..tiledesk.wire import Document, record_document
from .guards import answered, body, emulator, query
from .replies import HTML, Reply, json_reply

UNDERSCORED: Final = "tiledesk_mock.underscored"
"""Where the own server's environ keeps the fields with an underscore in their name."""


auth: Final = Blueprint("auth", __name__)


@auth.post("/auth/signin")
def sign_in() -> Response:
    """Sign in with an e-mail address and a password."""
    given = _checked(Check("email", is_email), Check("password", is_filled))
    return _signed_in(emulator().accounts.sign_in(given.get("email"), given.get("password")))


@auth.post("/auth/signup")
def sign_up() -> Response:
    """Make a user."""
    given = _checked(Check("email", is_email), Check("firstname", is_filled), Check("lastname", is_filled))
    user = emulator().accounts.sign_up(*map(given.get, ("email", "password", "firstname", "lastname")))
    shown = {"success": True, "msg": "Successfully created new user.", "user": record_document(user)}
    return answered(json_reply(shown))


@auth.post("/auth/signinAnonymously".lower())
def sign_in_anonymously() -> Response:
    """Make a guest of a project, and sign in as it."""
    given = _checked(Check("id_project", is_filled))
    details: Document = {
        name: given[name] for name in ("firstname", "lastname", "email", "attributes") if name in given
    }
    return _signed_in(emulator().accounts.sign_in_anonymously(given.get("id_project"), details))


@auth.post("/auth/signinWithCustomToken".lower())
def sign_in_with_custom_token() -> Response:
    """Sign in with a token that a project's own server has signed."""
    return _signed_in(emulator().accounts.sign_in_with_custom_token(request.headers.get("Authorization")))


@auth.get("/testauth")
def test_authentication() -> Response:
    """Tell whether the credentials are good."""
    caller = emulator().authenticator.authenticate(request.headers.get("Authorization"))
    if not caller.is_well_formed:
        raise MalformedAuthorization
    return answered(Reply(200, b'{"success":true}', HTML))


def _checked(*checks: Check) -> dict[str, object]:
    given = body()
    check_fields(checks, given, query(), _headers())
    return given if isinstance(given, dict) else {}


def _headers() -> Document:
    """Return the header's fields by their names in lower case; unlike in an environ, `_` is not `-`."""
    underscored: Document = request.environ.get(UNDERSCORED, {})
    return {name.lower(): value for name, value in request.headers} | underscored


def _signed_in(signed_in: SignedIn) -> Response:
    return answered(json_reply({"success": True, "token": signed_in.token, "user": signed_in.user}))
