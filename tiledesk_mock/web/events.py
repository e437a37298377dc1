"""The routes of `/:project_id/events`."""

from __future__ import annotations

from flask import Blueprint, request

from ..domain.casting import event_fields
from ..domain.drift import SORT_FIELD
from ..domain.query import read_event_query
from ..domain.roles import Role
from ..emulator import Emulator
from ..settings import Dialect
from .guards import Call, body, guarded, query
from .replies import Answer, encoded_answer


def events_blueprint(emulator: Emulator) -> Blueprint:
    """Return the routes that fire, list and read events."""
    blueprint = Blueprint("events", __name__)
    presentation = emulator.presentation
    sorts_by_sort_field = emulator.settings.dialect is Dialect.DOCUMENTED

    @blueprint.post("/<project_id>/events")
    @guarded(emulator, Role.GUEST, machines=True)
    def fire(call: Call) -> Answer:
        fields = event_fields(body(), query(), request.headers)
        fired = emulator.fire_event(call.project, call.principal, call.member, fields)
        return encoded_answer(presentation.encode(fired.value), drifts=fired.drifts)

    @blueprint.get("/<project_id>/events")
    @guarded(emulator, Role.AGENT)
    def list_page(call: Call) -> Answer:
        params = query()
        wanted = read_event_query(call.project.id, params, sort_field=sorts_by_sort_field)
        listed = emulator.list_events(wanted)
        asked = (SORT_FIELD,) if sorts_by_sort_field and params.get("sortField") else ()
        page = presentation.page(listed.value.events, listed.value.count)
        return encoded_answer(page, drifts=asked + listed.drifts)

    @blueprint.get("/<project_id>/events/<event_id>")
    @guarded(emulator, Role.AGENT)
    def get(call: Call, event_id: str) -> Answer:
        found = emulator.get_event(call.project, event_id)
        return encoded_answer(presentation.stored(found.value), drifts=found.drifts)

    return blueprint
