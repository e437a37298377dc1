"""`record`: pass requests to a real Tiledesk, and record its responses."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Final

import click

from ..cassettes.files import check_writable
from ..cassettes.record import Recording
from ..emulator import Emulator
from ..http.upstream import Upstream
from ..redaction.redactor import RedactFunction, Redaction
from ..settings import RecordMode
from ..text import number_of
from .options import DEFAULT_PORT, setting_options, settings_from
from .replay import print_usage
from .running import run_server

_WRITE_INTERVAL: Final = 5.0
"""Seconds between writes of the cassette, so that a kill loses little."""


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
@setting_options("host", "port", "log_level", port=DEFAULT_PORT)
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
    If the FILE is replayed, the exit code is that of `replay`.
    """
    function = _function(redact_with) if redact_with else None
    redaction = Redaction(names, paths, function, enabled=not no_redaction)
    upstream = Upstream(upstream_url, timeout=timeout)
    recording = Recording(out, upstream, mode, redaction=redaction, every=_WRITE_INTERVAL)
    if recording.records:
        check_writable(out)
    settings = settings_from(options, port=DEFAULT_PORT)
    with Emulator(settings) as emulator:
        emulator.mode = recording
        try:
            run_server(emulator, settings, lambda url: _introduce(recording, upstream_url, url))
        finally:
            recording.commit()
            upstream.close()
    if recording.replay is not None and not recording.records:
        print_usage(recording.replay)
    else:
        click.echo(f"{number_of(len(recording.entries), 'exchange')} recorded in {out}")


def _introduce(recording: Recording, upstream: str, url: str) -> None:
    click.echo(f"ready {url}/v3")
    if recording.records:
        click.echo(f"recording {upstream} in {recording.path}")
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
