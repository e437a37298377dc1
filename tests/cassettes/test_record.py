"""A second emulator is recorded, and its responses are replayed without it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from tiledesk_mock.cassettes.files import read_cassette, write_cassette
from tiledesk_mock.cassettes.record import Recording
from tiledesk_mock.cassettes.replay import Replay
from tiledesk_mock.errors import CassetteError, ExpectationError
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.http.upstream import Upstream
from tiledesk_mock.testing import TiledeskMock

from ..contract_recordings import CONTRACT
from .recordings import cassette, request, response

WORLD = CONTRACT / "world.json"
PROJECT = "65b000000000000000000001"
OWNER, AGENT = ("owner@example.com", "owner-secret"), ("agent@example.com", "agent-secret")

Client = Callable[..., Any]


class Counting(Upstream):
    """An upstream that responds to each request with a number, without a network."""

    def __init__(self) -> None:
        super().__init__("https://api.tiledesk.com")
        self.count = 0

    def send(self, request: RecordedRequest) -> RecordedResponse:
        """Return the next number."""
        del request
        self.count += 1
        return response({"number": self.count})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the cassette."""
    return tmp_path / "cassettes" / "session.har"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Return an upstream: an emulator with secrets in its seed, which must not be recorded."""
    with TiledeskMock(seed=WORLD, dialect="server") as handle:
        client = Upstream(handle.url)
        yield client
        client.close()


def _session(
    url: str, call: Client, owner: tuple[str, str] = OWNER, agent: tuple[str, str] = AGENT
) -> list[Any]:
    """Send the requests of a client; return status and text of the responses."""
    json_of: dict[str, Any] = {"email": owner[0], "password": owner[1]}
    signed = call("POST", f"{url}/auth/signin", json=json_of).json()
    call("POST", f"{url}/auth/signin", data={"email": agent[0], "password": agent[1]})
    events, hooks = f"{url}/{PROJECT}/events", f"{url}/{PROJECT}/subscriptions"
    attributes = {"n": 1, "token": signed["token"], "customer": "jo@shop.example"}
    head = {"Authorization": signed["token"]}
    fired = call("POST", events, json={"name": "a.b", "attributes": attributes}, headers=head).json()
    responses = [call("GET", f"{events}/{fired['_id']}", auth=agent), call("GET", events)]
    hook = {"event": "event.emit.a.b", "target": "http://joe:hook-password@127.0.0.1:9/h?secret=target-query"}
    made = call("POST", hooks, json=hook, auth=owner).json()
    responses += [call("GET", hooks, auth=owner), call("DELETE", f"{hooks}/{made['_id']}", auth=owner)]
    responses.append(call("POST", f"{url}/auth/signinAnonymously", json={"id_project": PROJECT}))
    return [(one.status_code, one.text) for one in responses]


def _secrets() -> list[str]:
    world = json.loads(WORLD.read_text())
    people = [value for user in world["users"] for value in (user["email"], user["password"])]
    others = [
        entry.get(name) for kind in world.values() for entry in kind for name in ("secret", "jwtSecret")
    ]
    return [
        secret for secret in (*people, *others, "jo@shop", "hook-password", "target-query", "eyJ") if secret
    ]


def test_recording_contains_no_secrets(upstream: Upstream, path: Path) -> None:
    """No password, secret or token of the seed or of the session is in the file."""
    recording = Recording(path, upstream)
    with TiledeskMock() as recorder:
        recorder.emulator.mode = recording
        _session(recorder.url, requests.request)
        recording.commit()
    text = path.read_text()

    assert len(recording.entries) == 9
    assert [secret for secret in _secrets() if secret in text] == []


@pytest.mark.parametrize("call", [requests.request, httpx.request], ids=["requests", "httpx"])
def test_recording_replays_without_its_upstream(upstream: Upstream, path: Path, call: Client) -> None:
    """The same session with other credentials gets the same responses."""
    recording = Recording(path, upstream)
    with TiledeskMock() as mock:
        mock.emulator.mode = recording
        before = _session(mock.url, call)
        recording.commit()
        replay = mock.emulator.mode = Replay(read_cassette(path), strict=True)
        after = _session(mock.url, call, ("new@a.example", "n"), ("other@a.example", "o"))

    replay.verify()
    assert [status for status, _ in after] == [status for status, _ in before] == [200, 401, 200, 200, 200]
    assert '"name":"a.b"' in after[0][1]


def test_attributes_with_secret_names_replay(upstream: Upstream, path: Path) -> None:
    """An event's session and PIN are not in the file, and the same client passes again."""
    sent = {
        "session_id": "s-77aa12",
        "pinCode": 4711,
        "tokens": ["tk#1", "tk#2"],
        "token_count": 2,
        "shipping": "x",
    }

    def fire(url: str) -> Any:
        body = {"name": "n", "attributes": sent}
        fired = requests.post(f"{url}/{PROJECT}/events", json=body, auth=OWNER).json()
        return requests.get(f"{url}/{PROJECT}/events/{fired['_id']}", auth=OWNER).json()["attributes"]

    recording = Recording(path, upstream)
    with TiledeskMock() as mock:
        mock.emulator.mode = recording
        fire(mock.url)
        recording.commit()
        replay = mock.emulator.mode = Replay(read_cassette(path), strict=True)
        after = fire(mock.url)

    replay.verify()
    assert after == {**sent, "pinCode": "4711"}
    assert [secret for secret in ("s-77aa12", "4711", "tk#1", "tk#2") if secret in path.read_text()] == []


