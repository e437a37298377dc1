"""The routes: `/auth`, events, subscriptions."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request
from msgspec.structs import replace

from ..emulator import Emulator
from ..node.json import ABSENT
from ..node.validator import Checks, check_fields, is_email, is_filled
from ..node.values import to_string
from ..settings import Dialect
from ..tiledesk.auth import Role
from ..tiledesk.drifts import SORT_FIELD
from ..tiledesk.events import parse_event_fields
from ..tiledesk.model import Subscription
from ..tiledesk.query import parse_event_query, parse_history_query
from ..tiledesk.wire import Document, record_document
from .guards import (
    STATE,
    AuthorizedRequest,
    check_credentials,
    guarded,
    public,
    request_body,
    request_query,
    secret_token,
)
from .responses import HTML, ApiResponse, encoded_response, json_response

UNDERSCORE_HEADERS: Final = "tiledesk_mock.underscored"
"""Environ key of the header fields with an underscore in their name, which the own server keeps apart."""

SIGN_IN_CHECKS: Final[Checks] = {"email": is_email, "password": is_filled}
SIGN_UP_CHECKS: Final[Checks] = {"email": is_email, "firstname": is_filled, "lastname": is_filled}
ANONYMOUS_CHECKS: Final[Checks] = {"id_project": is_filled}

GUEST_DETAILS: Final = ("firstname", "lastname", "email", "attributes")
"""The fields of a guest that a caller chooses."""

routes: Final = Blueprint("routes", __name__)


@routes.get("/")
@public
def hello(_: Emulator) -> ApiResponse:
    """Say hello, as the server does at its root."""
    text = b"Hello from Tiledesk server. It's UP. See the documentation here http://developer.tiledesk.com"
    return ApiResponse(200, text, HTML)


@routes.post("/auth/signin")
@public
def sign_in(emulator: Emulator) -> ApiResponse:
    """Sign in with an e-mail address and a password."""
    body = _checked_body(SIGN_IN_CHECKS)
    return _signed_in(*emulator.accounts.sign_in(body.get("email"), body.get("password")))


@routes.post("/auth/signup")
@public
def sign_up(emulator: Emulator) -> ApiResponse:
    """Make a user."""
    body = _checked_body(SIGN_UP_CHECKS)
    user = emulator.sign_up(body, request.environ.get("HTTP_AUTHORIZATION"))
    request.environ[STATE].cause = user.id
    return json_response(signed_up_document(record_document(user)))


@routes.post("/auth/signinAnonymously".lower())
@public
def sign_in_anonymously(emulator: Emulator) -> ApiResponse:
    """Make a guest of a project, and sign in as it."""
    body = _checked_body(ANONYMOUS_CHECKS)
    details: Document = {name: body[name] for name in GUEST_DETAILS if name in body}
    id_project = body.get("id_project", ABSENT)
    return _signed_in(*emulator.accounts.sign_in_anonymously(id_project, details))


@routes.post("/auth/signinWithCustomToken".lower())
@public
def sign_in_with_custom_token(emulator: Emulator) -> ApiResponse:
    """Sign in with a token that a project's own server has signed."""
    environ = request.environ
    return _signed_in(
        *emulator.custom_tokens.sign_in(environ.get("HTTP_AUTHORIZATION"), secret_token(environ))
    )


@routes.get("/testauth")
@routes.get("/testauth/noentitycheck")
@public
def test_authentication(emulator: Emulator) -> ApiResponse:
    """Check credentials."""
    check_credentials(emulator, request.environ)
    return ApiResponse(200, b'{"success":true}', HTML)


@routes.post("/<project_id>/events")
@guarded(Role.GUEST, machines=True)
def fire_event(call: AuthorizedRequest) -> ApiResponse:
    """Fire an event."""
    fields = parse_event_fields(request_body(), request_query(), request.headers)
    fired = call.emulator.fire_event(call.project, call.principal, call.member, fields)
    state = request.environ[STATE]
    state.event_id = state.cause = fired.value.id
    state.event_name = fired.value.name
    drifts = _documented_drifts(call.emulator, fired.drifts)
    return encoded_response(call.emulator.event_encoder.encode(fired.value), drifts=drifts)


