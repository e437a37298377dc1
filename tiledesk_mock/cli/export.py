"""`export`: all data of a running emulator, or of a file, as a seed."""

from __future__ import annotations

from typing import Final

import click

from ..node.json import indented_json
from ..text import number_of
from .command import write_output
from .connection import db_option, open_controls, url_option
from .progress import progress

SEED_OUTPUT: Final = click.Path(dir_okay=False, allow_dash=True)

_RECORD: Final = b"\n  {"
_EVENTS: Final = b'\n "events": ['


@click.command("export")
@click.option(
    "-o",
    "--output",
    type=SEED_OUTPUT,
    metavar="FILE",
    default="-",
    help="Write to this file. [standard output]",
)
@url_option
@db_option
def export_command(output: str, url: str, db: str | None) -> None:
    """Print all data as a seed, which `import` reads."""
    with progress("exporting all data") as work, open_controls(url, db) as controls:
        seed = write_seed(controls.exported(), output)
        # Without a file a program reads the output, and needs no other words.
        work.done = None if output == "-" else f"{_counts(seed)} exported to {output}"


def write_seed(seed: bytes, output: str) -> bytes:
    """Write a seed in JSON to a file, device or pipe, or to standard output; return what was written.

    Each element is on a line of its own.
    """
    written = indented_json(seed) + b"\n"
    write_output(written, output)
    return written


def counts_text(events: int, others: int) -> str:
    """Return how many events and other records there are."""
    return f"{number_of(events, 'event')} and {number_of(others, 'other record')}"


def _counts(written: bytes) -> str:
    """Return how many records an indented seed has: only they begin in the third column."""
    start = written.find(_EVENTS)
    events = written.count(_RECORD, start, written.find(b"\n ]", start)) if start >= 0 else 0
    return counts_text(events, written.count(_RECORD) - events)
