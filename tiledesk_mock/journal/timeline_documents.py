"""Entries of the timeline as JSON: the summary of one line, without secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..http.exchange import Exchange, Principal
from ..redaction.masking import masked_target
from ..tiledesk.clock import format_time
from ..tiledesk.events import FiredEvent
from ..tiledesk.wire import Document
from .timeline import Entry, EntryKind


def entry_id(start: str, number: int) -> str:
    """Return the id of an entry: `t1a2b3c4d-17`."""
    return f"{start}-{number}"


def entry_document(entry: Entry, start: str) -> Document:
    """Return the summary of an entry: `id`, `time`, `kind` and `cause`, and the fields of its kind."""
    return {
        "id": entry_id(start, entry.number),
        "time": format_time(entry.time),
        "kind": entry.kind.value,
        "cause": entry.cause,
        **_SUMMARIES[entry.kind](entry.value),
    }


def _request(exchange: Exchange) -> Document:
    return {
        "number": exchange.number,
        "method": exchange.request.method,
        "target": masked_target(exchange.request.target),
        "status": exchange.response and exchange.response.status,
        "milliseconds": round(exchange.seconds * 1000, 3),
        "person": _person(exchange.principal, exchange.role),
        "event": exchange.event_name,
        "drifts": list(exchange.drifts),
        "fault": exchange.fault,
        "emulated": exchange.is_emulated,
        "reason": exchange.reason,
    }


def _event(fired: FiredEvent) -> Document:
    role = fired.member.role if fired.member else None
    return {
        "event": fired.event.name,
        "id_project": fired.event.id_project,
        "person": _person(fired.principal, role),
    }


def _person(principal: Principal | None, role: str | None) -> Document | None:
    if principal is None:
        return None
    return {
        "kind": principal.kind.value,
        "id": principal.id,
        "email": principal.document.get("email"),
        "role": role,
    }


_SUMMARIES: Final[Mapping[EntryKind, Callable[[Any], Document]]] = {
    EntryKind.REQUEST: _request,
    EntryKind.EVENT: _event,
    EntryKind.RESET: lambda what: {"what": what},
}
