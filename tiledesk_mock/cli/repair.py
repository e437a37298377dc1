"""`repair`: a file that is truncated or damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from ..store.repair import FileReport, repair
from ..text import number_of

_MOST_LINES: Final = 20


@click.command("repair")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def repair_command(file: Path) -> None:
    """Save what can be read of a damaged FILE, and of the people beside it.

    FILE is what --db names; no process may have it open. A damaged file is written anew with the records that
    are whole. As it was it is kept beside, as FILE.damaged. What is lost is printed.
    """
    for report in repair(file, click.echo):
        for line in _lines(report):
            click.echo(line)


def _lines(report: FileReport) -> list[str]:
    kept = number_of(report.kept, "record")
    if not report.was_repaired:
        return [f"{report.path} needs no repair: {kept}"]
    where = f"; as it was it is {report.damaged}" if report.damaged else ""
    lost = [f"  lost: {one}" for one in report.losses[:_MOST_LINES] or ("nothing",)]
    rest = len(report.losses) - _MOST_LINES
    more = [f"  and {rest} more losses"] if rest > 0 else []
    return [f"{report.path} is repaired: {kept} kept{where}", *lost, *more]
