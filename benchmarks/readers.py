"""How many reads of a store's files fail while an emulator writes them: `open_store` and stock TinyDB.

    python benchmarks/readers.py [--reads 2000] [--clients 4]

A server gets events from several clients without a pause. Every half second its data is reset or imported
anew, so that the file is cut and written anew as well. Meanwhile the file is read by either reader in turn.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from tiledesk_mock import open_store


def read_ours(path: Path) -> int:
    """Return the number of events that `open_store` reads."""
    with open_store(path) as store:
        return len(store.table("events"))


def read_stock(path: Path) -> int:
    """Return the number of events that stock TinyDB reads."""
    with TinyDB(path, access_mode="r") as store:
        return len(store.table("events"))


READERS: dict[str, Callable[[Path], int]] = {"open_store": read_ours, "stock TinyDB": read_stock}


def send(url: str, body: object = None, method: str = "POST") -> bytes:
    """Send a request; return the body of its response."""
    headers = {
        "Content-Type": "application/json",
        "Authorization": "Basic b3duZXJAZXhhbXBsZS5jb206b3duZXItc2VjcmV0",
    }
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        content: bytes = response.read()
    return content


def fire(url: str, stopping: Any, sent: Any) -> None:
    """Fire events of several sizes until it is time to stop."""
    while not stopping.is_set():
        with suppress(OSError):  # a reset aborts the requests that are under way
            send(url, {"name": "order.paid", "attributes": {"text": "x" * (sent.value % 9 * 1000)}})
            sent.value += 1


def change(admin: str, stopping: Any, sent: Any) -> None:
    """Reset, and import what was exported, every half second."""
    world = json.loads(send(f"{admin}/state", method="GET"))
    while not stopping.wait(0.5):
        send(f"{admin}/reset")
        send(f"{admin}/state", world, "PUT")
        sent.value += 2


def outcome(read: Callable[[Path], int], path: Path) -> str:
    """Return what comes of a read."""
    try:
        read(path)
    except Exception as error:  # noqa: BLE001  (every failure counts)
        return f"{type(error).__name__}: {str(error)[:40]}"
    return "read"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reads", type=int, default=2000, help="reads by each reader")
    parser.add_argument("--clients", type=int, default=4, help="clients that fire events")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, stopping = Path(folder) / "x.json", mp.Event()
        words = [sys.executable, "-m", "tiledesk_mock", "serve", "--port", "0", "--db", str(path)]
        server = subprocess.Popen([*words, "--log-level", "warning"], stdout=subprocess.PIPE, text=True)
        assert server.stdout
        lines = [server.stdout.readline() for _ in range(3)]
        base, project = lines[0].split()[1], lines[2].split()[1]
        admin = f"{base.removesuffix('/v3')}/__admin"
        work = [(fire, f"{base}/{project}/events")] * options.clients + [(change, admin)]
        sent = [mp.Value("i", 0, lock=False) for _ in work]
        processes = [
            mp.Process(target=one, args=(url, stopping, count))
            for (one, url), count in zip(work, sent, strict=True)
        ]
        for process in processes:
            process.start()
        results: dict[str, Counter[str]] = {name: Counter() for name in READERS}
        start = time.perf_counter()
        for _ in range(options.reads):
            for name, read in READERS.items():
                results[name][outcome(read, path)] += 1
        seconds = time.perf_counter() - start
        stopping.set()
        for process in processes:
            process.join()
        server.terminate()
        server.wait()
    *events, changes = (count.value for count in sent)
    print(f"{sum(events)} events, {changes} resets and imports in {seconds:.0f} s")
    for name, counts in results.items():
        failures = sum(counts.values()) - counts["read"]
        print(f"{name:<14} {counts['read']:>6} read {failures:>5} failed ({failures / options.reads:.2%})")
        for reason, count in counts.most_common():
            if reason != "read":
                print(f"  {count:>5} {reason}")


if __name__ == "__main__":
    main()
