"""Recorded answers in the emulator's place."""

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

from .recordings import CHROMIUM, EVENTS, PLAYWRIGHT, PROJECT, SERVER, answer, cassette, request

FRESH = "Basic " + base64.b64encode(b"somebody@new.example:new-password").decode()
EVENT_ID = "6b029a11ea655866b1eb967f"
OTHER_ID = "6b029a11ea655866b1eb968a"


def _unasked(_: RecordedRequest) -> RecordedResponse:
    raise AssertionError("the emulator was requested")


def _ask(replay: Replay, method: str, target: str, body: Any = None, **headers: str) -> RecordedResponse:
    return replay.respond(request(method, target, body, **headers), _unasked)


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return a handle whose emulator a test gives a mode."""
    with TiledeskMock() as handle:
        yield handle


def _fresh(recorded: RecordedRequest) -> RecordedRequest:
    """Return a recorded request as somebody else would send it: other prefix, credentials, if any."""
    headers = [(name, FRESH if name == "Authorization" else value) for name, value in recorded.headers]
    body = recorded.body.replace(b"owner@example.com", b"me@new.example").replace(b"owner-secret", b"new")
    return replace(
        recorded, target=recorded.target.replace("/v3/", "/v1/"), headers=tuple(headers), body=body
    )


@pytest.mark.parametrize("redacted", [False, True], ids=["as recorded", "redacted"])
@pytest.mark.parametrize("order", ["any", "strict"])
def test_real_recording_replays_entry_for_entry(order: str, redacted: bool) -> None:
    """A client with fresh credentials and another prefix is answered as recorded, to the byte."""
    session = read_cassette(SERVER)
    recorded = structs.replace(session, entries=redact_entries(session.entries)) if redacted else session
    replay = Replay(recorded, order=order, strict=True)

    told = [replay.respond(_fresh(entry.request), _unasked) for entry in session.entries]

    replay.verify()
    assert [one.status for one in told] == [entry.response.status for entry in session.entries]
    expected = [
        entry.response.body.replace(b"person-1@redacted.example", b"me@new.example")
        for entry in recorded.entries
    ]
    assert [one.body for one in told] == expected


@pytest.mark.parametrize("file", [CHROMIUM, PLAYWRIGHT], ids=lambda file: file.stem)
def test_recording_of_a_browser_replays(mock: TiledeskMock, file: Path) -> None:
    """A session that a page had is answered to a client that is none."""
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
    """What a client makes up anew in each run is not what it asks for."""
    recorded = {
        "name": "x",
        "attributes": {"at": "2026-01-31T12:00:00Z", "run": EVENT_ID, "ms": 1795332625000},
    }
    given = {
        "name": "x",
        "attributes": {"at": "2027-02-01T00:00:00.5Z", "run": OTHER_ID, "ms": 1895332625001},
    }
    replay = Replay(cassette((request("POST", EVENTS, recorded), answer({"attributes": recorded}))))

    told = _ask(replay, "POST", EVENTS, given)

    assert told.json()["attributes"]["attributes"]["run"] == OTHER_ID


def test_project_of_another_run_stands_for_the_recorded_one() -> None:
    """The answers carry the id that the client knows."""
    ours = "65b0000000000000000000a1"
    replay = Replay(cassette((request("GET", EVENTS), answer({"id_project": PROJECT}))))

    assert _ask(replay, "GET", f"/v3/{ours}/events/").json() == {"id_project": ours}


def test_id_that_an_answer_told_is_the_same_later() -> None:
    """Two events that were created cannot be taken for each other."""
    replay = Replay(
        cassette(
            (request("POST", EVENTS, {"name": "a"}), answer({"_id": EVENT_ID})),
            (request("POST", EVENTS, {"name": "b"}), answer({"_id": OTHER_ID})),
            (request("GET", f"{EVENTS}/{EVENT_ID}"), answer({"name": "a"})),
            (request("GET", f"{EVENTS}/{OTHER_ID}"), answer({"name": "b"})),
        )
    )

    second, first = _ask(replay, "POST", EVENTS, {"name": "b"}), _ask(replay, "POST", EVENTS, {"name": "a"})

    assert _ask(replay, "GET", f"{EVENTS}/{second.json()['_id']}").json() == {"name": "b"}
    assert _ask(replay, "GET", f"{EVENTS}/{first.json()['_id']}").json() == {"name": "a"}


@pytest.mark.parametrize("levels", [300, 600, 5000])
def test_body_that_is_nested_too_deep_replays_as_text(levels: int) -> None:
    """Tiledesk reads no such body, but it answers it."""
    deep, other = (
        b'{"name": "%s", "a": %s}' % (name, b"[" * levels + b"]" * levels) for name in (b"n", b"m")
    )
    replay = Replay(cassette((request("POST", EVENTS, deep), answer({"err": "error"}, 500))))

    assert replay.find(request("POST", EVENTS, other)) is None
    assert replay.find(request("POST", EVENTS, deep)) is not None


@pytest.mark.parametrize("names", [(), ("iban",)])
def test_number_that_is_secret_replays(names: tuple[str, ...]) -> None:
    """Its placeholder is a text, whatever it stands for."""
    body = {"name": "n", "attributes": {"api_key": 12345, "iban": 1.5 if names else "x"}}
    session = cassette((request("POST", EVENTS, body), answer({"ok": True})))
    replay = Replay(structs.replace(session, entries=redact_entries(session.entries, Redaction(names))))

    assert replay.find(request("POST", EVENTS, body)) is not None


def test_answer_to_nobody_is_told_from_that_to_somebody() -> None:
    """The same path with and without credentials was answered in two ways."""
    replay = Replay(
        cassette(
            (request("GET", EVENTS, Authorization="Basic YTpi"), answer(["events"])),
            (request("GET", EVENTS), answer(b"Unauthorized", 401)),
        ),
        repeat="forever",
    )

    told = [_ask(replay, "GET", EVENTS, Authorization=FRESH).status, _ask(replay, "GET", EVENTS).status]

    assert told == [200, 401]
    assert _ask(replay, "GET", EVENTS, Authorization=FRESH).status == 200


def test_client_without_credentials_is_answered_as_recorded() -> None:
    """A cassette replays to who never signs in, in the order in which it was recorded."""
    session = read_cassette(SERVER)
    replay = Replay(session)

    told = [
        replay.respond(replace(entry.request, headers=(("Content-Type", "application/json"),)), _unasked)
        for entry in session.entries
    ]

    assert [one.body for one in told] == [entry.response.body for entry in session.entries]


def test_entry_answers_once() -> None:
    """A second request of the kind is a miss that says so."""
    replay = Replay(cassette((request("GET", EVENTS), answer([]))))

    told = [_ask(replay, "GET", EVENTS).status, _ask(replay, "GET", EVENTS).status]

    assert told == [200, 502]
    assert "matches, but was used before" in str(replay.misses[0])


def test_last_of_several_alike_answers_for_ever() -> None:
    """First as recorded, then as it was at the end."""
    replay = Replay(
        cassette((request("GET", EVENTS), answer(0)), (request("GET", EVENTS), answer(1))), repeat="forever"
    )

    assert [_ask(replay, "GET", EVENTS).json() for _ in range(4)] == [0, 1, 1, 1]


def test_strict_order_answers_only_what_is_due() -> None:
    """What comes too soon is a miss, and does not use up the entry."""
    replay = Replay(
        cassette((request("GET", "/a"), answer(0)), (request("GET", "/b"), answer(1))), order="strict"
    )

    told = [_ask(replay, "GET", path).status for path in ("/b", "/a", "/b")]

    assert told == [502, 200, 200]


def test_strict_order_begins_again_if_entries_answer_for_ever() -> None:
    """A session can be had any number of times."""
    replay = Replay(
        cassette((request("GET", "/a"), answer(0)), (request("GET", "/b"), answer(1))),
        order="strict",
        repeat="forever",
    )

    assert [_ask(replay, "GET", path).json() for path in ("/a", "/b", "/a", "/b")] == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("method", "target", "body", "told"),
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
def test_miss_tells_how_the_nearest_entry_differs(method: str, target: str, body: Any, told: str) -> None:
    """The answer and the test's failure have the same text, field by field."""
    replay = Replay(cassette((request("POST", EVENTS, {"name": "x", "attributes": {"n": 1}}), answer({}))))

    miss = _ask(replay, method, target, body)

    assert miss.status == 502
    assert told in miss.json()["message"]
    assert miss.json()["nearest"][0]["entry"] == f"session.har [0], POST {EVENTS}"
    with pytest.raises(ExpectationError) as caught:
        replay.verify()
    assert str(caught.value) == miss.json()["message"]


