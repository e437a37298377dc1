"""Progress of long work: what a terminal shows meanwhile, and the line with what was done."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Final, TypeVar

import click

from ..http.stopwatch import stopwatch
from ..node.json import collector_paused

ItemT = TypeVar("ItemT")

_ERASE: Final = "\r\x1b[K"
"""Goes back to the start of a terminal's line, and erases it."""


class Work:
    """Work that may be long. `done` is the sentence that says what was done; without it none is printed."""

    done: str | None = None


@contextmanager
def progress(what: str) -> Iterator[Work]:
    """Do something with much data, as `adding the data`; then print on standard error what was done.

    After a second, a terminal shows each second how long it takes: most of this work is one call, which does
    not say how far it is.
    """
    work, start = Work(), stopwatch()
    with collector_paused(), _seconds_on_terminal(what):
        yield work
    if work.done is not None:
        click.echo(f"{work.done} ({stopwatch() - start:.1f} s)", err=True)


@contextmanager
def counted(items: Iterable[ItemT], what: str) -> Iterator[Iterable[ItemT]]:
    """Yield items one after the other; a terminal shows how many of them were taken."""
    if not sys.stderr.isatty() or not isinstance(items, Sized):
        yield items
        return
    with click.progressbar(items, label=what, file=sys.stderr, show_pos=True) as bar:
        yield bar


@contextmanager
def _seconds_on_terminal(what: str) -> Iterator[None]:
    if not sys.stderr.isatty():
        yield
        return
    ended = threading.Event()
    shown = threading.Thread(target=_show_seconds, args=(what, ended), daemon=True)
    shown.start()
    try:
        yield
    finally:
        ended.set()
        shown.join()


def _show_seconds(what: str, ended: threading.Event) -> None:
    seconds = 0
    while not ended.wait(1.0):
        seconds += 1
        click.echo(f"\r{what}: {seconds} s", nl=False, err=True)
    if seconds:
        click.echo(_ERASE, nl=False, err=True)
