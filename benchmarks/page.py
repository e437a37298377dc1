"""Measure what open pages cost: `python benchmarks/page.py [--pages N] [--rounds N] [--posts N]`.

Three emulators run in processes of their own, as `serve` starts them: one without pages, a second one without
pages as control, and one whose stream is read by clients in another process. Each gets some posts in turn.
Compare the ratios to the first, which are medians over all rounds.
"""

from __future__ import annotations

import argparse
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from urllib.parse import urlsplit

import requests
from realtime import BODY, emulator

from tiledesk_mock import TiledeskMock


def read_streams(origin: str, number: int) -> None:
    """Read that many streams for ever."""
    address, waiting = urlsplit(origin), selectors.DefaultSelector()
    for _ in range(number):
        client = socket.create_connection((address.hostname, address.port))
        client.sendall(f"GET /__admin/stream?since=now HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        waiting.register(client, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            key.fileobj.recv(1 << 16)  # type: ignore[union-attr]  # they are sockets


@contextmanager
def pages(origin: str, number: int) -> Iterator[None]:
    """Let another process read the stream of an emulator."""
    words = [sys.executable, __file__, "--read", origin, "--pages", str(number)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.terminate()


def measure(number: int, rounds: int, posts: int) -> dict[str, list[float]]:
    """Return the seconds of a post in each round, by the emulator."""
    with TiledeskMock() as mock:
        project, owner = mock.project_id, mock.owner.basic
    times: dict[str, list[float]] = {"without pages": [], "control": [], f"{number} pages": []}
    with ExitStack() as stack:
        origins = {name: stack.enter_context(emulator()) for name in times}
        stack.enter_context(pages(origins[f"{number} pages"], number))
        sessions = {name: requests.Session() for name in times}
        for session in sessions.values():
            session.auth = owner
        for turn in range(rounds + 1):
            for name in list(times) if turn % 2 else reversed(times):
                taken = []
                for _ in range(posts):
                    start = time.perf_counter()
                    sessions[name].post(f"{origins[name]}/{project}/events", json=BODY).raise_for_status()
                    taken.append(time.perf_counter() - start)
                if turn:  # the first warms up
                    times[name].append(median(taken))
    return times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--posts", type=int, default=50)
    parser.add_argument("--read", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read_streams(options.read, options.pages)
    times = measure(options.pages, options.rounds, options.posts)
    first = times["without pages"]
    for name, taken in times.items():
        ratio = median(one / other for one, other in zip(taken, first, strict=True))
        print(f"{name:>14} | {median(taken) * 1000:6.2f} ms | {ratio:5.3f}x")


if __name__ == "__main__":
    main()
