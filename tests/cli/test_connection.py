"""What verbs say where no emulator responds, and of ids that are empty."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest
import requests

from tiledesk_mock import TiledeskMock

from .conftest import Verb

_VERBS = (
    ("logs",),
    ("logs", "-f"),
    ("requests",),
    ("requests", "1"),
    ("events",),
    ("deliveries",),
    ("resend", "1"),
    ("faults",),
    ("faults", "add", "--status", "503"),
    ("clock",),
    ("snapshot",),
    ("snapshot", "take", "x"),
    ("people",),
    ("drifts",),
)


class _OtherServer(http.server.BaseHTTPRequestHandler):
    """Responds with JSON that is not an emulator's."""

    def do_GET(self) -> None:
        """Respond with an object."""
        body = b'{"entries": [{}], "events": [{}], "people": [1], "error": "none"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET  # noqa: N815  (the names of http.server)

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def other_server() -> Iterator[str]:
    """Run another server, and give its URL."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _OtherServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("words", _VERBS, ids=" ".join)
def test_other_server_is_named_in_one_line(verb: Verb, other_server: str, words: tuple[str, ...]) -> None:
    """Also where it responds with JSON."""
    ended = verb(*words, "--url", other_server)

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"Error: {other_server}/__admin/")
    assert ended.err.endswith("responded with 200: is that an emulator?\n")


def test_https_url_of_an_emulator(verb: Verb, mock: TiledeskMock) -> None:
    """The message says that it is http."""
    ended = verb("clock", "--url", mock.url.replace("http:", "https:"))

    assert "an emulator speaks http, not https" in ended.err


def test_url_without_scheme_has_an_example(verb: Verb) -> None:
    """As what is missing is easily overlooked."""
    assert "is not an http URL, as http://127.0.0.1:8900" in verb("clock", "--url", "127.0.0.1:8900").err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("faults", "remove", ""), "there is no fault ''"),
        (("requests", ""), "id_entry is empty"),
        (("snapshot", "restore", ""), "name is empty"),
        (("snapshot", "drop", ""), "name is empty"),
    ],
    ids=str,
)
def test_empty_id_names_nothing(
    verb: Verb, mock: TiledeskMock, words: tuple[str, ...], complaint: str
) -> None:
    """As of a variable that a script did not set: it removes no other faults."""
    mock.faults.status(503)

    ended = verb(*words)

    assert ended.code == 1
    assert complaint in ended.err
    assert len(mock.faults) == 1


@pytest.mark.parametrize("path", ["faults", "stubs"])
def test_deletion_without_an_id_removes_nothing(mock: TiledeskMock, path: str) -> None:
    """A last slash is that of an id which a script does not have."""
    mock.faults.status(503)
    mock.stub("GET", "/leads")
    admin = mock.url.removesuffix("/v3") + "/__admin"

    refused = requests.delete(f"{admin}/{path}/", timeout=5)

    assert refused.status_code == 404
    assert refused.json() == {"error": f"DELETE /__admin/{path}/: not found, the id is missing"}
    assert (len(mock.faults), len(mock.stubs)) == (1, 1)
