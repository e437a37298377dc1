"""The emulator that a verb works on: a running one, or one that is opened on a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from ..control.controls import Controls
from ..control.remote import RemoteControls
from ..http.connections import shown_url, split_http_url
from ..settings import Settings
from .options import DEFAULT_PORT, inherited

url_option: Final = click.option(
    "--url",
    metavar="URL",
    default=lambda: (
        inherited("url") or os.environ.get("TILEDESK_MOCK_URL") or f"http://127.0.0.1:{DEFAULT_PORT}"
    ),
    help=f"URL of the running emulator. [$TILEDESK_MOCK_URL, then http://127.0.0.1:{DEFAULT_PORT}] "
    "If it is not on loopback, it requires $TILEDESK_MOCK_ADMIN_TOKEN.",
)
db_option: Final = click.option(
    "--db", metavar="FILE", type=click.Path(dir_okay=False), help="Use a file that no process has open."
)


@contextmanager
def open_controls(url: str, db: str | None) -> Iterator[Controls]:
    """Yield the controls of the emulator at a URL or, with `db`, of one that is opened on that file."""
    if db is None:
        yield remote_controls(url)
        return
    if not Path(db).exists():
        raise click.BadParameter(f"there is no file {db}", param_hint="--db")
    from ..emulator import Emulator  # here, since importing it takes as long as a verb without it

    with Emulator(Settings(db=Path(db), webhooks_anywhere=False)) as emulator:
        yield Controls(emulator)


def remote_controls(url: str) -> RemoteControls:
    """Return the controls of the emulator at a URL, which may include the prefix of the API."""
    return RemoteControls(origin_of(url, "--url"), os.environ.get("TILEDESK_MOCK_ADMIN_TOKEN"))


def origin_of(url: str, option: str) -> str:
    """Return scheme and host of a URL; raise BadParameter, which names the option, if it is invalid."""
    parts = split_http_url(url)
    if parts is None:
        raise click.BadParameter(
            f"{shown_url(url)!r} is not an http URL, as http://127.0.0.1:{DEFAULT_PORT}", param_hint=option
        )
    return f"{parts.scheme}://{parts.netloc}"
