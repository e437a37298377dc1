"""`record`: a real Tiledesk's answers, written down on the way to the client."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Final

import click

from ..cassettes.cassette import RecordMode
from ..cassettes.files import check_writable
from ..cassettes.record import Recording
from ..emulator import Emulator
from ..http.upstream import Upstream
from ..redaction.redactor import RedactFunction, Redaction
from ..text import number_of
from .options import setting_options, settings_of
from .replay import tell_what_was_asked
from .running import run
from .serve import DEFAULT_PORT

_EVERY: Final = 5.0
"""Seconds between writes of what was recorded, so that a kill costs little."""


@click.command("record")
@click.option("--upstream", "upstream_url", required=True, metavar="URL", help="The Tiledesk that answers.")
@click.option("--out", required=True, metavar="FILE", type=click.Path(dir_okay=False), help="HAR to write.")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in RecordMode]),
    default=RecordMode.ALL.value,
    help="What to do with a FILE that exists: all: replace it; new_episodes: add what it lacks; "
    "once, none: replay it. [all]",
)
@click.option("--timeout", type=float, default=30.0, metavar="SECONDS", help="To wait for answers. [30]")
@click.option("--redact", "names", multiple=True, metavar="NAME", help="Hide this header or field, too.")
@click.option("--redact-path", "paths", multiple=True, metavar="PATH", help="Hide, in JSON: attributes.card")
@click.option(
    "--redact-with", metavar="MODULE:FUNCTION", help="Pass requests and answers through this first."
)
@click.option("--no-redaction", is_flag=True, help="Write secrets as they are.")
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
    **given: Any,
) -> None:
    """Pass requests to a Tiledesk, and keep what it answers, until Ctrl-C.

    Credentials, tokens, cookies and e-mail addresses are replaced by placeholders before anything is written.
    Where a FILE is replayed, the command ends as `replay` does.
    """
    function = _function(redact_with) if redact_with else None
    redaction = Redaction(names, paths, function, enabled=not no_redaction)
    upstream = Upstream(upstream_url, timeout=timeout)
    recording = Recording(out, upstream, mode, redaction=redaction, every=_EVERY)
    if recording.records:
        check_writable(out)
    settings = settings_of(given, port=DEFAULT_PORT)
    with Emulator(settings) as emulator:
        emulator.mode = recording
        try:
            run(emulator, settings, lambda url: _introduce(recording, upstream_url, url))
        finally:
            recording.commit()
            upstream.close()
    if recording.replay is not None and not recording.records:
        tell_what_was_asked(recording.replay)
    else:
        click.echo(f"{number_of(len(recording.entries), 'exchange')} recorded in {out}")


def _introduce(recording: Recording, upstream: str, url: str) -> None:
    click.echo(f"ready {url}/v3")
    if recording.records:
        click.echo(f"recording what {upstream} answers in {recording.path}")
    else:
        click.echo(f"replaying {recording.path}, which exists (--mode all records it anew)")


def _function(name: str) -> RedactFunction:
    module, _, attribute = name.partition(":")
    sys.path.insert(0, os.getcwd())  # where the tester's own modules are, as with python -m
    try:
        function: RedactFunction = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise click.BadParameter(
            f"{name!r} is no MODULE:FUNCTION: {error}", param_hint="--redact-with"
        ) from error
    return function
