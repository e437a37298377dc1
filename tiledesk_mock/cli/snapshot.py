"""`snapshot`: named states of the data of a running emulator."""

from __future__ import annotations

import click

from .connection import remote_controls, url_option
from .options import examples, json_option
from .table import Column, print_table
from .terminal import print_json


@click.group(
    "snapshot",
    invoke_without_command=True,
    epilog=examples("tiledesk-mock snapshot take before", "tiledesk-mock snapshot restore before"),
)
@json_option
@url_option
@click.pass_context
def snapshot_command(context: click.Context, as_json: bool, url: str) -> None:
    """Print the names of the snapshots; take one, restore it, or drop it.

    A snapshot has all data. A reset drops them all.
    """
    if context.invoked_subcommand is not None:
        return
    names = remote_controls(url).snapshots()
    if as_json:
        print_json({"name": name} for name in names)
    else:
        print_table([Column("name")], ([name] for name in names), "no snapshot was taken")


@snapshot_command.command("take")
@click.argument("name", required=False)
@url_option
def take_command(name: str | None, url: str) -> None:
    """Take a snapshot, by default under a new name, and print the name."""
    click.echo(remote_controls(url).take_snapshot(name))


@snapshot_command.command("restore")
@click.argument("name")
@url_option
def restore_command(name: str, url: str) -> None:
    """Go back to the snapshot NAME."""
    remote_controls(url).restore(name)


@snapshot_command.command("drop")
@click.argument("name")
@url_option
def drop_command(name: str, url: str) -> None:
    """Drop the snapshot NAME."""
    remote_controls(url).drop_snapshot(name)
