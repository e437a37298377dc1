"""A running emulator, spoken to through its control API."""

from __future__ import annotations

import os
from typing import Any, Final
from urllib.parse import urlsplit

import click
import requests

from ..errors import TiledeskMockError
from .serve import DEFAULT_PORT

_TIMEOUT: Final = 60

url_option: Final = click.option(
    "--url",
    metavar="URL",
    default=lambda: os.environ.get("TILEDESK_MOCK_URL") or f"http://127.0.0.1:{DEFAULT_PORT}",
    help=f"Where the emulator runs. [$TILEDESK_MOCK_URL, then http://127.0.0.1:{DEFAULT_PORT}]",
)
db_option: Final = click.option(
    "--db", metavar="FILE", type=click.Path(dir_okay=False), help="Work on a file that nobody has open."
)


class RemoteError(TiledeskMockError):
    """The emulator cannot be reached, or refuses."""


class Remote:
    """Calls the control API, and the API itself, of the emulator at `url`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.scheme.startswith("http") or not parts.netloc:
            raise click.BadParameter(f"{url!r} is not an http URL", param_hint="--url")
        self.root: Final = f"{parts.scheme}://{parts.netloc}"
        token = os.environ.get("TILEDESK_MOCK_ADMIN_TOKEN")
        self._headers: Final = {"Authorization": f"Bearer {token}"} if token else {}

    def admin(self, method: str, path: str, **more: Any) -> Any:
        """Call `/__admin/PATH`; return its JSON."""
        return self.call(method, f"/__admin/{path}", headers=self._headers, **more)

    def call(self, method: str, path: str, **more: Any) -> Any:
        """Send a request; return its JSON, or raise RemoteError with what came instead."""
        try:
            answer = requests.request(method, self.root + path, timeout=_TIMEOUT, **more)
        except requests.RequestException as error:
            raise RemoteError(
                f"no emulator answers at {self.root}: start one with `tiledesk-mock serve`, "
                f"or say where it is with --url ({type(error).__name__})"
            ) from error
        if answer.status_code >= 400:
            raise RemoteError(f"{method} {path} was answered {answer.status_code}: {_told(answer)}")
        return answer.json()


def _told(answer: requests.Response) -> str:
    try:
        document = answer.json()
    except ValueError:
        return answer.text[:500]
    return str(document.get("error", document)) if isinstance(document, dict) else str(document)
