"""Start and stop emulators, and count what is left of them: `python benchmarks/cycles.py [--cycles N]`.

Each cycle starts an emulator with a server (every other one on a file), fires an event that has a webhook,
opens a WebSocket, and stops. Open files and threads must be as many after the last cycle as after the first
tenth of the cycles: the exit code is 1 if there are more. The bytes in use grow until the cache of tokens,
which has a limit, is full.
"""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
import threading
import tracemalloc
from pathlib import Path
from urllib.parse import quote

import requests
from simple_websocket import Client

from tiledesk_mock import TiledeskMock


def cycle(folder: Path, number: int) -> None:
    """Start an emulator, use it, and stop it."""
    db = folder / f"{number}.json" if number % 2 else None
    with TiledeskMock(db=db, log_level="error") as mock:
        mock.webhooks.subscribe("order.paid", f"{mock.url}/testauth")
        event = {"name": "order.paid", "attributes": {"total": number}}
        response = requests.post(
            f"{mock.url}/{mock.project_id}/events", json=event, auth=mock.owner.basic, timeout=5
        )
        response.raise_for_status()
        socket = Client.connect(f"{mock.ws_url}?token={quote(mock.owner.jwt)}")
        socket.close()


def left() -> tuple[int, int, int]:
    """Return the number of open files, of threads, and the bytes in use."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")), threading.active_count(), tracemalloc.get_traced_memory()[0]


def main() -> None:
    """Print what is left after the first tenth of the cycles, and after all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cycles", type=int, default=300, metavar="N", help="number of starts and stops")
    count = parser.parse_args().cycles
    tracemalloc.start()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            cycle(Path(folder), number)
            if number == count // 10:
                before = left()
    after = left()
    print(f"{'':12} {'after a tenth':>14} {'after all':>14}")
    for title, first, last in zip(("open files", "threads", "bytes"), before, after, strict=True):
        print(f"{title:12} {first:14,} {last:14,}")
    raise SystemExit(after[:2] > before[:2])


if __name__ == "__main__":
    main()