def test_client_gets_the_response_of_the_upstream(upstream: Upstream, path: Path) -> None:
    """Status, headers and body are unchanged."""
    with TiledeskMock() as mock:
        mock.emulator.mode = Recording(path, upstream)
        through = requests.get(f"{mock.url}/{PROJECT}/events/65f0000000000000000000ff", auth=OWNER)
    direct = upstream.send(through.request and _as_recorded(through.request))

    assert (through.status_code, through.content) == (404, direct.body)
    assert through.headers["ETag"] == direct.header("ETag")


def _as_recorded(sent: requests.PreparedRequest) -> RecordedRequest:
    return RecordedRequest(sent.method or "", sent.path_url, tuple(sent.headers.items()))


def _modes(path: Path, mode: str, *targets: str) -> tuple[list[int], int]:
    """Send requests in a mode; return the numbers in the responses, and how many the upstream sent."""
    counting = Counting()
    recording = Recording(path, counting, mode, repeat="forever")
    responses = [recording.respond(request("GET", target), lambda _: response()) for target in targets]
    recording.commit()
    return [one.json().get("number", one.status) for one in responses], counting.count


def test_mode_once_records_only_without_a_cassette(path: Path) -> None:
    """The second run replays the first; a request that the first did not send is a miss."""
    assert _modes(path, "once", "/a", "/b") == ([1, 2], 2)
    assert _modes(path, "once", "/b", "/a", "/c") == ([2, 1, 502], 0)


def test_mode_new_episodes_adds_missing_entries(path: Path) -> None:
    """Recorded requests are replayed; others are recorded behind them."""
    _modes(path, "once", "/a")

    assert _modes(path, "new_episodes", "/a", "/b") == ([1, 1], 1)
    assert [entry.request.target for entry in read_cassette(path).entries] == ["/a", "/b"]


def test_mode_all_records_everything_anew(path: Path) -> None:
    """The old entries are removed."""
    _modes(path, "once", "/a", "/b")

    assert _modes(path, "all", "/b") == ([1], 1)
    assert [entry.request.target for entry in read_cassette(path).entries] == ["/b"]


def test_mode_none_never_records(path: Path) -> None:
    """A request that is not in the cassette is a miss, which `verify` reports."""
    write_cassette(path, cassette((request("GET", "/a"), response({"number": 7}))).entries)
    recording = Recording(path, None, "none")

    responses = [
        recording.respond(request("GET", target), lambda _: response()).status for target in ("/a", "/b")
    ]

    assert responses == [200, 502]
    with pytest.raises(ExpectationError, match=r"no entry of .* matches GET /b"):
        recording.verify()


