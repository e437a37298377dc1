"""Recordings that tests read, and functions that make small ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tiledesk_mock.cassettes.cassette import Cassette, Entry
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse

DATA = Path(__file__).parent / "data"
SERVER = DATA / "tiledesk-server-2.19.16.har"
CHROMIUM = DATA / "chromium.har"
PLAYWRIGHT = DATA / "playwright.har"

PROJECT = "65b000000000000000000001"
EVENTS = f"/{PROJECT}/events"

JSON = ("Content-Type", "application/json")


def request(method: str, target: str, body: Any = None, **headers: str) -> RecordedRequest:
    """Return a request. A body that is not bytes becomes JSON."""
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    if body is None:
        return RecordedRequest(method, target, fields)
    if isinstance(body, bytes):
        return RecordedRequest(method, target, fields, body)
    return RecordedRequest(method, target, (*fields, JSON), json.dumps(body).encode())


def response(body: Any = None, status: int = 200, **headers: str) -> RecordedResponse:
    """Return a response. A body that is not bytes becomes JSON."""
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    if isinstance(body, bytes):
        return RecordedResponse(status, fields, body)
    return RecordedResponse(status, (*fields, JSON), json.dumps(body).encode())


def cassette(*pairs: tuple[RecordedRequest, RecordedResponse]) -> Cassette:
    """Return a cassette of requests and responses."""
    entries = (
        Entry(
            sent,
            received,
            "https://api.tiledesk.com",
            "2026-01-31T12:00:00.000Z",
            1.5,
            f"session.har [{index}]",
        )
        for index, (sent, received) in enumerate(pairs)
    )
    return Cassette("session.har", tuple(entries))


def har(*entries: Mapping[str, Any]) -> str:
    """Return a HAR of entries, which get the required fields that they lack."""
    return json.dumps({"log": {"version": "1.2", "entries": [_entry(**entry) for entry in entries]}})


def _entry(request: Mapping[str, Any], response: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    sent = {"method": "GET", "url": "https://api.tiledesk.com/v3/auth", "headers": [], **request}
    received = {"status": 200, "headers": [], "content": {"size": 0, "text": ""}, **response}
    return {
        "startedDateTime": "2026-01-31T12:00:00.000Z",
        "time": 1,
        "request": sent,
        "response": received,
        **more,
    }
