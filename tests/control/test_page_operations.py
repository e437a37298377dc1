"""What the page reads beside what tests use: projects, settings, failing targets, steps."""

from __future__ import annotations

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.settings import Settings


def get(tiledesk_mock: TiledeskMock, path: str) -> dict[str, object]:
    """Return a document of the control API."""
    response = requests.get(f"{tiledesk_mock.url.removesuffix('/v3')}/__admin/{path}", timeout=5)
    response.raise_for_status()
    document: dict[str, object] = response.json()
    return document


def test_projects_have_no_secret(tiledesk_mock: TiledeskMock) -> None:
    """Only people and subscriptions show credentials."""
    (project,) = tiledesk_mock.controls.projects()

    assert (project["_id"], project["name"]) == (tiledesk_mock.project_id, "Example")
    assert "jwtSecret" not in project
    assert get(tiledesk_mock, "projects") == {"projects": [project]}


def test_settings_have_no_secret() -> None:
    """They are JSON values, as they were set."""
    with TiledeskMock(Settings(rate_limit=(200, 60), global_secret="quiet", dialect="server")) as mock:  # type: ignore[arg-type]  # text is parsed
        settings = get(mock, "settings")

    assert (settings["rate_limit"], settings["dialect"]) == ([200, 60], "server")
    assert "quiet" not in str(settings)
    assert not settings.keys() & {"global_secret", "admin_token"}


def test_failing_targets_are_listed_until_they_recover(tiledesk_mock: TiledeskMock) -> None:
    """With the attempts that are left."""
    controls = tiledesk_mock.controls
    first = controls.add_failure("http://127.0.0.1:9/hook", error="refused", count=3)["id"]
    second = controls.add_failure(status=500)["id"]

    assert controls.failures() == [
        {"id": first, "target": "http://127.0.0.1:9/hook", "error": "refused", "left": 3},
        {"id": second, "target": None, "status": 500, "left": None},
    ]
    controls.remove_failure(first)
    assert [one["id"] for one in controls.failures()] == [second]


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ("open", {"name": "text", "type": "text", "required": False, "text": True}),
        ("join", {"name": "member", "required": True, "text": True}),
        ("update", {"name": "rating", "type": "a number", "text": False}),
    ],
)
def test_steps_are_listed_with_their_fields(
    tiledesk_mock: TiledeskMock, step: str, field: dict[str, object]
) -> None:
    """So that a form can be made of each."""
    fields = {row["name"]: row["fields"] for row in tiledesk_mock.controls.conversation_steps()}[step]

    (found,) = (one for one in fields if one["name"] == field["name"])
    assert found.items() >= field.items()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["1", "2", "3", "4"]),
        ("?order=newest&limit=3", ["4", "3", "2"]),
        ("?order=newest&after=3&limit=1", ["2"]),
        ("?after=3", ["4"]),
        ("?event=order.paid", ["1", "2"]),
        ("?target=http://127.0.0.1:9/a", ["1", "3"]),
        ("?state=given up&event=order.sent", ["3", "4"]),
        ("?state=delivered", []),
    ],
)
def test_deliveries_are_filtered(tiledesk_mock: TiledeskMock, query: str, expected: list[str]) -> None:
    """By each field of the query, and by several at once."""
    tiledesk_mock.webhooks.fail(status=503)
    for target in ("http://127.0.0.1:9/a", "http://127.0.0.1:9/b"):
        tiledesk_mock.webhooks.subscribe("event.emit", target)
    for name in ("order.paid", "order.sent"):
        tiledesk_mock.fire(name)
        tiledesk_mock.webhooks.drain()

    deliveries = get(tiledesk_mock, f"deliveries{query}")["deliveries"]

    assert [one["id"] for one in deliveries] == expected  # type: ignore[attr-defined]  # a list


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("state=gone", 400, "state: 'gone' is not one of queued, waiting for a retry, delivered"),
        ("after=7", 404, "no delivery '7' in the log"),
        ("limit=0", 400, "limit: expected a number from 1"),
    ],
)
def test_a_wrong_query_for_deliveries_is_refused(
    tiledesk_mock: TiledeskMock, query: str, status: int, error: str
) -> None:
    """In one line."""
    tiledesk_mock.emulator.webhooks  # noqa: B018  (makes the log)
    admin = f"{tiledesk_mock.url.removesuffix('/v3')}/__admin"

    response = requests.get(f"{admin}/deliveries?{query}", timeout=5)

    assert response.status_code == status
    assert error in response.json()["error"]
