"""`diff`: whether another Tiledesk answers as the emulator does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Any, Final

import click
from msgspec.structs import replace

from ..cassettes.cassette import Cassette
from ..cassettes.files import read_cassettes
from ..comparison.id_map import IdMap
from ..diff.bodies import CompareOptions
from ..diff.live import DiffMode, comparer_for, shared_names
from ..diff.report import DiffReport, exchange_lines
from ..diff.responses import ExchangeDiff, ResponseComparer
from ..diff.runner import compare_entries, compare_scenario
from ..emulator import Emulator
from ..errors import UpstreamError
from ..scenarios.credentials import Credentials, read_credentials, seed_credentials
from ..scenarios.runner import Runner, TimedSend
from ..scenarios.scenarios import Scenario, read_scenarios
from ..settings import Settings
from .command import WrongUse
from .options import setting_options, settings_of
from .running import run
from .serve import DEFAULT_PORT
from .sides import Line, Side, own_side, running_side

_FIRST: Final = "owner"
"""Who has to be let in by an upstream, for a comparison to make sense."""

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("diff")
@click.option("--upstream", metavar="URL", help="The Tiledesk to compare with, prefix included.")
@click.option(
    "--scenario", "scenarios", type=_FILE, multiple=True, metavar="FILE", help="Play these. [those that ship]"
)
@click.option(
    "--cassette",
    "cassettes",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="Ask what was recorded, and compare with the recorded answers.",
)
@click.option("--live", is_flag=True, help="Answer clients, pass on what they ask, until Ctrl-C.")
@click.option(
    "--against", metavar="URL", help="Compare with the emulator that runs there. [one of its own, in memory]"
)
@click.option("--credentials", type=_FILE, metavar="FILE", help="Project and people of the upstream.")
@click.option(
    "--emulator-credentials",
    type=_FILE,
    metavar="FILE",
    help="People of the emulator beyond those of its seed.",
)
@click.option("--tidy", is_flag=True, help="Leave out scenarios that leave something behind.")
@click.option("--timeout", type=float, default=10.0, metavar="SECONDS", help="Wait so long for it. [10]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@setting_options(
    "host", "port", "seed", "dialect", "global_secret", "events_ttl", "log_level", port=DEFAULT_PORT
)
def diff_command(
    upstream: str | None,
    scenarios: tuple[Path, ...],
    cassettes: tuple[Path, ...],
    live: bool,
    against: str | None,
    credentials: Path | None,
    emulator_credentials: Path | None,
    tidy: bool,
    timeout: float,
    as_json: bool,
    **given: Any,
) -> None:
    """Tell where a Tiledesk answers differently from the emulator.

    Ids, times, tokens and ETags are matched by what they stand for. Disagreements between documentation and
    server that are known are named, and are no failure. Ends with exit code 1 if there are others.
    """
    if upstream is None and (live or not cassettes):
        raise click.UsageError("name an --upstream to compare with, or a --cassette")
    if bool(scenarios) + live + bool(cassettes) > 1:
        raise click.UsageError("--scenario, --cassette and --live exclude each other")
    if against and (live or (cassettes and upstream)):
        raise click.UsageError("--against goes with scenarios, or with a --cassette alone")
    theirs = read_credentials(credentials) if credentials else None
    cassette = read_cassettes(cassettes) if cassettes else None
    played = [] if cassette or live else _scenarios(scenarios, tidy=tidy)
    settings = settings_of(given, port=DEFAULT_PORT)
    with ExitStack() as stack:
        send = stack.enter_context(Line(upstream, timeout)) if upstream else None
        if send and live:
            _tell(_watch(settings, send, theirs, quiet=as_json), live=live, as_json=as_json)
            return
        side = stack.enter_context(
            running_side(against, settings, timeout) if against else own_side(settings, timeout, cassette)
        )
        side = (
            replace(side, cast=side.cast.joined(read_credentials(emulator_credentials)))
            if emulator_credentials
            else side
        )
        try:
            report = (
                _ask_again(cassette, side, send, theirs) if cassette else _play(played, side, send, theirs)
            )
        except UpstreamError as error:
            raise WrongUse(str(error)) from error
    _tell(report, live=False, as_json=as_json)


def _tell(report: DiffReport, *, live: bool, as_json: bool) -> None:
    """Print the report; end with exit code 1 if there is an unknown difference."""
    if as_json:
        click.echo(json.dumps(report.document(), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(report.closing() if live else report.lines()))
    if not report.exchanges and not live:
        raise WrongUse("nothing was compared")
    if report.unknown:
        raise SystemExit(1)


def _play(
    scenarios: Sequence[Scenario], side: Side, send: TimedSend | None, theirs: Credentials | None
) -> DiffReport:
    """Play scenarios on the emulator and on the upstream."""
    report = DiffReport()
    if send is not None:
        stages = Runner(side.cast, side.send), Runner(theirs or side.cast, send)
        refusal = stages[1].refusal(_FIRST)
        if refusal is not None:
            raise WrongUse(
                f"the upstream does not let the {_FIRST} in ({refusal}): "
                "is the prefix right? its project and people are given with --credentials"
            )
        comparer = comparer_for(side.cast, theirs)
        for scenario in scenarios:
            compare_scenario(scenario, *stages, comparer, report)
    return report


def _ask_again(
    cassette: Cassette, side: Side, send: TimedSend | None, theirs: Credentials | None
) -> DiffReport:
    """Ask what was recorded, and compare with the recorded answers, or with those of an upstream."""
    report = DiffReport()
    words = shared_names(side.cast, theirs) if send is None else ()
    # Once secrets were taken out of a body, no ETag is its own any more.
    comparer = ResponseComparer(IdMap(words), CompareOptions(same_people=False, etags=False))
    if send is None or side.emulator is None:
        compare_entries(cassette.entries, side.send, side.cast, comparer, report)
        return report
    mode = side.emulator.mode = DiffMode(send, side.cast, theirs)
    compare_entries(cassette.entries, side.send, side.cast, comparer, report)
    return mode.report


def _watch(settings: Settings, send: TimedSend, theirs: Credentials | None, *, quiet: bool) -> DiffReport:
    """Compare what clients ask until Ctrl-C, and tell of differences as they come."""
    with Emulator(settings) as emulator:
        ours = seed_credentials(emulator.export(), settings.global_secret)
        tell = _ignore if quiet else _tell_at_once
        mode = emulator.mode = DiffMode(send, ours, theirs, on_compared=tell)
        run(emulator, settings, lambda url: click.echo(f"ready {url}/v3", err=quiet))
    return mode.report


def _ignore(_: ExchangeDiff) -> None:
    """Tell nothing before the end: then comes JSON."""


def _tell_at_once(compared: ExchangeDiff) -> None:
    if compared.unknown:
        click.echo("\n".join(exchange_lines(compared)))


def _scenarios(files: tuple[Path, ...], *, tidy: bool) -> list[Scenario]:
    if not files:
        folder = resources.files("tiledesk_mock.fixtures") / "scenarios"
        files = tuple(sorted(Path(str(entry)) for entry in folder.iterdir() if entry.name.endswith(".yaml")))
    read = [scenario for file in files for scenario in read_scenarios(file)]
    return [scenario for scenario in read if not (tidy and scenario.leaves)]
