"""`python -m conformance`: record the real server, and check the emulator."""

from __future__ import annotations

import sys

import click

from tiledesk_mock.text import shorten

from .checks import check_ground
from .counts import Count
from .fuzz import Fuzzer
from .generators import GENERATORS
from .grounds import grounds, play_all, write_recording
from .known import read_known
from .servers import Emulator, RealServer, reach, server_at
from .table import FuzzResult, add_fuzz_result, measure_recordings, table_text, write_readme

_MONGODB = click.option("--mongodb", envvar="MONGO_URI", metavar="URI", help="The real server's database.")
_GROUND = click.argument("ground", type=click.Choice([*grounds(), "all"]), metavar="GROUND")
_BASE = click.argument("base", metavar="URL")


class _Commands(click.Group):
    """Commands that say in one line which server, file or library is missing."""

    def invoke(self, context: click.Context) -> object:
        """Run the command; raise ClickException for what it needs and does not find."""
        try:
            return super().invoke(context)
        except (OSError, ImportError) as error:
            raise click.ClickException(shorten(str(error), 300)) from error


@click.group(cls=_Commands)
def main() -> None:
    """Record what the real server answers, and compare the emulator with it."""


@main.command()
@_GROUND
@_BASE
@_MONGODB
@click.option("--case", "text", default="", metavar="TEXT", help="Only cases whose name contains TEXT.")
def record(ground: str, base: str, mongodb: str | None, text: str) -> None:
    """Write what the real server at URL answers to the cases of GROUND (or `all`)."""
    reach(base)
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
        for subject, counted in check_ground(server, name).items():
            click.echo(f"{name}{subject and f', {subject}'}: {counted}")
            total += counted
    sys.exit(total.equal + total.listed < total.compared)


@main.command()
@click.argument("real", metavar="REAL")
@click.argument("emulator", metavar="EMULATOR")
@click.option(
    "--ground",
    "names",
    multiple=True,
    type=click.Choice(list(GENERATORS)),
    help="What is compared; by default all.",
)
@click.option("--exchanges", default=500, show_default=True, help="How many are compared of each ground.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same cases.")
@click.option("--save", is_flag=True, help="Write the counts to results.json, for the table.")
@_MONGODB
def fuzz(
    real: str,
    emulator: str,
    names: tuple[str, ...],
    exchanges: int,
    seed: int,
    save: bool,
    mongodb: str | None,
) -> None:
    """Play random cases on the real server at REAL and the emulator at EMULATOR; print the differences."""
    reach(real)
    reach(emulator)
    known, servers = read_known(), (RealServer(real, mongodb), Emulator(emulator))
    is_equal = True
    for name in names or GENERATORS:
        result = Fuzzer(*servers, name, known).run(seed, exchanges, click.echo)
        counts = f"{result.compared} compared, {result.equal} equal, {result.listed} listed"
        kinds = ", ".join(f"{kind.count}x {kind.step} {kind.text}" for kind in result.kinds.values())
        click.echo(f"{name}: {counts}" + (f"; {kinds}" if kinds else ""))
        is_equal = is_equal and not result.kinds
        if save:
            add_fuzz_result(FuzzResult(name, seed, result.compared, result.equal, result.listed))
    sys.exit(not is_equal)


@main.command()
@click.option("--write", is_flag=True, help="Write it into the README, too.")
def table(write: bool) -> None:
    """Play all recordings on an emulator, and print the table of the README."""
    measure_recordings()
    click.echo(table_text())
    if write:
        write_readme()


if __name__ == "__main__":
    main()
