"""A session with forty secrets in forty places: recorded, checked, replayed, and shown in the journal."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from tests.redaction.places import Place, places
from tiledesk_mock.cassettes.checks import find_secrets
from tiledesk_mock.cassettes.files import read_cassette
from tiledesk_mock.cassettes.record import Recording
from tiledesk_mock.cassettes.replay import Replay
from tiledesk_mock.http.exchange import Exchange
from tiledesk_mock.http.upstream import Upstream
from tiledesk_mock.journal.rendering import curl_command, exchange_document, exchange_line
from tiledesk_mock.redaction.redactor import Redaction
from tiledesk_mock.testing import TiledeskMock

PLACES = list(places())


class _Responses(BaseHTTPRequestHandler):
    """Responds to each request with the response of its place."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        place = PLACES[int(self.headers["X-Place"])]
        self.send_response(200)
        for name, value in place.response_headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(place.response_body)))
        self.end_headers()
        self.wfile.write(place.response_body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    """Return the URL of the server that is recorded."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Responses) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _send(url: str, number: int, place: Place) -> int:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        headers = {**dict(place.headers), "X-Place": str(number)}
        connection.request("POST", place.target, place.body, headers)
        response = connection.getresponse()
        response.read()
        return response.status


@contextmanager
def _recorded(upstream: str, path: Path, redaction: Redaction) -> Iterator[TiledeskMock]:
    client = Upstream(upstream)
    recording = Recording(path, client, "all", redaction=redaction)
    with TiledeskMock() as mock, closing(client):
        mock.emulator.mode = recording
        assert {_send(mock.url.removesuffix("/v3"), *item) for item in enumerate(PLACES)} == {200}
        recording.commit()
        yield mock


def _everything(path: Path) -> str:
    """Return a recording, and what is in base64 and in UTF-16 in it."""
    entries = read_cassette(path).entries
    bodies = [entry.request.body.replace(b"\0", b"").decode("latin-1") for entry in entries]
    basic = [
        base64.b64decode((e.request.header("Authorization") or "  ").split(" ")[1] + "==")
        for e in entries[25:26]
    ]
    return path.read_text() + "".join(bodies) + str(basic)


def test_forty_secrets_are_in_no_recording(upstream: str, path: Path) -> None:
    """Each of them is redacted, and `cassette check` finds nothing."""
    with _recorded(upstream, path, Redaction()):
        everything = _everything(path)

    assert len({place.secret for place in PLACES}) == 40
    assert [place.name for place in PLACES if place.secret in everything] == []
    assert list(find_secrets(path)) == []


def test_forty_secrets_are_found_without_redaction(upstream: str, path: Path) -> None:
    """`cassette check` finds one or more in each entry."""
    with _recorded(upstream, path, Redaction(enabled=False)):
        found = {
            one.location.partition("]")[0] for one in find_secrets(path) if one.location.startswith("log")
        }

    assert len(found) == 40


def test_forty_secrets_are_not_displayed(upstream: str, path: Path) -> None:
    """The journal, its lines and its curl commands mask them."""
    with _recorded(upstream, path, Redaction()) as mock:
        shown = [_shown(exchange) for exchange in mock.emulator.journal.exchanges()]

    assert [place.name for place, text in zip(PLACES, shown, strict=True) if place.secret in text] == []


def _shown(exchange: Exchange) -> str:
    """Return what is displayed of an exchange, and what is in base64 in it."""
    document = exchange_document(exchange)
    body = base64.b64decode((document["request"]["body"] or {}).get("base64", ""))
    lines = (
        exchange_line(exchange),
        curl_command(exchange.request),
        body.replace(b"\0", b"").decode("latin-1"),
    )
    return "\n".join([json.dumps(document), *lines])


def test_redacted_recording_matches_the_live_client(upstream: str, path: Path) -> None:
    """The client sends its secrets, which the recording does not have."""
    with _recorded(upstream, path, Redaction()) as mock:
        replay = mock.emulator.mode = Replay(read_cassette(path), strict=True)
        statuses = {_send(mock.url.removesuffix("/v3"), *item) for item in enumerate(PLACES)}

    replay.verify()
    assert statuses == {200}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the cassette."""
    return tmp_path / "session.har"
