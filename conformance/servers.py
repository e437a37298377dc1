"""The real server and the emulator, which are compared, and how each returns to the recorded world."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

WORLD: Final = Path(__file__).parents[1] / "fixtures" / "contract" / "world.json"
"""The recorded world: the seed from which every case starts, if it has none of its own."""

Seed = dict[str, list[dict[str, Any]]]

_DELIVERIES: Final = 10.0
"""Seconds of a delivery with two retries, after at most 3 and 5 seconds, and a little more."""


class Server(Protocol):
    """A Tiledesk at `url`, without a slash at the end."""

    @property
    def url(self) -> str:
        """Return the URL, such as `http://127.0.0.1:3000`."""

    def reset(self, seed: Seed | None = None) -> None:
        """Return to the recorded world, or to another seed."""

    def wait_for_deliveries(self) -> None:
        """Wait until all deliveries of webhooks have ended, or have to be with their retries."""


class Emulator:
    """An emulator that was seeded from `fixtures/contract/world.json`; the path of its URL is ignored."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url: Final = f"{parts.scheme}://{parts.netloc}"

    def reset(self, seed: Seed | None = None) -> None:
        """Return to the seed; raise HTTPError where there is no emulator."""
        self._send("POST", "reset")
        if seed is not None:
            self._send("PUT", "state", json.dumps(seed).encode())

    def wait_for_deliveries(self) -> None:
        """Wait until all deliveries have ended; retries are made at once."""
        self._send("POST", "deliveries/drain")

    def _send(self, method: str, operation: str, body: bytes = b"") -> None:
        address = f"{self.url}/__admin/{operation}"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            pass


class RealServer:
    """The real server over the MongoDB at `mongodb`, by default that of the environment's MONGO_URI."""

    def __init__(self, url: str, mongodb: str | None = None) -> None:
        self.url: Final = url.rstrip("/")
        self._mongodb: Final = mongodb

    def reset(self, seed: Seed | None = None) -> None:
        """Write the seed into the database; raise OSError if it does not respond."""
        # The libraries of the database are needed for the real server only.
        from pymongo.errors import PyMongoError

        from .real_server.seed_real import write_seed

        try:
            write_seed(seed, self._mongodb)
        except PyMongoError as error:
            raise OSError(f"the database does not respond; MONGO_URI has to name it: {error}") from error

    def wait_for_deliveries(self) -> None:
        """Wait for as long as three attempts of a delivery take."""
        time.sleep(_DELIVERIES)


def reach(url: str) -> None:
    """Raise OSError if nothing listens at a URL."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=5).close()
    except OSError as error:
        raise OSError(f"no server at {url}: {error.strerror or error}") from error


def server_at(url: str, mongodb: str | None = None) -> Server:
    """Return the server at a URL: an emulator if it has `/__admin`, otherwise the real one.

    Raises OSError if nothing listens there.
    """
    reach(url)
    emulator = Emulator(url)
    try:
        emulator.reset()
    except urllib.error.HTTPError:
        return RealServer(url, mongodb)
    return emulator
