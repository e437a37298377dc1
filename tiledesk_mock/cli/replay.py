"""`replay`: respond from recordings."""

from __future__ import annotations

from typing import Any, Final

import click

from ..cassettes.cassette import Selection
from ..cassettes.files import read_cassettes
from ..cassettes.replay import Replay
from ..emulator import Emulator
from ..errors import ExpectationError
from ..http.upstream import Upstream
from ..settings import Order, Repeat
from ..text import number_of
from .command import WrongUse
from .options import DEFAULT_PORT, setting_options, settings_from
from .running import run_server

host_option: Final = click.option(
    "--host-pattern",
    "hosts",
    multiple=True,
    metavar="PATTERN",
    help="Use only entries of this host: api.tiledesk.com, *.example.com. May be repeated. [any]",
)
path_option: Final = click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="PATTERN",
    help="Use only entries under this path: /auth, /*/events*. May be repeated. [any]",
)


@click.command("replay")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(dir_okay=False))
@click.option(
    "--order",
    type=click.Choice([order.value for order in Order]),
    default=Order.ANY.value,
    help="Whether requests may come in any order, or only as recorded. [any]",
)
@click.option(
    "--repeat",
    type=click.Choice([repeat.value for repeat in Repeat]),
    default=Repeat.ONCE.value,
    help="Whether each entry responds once, or forever. [once]",
)
@click.option("--strict", is_flag=True, help="End with exit code 1 if an entry is unused.")
@click.option(
    "--fallback", is_flag=True, help="Let the emulator respond to requests that are not in the cassette."
)
@click.option(
    "--upstream", metavar="URL", help="Let this Tiledesk respond to requests that are not in the cassette."
)
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
    **options: Any,
) -> None:
    """Respond from cassettes (HAR 1.2, or VCR.py's), until Ctrl-C.

    Prefix, host, ids, times and credentials may differ from the recorded ones. The response to a request that
    is not in the cassette is 502 with the nearest entries; then the exit code is 1.
    """
    cassette = read_cassettes(files, Selection(hosts, paths))
    if not cassette.entries:
        raise WrongUse(f"{cassette.source}: no entry is selected: see --host-pattern and --path")
    other = Upstream(upstream) if upstream else None
    replay = Replay(
        cassette, order=order, repeat=repeat, strict=strict, fallback=other.respond if other else fallback
    )
    settings = settings_from(options, port=DEFAULT_PORT)
    with Emulator(settings) as emulator:
        emulator.mode = replay
        run_server(emulator, settings, lambda url: _introduce(replay, url))
    if other is not None:
        other.close()
    print_usage(replay)


def _introduce(replay: Replay, url: str) -> None:
    click.echo(f"ready {url}/v3")
    click.echo(f"{number_of(len(replay.cassette.entries), 'entry')} of {replay.cassette.source}")


def print_usage(replay: Replay) -> None:
    """Print how many entries were used; exit with 1 if a request was not in the cassette."""
    count = len(replay.cassette.entries)
    click.echo(f"{count - len(replay.unused)} of {count} entries were used")
    try:
        replay.verify()
    except ExpectationError as error:
        click.echo(str(error))
        raise SystemExit(1) from error
