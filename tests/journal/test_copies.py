"""Requests as code: what is copied sends the same request."""

from __future__ import annotations

import http.client
import shutil
import subprocess
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.http.exchange import RecordedRequest
from tiledesk_mock.journal.copies import copies

JSON = {"Content-Type": "application/json"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}
REQUESTS = {
    "json": ("POST", "/v3/p/events", JSON, b'{"name": "it\'s \\"x\\" $HOME `id` \\\\ !", "n": 1.0}'),
    "lines": ("POST", "/v3/p/events", JSON, b'{\r\n\t"name":\n"\xc3\xa9\xe2\x80\xa8"}\n'),
    "form": ("POST", "/v3/auth/signin", {"Content-Type": "application/x-www-form-urlencoded"}, b"a=%20b&c='"),
    "multipart": ("POST", "/v3/p/events", MULTIPART, b"--b\r\n\r\n\x00\xff\xfe'\"\r\n--b--\r\n"),
    "bytes": ("PUT", "/v3/p/events", {"Content-Type": "application/octet-stream"}, bytes(range(256))),
    "nul": ("POST", "/v3/p/events", {"Content-Type": "text/plain"}, b"a\x00b"),
    "at": ("POST", "/v3/p/events", {"Content-Type": "text/plain"}, b"@/etc/hostname"),
    "untyped": ("POST", "/v3/p/events", {}, b"text"),
    "query": (
        "GET",
        "/v3/p?a[b]={c}&d=%20e&f='",
        {"X-One": "a'b\"c$d\\", "X-Two": "\u00c3\u00a9"},
        b"",
    ),
    "delete": ("DELETE", "/v3/p/subscriptions/1", {}, b""),
    "credentials": ("POST", "/v3/p/events", {**JSON, "Authorization": "Basic YUBiLmM6c2VjcmV0IQ=="}, b"{}"),
    "token": ("GET", "/v3/p/events", {"Authorization": "JWT eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln"}, b""),
    "secret": ("POST", "/v3/auth/signin", JSON, b'{"email": "a@b.c", "password": "s\'cret"}'),
}
VARIABLES = {"PASSWORD": "secret!", "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln", "SECRET": "s'cret"}
OF_CLIENTS = {"User-Agent", "Accept", "Accept-Encoding", "Accept-Language", "Connection", "Sec-Fetch-Mode"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[TiledeskMock]:
    """Return an emulator whose journal has what was sent."""
    with TiledeskMock() as mock:
        yield mock


@pytest.mark.parametrize("language", ["curl", "python", "javascript"])
@pytest.mark.parametrize("name", REQUESTS)
def test_copy_sends_the_same_request(
    name: str, language: str, emulator: TiledeskMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Method, target, headers and each byte of the body are the same."""
    for variable, value in VARIABLES.items():
        monkeypatch.setenv(variable, value)
    original = send(emulator, *REQUESTS[name])

    run(language, copies(original)[language])

    assert comparable(last(emulator)) == comparable(original)


@pytest.mark.parametrize("language", ["curl", "python", "javascript"])
@pytest.mark.parametrize("name", ["credentials", "token", "secret"])
def test_copy_has_no_secret(name: str, language: str, emulator: TiledeskMock) -> None:
    """Secrets are variables of the environment."""
    code = copies(send(emulator, *REQUESTS[name]))[language]

    assert [value for value in (*VARIABLES.values(), "YUBiLmM6c2VjcmV0IQ") if value in code] == []


def send(
    mock: TiledeskMock, method: str, target: str, headers: dict[str, str], body: bytes
) -> RecordedRequest:
    """Send a request to the byte; return what the journal has of it."""
    host = mock.url.removesuffix("/v3").removeprefix("http://")
    client = http.client.HTTPConnection(host, timeout=10)
    client.request(method, target, body or None, headers)
    client.getresponse().read()
    client.close()
    return last(mock)


def last(mock: TiledeskMock) -> RecordedRequest:
    """Return the last request in the journal."""
    return mock.emulator.journal.exchanges()[-1].request


def comparable(request: RecordedRequest) -> tuple[str, str, dict[str, str], bytes]:
    """Return what has to be the same whatever the client. They escape other characters of a target."""
    headers = {name: value for name, value in request.headers if name not in OF_CLIENTS}
    if headers.get("Content-Length") == "0":  # which some send of a request without a body
        del headers["Content-Length"]
    return request.method, unquote(request.target), headers, request.body


def run(language: str, code: str) -> None:
    """Run code in its language."""
    if language == "python":
        exec(code, {})
        return
    node = shutil.which("node")
    if language == "javascript" and node is None:
        pytest.skip("node is not installed")
    words = ["bash", "-c", code] if language == "curl" else [str(node), "--input-type=module", "-e", code]
    subprocess.run(words, capture_output=True, timeout=60, check=True)
