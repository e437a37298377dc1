"""Send hostile requests to a server, and read hostile files: `python benchmarks/hostile.py [--inputs N]`.

The inputs are made by a generator with a seed, so that a run can be repeated. Requests go to a `serve` in
another process. A request fails if it is not answered (or its connection closed) within ten seconds, if the
answer is Flask's own error page, or if an ordinary request is not answered correctly afterwards. A file fails
if reading it raises anything but an error of the package, whose message is one line. At the end the server's
log must not contain a traceback. The exit code is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from tiledesk_mock import TiledeskMock
from tiledesk_mock.cassettes.files import read_cassette
from tiledesk_mock.errors import TiledeskMockError
from tiledesk_mock.scenarios.scenarios import read_scenarios

TIMEOUT = 10.0
"""Seconds in which a request has to be answered."""

PROJECT = "65b0000000000000000000a1"
CREDENTIALS = base64.b64encode(b"owner@example.com:owner-secret").decode()
METHODS = (
    *("GET", "POST", "POST", "PUT", "DELETE") * 4,
    "OPTIONS",
    "HEAD",
    "PATCH",
    "TRACE",
    "get",
    "FOO",
    "",
)
PATHS = (
    f"/v3/{PROJECT}/events",
    f"/{PROJECT}/events/65b0000000000000000000ee",
    f"/v3/{PROJECT}/subscriptions",
    f"/{PROJECT}/subscriptions/history",
    "/v3/auth/signin",
    "/auth/signup",
    "/auth/signinAnonymously",
    "/auth/signinWithCustomToken",
    "/testauth",
    "/ws",
    "/__admin/state",
    "/__admin/seed",
    "/__admin/faults",
    "/__admin/clock",
    "/__admin/events",
    "/__admin/subscriptions",
    "/__admin/state/snapshots/x",
    "/__admin/deliveries/failures",
    "/__admin/requests",
    "/__admin/mode",
)
TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "application/json; charset=utf-16",
    "application/json; charset=\x80",
    "",
)
KEYS = (
    "name",
    "attributes",
    "id_project",
    "email",
    "password",
    "target",
    "event",
    "users",
    "events",
    "projects",
    "createdAt",
    "delay",
    "status",
    "path",
    "now",
    "log",
    "entries",
    "interactions",
    "steps",
    "$where",
    "__proto__",
    "",
    "a.b",
    "a[b]",
)
SCALARS: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**25,
    1.5e308,
    "",
    "x",
    "\ud800",
    "\0",
    "é" * 20,
    "x" * 5000,
    "[" * 300,
    "{{now}}",
    "../../etc",
    "65b000000000000000000001",
    "2026-01-01T00:00:00.000Z",
    "http://127.0.0.1:9/",
    "http://[::1",
    "' OR 1=1",
    "%00",
    "(a+)+$",
)


def value(chance: random.Random, depth: int = 0) -> Any:
    """Return any JSON value."""
    kind = chance.random()
    if depth > 5 or kind < 0.55:
        return chance.choice(SCALARS)
    if kind < 0.75:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(KEYS): value(chance, depth + 1) for _ in range(chance.randrange(5))}


def damaged(chance: random.Random, data: bytes) -> bytes:
    """Return bytes with a few changes: removed, repeated, replaced, cut off."""
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 2, 8, 64)))
        noise = chance.choice((b"", b"\0", b"\xff", b"\r\n", b"\n", b" ", data[at:end] * 3, b'"', b"{", b"%"))
        data = data[:at] + noise + data[end:]
    return data


def body(chance: random.Random) -> bytes:
    """Return the body of a request: JSON, a form, deep nesting, or damage."""
    kind = chance.random()
    if kind < 0.1:
        return json.dumps(value(chance)).encode()
    if kind < 0.6:
        return json.dumps({key: value(chance) for key in chance.sample(KEYS, 4)}).encode()
    if kind < 0.7:
        return "&".join(f"{chance.choice(KEYS)}={chance.choice(SCALARS)}" for _ in range(5)).encode(
            "utf-8", "replace"
        )
    if kind < 0.8:
        return chance.choice((b"[", b'{"a":', b"a[b]", b"-", b"1")) * chance.choice((10, 5000, 100_000))
    return damaged(chance, json.dumps(value(chance)).encode())


def raw_request(chance: random.Random) -> bytes:
    """Return the bytes of a request, well formed or not."""
    path = chance.choice(PATHS)
    if chance.random() < 0.4:
        path += chance.choice(
            ("/", "//", "%", "%00", "?page=-1", "?a[b][c]=1&a=2", "?" + "a" * 3000, "/..", "é")
        )
    content = body(chance)
    headers = [
        "Host: x",
        f"Authorization: Basic {CREDENTIALS}",
        f"Content-Type: {chance.choice(TYPES)}",
        chance.choice(
            (f"Content-Length: {len(content)}",) * 6 + ("Content-Length: -1", "Content-Length: 0x5")
        ),
    ]
    encoding = chance.random()
    if encoding < 0.05:
        content = zlib.compress(content)
        headers[-1] = f"Content-Length: {len(content)}"
        headers.append("Content-Encoding: deflate")
    elif encoding < 0.1:
        headers.append(f"Content-Encoding: {chance.choice(('gzip', 'br', 'x', 'gzip, gzip'))}")
    elif encoding < 0.15:
        content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
        headers[-1] = "Transfer-Encoding: chunked"
    elif encoding < 0.2:
        headers += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        headers.append(f"Sec-WebSocket-Key: {chance.choice(('x', base64.b64encode(os.urandom(0)).decode()))}")
    if chance.random() < 0.2:
        headers[1] = chance.choice(
            (
                "Authorization: Basic !",
                "Authorization: JWT x.y.z",
                "Authorization: " + "x" * 9000,
                "Cookie: name=",
            )
        )
    head = "\r\n".join((f"{chance.choice(METHODS)} {path} HTTP/1.1", *headers)).encode(
        "utf-8", "surrogatepass"
    )
    data = head + b"\r\n\r\n" + content
    return damaged(chance, data) if chance.random() < 0.3 else data


def frames(chance: random.Random) -> bytes:
    """Return WebSocket frames, well formed or not."""
    data = b""
    for _ in range(chance.randrange(1, 4)):
        message = {"action": chance.choice(("subscribe", "publish", "x", 1)), "payload": value(chance)}
        content = json.dumps(message).encode()[:60_000]
        first = chance.choice((0x81, 0x81, 0x82, 0x01, 0x00, 0x88, 0x89, 0x8F, 0xC1))
        data += bytes((first, 0xFE)) + len(content).to_bytes(2, "big") + bytes(4) + content
    return damaged(chance, data)


def websocket_request(chance: random.Random, token: str) -> bytes:
    """Return the bytes of a handshake and of the frames after it."""
    fields = ("Host: x", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="
    head = "\r\n".join((f"GET /ws?token={token} HTTP/1.1", *fields, key))
    return head.encode() + b"\r\n\r\n" + frames(chance)


def answer(address: tuple[str, int], data: bytes) -> bytes:
    """Send bytes, close the sending side, and return all that comes back."""
    with socket.create_connection(address, timeout=TIMEOUT) as connection:
        received = bytearray()
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                received += piece
        except ConnectionError:  # a refused request may be closed before all of it was sent
            pass
    return bytes(received)


def signed_in(address: tuple[str, int]) -> str:
    """Return the token of the owner, for WebSockets."""
    content = b'{"email":"owner@example.com","password":"owner-secret"}'
    head = "POST /auth/signin HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    received = answer(address, f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
    return quote(json.loads(received.partition(b"\r\n\r\n")[2])["token"])


def check_request(address: tuple[str, int], data: bytes) -> str:
    """Return what is wrong with the response to hostile bytes, or the status."""
    try:
        received = answer(address, data)
    except TimeoutError:
        return "FAILED: no response in time"
    if b"<title>500 Internal" in received:
        return "FAILED: Flask's error page"
    return received[9:12].decode("latin-1") if received.startswith(b"HTTP/1.1 ") else "closed"


def check_file(read: Callable[[Path], object], path: Path) -> str:
    """Return what is wrong with reading a file, or how it ended."""
    try:
        read(path)
    except TiledeskMockError as error:
        lines = str(error).splitlines()
        return "refused" if lines else "FAILED: no message"
    except Exception as error:  # noqa: BLE001  # any other error is what is looked for
        return f"FAILED: {type(error).__name__}: {str(error)[:80]}"
    return "read"


def read_seed(path: Path) -> None:
    """Start an emulator with a seed."""
    with TiledeskMock(seed=path):
        pass


def read_store(path: Path) -> None:
    """Start an emulator with a store."""
    with TiledeskMock(db=path):
        pass


READERS: dict[str, Callable[[Path], object]] = {
    "seed": read_seed,
    "store": read_store,
    "cassette": read_cassette,
    "scenario": read_scenarios,
}


def hostile_file(chance: random.Random, samples: dict[str, list[bytes]], kind: str) -> tuple[str, bytes]:
    """Return the suffix and the content of a file: any document, or a damaged sample."""
    if chance.random() < 0.5:
        return ".json", damaged(chance, chance.choice(samples[kind]))
    document = {key: value(chance) for key in chance.sample(KEYS, 3)}
    if chance.random() < 0.5:
        return ".yaml", yaml.safe_dump(document, allow_unicode=False).encode()
    return ".json", json.dumps(document).encode()


def sample_files(folder: Path) -> dict[str, list[bytes]]:
    """Return good files of each kind, to be damaged."""
    store = folder / "sample.json"
    with TiledeskMock(db=store, seed="busy") as mock:
        seed = json.dumps(mock.controls.state()).encode()
    people = store.with_name("sample.people.json").read_bytes()
    entry = {
        "startedDateTime": "2026-01-01T00:00:00Z",
        "time": 1,
        "request": {"method": "GET", "url": "http://x/v3/a/events", "headers": [], "httpVersion": "HTTP/1.1"},
        "response": {"status": 200, "headers": [], "content": {"text": "[]", "mimeType": "application/json"}},
    }
    har = json.dumps({"log": {"version": "1.2", "creator": {}, "entries": [entry] * 3}}).encode()
    scenario = json.dumps(
        {"name": "x", "steps": [{"request": {"method": "GET", "path": "/testauth"}}]}
    ).encode()
    return {"seed": [seed], "store": [store.read_bytes(), people], "cassette": [har], "scenario": [scenario]}


def run_requests(count: int, chance: random.Random, folder: Path) -> tuple[Counter[str], list[str]]:
    """Send hostile requests to a server; return how often each result came, and what failed."""
    results, failed = Counter[str](), []
    command = (sys.executable, "-m", "tiledesk_mock", "serve", "--port", "0", "--db", str(folder / "db.json"))
    log = folder / "log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as server,
    ):
        assert server.stdout is not None
        port = int(server.stdout.readline().split(":")[-1].split("/")[0])
        address = ("127.0.0.1", port)
        ordinary = f"GET /testauth HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {CREDENTIALS}\r\n\r\n".encode()
        before = answer(address, ordinary)[9:12]
        token = signed_in(address)
        for number in range(count):
            data = websocket_request(chance, token) if chance.random() < 0.1 else raw_request(chance)
            result = check_request(address, data)
            results[result] += 1
            if result.startswith("FAILED"):
                failed.append(f"request {number}: {result}: {data[:200]!r}")
            if number % 100 == 99:
                answer(address, b"DELETE /__admin/faults HTTP/1.1\r\nHost: x\r\n\r\n")
                answer(address, b"POST /__admin/reset HTTP/1.1\r\nHost: x\r\n\r\n")
                if answer(address, ordinary)[9:12] != before:
                    failed.append(f"after request {number}: an ordinary request is answered differently")
        server.send_signal(signal.SIGINT)
        server.wait(TIMEOUT)
    if b"Traceback" in log.read_bytes():
        failed.append(f"traceback in the log:\n{log.read_text('utf-8', 'replace')[-3000:]}")
    return results, failed


def run_files(count: int, chance: random.Random, folder: Path) -> tuple[Counter[str], list[str]]:
    """Read hostile files; return how often each result came, and what failed."""
    results, failed = Counter[str](), []
    samples = sample_files(folder)
    for number in range(count):
        kind = chance.choice(tuple(READERS))
        suffix, content = hostile_file(chance, samples, kind)
        with tempfile.TemporaryDirectory(dir=folder) as own:
            path = Path(own) / f"file{suffix}"
            path.write_bytes(content)
            started = time.monotonic()
            result = check_file(READERS[kind], path)
            if time.monotonic() - started > TIMEOUT:
                result = "FAILED: too slow"
        results[f"{kind} {result}" if "FAILED" not in result else result] += 1
        if result.startswith("FAILED"):
            failed.append(f"file {number} ({kind}): {result}: {content[:200]!r}")
    return results, failed


def main() -> None:
    """Print how often each result came, and what failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--inputs", type=int, default=10_000, metavar="N", help="inputs, a fifth of them files"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed of the generator")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        files = options.inputs // 5
        for title, run, count in (
            ("requests", run_requests, options.inputs - files),
            ("files", run_files, files),
        ):
            results, failed = run(count, chance, Path(folder))
            failures += failed
            print(f"{title}: {count}")
            for result, times in sorted(results.items()):
                print(f"  {times:6} {result}")
    for failure in failures[:20]:
        print(failure)
    print(f"{len(failures)} failed")
    raise SystemExit(bool(failures))


if __name__ == "__main__":
    main()
