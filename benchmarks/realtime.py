"""Measure WebSockets: `python benchmarks/realtime.py [--subscribers N] [--rounds N]`.

The emulator runs in another process, as `serve` starts it. The client posts over one connection and reads all
WebSockets as bytes, so that the emulator is measured and not the client. Events without a subscriber, with
one, and with all of them alternate. Compare ratios of medians within one run.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from urllib.parse import quote, urlsplit

import requests

from tiledesk_mock import TiledeskMock

BODY = {"name": "order.paid", "attributes": {"order": 17, "total": 99.5, "customer": {"city": "Lecce"}}}
LONG = 126


class Subscriber:
    """A client of the WebSocket that reads one frame at a time."""

    def __init__(self, url: str, token: str) -> None:
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=10)
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /ws?token={quote(token)} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
        self.socket.sendall(head.encode())
        response = self.socket.recv(4096)
        assert response.startswith(b"HTTP/1.1 101"), response
        self._partial = b""

    def subscribe(self, topic: str) -> None:
        """Subscribe, and read the history."""
        payload = json.dumps({"action": "subscribe", "payload": {"topic": topic}}).encode()
        assert len(payload) < LONG
        self.socket.sendall(bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload)  # masked with zeros
        while not self.has_frame():
            pass

    def has_frame(self) -> bool:
        """Read the available bytes; return whether the frame is complete."""
        data = self._partial + self.socket.recv(65536)
        size, start = data[1], 2
        if size == LONG:
            size, start = int.from_bytes(data[2:4], "big"), 4
        self._partial = b"" if len(data) == start + size else data
        return not self._partial


@contextmanager
def emulator() -> Iterator[str]:
    """Run an emulator; yield its URL."""
    words = ["-m", "tiledesk_mock", "serve", "--in-memory", "--port", "0", "--log-level", "error"]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        yield url.removesuffix("/v3")
        process.terminate()


def fire(session: requests.Session, url: str, subscribers: list[Subscriber]) -> tuple[float, float]:
    """Fire an event; return the seconds until its response, and until the last frame."""
    waiting = selectors.DefaultSelector()
    for subscriber in subscribers:
        waiting.register(subscriber.socket, selectors.EVENT_READ, subscriber)
    start = time.perf_counter()
    session.post(url, json=BODY).raise_for_status()
    responded = time.perf_counter()
    while waiting.get_map():
        for key, _ in waiting.select():
            if key.data.has_frame():
                waiting.unregister(key.fileobj)
    ended = time.perf_counter()
    waiting.close()
    return responded - start, ended - start


def measure(number: int, rounds: int) -> dict[int, tuple[float, float]]:
    """Return the medians, in milliseconds, by the number of subscribers."""
    with TiledeskMock() as mock:
        project, persons, token = mock.project_id, (mock.owner, mock.admin, mock.agent), mock.owner.jwt
    people = dict(zip((0, 1, number), persons, strict=True))
    times: dict[int, list[tuple[float, float]]] = {size: [] for size in people}
    with emulator() as origin:
        url = f"{origin}/{project}/events"
        subscribers = {size: [Subscriber(origin, token) for _ in range(size)] for size in people}
        for size, clients in subscribers.items():
            for subscriber in clients:
                subscriber.subscribe(f"/{project}/events/{people[size].id}")
        sessions = {size: requests.Session() for size in people}
        for size, person in people.items():
            sessions[size].auth = person.basic
        for _ in range(rounds):
            for size in people:
                times[size].append(fire(sessions[size], url, subscribers[size]))
    return {
        size: (median(first for first, _ in taken) * 1000, median(last for _, last in taken) * 1000)
        for size, taken in times.items()
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    medians = measure(options.subscribers, options.rounds)
    alone = medians[0][0]
    print(f"{'subscribers':>11} | {'POST response':>22} | {'last frame':>22} | a frame")
    for size, (response, last) in medians.items():
        each = f"{(last - alone) / size * 1000:5.1f} µs" if size > 1 else ""
        print(
            f"{size:>11} | {response:7.2f} ms ({response / alone:5.1f}x) |"
            f" {last:7.2f} ms ({last / alone:5.1f}x) | {each}"
        )


if __name__ == "__main__":
    main()
