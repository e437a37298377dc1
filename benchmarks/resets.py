"""How long a reset takes while clients are slow: `python benchmarks/resets.py [--clients N]`.

Each kind of slow client has a server of its own in this process, and a real upstream or target where
the kind needs one. The table has the median and the longest of ten resets, in milliseconds; the first row is
without clients. A reset ends requests that hang or are delayed, so new clients are connected before each.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median
from urllib.parse import quote, urlsplit

from tiledesk_mock import TiledeskMock

RESETS = 10
BIG = gzip.compress(b"") * 20_000

Connect = Callable[[TiledeskMock], bytes]
"""Returns what a slow client sends; the client sends nothing more, and reads nothing."""


def request(
    mock: TiledeskMock, *fields: str, body: bytes = b"", method: str = "POST", path: str = ""
) -> bytes:
    """Return a request with the credentials of the owner."""
    path = path or f"/{mock.project_id}/events"
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: {mock.owner.jwt}"]
    return "\r\n".join([*lines, "Content-Type: application/json", *fields, "", ""]).encode() + body


def get(mock: TiledeskMock) -> bytes:
    """Return a request for the list of events."""
    return request(mock, method="GET")


def delayed(mock: TiledeskMock) -> bytes:
    """Return a request that a fault delays."""
    mock.faults.latency(60)
    return get(mock)


def dripped(mock: TiledeskMock) -> bytes:
    """Return a request whose response a fault slows down."""
    mock.faults.drip(1)
    return get(mock)


def hanging(mock: TiledeskMock) -> bytes:
    """Return a request that a fault never responds to."""
    mock.faults.hang()
    return get(mock)


def unread(mock: TiledeskMock) -> bytes:
    """Return requests for a megabyte each, which the client does not read."""
    if not mock.events:
        for number in range(20):
            mock.fire(f"e{number}", {"text": "x" * 50_000})
    return get(mock) * 50


def recorded(mock: TiledeskMock) -> bytes:
    """Return a request that an upstream never responds to."""
    from tiledesk_mock.emulator.modes import ModeControl

    silent = socket.create_server(("127.0.0.1", 0))
    KEPT.append(silent)
    ModeControl(mock.emulator).set_mode(
        {"mode": "record", "upstream": f"http://127.0.0.1:{silent.getsockname()[1]}"}
    )
    return get(mock)


def delivered(mock: TiledeskMock) -> bytes:
    """Return an event with a webhook whose target never responds."""
    silent = socket.create_server(("127.0.0.1", 0))
    KEPT.append(silent)
    mock.webhooks.subscribe("event.emit.late", f"http://127.0.0.1:{silent.getsockname()[1]}")
    body = b'{"name":"late"}'
    return request(mock, f"Content-Length: {len(body)}", body=body)


def websocket(mock: TiledeskMock) -> bytes:
    """Return a handshake, and a frame that never ends."""
    key = base64.b64encode(os.urandom(16)).decode()
    fields = (
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    )
    path = f"/ws?token={quote(mock.owner.jwt)}"
    frame = b"\x81\xff" + (2**62).to_bytes(8, "big") + b"mask" + b"x" * 1000
    return request(mock, *fields, method="GET", path=path) + frame


KEPT: list[socket.socket] = []
KINDS: dict[str, Connect | None] = {
    "no clients": None,
    "half a head": lambda mock: request(mock)[:-4],
    "no body": lambda mock: request(mock, "Content-Length: 100"),
    "half a body": lambda mock: request(mock, "Content-Length: 100", body=b'{"name"'),
    "half a body of 2 MB": lambda mock: request(mock, "Content-Length: 2000000", body=b" " * 1_500_000),
    "half a chunk": lambda mock: request(mock, "Transfer-Encoding: chunked", body=b"64\r\n{"),
    "Expect: 100-continue": lambda mock: request(mock, "Content-Length: 9", "Expect: 100-continue"),
    "400 kB of gzip members": lambda mock: request(
        mock, f"Content-Length: {len(BIG)}", "Content-Encoding: gzip", body=BIG
    ),
    "500 kB of JSON": lambda mock: request(
        mock, "Content-Length: 500000", body=b"[" + b"1," * 249_999 + b"]"
    ),
    "half a body of /__admin": lambda mock: request(
        mock, "Content-Length: 2000000", body=b" " * 1_500_000, method="PUT", path="/__admin/state"
    ),
    "a wait of /__admin": lambda mock: request(mock, method="GET", path="/__admin/events?wait=60"),
    "fault: delay": delayed,
    "fault: drip": dripped,
    "fault: hang": hanging,
    "responses that are not read": unread,
    "record, a silent upstream": recorded,
    "a webhook to a silent target": delivered,
    "half a frame of a WebSocket": websocket,
}


def resets(connect: Connect | None, clients: int) -> list[float]:
    """Return the milliseconds that resets took while so many clients were slow."""
    taken = []
    with TiledeskMock(log_level="error") as mock:
        address = ("127.0.0.1", urlsplit(mock.url).port or 0)
        for _ in range(RESETS):
            with ExitStack() as stack:
                for _ in range(clients if connect else 0):
                    sent = connect(mock) if connect else b""
                    client = stack.enter_context(socket.create_connection(address))
                    client.settimeout(1)
                    client.sendall(sent)
                time.sleep(0.05)
                began = time.perf_counter()
                mock.reset()
                taken.append((time.perf_counter() - began) * 1000)
                mock.emulator.mode = None
        while KEPT:
            KEPT.pop().close()
    return taken


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=20, metavar="N", help="slow clients of each kind")
    clients = parser.parse_args().clients
    print(f"{'':30} {'median ms':>10} {'longest':>10}")
    for name, connect in KINDS.items():
        taken = resets(connect, clients)
        print(f"{name:30} {median(taken):10.1f} {max(taken):10.1f}", flush=True)


if __name__ == "__main__":
    main()
