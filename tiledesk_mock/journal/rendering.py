"""Exchanges without their secrets: as JSON, as a line, as a curl command."""

from __future__ import annotations

import base64
import json
from typing import Final

from ..http.exchange import (
    Exchange,
    Headers,
    Principal,
    PrincipalKind,
    RecordedRequest,
    RecordedResponse,
)
from ..redaction.masking import (
    masked_headers,
    masked_json,
    masked_target,
)
from ..text import shorten
from ..tiledesk.clock import format_time, to_milliseconds
from ..tiledesk.wire import Document
from .bodies import json_of, masked_bytes, plain_body, text_of

_WITHOUT_EMAIL: Final = (PrincipalKind.GUEST, PrincipalKind.EXTERNAL)


def exchange_document(exchange: Exchange, *, has_text: bool = False) -> Document:
    """Return an exchange as the JSON of the control API, without secrets.

    `has_text` is whether bodies of JSON have their `text`, too: parsed, `1.0` and `1` are the same to many.
    """
    response = exchange.response
    return {
        "number": exchange.number,
        "time": format_time(exchange.time),
        "request": {
            "method": exchange.request.method,
            "target": masked_target(exchange.request.target),
            **_message(exchange.request.headers, exchange.request.body, has_text),
        },
        "response": response
        and {"status": response.status, **_message(response.headers, response.body, has_text)},
        "person": caller_document(exchange.principal, exchange.role),
        "drifts": list(exchange.drifts),
        "ignored": list(exchange.ignored),
        "fault": exchange.fault,
        "stub": exchange.stub,
        "milliseconds": round(exchange.seconds * 1000, 3),
        "emulated": exchange.is_emulated,
        "reason": exchange.reason,
        "event": exchange.event_id and {"_id": exchange.event_id, "name": exchange.event_name},
    }


def exchange_from_document(document: Document) -> Exchange:
    """Return the exchange of a document of the control API; its secrets stay masked."""
    request, response, person = document["request"], document["response"], document["person"]
    event = document["event"] or {}
    return Exchange(
        number=document["number"],
        time=to_milliseconds(document["time"]),
        request=RecordedRequest(request["method"], request["target"], *_headers_and_body(request)),
        response=response and RecordedResponse(response["status"], *_headers_and_body(response)),
        seconds=document["milliseconds"] / 1000,
        principal=caller_from_document(person),
        role=person and person["role"],
        drifts=tuple(document["drifts"]),
        ignored=tuple(document["ignored"]),
        fault=document["fault"],
        stub=document["stub"],
        is_emulated=document["emulated"],
        reason=document["reason"],
        event_id=event.get("_id"),
        event_name=event.get("name"),
    )


def caller_document(principal: Principal | None, role: str | None) -> Document | None:
    """Return who sent a request or fired an event as `kind`, `id`, `email` and `role`."""
    if principal is None:
        return None
    return {
        "kind": principal.kind.value,
        "id": principal.id,
        "email": principal.document.get("email"),
        "role": role,
    }


def caller_from_document(person: Document | None) -> Principal | None:
    """Return the principal of a document that `caller_document` made."""
    if person is None:
        return None
    return Principal(PrincipalKind(person["kind"]), person["id"], {"email": person["email"]})


def exchange_line(exchange: Exchange) -> str:
    """Return an exchange as one line: `3  POST /v3/ID/events  422  by agent agent@example.com`.

    What it fired is left out: the body of the request has it, too.
    """
    request = exchange.request
    status = str(exchange.response.status) if exchange.response else "no response"
    parts = [str(exchange.number), f"{request.method} {masked_target(request.target)}", status]
    parts += [text for kind, text in exchange_remarks(exchange) if kind != "event"]
    return "  ".join(parts)


def exchange_remarks(exchange: Exchange) -> list[tuple[str, str]]:
    """Return what there is to say about an exchange, beside its request and status.

    Each remark is its kind (person, event, drift, fault, stub, not emulated, reason) and a text.
    """
    remarks = [
        ("person", f"by {caller_name(exchange)}" if exchange.principal else None),
        ("event", exchange.event_name and f"fired {exchange.event_name}"),
        *(("drift", f"drift {drift}") for drift in exchange.drifts),
        *(("drift", f"asks for what the server ignores: {drift}") for drift in exchange.ignored),
        ("fault", exchange.fault and f"fault {exchange.fault}"),
        ("stub", exchange.stub),
        ("not emulated", None if exchange.is_emulated else "not emulated"),
        ("reason", exchange.reason and f"why: {exchange.reason}"),
    ]
    return [(kind, text) for kind, text in remarks if text]


def caller_name(exchange: Exchange) -> str:
    """Return the caller's role, and e-mail address or id.

    Guests and external users are found by their id only: their e-mail address is not stored.
    """
    principal = exchange.principal
    if principal is None:
        return "an anonymous client"
    email = None if principal.kind in _WITHOUT_EMAIL else principal.document.get("email")
    name = email or principal.id
    return f"{exchange.role or principal.kind.value} {name}"


def curl_command(request: RecordedRequest) -> str:
    """Return a request as a shell command. Secrets are shell variables: `$PASSWORD`, `$JWT`."""
    # Imported on first use: most tests do not fail.
    from .copies import copies

    return copies(request)["curl"]


def body_excerpt(response: RecordedResponse | None, limit: int = 300) -> str:
    """Return at most `limit` characters of a response's body, without secrets."""
    text = text_of(response.headers, plain_body(response.headers, response.body)) if response else "nothing"
    return shorten(text, limit)


def _message(headers: Headers, body: bytes, has_text: bool) -> Document:
    """Return headers and body as JSON: the body as JSON if possible, else as text, else in base64.

    A compressed body is decompressed.
    """
    fields = [list(field) for field in masked_headers(headers)]
    body = plain_body(headers, body)
    if not body:
        return {"headers": fields, "body": None}
    value = json_of(body)
    if value is not None:
        text = {"text": text_of(headers, body)} if has_text else {}
        return {"headers": fields, "body": {"json": masked_json(value), **text}}
    try:
        body.decode()
    except ValueError:
        masked = masked_bytes(headers, body)
        return {"headers": fields, "body": {"base64": base64.b64encode(masked).decode()}}
    return {"headers": fields, "body": {"text": text_of(headers, body)}}


def _headers_and_body(message: Document) -> tuple[Headers, bytes]:
    headers, body = tuple((name, value) for name, value in message["headers"]), message["body"]
    if body is None:
        return headers, b""
    if "json" in body and "text" not in body:
        return headers, json.dumps(body["json"], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return headers, base64.b64decode(body["base64"]) if "base64" in body else body["text"].encode()
