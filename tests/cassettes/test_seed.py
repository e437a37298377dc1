"""The seed of a recording: what was stored before it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tiledesk_mock.cassettes.cassette import Cassette, Entry
from tiledesk_mock.cassettes.files import read_cassette
from tiledesk_mock.cassettes.record import redact_entries
from tiledesk_mock.cassettes.seed import cassette_seed
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.redaction.secrets import credentials_holder
from tiledesk_mock.testing import TiledeskMock

from ..request_sender import RequestSender
from .recordings import EVENTS, PROJECT, SERVER, cassette, request, response

USER, MEMBER, EVENT = "65a000000000000000000001", "65c000000000000000000001", "65f000000000000000000001"
TIMES = {"createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z"}
LOW = {"success": False, "msg": "you dont have the required role."}


def _basic(user: str, password: str = "p") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _event(number: int = 1, **fields: Any) -> dict[str, Any]:
    event = {"_id": f"65f00000000000000000000{number}", "name": "n", "id_project": PROJECT, "createdBy": USER}
    return {**event, "project_user": MEMBER, **TIMES, **fields}


def _roles(seed: dict[str, Any]) -> list[str]:
    return [member["role"] for member in seed["project_users"]]


def test_real_recording_has_project_people_and_webhook() -> None:
    """Documents that were created in the session are not in the seed."""
    seed = cassette_seed(read_cassette(SERVER))

    assert [user["email"] for user in seed["users"]] == ["owner@example.com", "agent@example.com"]
    assert [member["_id"] for member in seed["project_users"]] == [MEMBER, "65c000000000000000000003"]
    assert _roles(seed) == ["owner", "agent"]
    assert [hook["_id"] for hook in seed["subscriptions"]] == ["65e000000000000000000001"]
    assert seed["events"] == []


def test_redacted_people_have_placeholders_as_credentials() -> None:
    """The replay of a redacted session signs in with its placeholders."""
    recorded = redact_entries(read_cassette(SERVER).entries)

    seed = cassette_seed(Cassette("redacted", recorded))

    assert [(user["email"], user["password"]) for user in seed["users"]] == [
        ("person-1@redacted.example", "REDACTED-password-1"),
        ("person-2@redacted.example", "REDACTED-password-2"),
    ]


def test_events_that_were_read_are_in_the_seed() -> None:
    """The oldest is first, and events that the session fired are left out."""
    session = cassette(
        (request("POST", EVENTS, {"name": "new"}, Authorization=_basic("a@b.example")), response(_event(9))),
        (
            request("GET", EVENTS, Authorization=_basic("a@b.example")),
            response(
                {
                    "count": 3,
                    "events": [_event(9), _event(2, createdAt="2026-01-02T00:00:00.000Z"), _event(1)],
                }
            ),
        ),
    )

    seed = cassette_seed(session)

    assert [event["_id"][-1] for event in seed["events"]] == ["1", "2"]
    assert seed["users"] == [{"_id": USER, "email": "a@b.example", "password": "p"}]


def test_member_in_full_has_its_role() -> None:
    """Responses in the documented form have the whole member."""
    member = {"_id": MEMBER, "role": "supervisor", "id_user": USER}
    session = cassette(
        (
            request("GET", f"{EVENTS}/{EVENT}", Authorization=_basic("a@b.example")),
            response(_event(project_user=member)),
        )
    )

    seed = cassette_seed(session)

    assert "supervisor" in _roles(seed)
    assert seed["events"][0]["project_user"] == MEMBER


@pytest.mark.parametrize(
    ("target", "recorded", "role"),
    [
        (EVENTS, response({"events": []}), "agent"),
        (EVENTS, response(LOW, 403), "teammate"),
        (f"/{PROJECT}/subscriptions", response([]), "owner"),
        (f"/{PROJECT}/subscriptions", response(LOW, 403), "agent"),
    ],
)
def test_role_follows_from_accepted_and_refused(target: str, recorded: RecordedResponse, role: str) -> None:
    """An accepted request proves its role, a refused one a lower role."""
    seed = cassette_seed(cassette((request("GET", target, Authorization=_basic("a@b.example")), recorded)))

    assert _roles(seed) == [role]


def test_wrong_credentials_do_not_become_a_user() -> None:
    """A user of another project is a user without a membership."""
    stranger = {"success": False, "msg": "you dont belong to the project."}
    session = cassette(
        (request("GET", EVENTS, Authorization=_basic("wrong@b.example")), response(b"Unauthorized", 401)),
        (request("GET", EVENTS, Authorization=_basic("other@b.example")), response(stranger, 403)),
    )

    seed = cassette_seed(session)

    assert [user["email"] for user in seed["users"]] == ["other@b.example"]
    assert seed["project_users"] == []


def test_user_who_signs_up_in_the_session_is_left_out() -> None:
    """Guests who sign in are left out, too."""
    signed = {"success": True, "user": {"_id": USER, "email": "new@b.example"}}
    guest = {"token": "JWT x", "user": {"_id": "e27a5683-0a86-4250-a59a-11bc1764e6f4"}}
    session = cassette(
        (request("POST", "/auth/signup", {"email": "new@b.example", "password": "p"}), response(signed)),
        (request("POST", "/auth/signinAnonymously", {"id_project": PROJECT}), response(guest)),
        (request("GET", EVENTS, Authorization=_basic("new@b.example")), response(LOW, 403)),
    )

    seed = cassette_seed(session)

    assert (seed["users"], seed["project_users"]) == ([], [])


def test_guest_who_fired_an_event_before_is_a_member() -> None:
    """A creator without an ObjectId is a guest."""
    uuid = "e27a5683-0a86-4250-a59a-11bc1764e6f4"
    session = cassette((request("GET", EVENTS), response({"events": [_event(createdBy=uuid)]})))

    (member,) = cassette_seed(session)["project_users"]

    assert (member["uuid_user"], member["role"], member["_id"]) == (uuid, "guest", MEMBER)


def test_subscription_that_existed_when_posted_is_kept() -> None:
    """A second POST returns the existing one, which is older."""
    hook = {"_id": EVENT, "event": "event.emit", "target": "http://h/x", "id_project": PROJECT, **TIMES}
    session = cassette(
        (
            request("POST", f"/{PROJECT}/subscriptions", {}, Authorization=_basic("a@b.example")),
            response(hook),
        )
    )

    assert [one["_id"] for one in cassette_seed(session)["subscriptions"]] == [EVENT]


def test_subscription_that_a_put_made_starts_an_emulator() -> None:
    """It has no project, and fields that are null."""
    hook = {"_id": EVENT, "updatedAt": TIMES["updatedAt"], "target": None, "event": "event.emit", "__v": 3}
    session = cassette((request("GET", f"/{PROJECT}/subscriptions/{EVENT}"), response(hook)))

    with TiledeskMock(seed=cassette_seed(session)) as mock:
        (subscription,) = mock.controls.subscriptions()

    assert {name: subscription[name] for name in hook} == hook
    assert subscription["secret"]


def test_projects_that_do_not_exist_are_left_out() -> None:
    """A response with status 400 shows that the project does not exist."""
    session = cassette((request("GET", "/65b0000000000000000000ff/events"), response({"error": "x"}, 400)))

    assert cassette_seed(session)["projects"] == []


@pytest.mark.parametrize("redacted", [False, True], ids=["as recorded", "redacted"])
def test_emulator_responds_to_the_session_as_the_real_server_did(tmp_path: Path, redacted: bool) -> None:
    """With the seed of the recording, only ids and times of new documents differ."""
    recorded = read_cassette(SERVER)
    if redacted:
        recorded = Cassette("redacted", redact_entries(recorded.entries))
    seed = cassette_seed(recorded)
    (tmp_path / "world.json").write_text(json.dumps(seed))

    with (
        TiledeskMock(seed=tmp_path / "world.json", dialect="server") as mock,
        RequestSender(mock.url) as send,
    ):
        responses = Session(send, seed).responses(recorded.entries)

    for entry, ours in zip(recorded.entries, responses, strict=True):
        assert _comparable(ours) == _comparable(entry.response), str(entry)


class Session:
    """Sends recorded requests with tokens and ids of this run."""

    def __init__(self, send: RequestSender, seed: dict[str, Any]) -> None:
        self._send = send
        self._tokens = {user["_id"]: self._token(user) for user in seed["users"]}
        self._ids: dict[str, str] = {}

    def _token(self, user: dict[str, Any]) -> str:
        fields = {"email": user["email"], "password": user["password"]}
        return str(self._send(request("POST", "/auth/signin", fields)).json()["token"])

    def responses(self, entries: tuple[Entry, ...]) -> list[RecordedResponse]:
        """Return the responses to the requests of entries."""
        return [self._response(entry) for entry in entries]

    def _response(self, entry: Entry) -> RecordedResponse:
        received = self._send(self._ours(entry))
        if entry.request.method == "POST" and entry.response.status == 200:
            was, now = entry.response.json(), received.json()
            self._ids |= {was["_id"]: now["_id"]} if "_id" in was else {}
        ids = {now: was for was, now in self._ids.items()}
        return replace(received, body=self._translated(received.body, ids))

    def _ours(self, entry: Entry) -> RecordedRequest:
        headers = dict(entry.request.headers)
        if headers.get("Authorization", "").startswith("JWT"):
            who = str(entry.sender.get("_id") or credentials_holder(headers["Authorization"]))
            headers["Authorization"] = self._tokens[who]
        target = self._translated(entry.request.target.encode(), self._ids).decode()
        return replace(entry.request, target=target, headers=tuple(headers.items()))

    def _translated(self, text: bytes, ids: dict[str, str]) -> bytes:
        for before, after in ids.items():
            text = text.replace(before.encode(), after.encode())
        return text


def _comparable(received: RecordedResponse) -> tuple[int, str | None, Any]:
    """Return status, type and body, without times, tokens and secrets of this run."""
    try:
        body = _settled(received.json())
    except ValueError:
        body = received.body
    return received.status, received.header("Content-Type"), body


def _settled(value: Any) -> Any:
    if isinstance(value, list):
        return [_settled(item) for item in value]
    if not isinstance(value, dict):
        return value
    moving = {"createdAt", "updatedAt", "token", "secret"}
    return {key: "..." if key in moving else _settled(item) for key, item in value.items()}
