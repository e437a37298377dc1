"""`events`: the stored events of a running emulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import click

from ..control.controls import Controls
from ..expectations.delivery import delivery_line
from ..redaction.masking import masked_json
from ..text import visible
from ..tiledesk.wire import Document
from .connection import remote_controls, url_option
from .options import check_count, count_option, examples, json_option
from .requests import body_lines, short_ids
from .table import Cell, Column, Row, print_table
from .terminal import local_time, print_json, print_lines
from .values import find_by_id, object_values, parsed_moment

_COLUMNS: Final = (
    Column("time"),
    Column("name", 12),
    Column("person", 8),
    Column("attributes", 16),
    Column("id", is_optional=True),
    Column("project", is_optional=True),
)


@click.command(
    "events",
    epilog=examples(
        "tiledesk-mock events --name 'order.*' --by agent --since -10m",
        "tiledesk-mock events --name order.paid --attributes order=7 --count 1 --json",
    ),
)
@click.argument("id_event", required=False, metavar="[ID]")
@click.option("--name", metavar="NAME", help="The name; * stands for any text.")
@click.option("--by", "--person", "by", metavar="WHO", help="Who fired it: role, e-mail address or id.")
@click.option("--attributes", multiple=True, metavar="KEY=VALUE|JSON", help="A part of its attributes.")
@click.option("--project", metavar="ID", help="The project. [all]")
@click.option("--since", metavar="TIME", help="ISO 8601, 14:30 (today), or -10m (before now).")
@click.option("--until", metavar="TIME", help="Those before this time.")
@click.option("-n", "--limit", type=click.IntRange(1), metavar="N", help="The last N that match.")
@count_option
@json_option
@url_option
def events_command(
    id_event: str | None,
    attributes: tuple[str, ...],
    limit: int | None,
    count: int | None,
    as_json: bool,
    url: str,
    **options: str | None,
) -> None:
    """Print the stored events, oldest first; with ID one in full, with its deliveries."""
    controls = remote_controls(url)
    if id_event is not None:
        _print_event(controls, id_event, as_json=as_json)
        return
    filters: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    for name in filters.keys() & {"since", "until"}:
        filters[name] = parsed_moment(filters[name], controls.clock()["now"])
    if attributes:
        filters["attributes"] = object_values(attributes)
    found = _events(controls, filters, None if count is not None else limit)
    shown = found[-limit:] if limit else found
    if as_json:
        print_json(shown)
    else:
        _print_events(controls, shown, "no event like that is stored" if filters else "no event is stored")
    check_count(len(found), count, "event")


def _events(controls: Controls, filters: Mapping[str, Any], limit: int | None) -> list[Document]:
    """Return the newest events, in the order in which they came."""
    if limit is None:
        return controls.events(**filters)
    return controls.events(**filters, order="newest", limit=limit)[::-1]


def _print_events(controls: Controls, events: list[Document], empty: str) -> None:
    """Print a table; it has the projects if there is more than one."""
    names = _names(controls) if events else {}
    is_one = len({one["id_project"] for one in events}) <= 1
    print_table(_COLUMNS, (_row(one, names, is_one=is_one) for one in events), empty)


def _row(event: Document, names: Mapping[str, str], *, is_one: bool) -> Row:
    attributes = event.get("attributes")
    person = _person(event, names)
    return (
        local_time(event["createdAt"]),
        str(event["name"]),
        Cell(person, short=short_ids(person.partition(" ")[0])),
        json.dumps(masked_json(attributes), ensure_ascii=False) if attributes else "",
        event["_id"],
        "" if is_one else event["id_project"],
    )


def _person(event: Document, names: Mapping[str, str]) -> str:
    member = event.get("project_user")
    ids = (member.get("_id") if isinstance(member, dict) else member, event["createdBy"])
    return next((names[one] for one in map(str, ids) if one in names), str(event["createdBy"]))


def _names(controls: Controls) -> dict[str, str]:
    """Return the names of people by their ids."""
    return {key: str(one) for one in controls.people() for key in (one.id_user, one.id)}


def _print_event(controls: Controls, id_event: str, *, as_json: bool) -> None:
    event = find_by_id(controls.events(), id_event, "event", "_id")
    if as_json:
        print_json([event])
        return
    deliveries = [one for one in controls.deliveries() if one["event"]["_id"] == id_event]
    print_lines(body_lines({"json": event}))
    print_lines(visible(f"delivery {one['id']}: {delivery_line(one)}") for one in deliveries)
