"""`serve`: a standalone server, and how other verbs run one."""

from __future__ import annotations

import logging
import shlex
import signal
import socket
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from ..control.controls import own_version
from ..emulator import Emulator
from ..http.connections import is_loopback
from ..http.exchange import Principal, PrincipalKind
from ..server import Server, Timeouts, listen
from ..settings import Settings
from ..text import number_of
from ..tiledesk.model import ENABLED, Project, ProjectUser, User
from ..web.app import create_app
from .command import silence_stdout
from .log import access_logger, configure_logging
from .options import DEFAULT_PORT, setting_options, settings_from
from .progress import progress

_log: Final = logging.getLogger("tiledesk_mock")

_LATE_MODULES: Final = (
    "encodings.idna",  # of the hosts of targets
    "encodings.unicode_escape",  # of texts in templates
    "encodings.utf_16_le",  # of texts as JavaScript measures them
    "jwt",
    "tiledesk_mock.emulator.access_reasons",
    "tiledesk_mock.control.openapi_files",
    "tiledesk_mock.emulator.conversations.topics",
    "tiledesk_mock.emulator.conversations.conversations",
    "tiledesk_mock.emulator.credential_reasons",
    "tiledesk_mock.emulator.modes",
    "tiledesk_mock.emulator.platform.delivery_hints",
    "tiledesk_mock.emulator.platform.platform_events",
    "tiledesk_mock.faults.rule",
    "tiledesk_mock.faults.stubs",
    "tiledesk_mock.node.cookies",
    "tiledesk_mock.node.inspect",
    "tiledesk_mock.node.qs",
    "tiledesk_mock.node.update",
    "tiledesk_mock.node.url",
    "tiledesk_mock.realtime.hub",
    "tiledesk_mock.redaction.markup",
    "tiledesk_mock.redaction.pairs",
    "tiledesk_mock.seeding.conversations",
    "tiledesk_mock.seeding.schema",
    "tiledesk_mock.seeding.yaml",
    "tiledesk_mock.store.export",
    "tiledesk_mock.tiledesk.conditions",
    "tiledesk_mock.tiledesk.platform_frames",
    "tiledesk_mock.web.control",
    "tiledesk_mock.web.origins",
    "tiledesk_mock.web.page.app",
    "tiledesk_mock.web.reasons",
    "tiledesk_mock.web.route_reasons",
    "tiledesk_mock.web.stubs",
    "tiledesk_mock.web.websockets",
    "tiledesk_mock.webhooks.webhooks",
)
"""Modules that are imported inside functions, for the sake of tests, which start many emulators."""

DEFAULT_FILE: Final = Path("tiledesk-mock.json")


@click.command("serve")
@setting_options(*Settings.__dataclass_fields__, port=DEFAULT_PORT, db=DEFAULT_FILE, webhooks_anywhere=False)
@click.option("--in-memory", is_flag=True, envvar="TILEDESK_MOCK_IN_MEMORY", help="Do not use a file.")
def serve_command(in_memory: bool, **options: Any) -> None:
    """Run a standalone server until Ctrl-C.

    The first line on standard output is `ready URL`. Then come the address of the page that shows what
    happens, the users who can sign in, and a command to try. Every option can also be set by the environment
    variable TILEDESK_MOCK_NAME.
    """
    if in_memory and options["db"] is not None:
        raise click.UsageError("--in-memory and --db exclude each other")
    db = None if in_memory else DEFAULT_FILE
    settings = settings_from(options, port=DEFAULT_PORT, db=db, webhooks_anywhere=False)
    configure_logging(settings)
    # The socket comes first, so that a port in use leaves no files.
    with listen(settings.host, settings.port) as listener:
        with progress("loading the data"):
            emulator = Emulator(settings)
        with emulator:
            run_server(emulator, settings, lambda url: _introduce(emulator, url), listener)


