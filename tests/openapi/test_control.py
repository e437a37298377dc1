"""The OpenAPI document of the control API: it has every route, and every response validates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import jsonschema
import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.control.openapi_controls import CONTROL_FILE
from tiledesk_mock.control.openapi_files import OPENAPI_FILES
from tiledesk_mock.emulator import Emulator
from tiledesk_mock.web.control import control_app
from tiledesk_mock.web.page.app import page_app

from ..web.websocket_client import connect, topic_of

DOCUMENT: dict[str, Any] = json.loads(OPENAPI_FILES[CONTROL_FILE])

REQUEST = "support-group-documented"
IDS = {"name": "before", "id_request": REQUEST, "file": "app.js"}
"""Ids in paths that are the same in each run."""

BODIES: dict[str, Any] = {
    "PUT /state": {"users": [{"email": "ann@example.com", "password": "ann-secret"}]},
    "POST /seed": {"events": [{"name": "order.paid", "createdAt": "-2h"}]},
    "PUT /clock": {"freeze": True},
    "POST /clock/advance": {"seconds": 60},
    "POST /stubs": {"method": "GET", "path": "/leads", "response": {"leads": []}},
    "POST /faults": {"status": 503, "path": {"regex": "nowhere"}, "count": 2},
    "POST /custom-tokens": {"claims": {"_id": "ann-1"}},
    "POST /events": {"name": "order.paid", "attributes": {"order": 7}, "by": "agent"},
    "POST /deliveries/failures": {"target": "http://127.0.0.1:9", "status": 500},
    "POST /subscriptions": {"event": "event.emit", "target": "http://127.0.0.1:9"},
    "POST /standard-events": {"name": "lead.create", "fields": {"fullname": "Ann"}},
    "POST /conversations": {"request_id": REQUEST},
    "POST /conversations/{id_request}/note": {"text": "a note"},
    "POST /conversations/{id_request}/rate": {"rating": 5},
    "POST /conversations/{id_request}/join": {"member": "admin"},
    "POST /conversations/{id_request}/leave": {"member": "admin"},
    "POST /conversations/{id_request}/participants": {"members": ["admin"]},
    "POST /conversations/{id_request}/move": {"department": "Default Department"},
    "PUT /mode": {"mode": "replay", "cassette": {"log": {"entries": []}}},
}
"""What the operations take that need a body."""

LAST = (
    "POST /state/snapshots/{name}/restore",
    "DELETE /state/snapshots/{name}",
    "PUT /mode",
    "POST /reset",
    "PUT /state",
)
"""The operations that come after the others, since they take away what those return."""


def operations() -> list[tuple[str, str]]:
    """Return method and path of every operation, in the order in which they can be sent."""
    found = [(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item]
    return sorted(found, key=_order)


def _order(operation: tuple[str, str]) -> tuple[int, int]:
    """Order what removes one thing before what removes all, and both behind the others."""
    method, path = operation
    place = LAST.index(name) + 1 if (name := f"{method} {path}") in LAST else 0
    return (place, 0) if place or method != "DELETE" else (0, 1000 - len(path))


@pytest.fixture(scope="module")
def responses() -> Iterator[dict[str, requests.Response]]:
    """Send every operation to an emulator in which everything has happened."""
    with TiledeskMock() as mock, requests.Session() as session, connect(mock) as client:
        subscription = {"event": "event.emit", "target": "http://127.0.0.1:9"}
        requests.post(f"{mock.url}/__admin/subscriptions", json=subscription, timeout=10)
        client.subscribe(topic_of(mock))
        requests.post(
            f"{mock.url}/{mock.project_id}/events",
            json={"name": "order.paid"},
            headers=mock.agent.headers,
            timeout=10,
        )
        for path in ("nowhere", f"{mock.project_id}/leads", f"{mock.project_id}/events?sortField=name"):
            requests.get(f"{mock.url}/{path}", timeout=10)
        mock.conversation()
        mock.webhooks.drain()
        ids = IDS | _ids(f"{mock.url}/__admin", session)
        found = {
            f"{method} {path}": session.request(
                method,
                f"{mock.url}/__admin{path.format_map(ids)}",
                json=BODIES.get(f"{method} {path}"),
                stream=path == "/stream",
                allow_redirects=False,
                timeout=30,
            )
            for method, path in operations()
        }
        found["GET /stream"].close()
        yield found


def _ids(url: str, session: requests.Session) -> dict[str, str]:
    """Return the ids of what the emulator has at the moment."""

    def found(path: str, key: str) -> Any:
        return session.get(f"{url}{path}", timeout=10).json()[key][0]

    session.put(f"{url}/state/snapshots/before", timeout=10)
    fault = session.post(f"{url}/faults", json={"status": 500, "path": "/x"}, timeout=10).json()
    failure = session.post(
        f"{url}/deliveries/failures", json={"status": 500, "target": "http://x"}, timeout=10
    ).json()
    stub = session.post(f"{url}/stubs", json={"method": "GET", "path": "/leads"}, timeout=10).json()
    entries = session.get(f"{url}/timeline", timeout=10).json()["entries"]
    return {
        "id_stub": stub["id"],
        "id_fault": fault["id"],
        "id_failure": failure["id"],
        "id_entry": next(one["id"] for one in entries if one["kind"] == "request"),
        "id_connection": found("/realtime", "connections")["id"],
        "id_delivery": found("/deliveries", "deliveries")["id"],
        "id_subscription": found("/subscriptions", "subscriptions")["_id"],
    }


@pytest.mark.parametrize(("method", "path"), operations())
def test_response_is_as_documented(responses: dict[str, requests.Response], method: str, path: str) -> None:
    """Types are in openapi/control_responses.py, routes beside the table in openapi/control_routes.py."""
    response = responses[f"{method} {path}"]

    described = DOCUMENT["paths"][path][method.lower()]["responses"]
    assert str(response.status_code) in described, response.text
    assert response.status_code < 400 or path == "/login", response.text
    content = described[str(response.status_code)].get("content", {})
    if schema := content.get("application/json", {}).get("schema"):
        whole = {**schema, "components": DOCUMENT["components"]}
        found = jsonschema.Draft202012Validator(whole).iter_errors(response.json())
        assert not [f"{error.json_path}: {error.message}" for error in found]
    else:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        assert not content or {kind, "*/*"} & content.keys()


def test_every_route_is_documented() -> None:
    """Those of operations, and those beside the table."""
    with Emulator() as emulator:
        rules: list[Any] = [
            *cast("Any", control_app(emulator)).url_map.iter_rules(),
            *cast("Any", page_app(emulator)).url_map.iter_rules(),
        ]

    documented = [f"{method} /__admin{path}" for method, path in operations()]
    patterns = {
        f"{method} {rule.rule}": re.compile(f"{method} {re.sub('<[^>]+>', '[^/]+', rule.rule)}/?")
        for rule in rules
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert not [route for route, pattern in patterns.items() if not any(map(pattern.fullmatch, documented))]
