"""The two sides of a comparison: how requests get there, and who the people are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from msgspec import Struct

from ..cassettes.cassette import Cassette
from ..cassettes.seed import cassette_seed
from ..emulator import Emulator
from ..errors import UpstreamError
from ..http.exchange import RecordedRequest, RecordedResponse
from ..http.upstream import Upstream
from ..scenarios.credentials import Credentials, seed_credentials
from ..scenarios.runner import TimedSend
from ..server import Server
from ..settings import Settings
from ..web.app import create_app
from .place import running

_NO_ANSWER: Final = 504


class Side(Struct, frozen=True):
    """The emulator that is compared: the way to it, its people, and itself if it runs in this process."""

    send: TimedSend
    cast: Credentials
    emulator: Emulator | None = None


@contextmanager
def running_side(url: str, settings: Settings, timeout: float) -> Iterator[Side]:
    """Give the emulator that runs at a URL."""
    state = running(url).state()
    with Line(url, timeout) as send:
        yield Side(send, seed_credentials(state, settings.global_secret))


@contextmanager
def own_side(settings: Settings, timeout: float, cassette: Cassette | None = None) -> Iterator[Side]:
    """Give an emulator of its own; with a cassette and no seed, at the time and in the world of that."""
    with (
        Emulator(settings) as emulator,
        Server(create_app(emulator), "127.0.0.1", 0) as server,
        Line(server.url, timeout) as send,
    ):
        if cassette is not None:
            _go_back(emulator, cassette)
        yield Side(send, seed_credentials(emulator.export(), settings.global_secret), emulator)


def _go_back(emulator: Emulator, cassette: Cassette) -> None:
    """Put an emulator where a recording began: what it shows is not too old there."""
    began = next((entry.started for entry in cassette.entries if entry.started), None)
    if began is not None:
        with suppress(ValueError):  # no time at all: then now is as good
            emulator.clock.set(began)
    if not emulator.settings.seed:
        emulator.replace_state(cassette_seed(cassette), cassette.source)


class Line:
    """The way to the server at a URL, which sends requests and waits `timeout` seconds for each answer.

    It raises UpstreamError if nobody is there.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._url: Final = url
        self._timeout: Final = timeout
        self._upstreams: Final = {timeout: Upstream(url, timeout=timeout)}

    def __call__(self, request: RecordedRequest, timeout: float | None = None, /) -> RecordedResponse | None:
        """Return the answer, or None if none comes in time."""
        seconds = timeout or self._timeout
        if seconds not in self._upstreams:
            self._upstreams[seconds] = Upstream(self._url, timeout=seconds)
        try:
            return self._upstreams[seconds].send(request)
        except UpstreamError as error:
            if error.status == _NO_ANSWER:
                return None
            raise

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        for upstream in self._upstreams.values():
            upstream.close()