@routes.get("/<project_id>/events")
@guarded(Role.AGENT)
def list_events(call: AuthorizedRequest) -> ApiResponse:
    """List a page of a project's events."""
    params, has_sort_field = request_query(), call.emulator.settings.dialect is Dialect.DOCUMENTED
    page = call.emulator.list_events(parse_event_query(call.project.id, params, sort_field=has_sort_field))
    drifts = (SORT_FIELD, *page.drifts) if params.get("sortField") else page.drifts
    encoded = call.emulator.event_encoder.encode_page(page.value.events, page.value.count)
    return encoded_response(encoded, drifts=_documented_drifts(call.emulator, drifts))


@routes.get("/<project_id>/events/<event_id>")
@guarded(Role.AGENT)
def get_event(call: AuthorizedRequest, event_id: str) -> ApiResponse:
    """Read one event."""
    found = call.emulator.get_event(call.project, event_id)
    drifts = _documented_drifts(call.emulator, found.drifts)
    return encoded_response(call.emulator.event_encoder.encode_stored(found.value), drifts=drifts)


@routes.post("/<project_id>/subscriptions")
@guarded(Role.ADMIN)
def subscribe(call: AuthorizedRequest) -> ApiResponse:
    """Subscribe a webhook."""
    subscriptions = call.emulator.subscriptions
    made, is_new = subscriptions.create(call.project, call.principal, request_body())
    return _created(made, is_new) if is_new else _created(subscriptions.first_like(made), is_new)


@routes.get("/<project_id>/subscriptions")
@guarded(Role.ADMIN)
def list_subscriptions(call: AuthorizedRequest) -> ApiResponse:
    """List a project's subscriptions."""
    subscriptions = call.emulator.database.subscriptions.all(call.project.id)
    return json_response([record_document(one) for one in subscriptions])


@routes.get("/<project_id>/subscriptions/history")
@guarded(Role.ADMIN)
def list_deliveries(call: AuthorizedRequest) -> ApiResponse:
    """List a page of a project's deliveries."""
    skip = parse_history_query(request_query())
    return json_response(call.emulator.webhooks.history(call.project.id, skip))


@routes.get("/<project_id>/subscriptions/<subscription_id>")
@guarded(Role.ADMIN)
def get_subscription(call: AuthorizedRequest, subscription_id: str) -> ApiResponse:
    """Read one subscription."""
    return json_response(record_document(call.emulator.subscriptions.get(subscription_id)))


@routes.put("/<project_id>/subscriptions/<subscription_id>")
@guarded(Role.ADMIN)
def update_subscription(call: AuthorizedRequest, subscription_id: str) -> ApiResponse:
    """Change a subscription."""
    return json_response(record_document(call.emulator.subscriptions.update(subscription_id, request_body())))


@routes.delete("/<project_id>/subscriptions/<subscription_id>")
@guarded(Role.ADMIN)
def delete_subscription(call: AuthorizedRequest, subscription_id: str) -> ApiResponse:
    """Delete a subscription."""
    deleted = call.emulator.subscriptions.delete(subscription_id)
    return json_response(None if deleted is None else record_document(deleted))


def _checked_body(checks: Checks) -> Document:
    body = request_body()
    check_fields(checks, body, request_query(), _headers())
    return body if isinstance(body, dict) else {}


def signed_in_document(token: str, user: Document) -> Document:
    """Return the body of the response to a sign-in."""
    return {"success": True, "token": token, "user": user}


def signed_up_document(user: Document) -> Document:
    """Return the body of the response to a sign-up."""
    return {"success": True, "msg": "Successfully created new user.", "user": user}


def _headers() -> Document:
    """Return the header's fields by their names in lower case, with `_` and `-` kept apart."""
    underscored: Document = request.environ.get(UNDERSCORE_HEADERS, {})
    return {name.lower(): value for name, value in request.headers} | underscored


def _signed_in(token: str, user: Document) -> ApiResponse:
    return json_response(signed_in_document(token, user))


def _documented_drifts(emulator: Emulator, drifts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the drifts that a response names: none in the server dialect: the journal has them."""
    if drifts and emulator.settings.dialect is Dialect.SERVER:
        request.environ[STATE].ignored = drifts
        return ()
    return drifts


def _created(subscription: Subscription, is_new: bool) -> ApiResponse:
    """Respond to a POST, the only response with the secret. An earlier subscription has no `global`."""
    document = record_document(subscription, secrets=True)
    if not is_new:
        document.pop("global", None)
    return replace(json_response(document), headers=(("x-hook-secret", to_string(subscription.secret)),))
