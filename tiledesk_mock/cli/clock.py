"""`clock`: the time of a running emulator."""

from __future__ import annotations

import re
from typing import Final

import click

from ..tiledesk.clock import parse_duration
from ..tiledesk.wire import Document
from .connection import remote_controls, url_option
from .options import examples, json_option
from .terminal import local_time, print_json

_NEGATIVE: Final = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
"""What lets -1h be an argument, and not the options -1 and -h."""

_SECONDS: Final = re.compile(r"\d+(\.\d+)?|\.\d+", re.ASCII)


class DurationType(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic from click 8.4 on
    """Parses a duration: a number of seconds, or `1h30m`; with a minus before it, it is negative."""

    name = "duration"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        text = value.removeprefix("-").removeprefix("+")
        sign = -1 if value.startswith("-") else 1
        if _SECONDS.fullmatch(text):
            return sign * float(text)
        try:
            return sign * parse_duration(text) / 1000
        except ValueError:
            self.fail(f"{value!r} is not a duration, as 90 (seconds), 1h30m or -2d", param, ctx)


@click.group(
    "clock",
    invoke_without_command=True,
    epilog=examples(
        "tiledesk-mock clock freeze 2026-01-31T23:59:59Z",
        "tiledesk-mock clock advance 1h30m",
        "tiledesk-mock clock reset",
    ),
)
@json_option
@url_option
@click.pass_context
def clock_command(context: click.Context, as_json: bool, url: str) -> None:
    """Print the emulator's time; freeze it, advance it, or set it.

    TIME is ISO 8601 with Z or an offset.
    """
    if context.invoked_subcommand is None:
        _print_clock(remote_controls(url).clock(), as_json=as_json)


@clock_command.command("freeze")
@click.argument("time", required=False)
@json_option
@url_option
def freeze_command(time: str | None, as_json: bool, url: str) -> None:
    """Let the clock stand still at TIME, by default where it is."""
    _print_clock(remote_controls(url).set_clock(freeze=time or True), as_json=as_json)


@clock_command.command("advance", context_settings=_NEGATIVE)
@click.argument("duration", type=DurationType())
@json_option
@url_option
def advance_command(duration: float, as_json: bool, url: str) -> None:
    """Let time pass, whether the clock is frozen or not.

    DURATION is a number of seconds, or `1h30m`; the units are w, d, h, m and s. A negative one goes back.
    """
    _print_clock(remote_controls(url).advance_clock(duration), as_json=as_json)


@clock_command.command("set")
@click.argument("time")
@json_option
@url_option
def set_command(time: str, as_json: bool, url: str) -> None:
    """Let the clock run on from TIME."""
    _print_clock(remote_controls(url).set_clock(now=time), as_json=as_json)


@clock_command.command("reset")
@json_option
@url_option
def reset_command(as_json: bool, url: str) -> None:
    """Let the clock follow the machine's again."""
    _print_clock(remote_controls(url).set_clock(), as_json=as_json)


def _print_clock(clock: Document, *, as_json: bool) -> None:
    if as_json:
        print_json([clock])
    else:
        state = "frozen" if clock["frozen"] else "running"
        click.echo(f"{clock['now']}  {state}  (local time {local_time(clock['now'])})")
