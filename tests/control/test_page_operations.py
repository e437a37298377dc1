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
    controls.add_failure(status=500)

    assert controls.failures() == [
        {"id": "1", "target": "http://127.0.0.1:9/hook", "error": "refused", "left": 3},
        {"id": "2", "target": None, "status": 500, "left": None},
    ]
    controls.remove_failure(first)
    assert [one["id"] for one in controls.failures()] == ["2"]


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