def _introduce(emulator: Emulator, url: str) -> None:
    """Print the URL, what is stored, who can sign in, and a command to try."""
    settings, people = emulator.settings, emulator.database.people
    base = f"{url}/v3"
    kept = f"kept in {settings.db.resolve()}" if settings.db else "kept in memory"
    if settings.seed and emulator.state.had_data:
        kept += ", unchanged: the seed is not loaded again (--reseed replaces the data)"
    click.echo(f"ready {base}")
    click.echo(f"page {url}/__admin/")
    if not is_loopback(settings.host):
        click.echo(f"token {emulator.admin_token}  (for the page, and for /__admin as Authorization: Bearer)")
    click.echo(f"dialect {settings.dialect.value}; {_event_count(emulator)}, {kept}")
    example: list[str] = []
    projects = people.projects()
    if not projects:
        has_lost_people = settings.db and len(emulator.database.events)
        file = f"{settings.db.stem}.people{settings.db.suffix}" if settings.db else ""
        click.echo(f"no project, so nobody can sign in{f': is {file} missing?' if has_lost_people else ''}")
    for project in projects:
        click.echo(f"project {project.id}  {project.name}")
        for member, user in _members_with_password(emulator, project):
            click.echo(f"  {member.role:<10} {user.email}  {user.password}")
            example = example or _example(user, f"{base}/{project.id}/events")
    for line in example:
        click.echo(line)


def _event_count(emulator: Emulator) -> str:
    """Return the number of events, and of those that have expired."""
    stored, visible = len(emulator.database.events), emulator.count_events()
    expired = f" ({stored - visible} more have expired: see --events-ttl)" if visible < stored else ""
    return f"{number_of(visible, 'event')}{expired}"


def _members_with_password(emulator: Emulator, project: Project) -> Iterator[tuple[ProjectUser, User]]:
    """Yield the members of a project who can sign in, with their users."""
    people, authenticator = emulator.database.people, emulator.authenticator
    for member in people.project_users(project.id) if project.status == ENABLED else ():
        user = people.user(member.id_user) if member.id_user else None
        if user is None or authenticator.user_by_credentials(user.email, user.password) is None:
            continue
        if authenticator.member(Principal(PrincipalKind.USER, user.id), project.id):
            yield member, user


def _example(user: User, url: str) -> list[str]:
    """Return a command that fires an event."""
    body = '{"name": "order.paid", "attributes": {"total": 42}}'
    words = ["curl", "-u", f"{user.email}:{user.password}", "-H", "Content-Type: application/json"]
    return ["try", "  " + shlex.join([*words, "-d", body, url])]


def run_server(
    emulator: Emulator,
    settings: Settings,
    on_ready: Callable[[str], None],
    listener: socket.socket | None = None,
) -> None:
    """Serve an emulator until a signal ends it; call `on_ready` with the URL once it accepts requests.

    These are Ctrl-C, SIGTERM and SIGHUP, unless the latter is ignored, as under `nohup`. `listener` is a
    socket that listens at the settings' host and port, by default a new one.
    """
    configure_logging(settings)
    server = Server(
        create_app(emulator),
        settings.host,
        settings.port,
        on_access=access_logger(),
        timeouts=Timeouts.from_keep_alive(settings.keep_alive_timeout),
        listener=listener,
    )
    hang_up = getattr(signal, "SIGHUP", signal.SIGTERM)  # Windows has none
    for number in (signal.SIGINT, signal.SIGTERM, hang_up):
        if number != hang_up or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: server.interrupt())
    with server:
        _import_late_modules()
        try:
            on_ready(server.url)
        except BrokenPipeError:  # the reader may need only the first line
            silence_stdout()
        server.serve_forever()
    _log.info("stopped")


def _import_late_modules() -> None:
    """Import what a server may need later: its package may be replaced or removed while it runs."""
    for name in _LATE_MODULES:
        import_module(name)
    own_version()
