"""`python -m conformance`: record the real server, and check the emulator."""

from __future__ import annotations

import sys

import click

from .checks import Count, check_ground
from .grounds import grounds, play_all, write_recording
from .servers import RealServer, server_at

_MONGODB = click.option("--mongodb", envvar="MONGO_URI", metavar="URI", help="The real server's database.")
_GROUND = click.argument("ground")
_BASE = click.argument("base", metavar="URL")


@click.group()
def main() -> None:
    """Record what the real server answers, and compare the emulator with it."""


@main.command()
@_GROUND
@_BASE
@_MONGODB
@click.option("--case", "text", default="", metavar="TEXT", help="Only cases whose name contains TEXT.")
def record(ground: str, base: str, mongodb: str | None, text: str) -> None:
    """Write what the real server at URL answers to the cases of GROUND (or `all`)."""
    server = RealServer(base, mongodb)
    for name in grounds() if ground == "all" else [ground]:
        recorded = {case["name"]: answers for case, answers in play_all(server, name, text)}
        write_recording(name, recorded)
        click.echo(f"{name}: {len(recorded)} cases")


@main.command()
@_GROUND
@_BASE
@_MONGODB
def check(ground: str, base: str, mongodb: str | None) -> None:
    """Compare what the server at URL answers to the cases of GROUND (or `all`) with the recording."""
    server, total = server_at(base, mongodb), Count()
    for name in grounds() if ground == "all" else [ground]:
        counted = check_ground(server, name)
        click.echo(f"{name}: {counted}")
        total += counted
    sys.exit(total.equal < total.compared)


if __name__ == "__main__":
    main()
