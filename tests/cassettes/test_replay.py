"""Recorded responses replace the emulator's."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from msgspec import structs

from tiledesk_mock.cassettes.files import read_cassette
from tiledesk_mock.cassettes.record import redact_entries
from tiledesk_mock.cassettes.replay import Replay
from tiledesk_mock.errors import ExpectationError
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.redaction.redactor import Redaction
from tiledesk_mock.testing import TiledeskMock

from .recordings import CHROMIUM, EVENTS, PLAYWRIGHT, PROJECT, SERVER, cassette, request, response

FRESH = "Basic " + base64.b64encode(b"new-user@new.example:new-password").decode()
EVENT_ID = "6b029a11ea655866b1eb967f"
OTHER_ID = "6b029a11ea655866b1eb968a"


def _no_emulator(_: RecordedRequest) -> RecordedResponse:
    raise AssertionError("the emulator was requested")


def _send(replay: Replay, method: str, target: str, body: Any = None, **headers: str) -> RecordedResponse:
    return replay.respond(request(method, target, body, **headers), _no_emulator)


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return a handle; tests set the mode of its emulator."""
    with TiledeskMock() as handle:
        yield handle


def _fresh(recorded: RecordedRequest) -> RecordedRequest:
    """Return a recorded request with another prefix and, if it has any, other credentials."""
    headers = [(name, FRESH if name == "Authorization" else value) for name, value in recorded.headers]
    body = recorded.body.replace(b"owner@example.com", b"me@new.example").replace(b"owner-secret", b"new")
    return replace(
        recorded, target=recorded.target.replace("/v3/", "/v1/"), headers=tuple(headers), body=body
    )


@pytest.mark.parametrize("redacted", [False, True], ids=["as recorded", "redacted"])
@pytest.mark.parametrize("order", ["any", "strict"])
def test_real_recording_replays_entry_for_entry(order: str, redacted: bool) -> None:
    """A client with other credentials and another prefix gets the recorded responses, to the byte."""
    session = read_cassette(SERVER)
    recorded = structs.replace(session, entries=redact_entries(session.entries)) if redacted else session
    replay = Replay(recorded, order=order, strict=True)

    got = [replay.respond(_fresh(entry.request), _no_emulator) for entry in session.entries]

    replay.verify()
    assert [one.status for one in got] == [entry.response.status for entry in session.entries]
    expected = [
        entry.response.body.replace(b"person-1@redacted.example", b"me@new.example")
        for entry in recorded.entries
    ]
    assert [one.body for one in got] == expected


@pytest.mark.parametrize("file", [CHROMIUM, PLAYWRIGHT], ids=lambda file: file.stem)
def test_recording_of_a_browser_replays(mock: TiledeskMock, file: Path) -> None:
    """A session of a web page replays to a client that is not a browser."""
    replay = mock.emulator.mode = Replay(read_cassette(file))
    project, session = "65b0000000000000000000a1", requests.Session()

    signed = session.post(f"{mock.url}/auth/signin", json={"email": "a@b.example", "password": "x"}).json()
    head = {"Authorization": signed["token"]}
    body = {"name": "page.opened", "attributes": {"path": "/café", "tags": ["a", "b"]}}
    fired = session.post(f"{mock.url}/{project}/events", json=body, headers=head).json()
    got = session.get(f"{mock.url}/{project}/events/{fired['_id']}", headers=head).json()
    form = session.post(f"{mock.url}/{project}/events", data={"name": "form.sent"}, headers=head).json()
    session.close()

    assert got == fired
    assert form["name"] == "form.sent"
    assert replay.misses == ()


def test_times_and_ids_of_another_run_may_differ() -> None:
    """A client generates them anew in each run."""
    recorded = {
        "name": "x",
        "attributes": {"at": "2026-01-31T12:00:00Z", "run": EVENT_ID, "ms": 1795332625000},
    }
    sent = {
        "name": "x",
        "attributes": {"at": "2027-02-01T00:00:00.5Z", "run": OTHER_ID, "ms": 1895332625001},
    }
    replay = Replay(cassette((request("POST", EVENTS, recorded), response({"attributes": recorded}))))

    got = _send(replay, "POST", EVENTS, sent)

    assert got.json()["attributes"]["attributes"]["run"] == OTHER_ID


def test_project_of_another_run_replaces_the_recorded_one() -> None:
    """Responses have the id that the client sent."""
    ours = "65b0000000000000000000a1"
    replay = Replay(cassette((request("GET", EVENTS), response({"id_project": PROJECT}))))

    assert _send(replay, "GET", f"/v3/{ours}/events/").json() == {"id_project": ours}


