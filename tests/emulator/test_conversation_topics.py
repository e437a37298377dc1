"""What subscribers to topics about conversations get first, by their role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.node.json import Json

from ..web.websocket_client import connect

ROLES = ("owner", "admin", "supervisor", "agent", "teammate")
NAMES = ("assigned", "selected", "supervised", "unknown", "preflight", "abandoned", "temporary", "closed")


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Run an emulator, in which all roles may subscribe."""
    with TiledeskMock(dialect="server") as running:
        yield running


def add_request(mock: TiledeskMock, name: str, minute: int = 0, **fields: Json) -> None:
    """Store a request of the guest that changed in some minute."""
    time = f"2026-01-01T00:{minute:02}:00.000Z"
    request = {"request_id": name, "requester": mock.guest.id, "status": 200, "updatedAt": time, **fields}
    mock.seed(requests=[request])


def selected_for(*people: Any) -> dict[str, Json]:
    """Return a snapshot with the agents of which one was selected."""
    return {"availableAgentsCount": 1, "agents": [{"id_user": person.id_user} for person in people]}


@pytest.fixture
def requests(mock: TiledeskMock) -> None:
    """Store requests of all kinds."""
    agent = mock.agent.id_user
    add_request(mock, "assigned", 1, participants=[agent])
    add_request(mock, "selected", 3, status=100, snapshot=selected_for(*map(mock.person, ROLES)))
    add_request(mock, "supervised", 2, participants=[mock.person("supervisor").id_user])
    add_request(mock, "unknown", 0)
    add_request(mock, "preflight", preflight=True, participants=[agent])
    add_request(mock, "abandoned", status=150, participants=[agent])
    add_request(mock, "temporary", status=50, participants=[agent])
    add_request(mock, "closed", status=1000, participants=[agent])


def first(mock: TiledeskMock, role: str, topic: str) -> Any:
    """Return what the person with a role gets first of a topic; `...` if nothing comes."""
    with connect(mock, role) as client:
        client.send("subscribe", topic=f"/{mock.project_id}{topic}")
        frames = client.receive_all()
    return frames[0]["payload"]["message"] if frames else ...


@pytest.mark.usefixtures("requests")
@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("owner", ["selected", "supervised", "assigned", "unknown"]),
        ("admin", ["selected", "supervised", "assigned", "unknown"]),
        ("agent", ["selected", "assigned"]),
        ("supervisor", ["supervised"]),
        ("teammate", []),
    ],
)
def test_open_requests_that_a_role_reads_come_last_changed_first(
    mock: TiledeskMock, role: str, names: list[str]
) -> None:
    """Owners and admins read all, agents those that they were selected for, others only their own."""
    requests = first(mock, role, "/requests")

    assert [request["request_id"] for request in requests] == names


@pytest.mark.usefixtures("requests")
@pytest.mark.parametrize("name", NAMES)
def test_each_role_reads_the_requests_and_messages_that_it_may(mock: TiledeskMock, name: str) -> None:
    """A request is null for others, whatever its status; they are not subscribed to its messages."""
    readers = {"selected": {"agent"}, "supervised": {"supervisor"}, "unknown": set()}.get(name, {"agent"})
    readers = {"owner", "admin", *readers}

    found = {role: first(mock, role, f"/requests/{name}") for role in ROLES}
    messages = {role: first(mock, role, f"/requests/{name}/messages") for role in ROLES}

    assert {role for role in ROLES if found[role] is not None} == readers
    assert {role for role in ROLES if messages[role] == []} == readers
    assert {role for role in ROLES if messages[role] is ...} == {*ROLES} - readers


def test_listed_request_has_ids_and_a_single_one_documents(mock: TiledeskMock) -> None:
    """The list shows what is stored; a single request is as in request.update."""
    add_request(mock, "one", snapshot=selected_for(mock.agent), participants=[mock.agent.id_user])

    (listed,) = first(mock, "owner", "/requests")
    one = first(mock, "owner", "/requests/one")

    assert (listed["requester"], one["requester"]["_id"]) == (mock.guest.id, mock.guest.id)
    assert listed["snapshot"]["agents"] == [{"id_user": mock.agent.id_user}]
    assert "agents" not in one["snapshot"]
    assert listed["id"] == one["id"] == listed["_id"]
    assert "participatingAgents" not in listed


def test_messages_come_oldest_first(mock: TiledeskMock) -> None:
    """All of a request, without the request."""
    add_request(mock, "one")
    times = {"second": "2026-01-01T00:02:00.000Z", "first": "2026-01-01T00:01:00.000Z"}
    mock.seed(
        messages=[{"recipient": "one", "text": text, "createdAt": time} for text, time in times.items()]
    )

    messages = first(mock, "owner", "/requests/one/messages")

    assert [(message["text"], "request" in message) for message in messages] == [
        ("first", False),
        ("second", False),
    ]


def test_list_has_a_hundred_requests(mock: TiledeskMock) -> None:
    """The real server sends no more."""
    mock.seed(requests=[{"requester": mock.guest.id, "status": 200} for _ in range(101)])

    assert len(first(mock, "owner", "/requests")) == 100


def test_request_of_another_project_is_not_read(mock: TiledeskMock) -> None:
    """The owner of both projects gets null."""
    add_request(mock, "one")
    mock.seed(
        projects=[{"_id": "65b0000000000000000000b1", "name": "Other"}],
        project_users=[{"id_project": "Other", "id_user": mock.owner.email, "role": "owner"}],
    )
    with connect(mock) as client:
        assert client.subscribe("/65b0000000000000000000b1/requests/one") is None
        assert client.subscribe("/65b0000000000000000000b1/requests") == []
