"""`exec`: run another command beside an emulator."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import fields
from typing import Any, Final

import click

from ..errors import SetupError
from ..plugin.options import DriftPolicy
from ..settings import LogLevel, Settings, environment_variable
from ..testing import TiledeskMock
from .exec_report import ObservedCommand
from .log import access_logger, configure_logging
from .options import setting_options, settings_from

_ROLES: Final = ("owner", "admin", "supervisor", "agent", "teammate")
"""Roles in the order in which a person with a password is chosen for the command."""

_FILE_SETTINGS: Final = frozenset({"db", "reseed", "durability"})
"""Settings of an emulator with a file; this one is in memory."""

_NOT_FOUND: Final = 127
_NOT_EXECUTABLE: Final = 126
_SIGNALLED: Final = 128


@click.command("exec", context_settings={"allow_interspersed_args": False})
@setting_options(
    *(column.name for column in fields(Settings) if column.name not in _FILE_SETTINGS),
    port=0,
    log_level=LogLevel.WARNING,
)
@click.option(
    "--drifts",
    type=click.Choice([policy.value for policy in DriftPolicy]),
    envvar=environment_variable("drifts"),
    help="If CMD relies on something that the real server does not do: ignore it, warn, or end with exit "
    "code 1. [warn, with --strict error]",
)
@click.option(
    "--strict",
    is_flag=True,
    envvar=environment_variable("strict"),
    help="End with exit code 1 if CMD relies on a drift, or requests paths that are not emulated.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD...")
def exec_command(command: tuple[str, ...], drifts: str | None, strict: bool, **options: Any) -> None:
    """Run CMD beside an emulator in memory, and end with its exit code.

    The environment of CMD has TILEDESK_MOCK_URL, TILEDESK_MOCK_WS_URL, TILEDESK_MOCK_PROJECT_ID, and the
    credentials TILEDESK_MOCK_USER, TILEDESK_MOCK_PASSWORD and TILEDESK_MOCK_JWT. If the host is not loopback,
    the control API requires TILEDESK_MOCK_ADMIN_TOKEN.

    At the end, standard error has the drifts that CMD relied on and, if CMD has failed, the last exchanges.
    """
    settings = settings_from(options, log_level=LogLevel.WARNING)
    configure_logging(settings)
    policy = DriftPolicy(drifts or (DriftPolicy.ERROR if strict else DriftPolicy.WARN))
    handle = TiledeskMock(settings)
    observed = ObservedCommand(handle, policy, strict=strict)
    try:
        handle.start(access_logger())
        code = _run(command, {**os.environ, **_environment(handle)})
    finally:
        handle.stop()
    code, lines = observed.ending(code)
    if lines:
        click.echo("\n".join(lines), err=True)
    click.get_current_context().exit(code)


def _environment(handle: TiledeskMock) -> dict[str, str]:
    """Return the variables with the addresses of the emulator, and with the credentials of a person."""
    values = {
        "url": handle.url,
        "ws_url": handle.ws_url,
        "admin_token": handle.emulator.admin_token,
        **_project_values(handle),
    }
    return {environment_variable(name): value for name, value in values.items()}


def _project_values(handle: TiledeskMock) -> dict[str, str]:
    try:
        values = {"project_id": handle.project_id}
    except SetupError:  # the seed may have no project
        return {}
    for role in _ROLES:
        with suppress(SetupError):  # no person has this role
            person = handle.person(role)
            if person.basic:
                user, password = person.basic
                return {**values, "user": user, "password": password, "jwt": person.jwt}
    return values


def _run(command: tuple[str, ...], environ: dict[str, str]) -> int:
    """Run a command, and forward signals to it; return the exit code that a shell would return."""
    name, *words = command
    if os.name == "nt":
        name = shutil.which(name) or name  # Popen does not find batch files such as npm
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []
    has_terminal = sys.stdin is not None and sys.stdin.isatty()

    def forward(number: int, _: object) -> None:
        if number == signal.SIGINT and has_terminal:
            return  # the process gets it from the terminal
        if process is None:
            early.append(number)
        else:
            process.send_signal(number)

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]  # Windows has only two
    handlers = {number: signal.signal(number, forward) for number in numbers}
    try:
        process = subprocess.Popen([name, *words], env=environ)  # noqa: S603  (the tester's own)
        for number in early:
            process.send_signal(number)
        code = _wait(process)
    except OSError as error:
        click.echo(f"tiledesk-mock exec: {command[0]}: {error.strerror}", err=True)
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return code if code >= 0 else _SIGNALLED - code


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Return the exit code of a process; signals are handled meanwhile.

    A signal that comes just before a wait without a timeout would only be handled after it.
    """
    waiter = threading.Thread(target=process.wait, daemon=True)
    waiter.start()
    while waiter.is_alive():
        waiter.join(1.0)
    return process.wait()
