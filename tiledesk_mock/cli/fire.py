"""`fire`: an event, or one of the platform's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import click
from click.shell_completion import CompletionItem

from ..node.json import ABSENT
from ..tiledesk.auth import role_hint
from ..tiledesk.events import EVENT_PREFIX
from ..tiledesk.platform_events import (
    EVENT_TYPES,
    EventType,
    event_type,
    field_rows,
    name_hint,
    own_webhook,
    prefix_hint,
)
from .connection import db_option, open_controls, url_option
from .values import nested_values


def _complete_name(context: click.Context, _: click.Parameter, text: str) -> list[CompletionItem]:
    """Return the names of the platform's own events that begin with a text, after --standard or --list."""
    if not (context.params.get("standard") or context.params.get("is_list")):
        return []
    return [CompletionItem(row.name, help=row.sentence) for row in EVENT_TYPES if row.name.startswith(text)]


@click.command("fire")
@click.argument("name", required=False, shell_complete=_complete_name)
@click.argument("attributes", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--as", "by", metavar="WHO", help="Who fires it: role, e-mail or id. [owner]")
@click.option("--project", metavar="ID", help="The project. [that of WHO]")
@click.option("--standard", is_flag=True, help="Send one of the platform's own events, as message.create.")
@click.option("--list", "is_list", is_flag=True, help="Print the platform's own events, or NAME only.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.option("--quiet", "-q", "is_quiet", is_flag=True, help="Print nothing of what is fired.")
@url_option
@db_option
def fire_command(
    name: str | None,
    attributes: tuple[str, ...],
    by: str | None,
    project: str | None,
    standard: bool,
    is_list: bool,
    as_json: bool,
    is_quiet: bool,
    url: str,
    db: str | None,
) -> None:
    """Fire the event NAME with attributes, and print it.

    A VALUE that is valid JSON is parsed; any other is text. `order.id=1` makes a nested object. With
    --standard NAME is one of the platform's own events, KEYs are its fields, and the payload is printed;
    --list prints the names with their fields.
    """
    if is_list:
        _print_list(name, as_json=as_json)
        return
    if name is None:
        raise click.UsageError("name an event; --list prints the platform's own")
    if as_json:
        raise click.UsageError("--json goes with --list: what is fired is always printed as JSON")
    fields = nested_values(attributes, _texts(event_type(name)) if standard else ())
    with open_controls(url, db) as controls:
        if standard:
            fields |= {} if by is None else {"by": by}
            printed = controls.emit_standard(name, fields, project)
        else:
            printed = controls.fire(name, fields or ABSENT, by or "owner", project)
    if not is_quiet:
        click.echo(json.dumps(printed, ensure_ascii=False, indent=1))
    role = fields.get("role") if standard else None
    role_problem = role_hint(role) if isinstance(role, str) else None
    if role_problem is not None:
        click.echo(f"{name}: role: {role_problem}", err=True)
    hint = None if standard else _standard_hint(name)
    if hint is not None:
        click.echo(f"{name}: fired as a custom event, which comes as {EVENT_PREFIX}{name}; {hint}", err=True)


def _standard_hint(name: str) -> str | None:
    """Return what may have been meant by a custom event that has the name of a platform event, or nearly."""
    if own_webhook(name) is not None:
        return "--standard sends the platform's own"
    return prefix_hint(name) or name_hint(name)


def _print_list(name: str | None, *, as_json: bool) -> None:
    rows = EVENT_TYPES if name is None else (event_type(name),)
    if as_json:
        click.echo(json.dumps([row.document() for row in rows], indent=1))
        return
    click.echo("\n\n".join("\n".join(_lines(row)) for row in rows))


def _lines(row: EventType) -> Iterator[str]:
    """Yield the lines of an event: name, description, and a line for each field."""
    yield click.style(row.name, bold=True)
    note = "; custom event, which comes as event.emit" if row.is_custom else ""
    yield f"  {row.sentence}{note}{'; to global subscriptions only' if row.is_global else ''}"
    fields = [(one.name, one.kind, one) for one in field_rows(row.fields)]
    yield from _columns(
        (name, f"{kind}{' (required)' if one.is_required else ''}", one.sentence)
        for name, kind, one in fields
    )


def _columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    cells = [*rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _texts(row: EventType) -> frozenset[str]:
    """Return the names of the fields that may be text: there, `123` is text, too."""
    return frozenset(one.name for one in field_rows(row.fields) if one.takes_text)