@pytest.mark.parametrize(("mode", "expected"), [("none", "cannot be read"), ("once", "or an upstream")])
def test_missing_cassette_is_refused(path: Path, mode: str, expected: str) -> None:
    """Without a cassette and an upstream, nothing can respond."""
    with pytest.raises(CassetteError, match=expected):
        Recording(path, None, mode)


def test_discarding_leaves_the_old_cassette(path: Path) -> None:
    """A failed test does not change the cassette."""
    _modes(path, "all", "/a")
    before = path.read_bytes()
    recording = Recording(path, Counting(), "all")
    recording.respond(request("GET", "/b"), lambda _: response())

    recording.discard()
    recording.commit()

    assert path.read_bytes() == before


def test_nothing_is_written_before_the_commit(path: Path) -> None:
    """Neither a file nor a folder is created."""
    recording = Recording(path, Counting())

    recording.respond(request("GET", "/b"), lambda _: response())

    assert not path.parent.exists()


def test_new_entries_have_the_placeholders_of_the_old(path: Path) -> None:
    """A secret that the replay recognizes keeps its placeholder; another secret gets a new one."""
    signs_in, posts = "/auth/signin", f"/{PROJECT}/events"
    first = Recording(path, Counting())
    first.respond(
        request("POST", signs_in, {"email": "a@b.example", "password": "one-secret"}), lambda _: response()
    )
    first.commit()

    second = Recording(path, Counting(), "new_episodes")
    second.respond(
        request("POST", signs_in, {"email": "a@b.example", "password": "one-secret"}), lambda _: response()
    )
    for word in ("one-secret", "two-secret"):
        second.respond(request("POST", posts, {"name": "n", "password": word}), lambda _: response())
    second.commit()

    words = [entry.request.json()["password"] for entry in read_cassette(path).entries]
    assert words == ["REDACTED-password-1", "REDACTED-password-1", "REDACTED-password-2"]


def test_compressed_response_is_recorded_decompressed(path: Path) -> None:
    """The client gets the compressed bytes of the upstream."""

    class Compressing(Counting):
        def send(self, request: RecordedRequest) -> RecordedResponse:
            del request
            return response(gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")

    recording = Recording(path, Compressing())

    received = recording.respond(request("GET", "/a"), lambda _: response())
    recording.commit()

    assert gzip.decompress(received.body) == b'{"a": 1}'
    assert read_cassette(path).entries[0].response.body == b'{"a": 1}'


def test_compressed_request_is_recorded_decompressed_and_redacted(path: Path) -> None:
    """The replay finds the request, compressed or not."""
    recording = Recording(path, Counting(), "all")
    body = b'{"password": "hunter2"}'
    compressed = request("POST", "/auth/signin", gzip.compress(body), Content_Encoding="gzip")
    recording.respond(compressed, lambda _: response())
    recording.commit()

    (entry,) = read_cassette(path).entries
    replay = Replay(read_cassette(path), repeat="forever")

    assert entry.request.json() == {"password": "REDACTED-password-1"}
    assert replay.find(compressed) == replay.find(request("POST", "/auth/signin", body))
    assert not replay.misses


def test_upstream_that_is_down_is_not_recorded(path: Path) -> None:
    """The client gets a 502 with the reason."""
    down = Upstream("http://127.0.0.1:1")
    recording = Recording(path, down)

    received = recording.respond(request("GET", "/a"), lambda _: response())
    down.close()

    assert received.status == 502
    assert received.json()["reason"].startswith("http://127.0.0.1:1 cannot be reached")
    assert recording.entries == ()


def test_threads_record_and_replay_together(upstream: Upstream, path: Path) -> None:
    """Requests of many clients at once are all recorded, and each finds its own response again."""

    def fire(number: int) -> Any:
        body = {"name": "n", "attributes": {"number": number}}
        return requests.post(f"{mock.url}/{PROJECT}/events", json=body, auth=OWNER).json()

    recording = Recording(path, upstream)
    with TiledeskMock() as mock, ThreadPoolExecutor(8) as pool:
        mock.emulator.mode = recording
        before = list(pool.map(fire, range(24)))
        recording.commit()
        mock.emulator.mode = Replay(read_cassette(path))
        after = list(pool.map(fire, range(24)))

    assert after == before
    assert len({event["_id"] for event in after}) == 24
