"""Exchanges without their secrets: as JSON, as a line, as a curl command."""

from __future__ import annotations

import base64
import json
import shlex
from typing import Final

from ..http.encodings import ContentDecodingError, decompress_body, possible_texts
from ..http.exchange import (
    Exchange,
    Headers,
    Principal,
    PrincipalKind,
    RecordedRequest,
    RecordedResponse,
    first_header,
)
from ..node.body_parser import FORM_TYPE
from ..node.json import MAX_DEPTH, Json, json_depth
from ..redaction.masking import (
    MASK,
    masked_form,
    masked_headers,
    masked_json,
    masked_target,
    masked_text,
)
from ..text import shorten
from ..tiledesk.auth import BasicCredentials, parse_authorization
from ..tiledesk.clock import format_time, to_milliseconds
from ..tiledesk.wire import Document

_OMITTED: Final = frozenset(
    {"host", "user-agent", "accept", "accept-encoding", "connection", "content-length", "authorization"}
)
"""Headers that curl sends by itself, or that have an option of their own."""

_WITHOUT_EMAIL: Final = (PrincipalKind.GUEST, PrincipalKind.EXTERNAL)

_SHELL_SAFE: Final = str.maketrans({'"': '\\"', "\\": "\\\\", "$": "\\$", "`": "\\`"})


def exchange_document(exchange: Exchange) -> Document:
    """Return an exchange as the JSON of the control API, without secrets."""
    response, principal = exchange.response, exchange.principal
    return {
        "number": exchange.number,
        "time": format_time(exchange.time),
        "request": {
            "method": exchange.request.method,
            "target": masked_target(exchange.request.target),
            **_message(exchange.request.headers, exchange.request.body),
        },
        "response": response and {"status": response.status, **_message(response.headers, response.body)},
        "person": principal
        and {
            "kind": principal.kind.value,
            "id": principal.id,
            "email": principal.document.get("email"),
            "role": exchange.role,
        },
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
        principal=person
        and Principal(PrincipalKind(person["kind"]), person["id"], {"email": person["email"]}),
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
    words = ["curl"]
    if request.method == "HEAD" and not request.body:
        words += ["--head"]
    elif request.method != ("POST" if request.body else "GET"):
        words += ["-X", request.method]
    words += _credentials(request.header("Authorization"))
    for name, value in masked_headers(request.headers):
        if name.lower() not in _OMITTED:
            words += ["-H", shlex.quote(f"{name}: {value}")]
    if b"\0" in request.body or request.header("Content-Encoding"):  # no argument of a command can contain it
        words += ["--data-binary", "@BODY"]
    elif request.body:
        words += ["--data-raw", shlex.quote(_text(request.headers, request.body))]
    host = request.header("Host") or "127.0.0.1"
    scheme = "http" if ":" in host or host[:1].isdigit() else "https"
    return " ".join([*words, shlex.quote(f"{scheme}://{host}{masked_target(request.target)}")])


def body_excerpt(response: RecordedResponse | None, limit: int = 300) -> str:
    """Return at most `limit` characters of a response's body, without secrets."""
    text = _text(response.headers, _plain(response.headers, response.body)) if response else "nothing"
    return shorten(text, limit)


def _credentials(header: str | None) -> list[str]:
    if not header:
        return []
    credentials = parse_authorization(header).credentials
    if isinstance(credentials, BasicCredentials):
        return ["-u", f'"{credentials.user.translate(_SHELL_SAFE)}:$PASSWORD"']
    scheme, _, rest = (part.translate(_SHELL_SAFE) for part in header.partition(" "))
    if rest.endswith(f":{MASK}"):  # masked already
        return ["-u", f'"{rest.removesuffix(MASK)}$PASSWORD"']
    shown = f"{scheme} " if rest else ""
    return ["-H", f'"Authorization: {shown}${"JWT" if credentials else "TOKEN"}"']


def _message(headers: Headers, body: bytes) -> Document:
    """Return headers and body as JSON: the body as JSON if possible, else as text, else in base64.

    A compressed body is decompressed.
    """
    fields = [list(field) for field in masked_headers(headers)]
    body = _plain(headers, body)
    if not body:
        return {"headers": fields, "body": None}
    value = _json(body)
    if value is not None:
        return {"headers": fields, "body": {"json": masked_json(value)}}
    try:
        body.decode()
    except ValueError:
        masked = _masked_bytes(headers, body)
        return {"headers": fields, "body": {"base64": base64.b64encode(masked).decode()}}
    return {"headers": fields, "body": {"text": _text(headers, body)}}


def _plain(headers: Headers, body: bytes) -> bytes:
    try:
        return decompress_body(headers, body)
    except ContentDecodingError:
        return b""


def _masked_bytes(headers: Headers, body: bytes) -> bytes:
    """Return a body that is not UTF-8 with the secrets masked that are in its text."""
    for text, charset in possible_texts(body, first_header(headers, "Content-Type")):
        masked = masked_text(text)
        if masked != text:
            return masked.encode(charset, "backslashreplace")
    return body


def _text(headers: Headers, body: bytes) -> str:
    value = _json(body)
    if value is not None:
        masked = masked_json(value)
        return body.decode() if masked == value else json.dumps(masked, ensure_ascii=False)
    text = body.decode("utf-8", "backslashreplace")
    is_form = (first_header(headers, "Content-Type") or "").startswith(FORM_TYPE)
    if is_form:
        return masked_form(text)
    return masked_text(text)


def _json(body: bytes) -> Json:
    """Return a body as JSON; None if it is not JSON, or is nested too deeply to be handled here."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if json_depth(value) <= MAX_DEPTH else None


def _headers_and_body(message: Document) -> tuple[Headers, bytes]:
    headers, body = tuple((name, value) for name, value in message["headers"]), message["body"]
    if body is None:
        return headers, b""
    if "json" in body:
        return headers, json.dumps(body["json"], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return headers, base64.b64decode(body["base64"]) if "base64" in body else body["text"].encode()