def test_miss_shows_no_secret() -> None:
    """A token in a query does not end in a report."""
    replay = Replay(cassette((request("GET", "/a"), answer({}))))

    miss = _ask(replay, "GET", "/b?token=abc-def-ghi")

    assert b"abc-def-ghi" not in miss.body


def test_unused_entries_fail_strict_tests_only() -> None:
    """What was recorded and not asked for is an error where that is wanted."""
    session = cassette((request("GET", "/a"), answer({})), (request("OPTIONS", "/a"), answer(b"", 204)))

    Replay(session).verify()
    with pytest.raises(ExpectationError, match=r"unused entries:\n  session.har \[0\], GET /a$"):
        Replay(session, strict=True).verify()


def test_spy_lets_the_emulator_answer_the_rest(mock: TiledeskMock) -> None:
    """What is in the cassette comes from it, everything else from the emulator."""
    path = f"/{mock.project_id}/events"
    replay = mock.emulator.mode = Replay(
        cassette((request("GET", path), answer({"count": -1}))), fallback=True
    )

    told = [requests.get(mock.url + path, auth=mock.owner.basic).json()["count"] for _ in range(2)]

    assert told == [-1, 0]
    assert replay.misses == ()


def test_spy_may_ask_anybody() -> None:
    """A callable answers what is not in the cassette."""
    replay = Replay(cassette(), fallback=lambda asked: answer({"asked": asked.target}))

    assert _ask(replay, "GET", "/x").json() == {"asked": "/x"}


