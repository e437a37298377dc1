"""`people`: who can call a running emulator, with their credentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from ..control.people import Person, person_document
from .connection import remote_controls, url_option
from .options import examples, json_option
from .table import Column, print_table
from .terminal import print_json

_COLUMNS: Final = (
    Column("role"),
    Column("e-mail"),
    Column("password"),
    Column("name", 8, is_optional=True),
    Column("id"),
    Column("project"),
)


@click.command(
    "people", epilog=examples('curl -u "$(tiledesk-mock people agent --basic)" $TILEDESK_MOCK_URL/testauth')
)
@click.argument("name", required=False, metavar="[WHO]")
@click.option("--jwt", "is_jwt", is_flag=True, help="Print the token of WHO only, as it stands in a header.")
@click.option(
    "--basic", "is_basic", is_flag=True, help="Print EMAIL:PASSWORD of WHO only, as curl -u takes it."
)
@json_option
@url_option
def people_command(name: str | None, is_jwt: bool, is_basic: bool, as_json: bool, url: str) -> None:
    """Print who can call, with their credentials.

    WHO is a role, an e-mail address or an id. With --json a person also has a token, as `jwt`.
    """
    if is_jwt + is_basic + as_json > 1:
        raise click.UsageError("--jwt, --basic and --json exclude each other")
    if (is_jwt or is_basic) and name is None:
        raise click.UsageError(f"{'--jwt' if is_jwt else '--basic'} needs a person, as agent")
    controls = remote_controls(url)
    people = list(controls.people()) if name is None else controls.find_people(name)
    if is_jwt or is_basic:
        click.echo(people[0].jwt if is_jwt else _basic(people[0]))
    elif as_json:
        print_json(map(person_document, people))
    else:
        _print_people(people)


def _basic(person: Person) -> str:
    if person.basic is None:
        raise click.ClickException(f"{person} has no password: use --jwt")
    return ":".join(person.basic)


def _print_people(people: Sequence[Person]) -> None:
    """Print a table; it has the projects if there is more than one."""
    is_one = len({one.id_project for one in people}) <= 1
    rows = (
        (
            one.role,
            one.email or "",
            one.password or "",
            one.name or "",
            one.id,
            "" if is_one else one.id_project,
        )
        for one in people
    )
    print_table(_COLUMNS, rows, "no person can call: the emulator has no project")
