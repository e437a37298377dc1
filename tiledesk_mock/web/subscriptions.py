"""The routes of `/:project_id/subscriptions`."""

from __future__ import annotations

from typing import Final

from flask import Blueprint
from msgspec.structs import replace

from ..domain.model import Json, Subscription
from ..domain.roles import Role
from ..domain.wire import document_of
from ..emulator import Emulator
from .guards import Call, body, guarded
from .replies import Answer, json_answer

_SECRET_HEADER: Final = "X-Hook-Secret"  # noqa: S105  (a header's name)
_GLOBAL: Final = "global"


def subscriptions_blueprint(emulator: Emulator) -> Blueprint:
    """Return the routes that subscribe webhooks and manage them: for admins and above."""
    blueprint = Blueprint("subscriptions", __name__)
    subscriptions = emulator.subscriptions

    @blueprint.post("/<project_id>/subscriptions")
    @guarded(emulator, Role.ADMIN)
    def subscribe(call: Call) -> Answer:
        return _created(*subscriptions.create(call.project, call.principal, body()))

    @blueprint.get("/<project_id>/subscriptions")
    @guarded(emulator, Role.ADMIN)
    def list_all(call: Call) -> Answer:
        return json_answer([document_of(one) for one in subscriptions.all(call.project)])

    @blueprint.get("/<project_id>/subscriptions/history")
    @guarded(emulator, Role.ADMIN)
    def history(call: Call) -> Answer:
        return json_answer(emulator.webhooks.history(call.project.id))

    @blueprint.get("/<project_id>/subscriptions/<subscription_id>")
    @guarded(emulator, Role.ADMIN)
    def get(_: Call, subscription_id: str) -> Answer:
        return json_answer(document_of(subscriptions.get(subscription_id)))

    @blueprint.put("/<project_id>/subscriptions/<subscription_id>")
    @guarded(emulator, Role.ADMIN)
    def update(_: Call, subscription_id: str) -> Answer:
        return json_answer(_shown(subscriptions.update(subscription_id, body())))

    @blueprint.delete("/<project_id>/subscriptions/<subscription_id>")
    @guarded(emulator, Role.ADMIN)
    def delete(_: Call, subscription_id: str) -> Answer:
        return json_answer(_shown(subscriptions.delete(subscription_id)))

    return blueprint


def _shown(subscription: Subscription | None) -> Json:
    return None if subscription is None else document_of(subscription)


def _created(subscription: Subscription, is_new: bool) -> Answer:
    """Answer a POST: the one time that a secret is told. One that was there before comes without `global`."""
    document = document_of(subscription, secrets=True)
    if not is_new:
        del document[_GLOBAL]
    answer = json_answer(document)
    return replace(answer, headers=(*answer.headers, (_SECRET_HEADER, subscription.secret)))
