"""What faults do to a response before it is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..http.exchange import BODILESS_STATUSES, Headers, RecordedResponse
from ..node.json import stringify
from .rule import Fault

_NOT_UTF8: Final = 0xFF
_STEP: Final = 7


def damaged_response(response: RecordedResponse, fault: Fault) -> RecordedResponse:
    """Return a response with its body garbled and truncated as the fault says."""
    body = response.body
    if fault.garble:
        garbled = bytearray(body)
        garbled[::_STEP] = bytes([_NOT_UTF8]) * len(garbled[::_STEP])
        body = bytes(garbled)
    if fault.truncate is not None:
        body = body[: len(body) // 2 if fault.truncate is True else int(fault.truncate)]
    if body is response.body:
        return response
    return replace(response, body=body, headers=_with_length(response.headers, len(body)))


def fault_response(fault: Fault, own: RecordedResponse) -> RecordedResponse:
    """Return `own`, Tiledesk's response with the fault's status, with the fault's body and headers."""
    headers = _without(own.headers, *(fault.headers or {}))
    headers += tuple((fault.headers or {}).items())
    if fault.body is None or own.status in BODILESS_STATUSES:
        return replace(own, headers=headers)
    if isinstance(fault.body, bytes):
        body, content_type = fault.body, "application/octet-stream"
    elif isinstance(fault.body, str):
        body, content_type = fault.body.encode(), "text/plain; charset=utf-8"
    else:
        body, content_type = stringify(fault.body).encode(), "application/json; charset=utf-8"
    if not any(name.lower() == "content-type" for name in fault.headers or {}):
        headers = (*_without(headers, "Content-Type"), ("Content-Type", content_type))
    return RecordedResponse(own.status, _with_length(_without(headers, "ETag"), len(body)), body)


def _with_length(headers: Headers, length: int) -> Headers:
    return (*_without(headers, "Content-Length"), ("Content-Length", str(length)))


def _without(headers: Headers, *names: str) -> Headers:
    lowered = {name.lower() for name in names}
    return tuple((name, value) for name, value in headers if name.lower() not in lowered)
