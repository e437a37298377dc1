"""The roles of the documents against what the emulator does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.tiledesk.auth import Role, sign_token
from tiledesk_mock.tiledesk.webhooks import AUDIENCE, SUBJECT

from .api_responses import document, operations

ROLES = [role.name.lower() for role in Role]
IDS = {"event_id": "65f0000000000000000000ff", "subscription_id": "65e0000000000000000000ff"}
BODY = {"name": "t", "event": "event.emit.t", "target": "http://127.0.0.1:9/"}
OPERATIONS = {
    one["operationId"]: (method, path)
    for path, item in document("server")["paths"].items()
    for method, one in item.items()
    if "x-tiledesk-roles" in one
}


@pytest.fixture(scope="module", params=["documented", "server"])
def mock(request: pytest.FixtureRequest) -> Iterator[TiledeskMock]:
    """Return an emulator with a person of every role, in each dialect."""
    with TiledeskMock(dialect=request.param, log_level="error") as started:
        yield started


def passes(mock: TiledeskMock, operation: str, header: str) -> bool:
    """Return whether a caller may call an operation."""
    method, path = OPERATIONS[operation]
    url = mock.url + path.format(project_id=mock.project_id, **IDS)
    body = BODY if method in ("post", "put") else None
    response = requests.request(method, url, json=body, headers={"Authorization": header}, timeout=10)
    return response.status_code != 403


def subscription_header(mock: TiledeskMock) -> str:
    """Return the Authorization header of a subscription, which its secret signs."""
    made = mock.controls.subscribe("event.emit.t", "http://127.0.0.1:9/")
    claims = {"_id": made["_id"], "sub": SUBJECT, "aud": AUDIENCE.format(made["_id"])}
    return f"JWT {sign_token(claims, made['secret'])}"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_roles_are_those_that_pass(mock: TiledeskMock, operation: str) -> None:
    """A member of each role, a bot and a subscription call each operation: the others get a 403."""
    mock.reset()
    headers = {person.role: person.jwt for person in mock.people}
    headers["subscription"] = subscription_header(mock)
    expected = operations(mock.settings.dialect.value)[operation]["x-tiledesk-roles"]

    assert {*headers} == {*ROLES, "bot", "subscription"}
    assert {role for role, header in headers.items() if passes(mock, operation, header)} == {*expected}
