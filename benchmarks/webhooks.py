"""Measure webhooks: `python benchmarks/webhooks.py [--events N] [--targets N] [--rounds N]`.

Events are posted one after the other with a `requests.Session`; the targets are servers in a process of their
own. What counts are ratios within this run: a POST with ten targets beside a POST with none, whether the
targets answer, are dead, or are slow. Rounds of all cases take turns; each figure is the median of them.
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
"""Seconds that a slow target takes to answer."""


@dataclass(frozen=True)
class Round:
    """What one round took: each POST, all of them, and all deliveries; seconds."""

    posts: list[float]
    posted: float
    delivered: float | None


def serve(count: int, seconds: float, parent: Connection) -> None:
    """Run targets until the parent says something; tell it their URLs."""

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["wsgi.input"].read()
        time.sleep(seconds)
        start_response("200 OK", [])
        return [b"ok"]

    servers = [Server(answer).start() for _ in range(count)]
    parent.send([server.url for server in servers])
    parent.recv()
    for server in servers:
        server.stop(0)


@contextmanager
def targets(count: int, seconds: float = 0.0) -> Iterator[list[str]]:
    """Run targets in another process; give their URLs."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(count, seconds, there))
    process.start()
    yield here.recv()
    here.send("stop")
    process.join()


@contextmanager
def dead_targets(count: int) -> Iterator[list[str]]:
    """Give URLs at which nobody listens."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    yield [f"http://127.0.0.1:{port}/" for port in ports]


def measure(urls: list[str], events: int, *, wait: bool) -> Round:
    """Post events with these targets subscribed; wait for all deliveries if they are to be had."""
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
        began = time.perf_counter()
        for number in range(events):
            started = time.perf_counter()
            session.post(address, json={"name": "order.paid", "attributes": {"number": number}})
            posts.append(time.perf_counter() - started)
        posted = time.perf_counter() - began
        if wait:
            mock.webhooks.drain(60)
        delivered = time.perf_counter() - began if wait and urls else None
        mock.reset()
        return Round(posts, posted, delivered)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--targets", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    logging.disable()
    rounds: dict[str, list[Round]] = {}
    with (
        targets(asked.targets) as answering,
        targets(asked.targets, SLOW) as slow,
        dead_targets(asked.targets) as dead,
    ):
        cases = {"no targets": [], "answering": answering, "dead": dead, f"slow, {SLOW:g} s": slow}
        for _ in range(asked.rounds):
            for name, urls in cases.items():
                wait = urls is answering or not urls
                rounds.setdefault(name, []).append(measure(urls, asked.events, wait=wait))
    report(rounds, asked.events, asked.targets)


def report(rounds: dict[str, list[Round]], events: int, count: int) -> None:
    """Print what was measured."""
    print(f"{events} events, {count} targets each\n")
    print(f"| {'targets':<12} | POST median | p99 | to none | all posted | all delivered | deliveries/s |")
    print(f"|{'-' * 14}|{'---|' * 6}")
    base = median(median(one.posts) for one in rounds["no targets"])
    for name, all_ in rounds.items():
        middle = median(median(one.posts) for one in all_)
        p99 = median(quantiles(one.posts, n=100)[98] for one in all_)
        posted = median(one.posted for one in all_)
        ended = [one.delivered for one in all_ if one.delivered]
        told = f"{median(ended):.2f} s | {events * count / median(ended):.0f}" if ended else "- | -"
        print(
            f"| {name:<12} | {middle * 1000:.2f} ms | {p99 * 1000:.2f} ms | {middle / base:.2f} "
            f"| {posted:.2f} s | {told} |"
        )


if __name__ == "__main__":
    main()
