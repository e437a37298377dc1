"""Entries of the timeline as JSON: the summary of one line, without secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..http.exchange import Exchange, RecordedRequest, RecordedResponse
from ..node.json import load_json, parse_json
from ..redaction.masking import masked_json, masked_target, masked_text
from ..tiledesk.clock import format_time, to_milliseconds
from ..tiledesk.deliveries import Delivery, delivery_document
from ..tiledesk.wire import Document
from .rendering import caller_document, caller_from_document
from .timeline import Entry, EntryKind, KeptAttempt, KeptEvent, KeptFrame, KeptPlatformEvent

_MOST_RECEIVERS: Final = 3
"""How many receivers of a frame a summary names."""


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


def platform_event_document(kept: KeptPlatformEvent) -> Document:
    """Return one of the platform's own events in full, its payload without secrets."""
    payload = masked_json(load_json(kept.payload))
    return {"name": kept.name, "id_project": kept.id_project, "payload": payload}


def frame_document(kept: KeptFrame) -> Document:
    """Return a frame in full, with its `message` if it has one."""
    payload = parse_json(kept.text)["payload"]
    message = {"message": masked_json(payload["message"])} if "message" in payload else {}
    return {**_frame(kept), "to": kept.to, **message}


def sent_document(kept: KeptAttempt, last: Delivery) -> Document:
    """Return the delivery of an attempt as it was last, with the request that was sent."""
    document = delivery_document(last) | {"target": masked_text(last.subscription.url)}
    return document | ({"request": kept.request()} if kept.request else {})


def exchange_from_summary(summary: Document) -> Exchange:
    """Return an exchange with what the summary of an entry has; of other kinds than a request, that is less.

    It has no headers and no bodies.
    """
    person, status = summary.get("person"), summary.get("status")
    return Exchange(
        number=summary.get("number", 0),
        time=to_milliseconds(summary["time"]),
        request=RecordedRequest(summary.get("method") or "", summary.get("target") or ""),
        response=None if status is None else RecordedResponse(status),
        seconds=summary.get("milliseconds", 0) / 1000,
        principal=caller_from_document(person),
        role=person and person["role"],
        drifts=tuple(summary.get("drifts", ())),
        fault=summary.get("fault"),
        is_emulated=summary.get("emulated", True),
        reason=summary.get("reason"),
        event_name=summary.get("event"),
        ignored=tuple(summary.get("ignored", ())),
        stub=summary.get("stub"),
    )


def request_document(exchange: Exchange) -> Document:
    """Return what the summary of a request has beside the fields of every entry."""
    return {
        "number": exchange.number,
        "method": exchange.request.method,
        "target": masked_target(exchange.request.target),
        "status": exchange.response and exchange.response.status,
        "milliseconds": round(exchange.seconds * 1000, 3),
        "person": caller_document(exchange.principal, exchange.role),
        "event": exchange.event_name,
        "drifts": list(exchange.drifts),
        "ignored": list(exchange.ignored),
        "fault": exchange.fault,
        "stub": exchange.stub,
        "emulated": exchange.is_emulated,
        "reason": exchange.reason,
    }


def _event(kept: KeptEvent | KeptPlatformEvent) -> Document:
    if isinstance(kept, KeptPlatformEvent):
        return {"event": kept.name, "id_project": kept.id_project, "person": None, "standard": True}
    role = kept.member.role if kept.member else None
    return {
        "event": kept.event.name,
        "id_project": kept.event.id_project,
        "person": caller_document(kept.principal, role),
        "standard": False,
    }


def _attempt(kept: KeptAttempt) -> Document:
    delivery, attempt = kept.delivery, kept.attempt
    document: Document = {
        "delivery": delivery.id,
        "event": delivery.event_name,
        "target": masked_text(delivery.subscription.url),
    }
    if attempt is None:
        document |= {"number": 0, "status": None, "error": delivery.reason, "milliseconds": 0}
    else:
        document |= {
            "number": attempt.number,
            "status": attempt.status,
            "error": None if attempt.error is None else masked_text(attempt.error),
            "milliseconds": round(attempt.seconds * 1000, 3),
        }
    return document | {"state": delivery.state.value, "drifts": list(delivery.drifts)}


def _frame(kept: KeptFrame) -> Document:
    return {
        "topic": kept.topic,
        "method": kept.method and kept.method.value,
        "live": kept.live,
        "receivers": len(kept.to),
        "to": kept.to[:_MOST_RECEIVERS],
        "by": kept.by,
    }


_SUMMARIES: Final[Mapping[EntryKind, Callable[[Any], Document]]] = {
    EntryKind.REQUEST: request_document,
    EntryKind.EVENT: _event,
    EntryKind.ATTEMPT: _attempt,
    EntryKind.FRAME: _frame,
    EntryKind.RESET: lambda what: {"what": what},
}
