"""`replay`: recorded answers, without the server that gave them."""

from __future__ import annotations

from typing import Any, Final

import click

from ..cassettes.cassette import Order, Repeat, Selection
from ..cassettes.files import read_cassettes
from ..cassettes.replay import Replay
from ..emulator import Emulator
from ..errors import ExpectationError
from ..http.upstream import Upstream
from ..text import number_of
from .command import WrongUse
from .options import setting_options, settings_of
from .running import run
from .serve import DEFAULT_PORT

host_option: Final = click.option(
    "--host-pattern",
    "hosts",
    multiple=True,
    metavar="PATTERN",
    help="Take entries of this host only: api.tiledesk.com, *.example.com. May be repeated. [any]",
)
path_option: Final = click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="PATTERN",
    help="Take entries under this path only: /auth, /*/events*. May be repeated. [any]",
)


@click.command("replay")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(dir_okay=False))
@click.option(
    "--order",
    type=click.Choice([order.value for order in Order]),
    default=Order.ANY.value,
    help="Whether requests may come in any order, or strictly as recorded. [any]",
)
@click.option(
    "--repeat",
    type=click.Choice([repeat.value for repeat in Repeat]),
    default=Repeat.ONCE.value,
    help="Whether each entry answers once, or for ever. [once]",
)
@click.option("--strict", is_flag=True, help="End with exit code 1 if an entry was not asked for.")
@click.option("--fallback", is_flag=True, help="Let the emulator answer what is not in the cassette.")
@click.option("--upstream", metavar="URL", help="Let this Tiledesk answer what is not in the cassette.")
@host_option
@path_option
@setting_options("host", "port", "seed", "dialect", "log_level", port=DEFAULT_PORT)
def replay_command(
    files: tuple[str, ...],
    order: str,
    repeat: str,
    strict: bool,
    fallback: bool,
    upstream: str | None,
    hosts: tuple[str, ...],
    paths: tuple[str, ...],
    **given: Any,
) -> None:
    """Answer from cassettes (HAR 1.2, or VCR.py's), until Ctrl-C.

    Prefix, host, ids, times and credentials may differ from the recorded ones. A request that nothing answers
    gets 502 with the nearest entries, and the command ends with exit code 1.
    """
    cassette = read_cassettes(files, Selection(hosts, paths))
    if not cassette.entries:
        raise WrongUse(f"{cassette.source}: no entry is taken: see --host-pattern and --path")
    passing = Upstream(upstream) if upstream else None
    replay = Replay(
        cassette, order=order, repeat=repeat, strict=strict, fallback=passing.respond if passing else fallback
    )
    settings = settings_of(given, port=DEFAULT_PORT)
    with Emulator(settings) as emulator:
        emulator.mode = replay
        run(emulator, settings, lambda url: _introduce(replay, url))
    if passing is not None:
        passing.close()
    tell_what_was_asked(replay)


def _introduce(replay: Replay, url: str) -> None:
    click.echo(f"ready {url}/v3")
    click.echo(f"{number_of(len(replay.cassette.entries), 'entry')} of {replay.cassette.source}")


def tell_what_was_asked(replay: Replay) -> None:
    """Print how much of a cassette was asked for; exit with 1 if something else was asked."""
    asked_for = len(replay.cassette.entries) - len(replay.unused)
    click.echo(f"{asked_for} of {len(replay.cassette.entries)} entries were asked for")
    try:
        replay.verify()
    except ExpectationError as error:
        click.echo(str(error))
        raise SystemExit(1) from error
