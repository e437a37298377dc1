"""The command and what its verbs share: exit codes and how errors are told."""

from __future__ import annotations

import errno
import importlib
import json
from importlib.metadata import version as installed_version
from typing import Any, Final

import click

from ..errors import ControlError, SetupError, TiledeskMockError
from ..settings import misspelt_variables
from ..text import closest
from ..tiledesk.drifts import SERVER_VERSION
from .output import fall_silent

_VERBS: Final = {
    "serve": "serve",
    "exec": "exec",
    "seed": "world",
    "export": "world",
    "import": "world",
    "reset": "world",
    "fire": "fire",
    "listen": "listen",
    "record": "record",
    "replay": "replay",
    "cassette": "cassette",
    "diff": "diff",
}
"""Which module has which verb: a verb's module is imported when it is called."""


class WrongUse(click.ClickException):
    """What the tester did wrong, in one line."""

    exit_code = 2


class Verbs(click.Group):
    """A group whose verbs are imported when they are needed, and whose errors are one line each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order in which the help shows them."""
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
        """Return the verb that is called, or fail with the one that was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = closest(args[0], self.list_commands(ctx))
            if near is None:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near!r}?", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; what the tester did wrong ends with one line and exit code 2, a failure with 1."""
        try:
            return super().invoke(ctx)
        except TiledeskMockError as error:
            raise _told(error) from error
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            fall_silent()  # what is left to be flushed has no room either
            raise click.ClickException("no space is left for what is printed") from error


def _told(error: TiledeskMockError) -> click.ClickException:
    is_wrong_use = isinstance(error, SetupError) and not isinstance(error, ControlError)
    return (WrongUse if is_wrong_use else click.ClickException)(str(error))


def _print_version(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        _tell_version()
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
    """Tiledesk's Events API in a box.

    Exit codes: 0 well, 1 a difference or a failure that is reported, 2 wrong use.
    """
    for sentence in misspelt_variables():
        click.echo(sentence, err=True)


@main.command("version")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def version_command(as_json: bool) -> None:
    """Print the version, and which server it speaks as."""
    if as_json:
        click.echo(json.dumps({"version": installed_version("tiledesk-mock"), "server": SERVER_VERSION}))
    else:
        _tell_version()


def _tell_version() -> None:
    click.echo(f"tiledesk-mock {installed_version('tiledesk-mock')}, as tiledesk-server {SERVER_VERSION}")
