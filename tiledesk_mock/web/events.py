"""The routes of `/:project_id/events`."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request

from ..settings import Dialect
from ..tiledesk.auth import Role
from ..tiledesk.drifts import SORT_FIELD
from ..tiledesk.events import parse_event_fields
from ..tiledesk.query import parse_event_query
from .guards import AuthorizedRequest, body, guarded, query
from .replies import Reply, encoded_reply

events: Final = Blueprint("events", __name__)


@events.post("/<project_id>/events")
@guarded(Role.GUEST, machines=True)
def fire(call: AuthorizedRequest) -> Reply:
    """Fire an event."""
    fields = parse_event_fields(body(), query(), request.headers)
    fired = call.emulator.fire_event(call.project, call.principal, call.member, fields)
    return encoded_reply(call.emulator.event_encoder.encode(fired.value), drifts=fired.drifts)


@events.get("/<project_id>/events")
@guarded(Role.AGENT)
def list_page(call: AuthorizedRequest) -> Reply:
    """List a page of a project's events."""
    params, sorts_by_sort_field = query(), call.emulator.settings.dialect is Dialect.DOCUMENTED
    wanted = parse_event_query(call.project.id, params, sort_field=sorts_by_sort_field)
    listed = call.emulator.list_events(wanted)
    asked = (SORT_FIELD,) if sorts_by_sort_field and params.get("sortField") else ()
    page = call.emulator.event_encoder.encode_page(listed.value.events, listed.value.count)
    return encoded_reply(page, drifts=asked + listed.drifts)


@events.get("/<project_id>/events/<event_id>")
@guarded(Role.AGENT)
def get(call: AuthorizedRequest, event_id: str) -> Reply:
    """Read one event."""
    found = call.emulator.get_event(call.project, event_id)
    return encoded_reply(call.emulator.event_encoder.encode_stored(found.value), drifts=found.drifts)
