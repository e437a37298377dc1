"""Use a running server in all the ways that there are, so that it needs whatever it may ever need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import requests
import websocket

from tiledesk_mock import TiledeskMock
from tiledesk_mock.control.operations import OPERATIONS

PROJECT = "65b0000000000000000000a1"
AGENT = ("agent@example.com", "agent-secret")
OWNER = ("owner@example.com", "owner-secret")

REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/", {}),
    ("POST", "/auth/signin", {"json": {"email": OWNER[0], "password": OWNER[1]}}),
    ("POST", "/auth/signin", {"json": {"email": "nobody"}}),
    ("POST", "/auth/signup", {"json": {"email": "a@b.c", "password": "p", "firstname": "a"}}),
    ("POST", "/auth/signinAnonymously", {"json": {"id_project": PROJECT, "email": "g@example.com"}}),
    ("POST", "/auth/signinWithCustomToken", {"headers": {"Authorization": "JWT a.b.c"}}),
    ("GET", "/testauth", {"headers": {"Authorization": "JWT e30.e30."}}),
    ("POST", f"/{PROJECT}/events", {"data": {"name": "form", "attributes[a]": "b"}}),
    ("POST", f"/{PROJECT}/events", {"data": "{", "headers": {"Content-Type": "application/json"}}),
    ("POST", f"/{PROJECT}/events", {"json": {"name": ["a"], "attributes": {"n": [1]}}}),
    ("GET", f"/{PROJECT}/events?limit=2&sortField=name&page=1&attributes[a]=b", {}),
    ("GET", f"/{PROJECT}/events?status[$ne]=1&start_date=2020-01-01&page=-1&token=JWT%20x", {}),
    ("GET", f"/{PROJECT}/events/x", {}),
    ("GET", f"/{PROJECT}/subscriptions", {"auth": OWNER}),
    ("GET", f"/{PROJECT}/subscriptions/history", {"auth": OWNER}),
    ("OPTIONS", f"/{PROJECT}/events", {}),
    ("GET", "/%ff/events", {}),
    ("GET", f"/{PROJECT}/requests", {}),
    ("GET", "/__admin/", {}),
    ("GET", "/__admin/static/app.js", {}),
    ("POST", "/__admin/login", {"data": {"token": "wrong"}}),
]

ARGUMENTS: dict[str, dict[str, Any]] = {
    "set_clock": {"time": "2030-01-01T00:00:00Z"},
    "advance_clock": {"seconds": 1},
    "add_fault": {"path": "/nowhere", "status": 503},
    "fire": {"name": "order.paid", "by": "agent"},
    "add_failure": {"target": "http://127.0.0.1:1", "status": 500},
    "emit_standard": {"name": "typing.start", "fields": {"by": "agent"}},
    "subscribe": {"event": "event.emit", "target": "http://127.0.0.1:1/hook"},
    "take_snapshot": {"name": "one"},
    "set_mode": {"mode": "emulate"},
}


def exercise(url: str) -> list[tuple[str, int]]:
    """Return the requests with the statuses of their responses; `url` is what `serve` prints."""
    origin = url.removesuffix("/v3")
    return [*_operations(origin), *_requests(url), *_tokens(origin), *_faults(origin), *_operations(origin)]


def _operations(origin: str) -> Iterator[tuple[str, int]]:
    """Call every operation as documented, and with a mistake."""
    for operation in OPERATIONS:
        path = f"{origin}/__admin{operation.path}".replace("<name>", "one").replace("<", "").replace(">", "")
        for body in (ARGUMENTS.get(operation.name), {"wrong": 1}):
            called = requests.request(operation.method, path, json=body, timeout=30)
            yield f"{operation.method} {operation.path} {body}", called.status_code


def _requests(url: str) -> Iterator[tuple[str, int]]:
    for method, path, more in REQUESTS:
        called = requests.request(method, url + path, timeout=30, **{"auth": AGENT} | more)
        yield f"{method} {path}", called.status_code


def _tokens(origin: str) -> Iterator[tuple[str, int]]:
    """Sign in with a token, open a WebSocket with it, and have a webhook delivered."""
    mock = TiledeskMock.connect(origin)
    yield "token", requests.get(f"{mock.url}/testauth", headers=mock.agent.headers, timeout=30).status_code
    socket = websocket.create_connection(f"{mock.ws_url}?token={mock.owner.jwt[4:]}", timeout=30)
    topic = f"/{PROJECT}/events/{mock.agent.id}"
    socket.send(json.dumps({"action": "subscribe", "payload": {"topic": topic}}))
    yield "history", 200 if socket.recv() else 0
    with mock.webhooks.receiver("event.emit.order.paid") as receiver:
        receiver.respond_with(503)
        mock.fire("order.paid", by="agent")
        mock.webhooks.drain(30)
        yield "webhooks", 100 * len(receiver.wait_for(2, 30))
    socket.close()


def _faults(origin: str) -> Iterator[tuple[str, int]]:
    """Respond with faults of every kind, and in other modes."""
    admin, test = f"{origin}/__admin", f"{origin}/v3/testauth"
    rules: list[dict[str, Any]] = [
        {"status": 418, "body": {"a": 1}},
        {"malformed": True},
        {"latency": 0.01, "drip": 100_000},
        {"status": 429},
    ]
    for rule in rules:
        added = requests.post(f"{admin}/faults", json={**rule, "path": "/testauth", "count": 1}, timeout=30)
        called = requests.get(test, auth=AGENT, timeout=30)
        yield f"{rule} {added.status_code}", called.status_code
    for mode in ({"mode": "record", "upstream": "http://127.0.0.1:1"}, {"mode": "replay"}):
        yield str(mode), requests.put(f"{admin}/mode", json=mode, timeout=30).status_code
    yield "upstream", int(requests.get(test, auth=AGENT, timeout=30).status_code > 0)
    yield "emulate", requests.put(f"{admin}/mode", json={"mode": "emulate"}, timeout=30).status_code
