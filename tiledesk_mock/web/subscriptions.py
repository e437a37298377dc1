"""The routes of `/:project_id/subscriptions`: webhooks, for admins and above."""

from __future__ import annotations

from typing import Final

from flask import Blueprint
from msgspec.structs import replace

from ..node.json import Json
from ..tiledesk.auth import Role
from ..tiledesk.model import Subscription
from ..tiledesk.wire import record_document
from .guards import AuthorizedRequest, guarded, request_body
from .responses import ApiResponse, json_response

_SECRET_HEADER: Final = "X-Hook-Secret"  # noqa: S105  (a header's name)
_GLOBAL: Final = "global"


subscriptions: Final = Blueprint("subscriptions", __name__)


@subscriptions.post("/<project_id>/subscriptions")
@guarded(Role.ADMIN)
def subscribe(call: AuthorizedRequest) -> ApiResponse:
    """Subscribe a webhook."""
    return _created(*call.emulator.subscriptions.create(call.project, call.principal, request_body()))


@subscriptions.get("/<project_id>/subscriptions")
@guarded(Role.ADMIN)
def list_all(call: AuthorizedRequest) -> ApiResponse:
    """List a project's subscriptions."""
    return json_response([record_document(one) for one in call.emulator.subscriptions.all(call.project)])


@subscriptions.get("/<project_id>/subscriptions/history")
@guarded(Role.ADMIN)
def history(call: AuthorizedRequest) -> ApiResponse:
    """List a project's deliveries."""
    return json_response(call.emulator.webhooks.history(call.project.id))


@subscriptions.get("/<project_id>/subscriptions/<subscription_id>")
@guarded(Role.ADMIN)
def get(call: AuthorizedRequest, subscription_id: str) -> ApiResponse:
    """Read one subscription."""
    return json_response(record_document(call.emulator.subscriptions.get(subscription_id)))


@subscriptions.put("/<project_id>/subscriptions/<subscription_id>")
@guarded(Role.ADMIN)
def update(call: AuthorizedRequest, subscription_id: str) -> ApiResponse:
    """Change a subscription."""
    return json_response(_document(call.emulator.subscriptions.update(subscription_id, request_body())))


@subscriptions.delete("/<project_id>/subscriptions/<subscription_id>")
@guarded(Role.ADMIN)
def delete(call: AuthorizedRequest, subscription_id: str) -> ApiResponse:
    """Delete a subscription."""
    return json_response(_document(call.emulator.subscriptions.delete(subscription_id)))


def _document(subscription: Subscription | None) -> Json:
    return None if subscription is None else record_document(subscription)


def _created(subscription: Subscription, is_new: bool) -> ApiResponse:
    """Respond to a POST, the only response with the secret. An earlier subscription has no `global`."""
    document = record_document(subscription, secrets=True)
    if not is_new:
        del document[_GLOBAL]
    return replace(json_response(document), headers=((_SECRET_HEADER, subscription.secret),))
