"""The servers that are asked: the real one and the emulator, and how each returns to the recorded world."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Final, Protocol
from urllib.parse import urlsplit


class Server(Protocol):
    """A Tiledesk at `url`, without a slash at the end."""

    @property
    def url(self) -> str:
        """Return the URL, such as `http://127.0.0.1:3000`."""

    def reset(self) -> None:
        """Return to `fixtures/contract/world.json`."""


class Emulator:
    """An emulator that was seeded from `fixtures/contract/world.json`; the path of its URL is ignored."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url: Final = f"{parts.scheme}://{parts.netloc}"

    def reset(self) -> None:
        """Return to the seed; raise HTTPError where there is no emulator."""
        request = urllib.request.Request(f"{self.url}/__admin/reset", data=b"", method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass


class RealServer:
    """The real server over the MongoDB at `mongodb`, by default that of the environment's MONGO_URI."""

    def __init__(self, url: str, mongodb: str | None = None) -> None:
        self.url: Final = url.rstrip("/")
        self._mongodb: Final = mongodb

    def reset(self) -> None:
        """Write the seed into the database."""
        from .real_server.seed_real import seed  # its libraries are needed for the real server only

        seed(uri=self._mongodb)


def server_at(url: str, mongodb: str | None = None) -> Server:
    """Return the server at a URL: an emulator if it has `/__admin`, otherwise the real one."""
    emulator = Emulator(url)
    try:
        emulator.reset()
    except urllib.error.HTTPError:
        return RealServer(url, mongodb)
    return emulator
