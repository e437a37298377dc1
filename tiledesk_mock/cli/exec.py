"""`exec`: an emulator for as long as another command runs."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, Final

import click

from ..errors import SetupError
from ..settings import LogLevel, Settings
from ..testing import TiledeskMock
from .options import setting_options, settings_of

_ROLES: Final = ("owner", "admin", "supervisor", "agent", "teammate")
"""Whose credentials the command gets: of the first of them who can sign in."""

_OF_FILES: Final = frozenset({"db", "reseed", "durability"})
"""Settings of an emulator that keeps something, which this one does not."""

_NOT_FOUND: Final = 127
_NOT_EXECUTABLE: Final = 126
_SIGNALLED: Final = 128


@click.command("exec", context_settings={"allow_interspersed_args": False})
@setting_options(
    *(column.name for column in fields(Settings) if column.name not in _OF_FILES),
    port=0,
    log_level=LogLevel.WARNING,
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD...")
def exec_command(command: tuple[str, ...], **given: Any) -> None:
    """Run CMD beside an emulator in memory, and end with its exit code.

    CMD finds TILEDESK_MOCK_URL, TILEDESK_MOCK_WS_URL, TILEDESK_MOCK_PROJECT_ID, and somebody to sign in as,
    TILEDESK_MOCK_USER, TILEDESK_MOCK_PASSWORD and TILEDESK_MOCK_JWT, in its environment; off loopback the
    control API asks for TILEDESK_MOCK_ADMIN_TOKEN.
    """
    settings = settings_of(given, log_level=LogLevel.WARNING)
    logging.basicConfig(level=settings.log_level.value.upper(), format="%(message)s")
    with TiledeskMock(settings) as handle:
        code = _run(command, {**os.environ, **_environment(handle)})
    click.get_current_context().exit(code)


def _environment(handle: TiledeskMock) -> dict[str, str]:
    """Return what tells a command where the emulator is, and who can sign in."""
    told = {"URL": handle.url, "WS_URL": handle.ws_url, "ADMIN_TOKEN": handle.emulator.admin_token}
    try:
        told["PROJECT_ID"] = handle.project_id
    except SetupError:
        return _named(told)  # a seed without projects is as good as any
    for role in _ROLES:
        try:
            person = handle.person(role)
        except SetupError:
            continue
        if person.basic:
            told["USER"], told["PASSWORD"] = person.basic
            told["JWT"] = person.jwt
            break
    return _named(told)


def _named(told: dict[str, str]) -> dict[str, str]:
    return {f"TILEDESK_MOCK_{name}": value for name, value in told.items()}


def _run(command: tuple[str, ...], environ: dict[str, str]) -> int:
    """Run a command to its end; return the exit code that a shell would give."""
    name, *words = command
    if os.name == "nt":
        name = shutil.which(name) or name  # npm and others are batch files, which are found in no other way
    with _forwarding() as start:
        try:
            process = start(lambda: subprocess.Popen([name, *words], env=environ))  # noqa: S603  (the tester's own)
        except OSError as error:
            click.echo(f"tiledesk-mock exec: {command[0]}: {error.strerror}", err=True)
            return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
        code = process.wait()
    return code if code >= 0 else _SIGNALLED - code


Process = subprocess.Popen[bytes]


@contextmanager
def _forwarding() -> Iterator[Callable[[Callable[[], Process]], Process]]:
    """Give what starts a process that signals are passed on to, those too that come while it starts.

    Ctrl-C on a terminal reaches it without that.
    """
    running: list[Process] = []
    early: list[int] = []
    by_terminal = sys.stdin is not None and sys.stdin.isatty()

    def forward(number: int, _: object) -> None:
        if number == signal.SIGINT and by_terminal:
            return
        early.append(number)
        while running and early:
            running[0].send_signal(early.pop())

    def start(make: Callable[[], Process]) -> Process:
        running.append(make())
        while early:
            running[0].send_signal(early.pop())
        return running[0]

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]  # Windows has but two
    before = {number: signal.signal(number, forward) for number in numbers}
    try:
        yield start
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
