"""Measure webhooks: `python benchmarks/webhooks.py [--events N] [--targets N] [--rounds N]`.

Events are posted one after the other with a `requests.Session`; the targets are servers in another process.
Compare ratios within one run: a POST with ten targets to a POST without targets, which respond, are dead, or
are slow. The rounds of all cases alternate, and each figure is their median.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import median, quantiles
from typing import Any

import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.server import Server

SLOW = 1.0
"""Seconds until a slow target responds."""


@dataclass(frozen=True)
class Round:
    """The seconds of a round: of each POST, of all of them, and until all deliveries have ended."""

    posts: list[float]
    posted: float
    delivered: float | None


def serve(count: int, seconds: float, parent: Connection) -> None:
    """Send the URLs of targets to the parent, and run them until it sends something."""

    def respond(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["wsgi.input"].read()
        time.sleep(seconds)
        start_response("200 OK", [])
        return [b"ok"]

    servers = [Server(respond).start() for _ in range(count)]
    parent.send([server.url for server in servers])
    parent.recv()
    for server in servers:
        server.stop(0)


@contextmanager
def targets(count: int, seconds: float = 0.0) -> Iterator[list[str]]:
    """Run targets in another process; yield their URLs."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(count, seconds, there))
    process.start()
    yield here.recv()
    here.send("stop")
    process.join()


@contextmanager
def dead_targets(count: int) -> Iterator[list[str]]:
    """Yield URLs at which no server listens."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    yield [f"http://127.0.0.1:{port}/" for port in ports]


def measure(urls: list[str], events: int, *, wait: bool) -> Round:
    """Post events with these targets subscribed; with `wait`, wait for all deliveries."""
    with TiledeskMock(log_level="error") as mock, requests.Session() as session:
        for url in urls:
            mock.webhooks.subscribe("event.emit", url)
        session.auth = mock.owner.basic
        address = f"{mock.url}/{mock.project_id}/events"
        for _ in range(20):
            session.post(address, json={"name": "warm"})
        if wait:
            mock.webhooks.drain(60)
        posts = []
        start = time.perf_counter()
        for number in range(events):
            started = time.perf_counter()
            session.post(address, json={"name": "order.paid", "attributes": {"number": number}})
            posts.append(time.perf_counter() - started)
        posted = time.perf_counter() - start
        if wait:
            mock.webhooks.drain(60)
        delivered = time.perf_counter() - start if wait and urls else None
        mock.reset()
        return Round(posts, posted, delivered)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--targets", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    logging.disable()
    rounds: dict[str, list[Round]] = {}
    with (
        targets(options.targets) as responding,
        targets(options.targets, SLOW) as slow,
        dead_targets(options.targets) as dead,
    ):
        cases = {"no targets": [], "responding": responding, "dead": dead, f"slow, {SLOW:g} s": slow}
        for _ in range(options.rounds):
            for name, urls in cases.items():
                wait = urls is responding or not urls
                rounds.setdefault(name, []).append(measure(urls, options.events, wait=wait))
    report(rounds, options.events, options.targets)


def report(rounds: dict[str, list[Round]], events: int, count: int) -> None:
    """Print the table of all rounds."""
    print(f"{events} events, {count} targets each\n")
    print(f"| {'targets':<12} | POST median | p99 | to none | all posted | all delivered | deliveries/s |")
    print(f"|{'-' * 14}|{'---|' * 6}")
    base = median(median(one.posts) for one in rounds["no targets"])
    for name, results in rounds.items():
        middle = median(median(one.posts) for one in results)
        p99 = median(quantiles(one.posts, n=100)[98] for one in results)
        posted = median(one.posted for one in results)
        ended = [one.delivered for one in results if one.delivered]
        deliveries = f"{median(ended):.2f} s | {events * count / median(ended):.0f}" if ended else "- | -"
        print(
            f"| {name:<12} | {middle * 1000:.2f} ms | {p99 * 1000:.2f} ms | {middle / base:.2f} "
            f"| {posted:.2f} s | {deliveries} |"
        )


if __name__ == "__main__":
    main()
