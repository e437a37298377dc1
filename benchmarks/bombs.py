"""Small inputs that make much work, each with its time and memory: `python benchmarks/bombs.py [NAME ...]`.

Each input is made and read in a process of its own, which gets two minutes and four gigabytes. The table has
the size of the input, the seconds of computing that reading it took, by how many megabytes the memory of the
process grew, and what came. `--python PATH` takes the Python of another source tree, to compare with.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Bomb = tuple[int, Callable[[], object]]
"""The size of an input in bytes, and what reads it."""

TIME_LIMIT = 120
MEMORY_LIMIT = 4 << 30
ENTRY = {"request": {"method": "GET", "url": "http://a.example/x"}, "response": {"status": 200}}


def posted(
    body: bytes, content_type: str = "application/json", encoding: str | None = None, path: str | None = None
) -> Bomb:
    """Return a request to a server."""
    from tiledesk_mock import TiledeskMock

    mock = TiledeskMock(log_level="error").start()
    headers = {"Content-Type": content_type} | ({"Content-Encoding": encoding} if encoding else {})
    headers |= {"Authorization": f"JWT {mock.owner.jwt}".replace("JWT JWT", "JWT")}
    connection = http.client.HTTPConnection(urlsplit(mock.url).netloc, timeout=TIME_LIMIT)

    def send() -> int:
        connection.request("POST", path or f"/{mock.project_id}/events", body, headers)
        return connection.getresponse().status

    return len(body), send


def chunked(body: bytes) -> Bomb:
    """Return a request whose body is in chunks of one byte."""
    from tiledesk_mock import TiledeskMock

    mock = TiledeskMock(log_level="error").start()
    head = f"POST /{mock.project_id}/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent = head.encode() + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"

    def send() -> bytes:
        with socket.create_connection(("127.0.0.1", urlsplit(mock.url).port or 0), TIME_LIMIT) as client:
            client.sendall(sent)
            return client.recv(12)[9:]

    return len(sent), send


def file(name: str, text: str, read: Callable[[Path], object]) -> Bomb:
    """Return a file."""
    path = Path(tempfile.mkdtemp()) / name
    path.write_text(text)
    return len(text), partial(read, path)


def cassette(name: str, text: str) -> Bomb:
    """Return a cassette."""
    from tiledesk_mock.cassettes.files import read_cassette

    return file(name, text, lambda path: len(read_cassette(path).entries))


def seed(name: str, text: str) -> Bomb:
    """Return a seed that is added to an emulator."""
    from tiledesk_mock import TiledeskMock

    mock = TiledeskMock(log_level="error").start()
    return file(name, text, mock.seed)


def har(packed: bytes, count: int = 1, encoding: str = "gzip") -> Bomb:
    """Return a HAR with compressed bodies."""
    content = {"text": base64.b64encode(packed).decode(), "encoding": "base64"}
    received = {**ENTRY["response"], "headers": [{"name": "Content-Encoding", "value": encoding}]}
    entry = {**ENTRY, "response": {**received, "content": content}}
    return cassette("x.har", json.dumps({"log": {"entries": [entry] * count}}))


def upstream(body: bytes, encoding: str | None = None) -> Bomb:
    """Return a response that is recorded."""
    from tiledesk_mock.cassettes.record import Recording
    from tiledesk_mock.http.exchange import RecordedRequest
    from tiledesk_mock.http.upstream import Upstream
    from tiledesk_mock.server import Server

    def application(_: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Encoding", encoding)] if encoding else [])
        return [body]

    server = Server(application).__enter__()
    recording = Recording(Path(tempfile.mkdtemp()) / "x.har", Upstream(server.url), "all")

    def record() -> int:
        status = recording.respond(RecordedRequest("GET", "/x"), lambda _: None).status  # type: ignore[arg-type, return-value]
        recording.commit()
        return status

    return len(body), record


def redacted(text: str) -> Bomb:
    """Return a text that is redacted as a body of JSON."""
    from tiledesk_mock.redaction.redactor import Redactor

    return len(text), lambda: len(Redactor().body((("Content-Type", "application/json"),), text.encode()))


def aliases(levels: int) -> str:
    """Return a YAML list of lists, in which each has ten aliases of the one before."""
    lists = (f"&a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels + 1))
    return f"[&a0 [x], {', '.join(lists)}]"


def zeros(megabytes: int) -> bytes:
    """Return compressed zeros."""
    return gzip.compress(b"\0" * (megabytes << 20))


def levels(count: int) -> bytes:
    """Return arrays in arrays."""
    return b'{"name":"x","attributes":' + b"[" * count + b"]" * count + b"}"


BOMBS: dict[str, Callable[[], Bomb]] = {
    "request: 1 MB of empty gzip members": lambda: posted(gzip.compress(b"") * 50_000, encoding="gzip"),
    "request: 2 MB of empty gzip members": lambda: posted(gzip.compress(b"") * 100_000, encoding="gzip"),
    "request: 15 MB of empty gzip members": lambda: posted(gzip.compress(b"") * 750_000, encoding="gzip"),
    "request: gzip of 500 MB": lambda: posted(zeros(500), encoding="gzip"),
    "request: 16 MB, not compressed": lambda: posted(b'{"name":"' + b"x" * (16 << 20)),
    "request: a million chunks": lambda: chunked(b"x" * 1_000_000),
    "request: 500 kB of brackets": lambda: posted(b"[" * 500_000),
    "request: 190 levels": lambda: posted(levels(190)),
    "request: a number of 400,000 digits": lambda: posted(
        b'{"name":"x","attributes":{"a":' + b"1" * 400_000 + b"}}"
    ),
    "request: a form of 100,000 parameters": lambda: posted(
        b"a=1&" * 100_000, "application/x-www-form-urlencoded"
    ),
    "request: a form of 999 deep parameters": lambda: posted(
        b"&".join(b"a%d" % n + b"[x]" * 32 + b"=1" for n in range(999)), "application/x-www-form-urlencoded"
    ),
    "request: a form with 150,000 brackets": lambda: posted(
        b"a" + b"[x]" * 150_000 + b"=1", "application/x-www-form-urlencoded"
    ),
    "request: 10,000 parts of multipart": lambda: posted(
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 10_000 + b"--x--",
        "multipart/form-data; boundary=x",
    ),
    "upstream: gzip of 300 MB": lambda: upstream(zeros(300), "gzip"),
    "upstream: gzip, four times, of 100 MB": lambda: upstream(
        gzip.compress(gzip.compress(gzip.compress(zeros(100)))), "gzip, gzip, gzip, gzip"
    ),
    "upstream: 200 MB": lambda: upstream(b"\0" * (200 << 20)),
    "HAR: gzip of 1 GB": lambda: har(zeros(1024)),
    "HAR: gzip of 20 MB, fifty times": lambda: har(zeros(20), 50),
    "HAR: 1 MB of empty gzip members": lambda: har(gzip.compress(b"") * 50_000),
    "VCR: 6 levels of 10 aliases": lambda: cassette("x.yaml", f"interactions: {aliases(6)}\n"),
    "seed: 6 levels of 10 aliases": lambda: seed(
        "x.yaml", f"events: [{{name: x, attributes: {{a: {aliases(6)}}}}}]\n"
    ),
    "seed: 20 levels of 10 aliases": lambda: seed(
        "x.yaml", f"events: [{{name: x, attributes: {{a: {aliases(20)}}}}}]\n"
    ),
    "seed: 1,000 aliases of 100 kB": lambda: seed(
        "x.yaml", f"events: [{{name: x, attributes: {{b: &a {'x' * 100_000}, c: [{'*a,' * 1000}]}}}}]\n"
    ),
    "seed: a number of 1:1:1:..., 200 kB": lambda: seed("x.yaml", f"a: {'1:' * 100_000}1\n"),
    "seed: 20,000 brackets of YAML": lambda: seed("x.yaml", "a: " + "[" * 20_000),
    "seed: 20,000 dashes of YAML": lambda: seed("x.yaml", "- " * 20_000),
    "seed: 100,000 brackets of JSON": lambda: seed("x.json", '{"events":' + "[" * 100_000),
    "seed: a repeated key after 30,000": lambda: seed(
        "x.json", json.dumps({str(n): 1 for n in range(30_000)})[:-1] + ',"29999":1}'
    ),
    "redaction: 1,000 URLs with passwords": lambda: redacted(
        json.dumps([f"http://user:password{n}@host.example/" for n in range(1000)])
    ),
    "redaction: 5,000 tokens": lambda: redacted(json.dumps([f"token=secret{n}" for n in range(5000)])),
    "redaction: 200 kB of `a%40a.`": lambda: redacted(json.dumps(["a%40a." * 33_000])),
    "redaction: 20,000 numbers, 900 levels deep": lambda: redacted(
        "[" * 900 + "1," * 20_000 + "1" + "]" * 900
    ),
}


def memory(field: str) -> float:
    """Return the megabytes of this process: `VmRSS` now, `VmHWM` at most."""
    return int(Path("/proc/self/status").read_text().split(f"{field}:")[1].split()[0]) / 1024


def run(name: str) -> None:
    """Read one input; print what it took as JSON."""
    size, read = BOMBS[name]()
    Path("/proc/self/clear_refs").write_text("5")  # the memory that making the input took
    before = memory("VmRSS")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    began = time.process_time()
    try:
        outcome = str(read())
    except BaseException as error:  # noqa: BLE001  (whatever it is, the table has it)
        outcome = f"{type(error).__name__}: {error}".replace("\n", " ")
    seconds = time.process_time() - began
    grown = memory("VmHWM") - before
    print(json.dumps({"size": size, "seconds": seconds, "megabytes": grown, "outcome": outcome}), flush=True)
    os._exit(0)  # servers are still running


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a name; by default, all inputs")
    parser.add_argument("--python", default=sys.executable, metavar="PATH", help="the Python to run")
    parser.add_argument("--one", metavar="NAME", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        run(options.one)
        return
    print(f"{'':42} {'kB':>7} {'seconds':>8} {'MB':>6}")
    for name in BOMBS:
        if options.names and not any(part in name for part in options.names):
            continue
        command = [options.python, __file__, "--one", name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
            found = json.loads(done.stdout.splitlines()[-1])
        except subprocess.TimeoutExpired:
            print(f"{name:42} {'':>7} {f'> {TIME_LIMIT}':>8}", flush=True)
        except (IndexError, ValueError):
            print(f"{name:42} failed: {done.stderr.splitlines()[-1:]}", flush=True)
        else:
            row = f"{found['size'] / 1000:7.0f} {found['seconds']:8.2f} {found['megabytes']:6.0f}"
            print(f"{name:42} {row}  {found['outcome'][-60:]}", flush=True)


if __name__ == "__main__":
    main()
