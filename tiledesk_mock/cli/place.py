"""Where a verb works: at a running emulator, or on a file that nobody has open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from ..control.controls import Controls
from ..control.remote import RemoteControls
from ..emulator import Emulator
from ..http.connections import split_http_url
from ..settings import Settings
from .serve import DEFAULT_PORT

url_option: Final = click.option(
    "--url",
    metavar="URL",
    default=lambda: os.environ.get("TILEDESK_MOCK_URL") or f"http://127.0.0.1:{DEFAULT_PORT}",
    help=f"Where the emulator runs. [$TILEDESK_MOCK_URL, then http://127.0.0.1:{DEFAULT_PORT}] "
    "Off loopback it wants $TILEDESK_MOCK_ADMIN_TOKEN.",
)
db_option: Final = click.option(
    "--db", metavar="FILE", type=click.Path(dir_okay=False), help="Work on a file that nobody has open."
)


@contextmanager
def controls_at(url: str, db: str | None) -> Iterator[Controls]:
    """Give the controls of the emulator at a URL, or of one that is opened on a file for as long."""
    if db is None:
        yield running(url)
        return
    if not Path(db).exists():
        raise click.BadParameter(f"there is no file {db}", param_hint="--db")
    with Emulator(Settings(db=Path(db), webhooks_anywhere=False)) as emulator:
        yield Controls(emulator)


def running(url: str) -> RemoteControls:
    """Return the controls of the emulator that runs at a URL, with or without the API's prefix."""
    return RemoteControls(origin_of(url, "--url"), os.environ.get("TILEDESK_MOCK_ADMIN_TOKEN"))


def origin_of(url: str, option: str) -> str:
    """Return scheme and host of the URL that an option gives; raise BadParameter for what is none."""
    parts = split_http_url(url)
    if parts is None:
        raise click.BadParameter(f"{url!r} is not an http URL", param_hint=option)
    return f"{parts.scheme}://{parts.netloc}"
