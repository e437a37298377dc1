"""What faults do to an answer on its way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ..http.exchange import BODILESS_STATUSES, Headers, RecordedResponse
from ..node.json import stringify
from .rule import Fault

_JSON: Final = "application/json; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"

_WRONG: Final = 0xFF
"""A byte that no UTF-8 text has."""

_EVERY: Final = 7


def damaged_response(response: RecordedResponse, fault: Fault) -> RecordedResponse:
    """Return the answer as a fault sends it: other bytes, or fewer of them."""
    body = response.body
    if fault.garble:
        body = _garbled(body)
    if fault.truncate is not None:
        body = body[: len(body) // 2 if fault.truncate is True else int(fault.truncate)]
    if body is response.body:
        return response
    return replace(response, body=body, headers=_of_length(response.headers, len(body)))


def fault_response(fault: Fault, own: RecordedResponse) -> RecordedResponse:
    """Return the answer that a fault asks for: `own`, with what it has of body and headers instead."""
    headers = _without(own.headers, fault.headers or {})
    headers += tuple((fault.headers or {}).items())
    if fault.body is None or own.status in BODILESS_STATUSES:
        return replace(own, headers=headers)
    body, content_type = _encoded(fault)
    if not any(name.lower() == "content-type" for name in fault.headers or {}):
        headers = (*_without(headers, {"Content-Type": ""}), ("Content-Type", content_type))
    headers = _without(headers, {"ETag": ""})
    return RecordedResponse(own.status, _of_length(headers, len(body)), body)


def _encoded(fault: Fault) -> tuple[bytes, str]:
    if isinstance(fault.body, bytes):
        return fault.body, "application/octet-stream"
    if isinstance(fault.body, str):
        return fault.body.encode(), _TEXT
    return stringify(fault.body).encode(), _JSON


def _garbled(body: bytes) -> bytes:
    """Return bytes of the same number that are neither UTF-8 nor JSON any more."""
    spoilt = bytearray(body)
    spoilt[::_EVERY] = bytes([_WRONG]) * len(spoilt[::_EVERY])
    return bytes(spoilt)


def _of_length(headers: Headers, length: int) -> Headers:
    return (*_without(headers, {"Content-Length": ""}), ("Content-Length", str(length)))


def _without(headers: Headers, names: Mapping[str, str]) -> Headers:
    lowered = {name.lower() for name in names}
    return tuple((name, value) for name, value in headers if name.lower() not in lowered)
