"""`serve`: a stand-in for Tiledesk on this machine."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from ..emulator import Emulator
from ..http.connections import is_loopback
from ..http.principal import Principal, PrincipalKind
from ..text import number_of
from ..tiledesk.model import ENABLED, Project, ProjectUser, User
from .options import setting_options, settings_of
from .running import run

DEFAULT_PORT: Final = 8900
DEFAULT_FILE: Final = Path("tiledesk-mock.json")


@click.command("serve")
@setting_options(
    "host",
    "port",
    "db",
    "seed",
    "reseed",
    "dialect",
    "global_secret",
    "events_ttl",
    "durability",
    "hang",
    "subscription_log",
    "webhooks_anywhere",
    "webhooks_origin",
    "webhook_timeout",
    "webhook_queue",
    "delivery_log_size",
    "rate_limit",
    "faults",
    "id_seed",
    "admin_token",
    "journal_size",
    "log_level",
    port=DEFAULT_PORT,
    db=DEFAULT_FILE,
    webhooks_anywhere=False,
)
@click.option("--in-memory", is_flag=True, envvar="TILEDESK_MOCK_IN_MEMORY", help="Keep nothing in a file.")
def serve_command(in_memory: bool, **given: Any) -> None:
    """Answer as Tiledesk does, until Ctrl-C.

    The first line on standard output is `ready URL`; who can sign in and a line to try follow. Every option
    can also be set as TILEDESK_MOCK_NAME in the environment.
    """
    if in_memory and given["db"] is not None:
        raise click.UsageError("--in-memory and --db exclude each other")
    db = None if in_memory else DEFAULT_FILE
    settings = settings_of(given, port=DEFAULT_PORT, db=db, webhooks_anywhere=False)
    with Emulator(settings) as emulator:
        run(emulator, settings, lambda url: _introduce(emulator, url))


def _introduce(emulator: Emulator, url: str) -> None:
    """Say where it answers, what it holds, who can sign in, and what to try."""
    settings, people = emulator.settings, emulator.database.people
    base = f"{url}/v3"
    kept = f"kept in {settings.db.resolve()}" if settings.db else "kept in memory"
    if settings.seed and emulator.had_data:
        kept += ", as it was: the seed is not read again (--reseed starts anew)"
    click.echo(f"ready {base}")
    if not is_loopback(settings.host):
        click.echo(f"token {emulator.admin_token}  (for /__admin, as Authorization: Bearer)")
    click.echo(f"dialect {settings.dialect.value}; {_counted(emulator)}, {kept}")
    example: list[str] = []
    projects = people.projects()
    if not projects:
        beside = f": has {settings.db.stem}.people{settings.db.suffix} gone?" if settings.db else ""
        click.echo(f"no project, so that nobody can sign in{beside if len(emulator.database.events) else ''}")
    for project in projects:
        click.echo(f"project {project.id}  {project.name}")
        for member, user in _signing_in(emulator, project):
            click.echo(f"  {member.role:<10} {user.email}  {user.password}")
            example = example or _example(user, f"{base}/{project.id}/events")
    for line in example:
        click.echo(line)


def _counted(emulator: Emulator) -> str:
    """Tell how many events there are, and how many of the stored ones nobody sees any more."""
    stored, shown = len(emulator.database.events), emulator.count_events()
    gone = f" ({stored - shown} more have expired: see --events-ttl)" if shown < stored else ""
    return f"{number_of(shown, 'event')}{gone}"


def _signing_in(emulator: Emulator, project: Project) -> Iterator[tuple[ProjectUser, User]]:
    """Yield the members of a project who can sign in, with who they are."""
    people, identity = emulator.database.people, emulator.authenticator
    for member in people.project_users(project.id) if project.status == ENABLED else ():
        user = people.user(member.id_user) if member.id_user else None
        if user is None or identity.user_by_credentials(user.email, user.password) is None:
            continue
        if identity.member(Principal(PrincipalKind.USER, user.id), project.id):
            yield member, user


def _example(user: User, url: str) -> list[str]:
    """Return a line to paste that fires an event."""
    body = '{"name": "order.paid", "attributes": {"total": 42}}'
    words = ["curl", "-u", f"{user.email}:{user.password}", "-H", "Content-Type: application/json"]
    return ["try", "  " + shlex.join([*words, "-d", body, url])]
