"""Why a project is not found, and why a caller may not use it."""

from __future__ import annotations

import pytest
import requests

from tiledesk_mock import TiledeskMock

OTHER = "65b0000000000000000000b7"
OFF = "65b0000000000000000000b8"


def reason(mock: TiledeskMock, path: str, person: str = "agent") -> str:
    """Return why a person's request is refused."""
    headers = getattr(mock, person).headers
    requests.get(mock.url + path.replace("PROJECT", mock.project_id), headers=headers, timeout=5)
    return mock.requests[-1].reason or ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "/events",
            "'events' is not the id of a project, which the path begins with: did you mean /PROJECT/events?",
        ),
        ("/nope/events", "; there are Example ("),
        ("/undefined/events", ": the client has put no value there"),
        ("/{project_id}/events", "12 characters are taken for the id"),
        ("/Other/events", f": it is the name of the project {OTHER}"),
        ("/v3/events", ": the path has two prefixes"),
        ("/v4/PROJECT/events", ": the prefixes are api, v1, v2, v3"),
        (f"/{'a' * 24}/events", "no project has the id 'aaaaaaaaaaaaaaaaaaaaaaaa'; there are Example ("),
        (
            f"/{OTHER[:-1]}6/events",
            f"no project has the id '{OTHER[:-1]}6': did you mean 65b00000000000000000",
        ),
        (f"/{OFF}/events", f"the project Off ({OFF}) is disabled (status 0, not 100)"),
    ],
)
def test_reason_of_a_project(path: str, expected: str) -> None:
    """Malformed, unknown and disabled projects have reasons of their own."""
    with TiledeskMock() as mock:
        mock.seed(projects=[{"_id": OTHER, "name": "Other"}, {"_id": OFF, "name": "Off", "status": 0}])

        assert expected in reason(mock, path)


def test_reason_of_another_id_in_place_of_a_project(tiledesk_mock: TiledeskMock) -> None:
    """It says whose id it is."""
    id_user = tiledesk_mock.agent.id_user

    assert f"'{id_user}' is the id of the user agent@example.com, and not of a project" in reason(
        tiledesk_mock, f"/{id_user}/events"
    )


@pytest.mark.parametrize(
    ("path", "person", "expected"),
    [
        (
            f"/{OTHER}/events",
            "agent",
            f"agent@example.com is not a member of the project Other ({OTHER}), which has no",
        ),
        (
            "/PROJECT/subscriptions",
            "agent",
            "agent@example.com has the role agent in the project Example, and this needs",
        ),
        (
            "/PROJECT/events",
            "guest",
            " has the role guest in the project Example, and this needs agent, supervisor, admin",
        ),
        ("/PROJECT/events", "bot", "a bot is a member of no project, and may only fire events"),
    ],
)
def test_reason_of_a_caller(tiledesk_mock: TiledeskMock, path: str, person: str, expected: str) -> None:
    """Strangers, low roles and machines have reasons of their own."""
    tiledesk_mock.seed(projects=[{"_id": OTHER, "name": "Other"}])

    assert expected in reason(tiledesk_mock, path, person)


def test_reason_of_a_stranger_names_their_projects(tiledesk_mock: TiledeskMock) -> None:
    """With the roles that they have there."""
    tiledesk_mock.seed(
        projects=[{"_id": OTHER, "name": "Other"}],
        project_users=[{"id_project": OTHER, "id_user": "new@example.com", "role": "owner"}],
        users=[{"email": "new@example.com", "password": "x"}],
    )
    url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"

    requests.get(url, auth=("new@example.com", "x"), timeout=5)

    assert (tiledesk_mock.requests[-1].reason or "").endswith(f", but of Other ({OTHER}, owner)")
