"""`diff`: compare another Tiledesk with the emulator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any, Final

import click
from msgspec import Struct
from msgspec.structs import replace

from ..cassettes.cassette import Cassette, Entry
from ..cassettes.files import read_cassettes
from ..cassettes.seed import cassette_seed
from ..comparison.id_map import IdMap
from ..diff.bodies import CompareOptions
from ..diff.report import DiffReport, exchange_lines
from ..diff.responses import ExchangeDiff, ResponseComparer
from ..diff.runner import DiffMode, compare_entries, compare_scenario, comparer_for, shared_names
from ..emulator import Emulator
from ..errors import UpstreamError
from ..http.exchange import RecordedRequest, RecordedResponse
from ..http.upstream import Upstream
from ..scenarios.credentials import Credentials, read_credentials, seed_credentials
from ..scenarios.runner import Runner, TimedSend
from ..scenarios.scenarios import Scenario, read_scenarios
from ..server import Server
from ..settings import Settings
from ..web.app import create_app
from .command import WrongUse
from .connection import remote_controls
from .options import DEFAULT_PORT, setting_options, settings_from
from .progress import counted, progress
from .serve import run_server

_ROLE: Final = "owner"
"""The role that must be able to sign in at the upstream before anything is compared."""

_TIMED_OUT: Final = 504
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("diff")
@click.option("--upstream", metavar="URL", help="The Tiledesk to compare with, prefix included.")
@click.option(
    "--scenario",
    "scenarios",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="Run these scenarios. [the built-in ones]",
)
@click.option(
    "--cassette",
    "cassettes",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="Send the recorded requests, and compare with the recorded responses.",
)
@click.option("--live", is_flag=True, help="Respond to clients, and compare with the upstream, until Ctrl-C.")
@click.option("--against", metavar="URL", help="Compare with a running emulator. [one of its own, in memory]")
@click.option("--credentials", type=_FILE, metavar="FILE", help="Project and people of the upstream.")
@click.option(
    "--emulator-credentials",
    type=_FILE,
    metavar="FILE",
    help="People of the emulator beyond those of its seed.",
)
@click.option("--tidy", is_flag=True, help="Skip scenarios that leave data behind.")
@click.option("--timeout", type=float, default=10.0, metavar="SECONDS", help="Timeout of a response. [10]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@setting_options(
    "host",
    "port",
    "seed",
    "dialect",
    "global_secret",
    "events_ttl",
    "log_level",
    "log_format",
    port=DEFAULT_PORT,
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
    **options: Any,
) -> None:
    """Print how the responses of a Tiledesk differ from those of the emulator.

    Ids, times, tokens and ETags may differ, as long as they refer to the same things. Known drifts between
    documentation and server are listed; any other difference ends with exit code 1.
    """
    if upstream is None and (live or not cassettes):
        raise click.UsageError("name an --upstream to compare with, or a --cassette")
    if bool(scenarios) + live + bool(cassettes) > 1:
        raise click.UsageError("--scenario, --cassette and --live exclude each other")
    if against and (live or (cassettes and upstream)):
        raise click.UsageError("--against goes with scenarios, or with a --cassette alone")
    people = read_credentials(credentials) if credentials else None
    with progress("reading the cassette"):
        cassette = read_cassettes(cassettes) if cassettes else None
    selected = [] if cassettes or live else _read_scenarios(scenarios, tidy=tidy)
    settings = settings_from(options, port=DEFAULT_PORT)
    with ExitStack() as stack:
        send = stack.enter_context(_sender(upstream, timeout)) if upstream else None
        if send and live:
            _print(_diff_live(settings, send, people, quiet=as_json), live=live, as_json=as_json)
            return
        ours = stack.enter_context(
            _running_emulator(against, settings, timeout)
            if against
            else _own_emulator(settings, timeout, cassette)
        )
        if emulator_credentials:
            ours = replace(ours, people=ours.people.joined(read_credentials(emulator_credentials)))
        try:
            report = (
                _diff_entries(cassette.entries if cassette else (), ours, send, people)
                if send is None or cassette
                else _diff_scenarios(selected, ours, send, people)
            )
        except UpstreamError as error:
            raise WrongUse(str(error)) from error
    _print(report, live=False, as_json=as_json)


def _print(report: DiffReport, *, live: bool, as_json: bool) -> None:
    """Print the report; end with exit code 1 if there is an unknown difference."""
    if as_json:
        click.echo(json.dumps(report.document(), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(report.closing() if live else report.lines()))
    if not report.exchanges and not live:
        raise WrongUse("nothing was compared")
    if report.unknown:
        raise SystemExit(1)


class ComparedEmulator(Struct, frozen=True):
    """The emulator to compare with; `emulator` is None if it runs in another process."""

    send: TimedSend
    people: Credentials
    emulator: Emulator | None = None


@contextmanager
def _sender(url: str, timeout: float) -> Iterator[TimedSend]:
    """Yield a function that sends a request to the server at a URL; it returns None after the timeout.

    It raises UpstreamError if the server cannot be reached.
    """
    upstreams = {timeout: Upstream(url, timeout=timeout)}

    def send(request: RecordedRequest, seconds: float | None = None, /) -> RecordedResponse | None:
        seconds = seconds or timeout
        if seconds not in upstreams:
            upstreams[seconds] = Upstream(url, timeout=seconds)
        try:
            return upstreams[seconds].send(request)
        except UpstreamError as error:
            if error.status == _TIMED_OUT:
                return None
            raise

    try:
        yield send
    finally:
        for upstream in upstreams.values():
            upstream.close()


@contextmanager
def _running_emulator(url: str, settings: Settings, timeout: float) -> Iterator[ComparedEmulator]:
    state = remote_controls(url).state()
    with _sender(url, timeout) as send:
        yield ComparedEmulator(send, seed_credentials(state, settings.global_secret))


@contextmanager
def _own_emulator(
    settings: Settings, timeout: float, cassette: Cassette | None = None
) -> Iterator[ComparedEmulator]:
    """Start an emulator. With a cassette it has its time and, unless there is a seed, its data."""
    with (
        Emulator(settings) as emulator,
        Server(create_app(emulator), "127.0.0.1", 0) as server,
        _sender(server.url, timeout) as send,
    ):
        if cassette is not None:
            _load(cassette, emulator)
        people = seed_credentials(emulator.state.export(), settings.global_secret)
        yield ComparedEmulator(send, people, emulator)


def _load(cassette: Cassette, emulator: Emulator) -> None:
    """Set the clock to the start of the recording, so that its events are not expired; load its data."""
    started = next((entry.started for entry in cassette.entries if entry.started), None)
    if started is not None:
        with suppress(ValueError):  # an invalid time is ignored
            emulator.clock.set(started)
    if not emulator.settings.seed:
        emulator.state.replace(cassette_seed(cassette), cassette.source)


def _diff_scenarios(
    scenarios: Sequence[Scenario], ours: ComparedEmulator, send: TimedSend, people: Credentials | None
) -> DiffReport:
    """Run scenarios on the emulator and on the upstream."""
    our_runner, their_runner = Runner(ours.people, ours.send), Runner(people or ours.people, send)
    refusal = their_runner.refusal(_ROLE)
    if refusal is not None:
        raise WrongUse(
            f"the upstream does not let the {_ROLE} in ({refusal}): "
            "is the prefix right? its project and people are given with --credentials"
        )
    report, comparer = DiffReport(), comparer_for(ours.people, people)
    with counted(scenarios, "scenarios") as shown:
        for scenario in shown:
            compare_scenario(scenario, our_runner, their_runner, comparer, report)
    return report


def _diff_entries(
    entries: Sequence[Entry], ours: ComparedEmulator, send: TimedSend | None, people: Credentials | None
) -> DiffReport:
    """Send the recorded requests; compare with the recorded responses, or with those of an upstream."""
    report = DiffReport()
    names = shared_names(ours.people, people) if send is None else ()
    # Redacting a body changes its ETag.
    comparer = ResponseComparer(IdMap(names), CompareOptions(same_people=False, etags=False))
    if send is None or ours.emulator is None:
        with counted(entries, "requests") as shown:
            compare_entries(shown, ours.send, ours.people, comparer, report)
        return report
    mode = ours.emulator.mode = DiffMode(send, ours.people, people)
    with counted(entries, "requests") as shown:
        compare_entries(shown, ours.send, ours.people, comparer, report)
    return mode.report


def _diff_live(settings: Settings, send: TimedSend, people: Credentials | None, *, quiet: bool) -> DiffReport:
    """Compare the requests of clients until Ctrl-C; unless quiet, print differences at once."""

    def print_unknown(exchange: ExchangeDiff) -> None:
        if exchange.unknown and not quiet:
            click.echo("\n".join(exchange_lines(exchange)))

    with Emulator(settings) as emulator:
        ours = seed_credentials(emulator.state.export(), settings.global_secret)
        mode = emulator.mode = DiffMode(send, ours, people, on_compared=print_unknown)
        run_server(emulator, settings, lambda url: click.echo(f"ready {url}/v3", err=quiet))
    return mode.report


def _read_scenarios(files: tuple[Path, ...], *, tidy: bool) -> list[Scenario]:
    if not files:
        folder = resources.files("tiledesk_mock.fixtures") / "scenarios"
        files = tuple(sorted(Path(str(entry)) for entry in folder.iterdir() if entry.name.endswith(".yaml")))
    scenarios = [scenario for file in files for scenario in read_scenarios(file)]
    return [scenario for scenario in scenarios if not (tidy and scenario.leaves)]
