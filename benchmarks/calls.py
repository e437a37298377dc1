"""How many functions and modules of the package a request goes through, in the server's thread.

    python benchmarks/calls.py            # a table: functions, modules and calls of a POST and of a list
    python benchmarks/calls.py --names    # the functions as well, in the order of their first call

Requests before the counted one warm up what is imported or cached on first use.
"""

from __future__ import annotations

import argparse
import json
import socket
import threading
from base64 import b64encode
from pathlib import Path
from types import FrameType
from typing import Any

import tiledesk_mock
from tiledesk_mock import TiledeskMock

PACKAGE = str(Path(tiledesk_mock.__file__).parent)
BODY = json.dumps({"name": "order.paid", "attributes": {"order": 17, "customer": {"city": "Lecce"}}})
WARM_UP = 5


class Calls:
    """Counts the calls of the package's functions, while it is on."""

    def __init__(self) -> None:
        self.is_on = False
        self.counts: dict[tuple[str, str], int] = {}

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """Count a call; for threading.setprofile."""
        code = frame.f_code
        if self.is_on and event == "call" and code.co_filename.startswith(PACKAGE):
            name = getattr(code, "co_qualname", code.co_name)  # a method's class is known from Python 3.11 on
            if name.endswith(("comp>", "<genexpr>")):
                return
            key = (code.co_filename[len(PACKAGE) + 1 :], f"{name}:{code.co_firstlineno}")
            self.counts[key] = self.counts.get(key, 0) + 1

    def of(self, peer: socket.socket, request: bytes) -> dict[tuple[str, str], int]:
        """Return the calls by module and function of one request, after some that warm up."""
        for _ in range(WARM_UP):
            exchange(peer, request)
        self.counts, self.is_on = {}, True
        exchange(peer, request)
        self.is_on = False
        return self.counts


def exchange(peer: socket.socket, request: bytes) -> bytes:
    """Send a request; return the response."""
    peer.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += peer.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += peer.recv(65536)
    assert head.startswith(b"HTTP/1.1 200"), head
    return body


def requests_of(mock: TiledeskMock) -> dict[str, bytes]:
    """Return the requests that are counted, as bytes."""
    user, password = mock.owner.basic or ("", "")
    credentials = b64encode(f"{user}:{password}".encode()).decode()
    common = f"Host: {mock.url.split('/')[2]}\r\nAuthorization: Basic {credentials}\r\n"
    path = f"/v3/{mock.project_id}/events"
    post = (
        f"POST {path} HTTP/1.1\r\n{common}Content-Type: application/json\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n{BODY}"
    )
    return {"POST": post.encode(), "list of 40": f"GET {path} HTTP/1.1\r\n{common}\r\n".encode()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Count the functions that a request goes through.")
    parser.add_argument("--names", action="store_true", help="print the functions, too")
    names = parser.parse_args().names
    calls = Calls()
    threading.setprofile(calls)
    with TiledeskMock() as mock:
        for number in range(40):
            mock.fire("order.paid", {"order": number})
        requests = requests_of(mock)
        with socket.create_connection(("127.0.0.1", int(mock.url.split("/")[2].split(":")[1]))) as peer:
            counts = {name: calls.of(peer, request) for name, request in requests.items()}
    threading.setprofile(None)  # type: ignore[arg-type]
    print("| request | functions | modules | calls |\n|---|---|---|---|")
    for name, called in counts.items():
        modules = {module for module, _ in called}
        print(f"| {name} | {len(called)} | {len(modules)} | {sum(called.values())} |")
    if names:
        for name, called in counts.items():
            print(f"\n{name}")
            for (module, function), count in called.items():
                print(f"  {count:4} {module} {function}")


if __name__ == "__main__":
    main()
