"""`record` and `replay`: record the responses of a real Tiledesk, and respond from recordings."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click

from ..cassettes.cassette import Selection
from ..cassettes.files import check_writable, read_cassettes, write_errors
from ..cassettes.record import Recording, is_recorded
from ..cassettes.replay import Replay
from ..cassettes.writer import RecordingWriter
from ..emulator import Emulator
from ..errors import ExpectationError
from ..http.connections import shown_url
from ..http.upstream import Upstream
from ..redaction.redactor import RedactFunction, Redaction
from ..settings import Order, RecordMode, Repeat
from ..store.locks import FileLock
from ..text import number_of
from .command import WrongUse
from .options import DEFAULT_PORT, setting_options, settings_from
from .progress import progress
from .serve import run_server


@click.command("record")
@click.option("--upstream", "upstream_url", required=True, metavar="URL", help="The Tiledesk to record.")
@click.option("--out", required=True, metavar="FILE", type=click.Path(dir_okay=False), help="HAR to write.")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in RecordMode]),
    default=RecordMode.ALL.value,
    help="If FILE exists: all replaces it, new_episodes adds missing entries, once and none replay it. [all]",
)
@click.option("--timeout", type=float, default=30.0, metavar="SECONDS", help="Timeout of a response. [30]")
@click.option("--redact", "names", multiple=True, metavar="NAME", help="Another secret header or field.")
@click.option(
    "--redact-path", "paths", multiple=True, metavar="PATH", help="Another secret JSON path: attributes.card"
)
@click.option(
    "--redact-with",
    metavar="MODULE:FUNCTION",
    help="Function that takes each request and response, and returns both.",
)
@click.option("--no-redaction", is_flag=True, help="Do not redact secrets.")
@setting_options("host", "port", "log_level", "log_format", port=DEFAULT_PORT)
def record_command(
    upstream_url: str,
    out: str,
    mode: str,
    timeout: float,
    names: tuple[str, ...],
    paths: tuple[str, ...],
    redact_with: str | None,
    no_redaction: bool,
    **options: Any,
) -> None:
    """Pass requests to a Tiledesk, and record its responses, until Ctrl-C.

    Credentials, tokens, cookies and e-mail addresses are replaced by placeholders before anything is written.
    Each exchange is in the FILE within a second. If the FILE is replayed, the exit code is that of `replay`.
    """
    function = _function(redact_with) if redact_with else None
    redaction = Redaction(names, paths, function, enabled=not no_redaction)
    upstream = Upstream(upstream_url, timeout=timeout)
    settings = settings_from(options, port=DEFAULT_PORT)
    with closing(upstream), _locked(Path(out), RecordMode(mode)):
        recording = Recording(out, upstream, mode, redaction=redaction)
        if recording.records:
            check_writable(out)
        with Emulator(settings) as emulator:
            emulator.mode = recording
            _run(recording, emulator, upstream_url)


def _run(recording: Recording, emulator: Emulator, upstream: str) -> None:
    def run() -> None:
        run_server(emulator, emulator.settings, lambda url: _introduce(recording, upstream, url))

    if recording.records:
        with RecordingWriter(recording) as writer:
            run()
        count, path = len(writer), recording.path
        recorded = f"{number_of(count, 'exchange')} recorded in {path}"
        click.echo(recorded if count else f"nothing recorded: {path} is as before")
        return
    run()
    if recording.replay is not None:
        _print_usage(recording.replay)


@contextmanager
def _locked(path: Path, mode: RecordMode) -> Iterator[None]:
    """Keep other recorders away from a file that is recorded; raise StoreLocked if there is one."""
    if not is_recorded(path, mode) or (path.exists() and not path.is_file()):
        yield
        return
    with write_errors(path):
        lock = FileLock(path.resolve())
    try:
        yield
    finally:
        lock.release()


def _introduce(recording: Recording, upstream: str, url: str) -> None:
    click.echo(f"ready {url}/v3")
    if recording.records:
        click.echo(f"recording {shown_url(upstream)} in {recording.path}")
    else:
        click.echo(f"replaying {recording.path}, which exists (--mode all replaces it)")


def _function(name: str) -> RedactFunction:
    module, _, attribute = name.partition(":")
    sys.path.insert(0, os.getcwd())  # finds the tester's modules, as python -m does
    try:
        function: RedactFunction = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise click.BadParameter(
            f"{name!r} is not MODULE:FUNCTION: {error}", param_hint="--redact-with"
        ) from error
    return function


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
@click.option(
    "--host-pattern",
    "hosts",
    multiple=True,
    metavar="PATTERN",
    help="Use only entries of this host: api.tiledesk.com, *.example.com. May be repeated. [any]",
)
@click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="PATTERN",
    help="Use only entries under this path: /auth, /*/events*. May be repeated. [any]",
)
@setting_options("host", "port", "seed", "dialect", "log_level", "log_format", port=DEFAULT_PORT)
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
    with progress("reading the cassette"):
        cassette = read_cassettes(files, Selection(hosts, paths))
    if not cassette.entries:
        raise WrongUse(f"{cassette.source}: no entry is selected: see --host-pattern and --path")
    source = f"{number_of(len(cassette.entries), 'entry')} of {cassette.source}"
    other = Upstream(upstream) if upstream else None
    replay = Replay(
        cassette, order=order, repeat=repeat, strict=strict, fallback=other.respond if other else fallback
    )
    settings = settings_from(options, port=DEFAULT_PORT)
    with Emulator(settings) as emulator:
        emulator.mode = replay
        run_server(emulator, settings, lambda url: click.echo(f"ready {url}/v3\n{source}"))
    if other is not None:
        other.close()
    _print_usage(replay)


def _print_usage(replay: Replay) -> None:
    """Print how many entries were used; exit with 1 if a request was not in the cassette."""
    count = len(replay.cassette.entries)
    click.echo(f"{count - len(replay.unused)} of {count} entries were used")
    try:
        replay.verify()
    except ExpectationError as error:
        click.echo(str(error))
        raise SystemExit(1) from error