def test_id_of_a_response_stays_the_same() -> None:
    """The ids of two created events are not exchanged."""
    replay = Replay(
        cassette(
            (request("POST", EVENTS, {"name": "a"}), response({"_id": EVENT_ID})),
            (request("POST", EVENTS, {"name": "b"}), response({"_id": OTHER_ID})),
            (request("GET", f"{EVENTS}/{EVENT_ID}"), response({"name": "a"})),
            (request("GET", f"{EVENTS}/{OTHER_ID}"), response({"name": "b"})),
        )
    )

    second, first = _send(replay, "POST", EVENTS, {"name": "b"}), _send(replay, "POST", EVENTS, {"name": "a"})

    assert _send(replay, "GET", f"{EVENTS}/{second.json()['_id']}").json() == {"name": "b"}
    assert _send(replay, "GET", f"{EVENTS}/{first.json()['_id']}").json() == {"name": "a"}


@pytest.mark.parametrize("levels", [300, 600, 5000])
def test_body_that_is_nested_too_deep_replays_as_text(levels: int) -> None:
    """Tiledesk responds to a body that it cannot parse."""
    deep, other = (
        b'{"name": "%s", "a": %s}' % (name, b"[" * levels + b"]" * levels) for name in (b"n", b"m")
    )
    replay = Replay(cassette((request("POST", EVENTS, deep), response({"err": "error"}, 500))))

    assert replay.find(request("POST", EVENTS, other)) is None
    assert replay.find(request("POST", EVENTS, deep)) is not None


@pytest.mark.parametrize("names", [(), ("iban",)])
def test_number_that_is_secret_replays(names: tuple[str, ...]) -> None:
    """Its placeholder is a text, whatever it replaces."""
    body = {"name": "n", "attributes": {"api_key": 12345, "iban": 1.5 if names else "x"}}
    session = cassette((request("POST", EVENTS, body), response({"ok": True})))
    replay = Replay(structs.replace(session, entries=redact_entries(session.entries, Redaction(names))))

    assert replay.find(request("POST", EVENTS, body)) is not None


def test_responses_with_and_without_credentials_are_not_mixed_up() -> None:
    """The same path with and without credentials has two responses."""
    replay = Replay(
        cassette(
            (request("GET", EVENTS, Authorization="Basic YTpi"), response(["events"])),
            (request("GET", EVENTS), response(b"Unauthorized", 401)),
        ),
        repeat="forever",
    )

    got = [_send(replay, "GET", EVENTS, Authorization=FRESH).status, _send(replay, "GET", EVENTS).status]

    assert got == [200, 401]
    assert _send(replay, "GET", EVENTS, Authorization=FRESH).status == 200


def test_client_without_credentials_gets_the_recorded_responses() -> None:
    """A cassette replays to a client that never signs in, in recorded order."""
    session = read_cassette(SERVER)
    replay = Replay(session)

    got = [
        replay.respond(replace(entry.request, headers=(("Content-Type", "application/json"),)), _no_emulator)
        for entry in session.entries
    ]

    assert [one.body for one in got] == [entry.response.body for entry in session.entries]


def test_entry_is_used_once() -> None:
    """A second equal request is a miss, and the message says why."""
    replay = Replay(cassette((request("GET", EVENTS), response([]))))

    got = [_send(replay, "GET", EVENTS).status, _send(replay, "GET", EVENTS).status]

    assert got == [200, 502]
    assert "matches, but was used before" in str(replay.misses[0])


def test_last_of_several_matches_is_repeated_forever() -> None:
    """The first responses are in recorded order, then the last one is repeated."""
    replay = Replay(
        cassette((request("GET", EVENTS), response(0)), (request("GET", EVENTS), response(1))),
        repeat="forever",
    )

    assert [_send(replay, "GET", EVENTS).json() for _ in range(4)] == [0, 1, 1, 1]


def test_strict_order_matches_only_the_next_entry() -> None:
    """A request that comes too early is a miss, and does not use its entry."""
    replay = Replay(
        cassette((request("GET", "/a"), response(0)), (request("GET", "/b"), response(1))), order="strict"
    )

    got = [_send(replay, "GET", path).status for path in ("/b", "/a", "/b")]

    assert got == [502, 200, 200]