def test_preflight_is_answered_though_it_was_not_recorded(mock: TiledeskMock) -> None:
    """Playwright leaves the questions out that browsers ask before."""
    replay = mock.emulator.mode = Replay(cassette())

    told = requests.options(
        f"{mock.url}/x/events", headers={"Access-Control-Request-Headers": "authorization"}
    )

    assert (told.status_code, told.headers["Access-Control-Allow-Headers"]) == (204, "authorization")
    assert replay.misses == ()


def test_answer_is_framed_anew(mock: TiledeskMock) -> None:
    """A length and an encoding that were recorded do not outlive the body that had them."""
    told = answer(b"{}", Content_Length="999", Content_Encoding="gzip", Transfer_Encoding="chunked", X_A="1")
    mock.emulator.mode = Replay(cassette((request("GET", "/p"), told)))

    got = requests.get(f"{mock.url}/p")

    assert (got.content, got.headers["Content-Length"], got.headers["X-A"]) == (b"{}", "2", "1")
    assert "Content-Encoding" not in got.headers


@pytest.mark.parametrize("client", [requests.get, httpx.get], ids=["requests", "httpx"])
def test_threads_share_a_replay(mock: TiledeskMock, client: Any) -> None:
    """Each entry answers once, whoever asks at the same time."""
    mock.emulator.mode = Replay(cassette(*((request("GET", "/p"), answer(number)) for number in range(24))))

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: client(f"{mock.url}/p").json(), range(24)))

    assert sorted(told) == list(range(24))


def test_rewinding_forgets_what_was_asked() -> None:
    """A replay can begin again."""
    replay = Replay(cassette((request("GET", "/p"), answer(0))))
    _ask(replay, "GET", "/p")
    _ask(replay, "GET", "/p")

    replay.rewind()

    assert (_ask(replay, "GET", "/p").status, replay.misses) == (200, ())


def test_verify_knows_misses_from_before_a_rewind() -> None:
    """A reset in the middle of a test hides no failure, and makes no entry unused."""
    replay = Replay(cassette((request("GET", "/p"), answer(0))), strict=True)
    _ask(replay, "GET", "/p")
    replay.rewind()
    replay.verify()
    _ask(replay, "GET", "/q")

    replay.rewind()

    with pytest.raises(ExpectationError, match="GET /q"):
        replay.verify()
