"""The two sides of a comparison: how requests get there, and who the people are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..delivery.upstream import Upstream
from ..domain.exchange import RecordedAnswer, RecordedRequest
from ..domain.wire import Document
from ..emulator import Emulator
from ..errors import UpstreamError
from ..instruments.cast import Cast
from ..instruments.seed_cast import cast_of
from ..instruments.stage import Send
from ..server import Server
from ..settings import Settings
from ..web.app import create_app
from .command import WrongUse
from .remote import Remote

_NO_ANSWER: Final = 504


@contextmanager
def emulator_side(
    against: str | None, settings: Settings, timeout: float, world: Document | None = None
) -> Iterator[tuple[Send, Cast]]:
    """Give the way to the emulator, and who its people are.

    It is the one that runs at the URL `against`, or one of its own, which holds the `world` if one is given.
    """
    if against is not None:
        state = Remote(against).admin("GET", "state")
        with sender(against, timeout) as send:
            yield send, cast_of(state, settings.global_secret)
        return
    with (
        Emulator(settings) as emulator,
        Server(create_app(emulator), "127.0.0.1", 0) as server,
        sender(server.url, timeout) as send,
    ):
        if world is not None:
            emulator.replace_state(world, "the recording's world")
        yield send, cast_of(emulator.export(), settings.global_secret)


@contextmanager
def sender(url: str, timeout: float) -> Iterator[Send]:
    """Give the way to the server at a URL; raise WrongUse if nobody answers there."""
    upstream = Upstream(url, timeout=timeout)

    def send(request: RecordedRequest) -> RecordedAnswer | None:
        try:
            return upstream.ask(request)
        except UpstreamError as error:
            if error.status == _NO_ANSWER:
                return None
            raise WrongUse(str(error)) from error

    try:
        yield send
    finally:
        upstream.close()
