"""The routes of `/:project_id/events`."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request

from ..settings import Dialect
from ..tiledesk.auth import Role
from ..tiledesk.drifts import SORT_FIELD
from ..tiledesk.events import parse_event_fields
from ..tiledesk.query import parse_event_query
from .guards import AuthorizedRequest, guarded, request_body, request_query
from .responses import ApiResponse, encoded_response

events: Final = Blueprint("events", __name__)


@events.post("/<project_id>/events")
@guarded(Role.GUEST, machines=True)
def fire(call: AuthorizedRequest) -> ApiResponse:
    """Fire an event."""
    fields = parse_event_fields(request_body(), request_query(), request.headers)
    fired = call.emulator.fire_event(call.project, call.principal, call.member, fields)
    return encoded_response(call.emulator.event_encoder.encode(fired.value), drifts=fired.drifts)


@events.get("/<project_id>/events")
@guarded(Role.AGENT)
def list_page(call: AuthorizedRequest) -> ApiResponse:
    """List a page of a project's events."""
    params, has_sort_field = request_query(), call.emulator.settings.dialect is Dialect.DOCUMENTED
    page = call.emulator.list_events(parse_event_query(call.project.id, params, sort_field=has_sort_field))
    drifts = (SORT_FIELD,) if has_sort_field and params.get("sortField") else ()
    encoded = call.emulator.event_encoder.encode_page(page.value.events, page.value.count)
    return encoded_response(encoded, drifts=drifts + page.drifts)


@events.get("/<project_id>/events/<event_id>")
@guarded(Role.AGENT)
def get(call: AuthorizedRequest, event_id: str) -> ApiResponse:
    """Read one event."""
    found = call.emulator.get_event(call.project, event_id)
    return encoded_response(call.emulator.event_encoder.encode_stored(found.value), drifts=found.drifts)
