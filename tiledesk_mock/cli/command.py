"""The command, and what its verbs share: exit codes, error messages, standard output."""

from __future__ import annotations

import errno
import importlib
import json
import os
import sys
from importlib.metadata import version as installed_version
from typing import Any, Final

import click

from ..errors import ControlError, SetupError, TiledeskMockError
from ..files import write_file
from ..settings import misspelt_variables
from ..text import closest
from ..tiledesk.drifts import SERVER_VERSION
from .terminal import escape_output

_VERBS: Final = {
    "serve": "serve",
    "exec": "exec",
    "fire": "fire",
    "listen": "listen",
    "logs": "logs",
    "requests": "requests",
    "events": "events",
    "deliveries": "deliveries",
    "resend": "deliveries",
    "drifts": "drifts",
    "people": "people",
    "faults": "faults",
    "clock": "clock",
    "snapshot": "snapshot",
    "seed": "data",
    "export": "export",
    "import": "data",
    "reset": "data",
    "repair": "data",
    "record": "recording",
    "replay": "recording",
    "cassette": "cassette",
    "diff": "diff",
    "openapi": "openapi",
}
"""The module of each verb. It is imported when the verb is called, so that the command starts quickly."""


class WrongUse(click.ClickException):
    """A mistake of the tester, reported in one line."""

    exit_code = 2


class Verbs(click.Group):
    """A group whose verbs are imported on use, and whose errors are one line each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the help."""
        return [*_VERBS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb."""
        if cmd_name not in _VERBS:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(f"{__package__}.{_VERBS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb that is called; if it is unknown, fail with a suggestion."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = closest(args[0], self.list_commands(ctx))
            if near is None:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near!r}?", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; a mistake of the tester ends with one line and exit code 2, a failure with 1."""
        try:
            return super().invoke(ctx)
        except TiledeskMockError as error:
            is_wrong_use = isinstance(error, SetupError) and not isinstance(error, ControlError)
            raise (WrongUse if is_wrong_use else click.ClickException)(str(error)) from error
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            silence_stdout()  # flushing would fail again
            raise click.ClickException("no space left on the device of standard output") from error


def write_output(content: bytes, output: str) -> None:
    """Write to a file, device or pipe, or, if `output` is `-`, to standard output."""
    try:
        if output == "-":
            click.echo(content, nl=False)
        else:
            write_file(output, [content])
    except OSError as error:
        if error.errno == errno.EPIPE:  # click handles a closed pipe
            raise
        if output == "-":
            silence_stdout()  # flushing would fail again
        raise click.ClickException(f"{output} is not written: {error.strerror}") from error


def silence_stdout() -> None:
    """Discard all further output, including what is still buffered: its reader has closed the pipe."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def _version() -> str:
    return f"tiledesk-mock {installed_version('tiledesk-mock')}, emulating tiledesk-server {SERVER_VERSION}"


def _print_version(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        click.echo(_version())
        ctx.exit()


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version, as `version` does.",
)
def main() -> None:
    """Emulate Tiledesk's Events API, to test its clients.

    Exit codes: 0 success, 1 a reported difference or failure, 2 wrong use.
    """
    escape_output()
    for message in misspelt_variables():
        click.echo(message, err=True)


@main.command("version")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def version_command(as_json: bool) -> None:
    """Print the version, and the version of the emulated server."""
    versions = {"version": installed_version("tiledesk-mock"), "server": SERVER_VERSION}
    click.echo(json.dumps(versions) if as_json else _version())
