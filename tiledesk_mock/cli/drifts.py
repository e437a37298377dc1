"""`drifts`: where documentation and server disagree, and how often requests met that."""

from __future__ import annotations

from typing import Final

import click

from ..tiledesk.wire import Document
from .connection import remote_controls, url_option
from .options import examples, json_option
from .table import Cell, Column, Row, print_table
from .terminal import print_json
from .values import find_by_id

_LEAST: Final = 40
"""Columns below which a behaviour is wrapped, and not cut."""

_COLUMNS: Final = (
    Column("id"),
    Column("count", is_right=True),
    Column("ignored", is_right=True),
    Column("kind"),
    Column("documented", _LEAST),
    Column("server", _LEAST),
)


@click.command("drifts", epilog=examples('test -z "$(tiledesk-mock drifts --met)"'))
@click.argument("id_drift", required=False, metavar="[ID]")
@click.option(
    "--met", "is_met", is_flag=True, help="Only those that a request met since the start or a reset."
)
@json_option
@url_option
def drifts_command(id_drift: str | None, is_met: bool, as_json: bool, url: str) -> None:
    """Print the drifts: both behaviours, and the count of requests that depended on each.

    In the server dialect, `ignored` counts the requests that asked for what the server ignores.
    """
    drifts = remote_controls(url).drifts()
    if id_drift is not None:
        drifts = [find_by_id(drifts, id_drift, "drift")]
    chosen = [one for one in drifts if one["count"] or one["ignored"] or not is_met]
    if as_json:
        print_json(chosen)
    else:
        print_table(_COLUMNS, map(_row, chosen), "no request met a drift")


def _row(drift: Document) -> Row:
    count = Cell(str(drift["count"]), "yellow" if drift["count"] else None)
    ignored = Cell(str(drift["ignored"] or ""), "yellow")
    return drift["id"], count, ignored, drift["kind"], drift["documented"], drift["server"]
