"""The routes of `/auth`, and `/testauth`."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request

from ..emulator import Emulator
from ..errors import MalformedAuthorization
from ..node.validator import Check, check_fields, is_email, is_filled
from ..tiledesk.wire import Document, record_document
from .guards import public, request_body, request_query
from .responses import HTML, ApiResponse, json_response

UNDERSCORE_HEADERS: Final = "tiledesk_mock.underscored"
"""Environ key of the header fields with an underscore in their name, which the own server keeps apart."""

auth: Final = Blueprint("auth", __name__)


@auth.post("/auth/signin")
@public
def sign_in(emulator: Emulator) -> ApiResponse:
    """Sign in with an e-mail address and a password."""
    body = _checked_body(Check("email", is_email), Check("password", is_filled))
    return _signed_in_response(*emulator.accounts.sign_in(body.get("email"), body.get("password")))


@auth.post("/auth/signup")
@public
def sign_up(emulator: Emulator) -> ApiResponse:
    """Make a user."""
    body = _checked_body(
        Check("email", is_email), Check("firstname", is_filled), Check("lastname", is_filled)
    )
    user = emulator.accounts.sign_up(*map(body.get, ("email", "password", "firstname", "lastname")))
    return json_response(
        {"success": True, "msg": "Successfully created new user.", "user": record_document(user)}
    )


@auth.post("/auth/signinAnonymously".lower())
@public
def sign_in_anonymously(emulator: Emulator) -> ApiResponse:
    """Make a guest of a project, and sign in as it."""
    body = _checked_body(Check("id_project", is_filled))
    details: Document = {
        name: body[name] for name in ("firstname", "lastname", "email", "attributes") if name in body
    }
    return _signed_in_response(*emulator.accounts.sign_in_anonymously(body.get("id_project"), details))


@auth.post("/auth/signinWithCustomToken".lower())
@public
def sign_in_with_custom_token(emulator: Emulator) -> ApiResponse:
    """Sign in with a token that a project's own server has signed."""
    header = request.headers.get("Authorization")
    return _signed_in_response(*emulator.accounts.sign_in_with_custom_token(header))


@auth.get("/testauth")
@public
def test_authentication(emulator: Emulator) -> ApiResponse:
    """Check credentials."""
    caller = emulator.authenticator.authenticate(request.headers.get("Authorization"))
    if not caller.has_two_parts:
        raise MalformedAuthorization
    return ApiResponse(200, b'{"success":true}', HTML)


def _checked_body(*checks: Check) -> Document:
    body = request_body()
    check_fields(checks, body, request_query(), _headers())
    return body if isinstance(body, dict) else {}


def _headers() -> Document:
    """Return the header's fields by their names in lower case, with `_` and `-` kept apart."""
    underscored: Document = request.environ.get(UNDERSCORE_HEADERS, {})
    return {name.lower(): value for name, value in request.headers} | underscored


def _signed_in_response(token: str, user: Document) -> ApiResponse:
    return json_response({"success": True, "token": token, "user": user})