def test_strict_order_begins_again_if_entries_repeat_forever() -> None:
    """A session can be replayed any number of times."""
    replay = Replay(
        cassette((request("GET", "/a"), response(0)), (request("GET", "/b"), response(1))),
        order="strict",
        repeat="forever",
    )

    assert [_send(replay, "GET", path).json() for path in ("/a", "/b", "/a", "/b")] == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("method", "target", "body", "got"),
    [
        ("POST", EVENTS, {"name": "x", "attributes": {"n": 2}}, "body.attributes.n: 1 recorded, 2 requested"),
        ("POST", EVENTS, {"name": "x"}, 'body.attributes: {"n": 1} recorded, nothing requested'),
        (
            "POST",
            f"{EVENTS}?page=1",
            {"name": "x", "attributes": {"n": 1}},
            'query.page: nothing recorded, ["1"] requested',
        ),
        ("PUT", EVENTS, {"name": "x", "attributes": {"n": 1}}, 'method: "POST" recorded, "PUT" requested'),
        (
            "POST",
            "/nope",
            {"name": "x", "attributes": {"n": 1}},
            f'path: "{EVENTS}" recorded, "/nope" requested',
        ),
        (
            "POST",
            EVENTS,
            {"name": "x", "attributes": {"n": True}},
            "body.attributes.n: 1 recorded, true requested",
        ),
        (
            "POST",
            EVENTS,
            b"name=x",
            'body: {"name": "x", "attributes": {"n": 1}} recorded, "name=x" requested',
        ),
        (
            "POST",
            EVENTS,
            {"name": "x", "attributes": {"n": 1, "m": None}},
            "body.attributes.m: nothing recorded, null",
        ),
    ],
)
def test_miss_has_the_differences_of_the_nearest_entry(method: str, target: str, body: Any, got: str) -> None:
    """The response and the failure of the test have the same message."""
    replay = Replay(cassette((request("POST", EVENTS, {"name": "x", "attributes": {"n": 1}}), response({}))))

    miss = _send(replay, method, target, body)

    assert miss.status == 502
    assert got in miss.json()["message"]
    assert miss.json()["nearest"][0]["entry"] == f"session.har [0], POST {EVENTS}"
    with pytest.raises(ExpectationError) as caught:
        replay.verify()
    assert str(caught.value) == miss.json()["message"]


def test_miss_masks_secrets() -> None:
    """A token in a query is masked."""
    replay = Replay(cassette((request("GET", "/a"), response({}))))

    miss = _send(replay, "GET", "/b?token=abc-def-ghi")

    assert b"abc-def-ghi" not in miss.body


def test_unused_entries_fail_strict_tests_only() -> None:
    """Unused entries are an error if the replay is strict."""
    session = cassette((request("GET", "/a"), response({})), (request("OPTIONS", "/a"), response(b"", 204)))

    Replay(session).verify()
    with pytest.raises(ExpectationError, match=r"unused entries:\n  session.har \[0\], GET /a$"):
        Replay(session, strict=True).verify()


def test_emulator_is_the_fallback(mock: TiledeskMock) -> None:
    """The emulator responds to requests that are not in the cassette."""
    path = f"/{mock.project_id}/events"
    replay = mock.emulator.mode = Replay(
        cassette((request("GET", path), response({"count": -1}))), fallback=True
    )

    got = [requests.get(mock.url + path, auth=mock.owner.basic).json()["count"] for _ in range(2)]

    assert got == [-1, 0]
    assert replay.misses == ()


def test_callable_is_the_fallback() -> None:
    """The callable gets requests that are not in the cassette."""
    replay = Replay(cassette(), fallback=lambda sent: response({"target": sent.target}))

    assert _send(replay, "GET", "/x").json() == {"target": "/x"}


def test_preflight_that_was_not_recorded_is_not_a_miss(mock: TiledeskMock) -> None:
    """Playwright does not record the preflights of browsers."""
    replay = mock.emulator.mode = Replay(cassette())

    got = requests.options(
        f"{mock.url}/x/events", headers={"Access-Control-Request-Headers": "authorization"}
    )

    assert (got.status_code, got.headers["Access-Control-Allow-Headers"]) == (204, "authorization")
    assert replay.misses == ()


def test_response_has_the_length_of_its_body(mock: TiledeskMock) -> None:
    """The recorded length and encoding were those of another body."""
    got = response(b"{}", Content_Length="999", Content_Encoding="gzip", Transfer_Encoding="chunked", X_A="1")
    mock.emulator.mode = Replay(cassette((request("GET", "/p"), got)))

    got = requests.get(f"{mock.url}/p")

    assert (got.content, got.headers["Content-Length"], got.headers["X-A"]) == (b"{}", "2", "1")
    assert "Content-Encoding" not in got.headers


@pytest.mark.parametrize("client", [requests.get, httpx.get], ids=["requests", "httpx"])
def test_threads_share_a_replay(mock: TiledeskMock, client: Any) -> None:
    """Each entry is used once, by any number of threads."""
    mock.emulator.mode = Replay(cassette(*((request("GET", "/p"), response(number)) for number in range(24))))

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: client(f"{mock.url}/p").json(), range(24)))

    assert sorted(got) == list(range(24))


def test_rewinding_makes_all_entries_unused() -> None:
    """A replay can begin again."""
    replay = Replay(cassette((request("GET", "/p"), response(0))))
    _send(replay, "GET", "/p")
    _send(replay, "GET", "/p")

    replay.rewind()

    assert (_send(replay, "GET", "/p").status, replay.misses) == (200, ())


def test_verify_reports_misses_before_a_rewind() -> None:
    """A reset in the middle of a test neither hides a failure nor makes an entry unused."""
    replay = Replay(cassette((request("GET", "/p"), response(0))), strict=True)
    _send(replay, "GET", "/p")
    replay.rewind()
    replay.verify()
    _send(replay, "GET", "/q")

    replay.rewind()

    with pytest.raises(ExpectationError, match="GET /q"):
        replay.verify()
