"""What is printed for people: colour, the width of the terminal, times of day, and lines that fit."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from datetime import datetime
from io import TextIOWrapper
from typing import Final, TextIO
from unicodedata import combining, east_asian_width

import click

from ..node.json import Json
from ..tiledesk.clock import parse_time

_ELLIPSIS: Final = "…"
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500


def escape_output() -> None:
    """Let a standard output that cannot encode a character print an escape in place of it."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def has_colour(stream: TextIO | None = None) -> bool:
    """Return whether a stream, by default standard output, shows colours.

    NO_COLOR turns them off unless it is empty, else FORCE_COLOR turns them on unless it is empty or 0, else a
    terminal has them that is not TERM=dumb.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return os.environ.get("TERM") != "dumb" and (stream or sys.stdout).isatty()


def terminal_width() -> int | None:
    """Return the columns of the terminal; None if standard output is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_lines(lines: Iterable[str]) -> None:
    """Print lines, with their colours if standard output shows them."""
    colour = has_colour()
    for line in lines:
        click.echo(line, color=colour)


def print_json(documents: Iterable[Json]) -> None:
    """Print documents as JSON in ASCII, one a line."""
    for document in documents:
        click.echo(json.dumps(document))


def local_time(text: str) -> str:
    """Return a time of the emulator as the local time of day, with the date if that is not today's."""
    time = parse_time(text).astimezone()
    of_day = time.strftime("%H:%M:%S.") + f"{time.microsecond // 1000:03}"
    return of_day if time.date() == datetime.now().astimezone().date() else f"{time:%Y-%m-%d} {of_day}"


def painted(text: str, colour: str | None) -> str:
    """Return a text in a colour; of None, as it is."""
    return click.style(text, fg=colour) if colour else text


def status_colour(status: int | None) -> str | None:
    """Return the colour of a response's status; of None, which stands for no response, too."""
    if status is None or status >= _SERVER_ERROR:
        return "red"
    return "yellow" if status >= _CLIENT_ERROR else "green"


def display_width(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def cut(text: str, width: int) -> str:
    """Return what fits into so many columns of a text; a shortened one ends with an ellipsis."""
    if display_width(text) <= width:
        return text
    while text and display_width(text) >= width:
        text = text[: min(len(text) - 1, width - 1)]
    return text + _ELLIPSIS
