"""The rows of the control API's table that concern webhooks, and the platform's own events."""

from __future__ import annotations

from typing import Final

from ..errors import SettingsError
from ..node.json import Json
from .arguments import Asked
from .local import LocalControls
from .routes import NotThere, Route

_DRAIN_SECONDS: Final = 10.0
_DAY: Final = 86_400


def _deliveries(controls: LocalControls, _: Asked) -> Json:
    return {"deliveries": controls.hooks.deliveries()}


def _drain(controls: LocalControls, asked: Asked) -> Json:
    timeout = asked.document.get("timeout", _DRAIN_SECONDS)
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 <= timeout <= _DAY:
        raise SettingsError("timeout", timeout, "a number of seconds, a day's at most")
    return controls.hooks.drain(timeout)


def _resend(controls: LocalControls, asked: Asked) -> Json:
    return controls.hooks.resend(asked.ids["id_delivery"])


def _fail(controls: LocalControls, asked: Asked) -> Json:
    return controls.hooks.fail(asked.document)


def _recover(controls: LocalControls, asked: Asked) -> Json:
    if not controls.hooks.recover(asked.ids["id_rule"]):
        raise NotThere(f"there is no failure {asked.ids['id_rule']!r}")
    return {"recovered": asked.ids["id_rule"]}


def _subscriptions(controls: LocalControls, _: Asked) -> Json:
    return {"subscriptions": controls.hooks.subscriptions()}


def _subscribe(controls: LocalControls, asked: Asked) -> Json:
    given = asked.document
    return controls.hooks.subscribe(given.get("event", ""), given.get("target", ""), asked.text("project"))


def _unsubscribe(controls: LocalControls, asked: Asked) -> Json:
    if not controls.hooks.unsubscribe(asked.ids["id_subscription"]):
        raise NotThere(f"there is no subscription {asked.ids['id_subscription']!r}")
    return {"unsubscribed": asked.ids["id_subscription"]}


def _emit_standard(controls: LocalControls, asked: Asked) -> Json:
    given = asked.document
    attributes = given.get("attributes") or {}
    if not isinstance(attributes, dict):
        raise SettingsError("attributes", attributes, "a JSON object")
    name, by, project = (asked.text(field) for field in ("name", "by", "project"))
    return controls.emit_standard(str(name), attributes, by, project)


DELIVERY_ROUTES: Final = (
    Route("GET", "/deliveries", _deliveries),
    Route("POST", "/deliveries/drain", _drain, ("timeout",)),
    Route("POST", "/deliveries/<id_delivery>/resend", _resend),
    Route("POST", "/deliveries/failures", _fail, None),
    Route("DELETE", "/deliveries/failures/<id_rule>", _recover),
    Route("GET", "/subscriptions", _subscriptions),
    Route("POST", "/subscriptions", _subscribe, ("event", "target", "project")),
    Route("DELETE", "/subscriptions/<id_subscription>", _unsubscribe),
    Route("POST", "/standard-events", _emit_standard, ("name", "attributes", "by", "project")),
)
