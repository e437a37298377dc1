"""`fire`: fire an event."""

from __future__ import annotations

import json

import click

from ..node.json import ABSENT, Json
from ..tiledesk.platform_events import STANDARD_EVENTS
from .connection import db_option, open_controls, url_option


@click.command("fire")
@click.argument("name")
@click.argument("attributes", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--as", "by", metavar="WHO", default="owner", help="Who fires it: role, e-mail or id. [owner]")
@click.option("--project", metavar="ID", help="The project. [that of WHO]")
@click.option("--standard", is_flag=True, help="Fire one of the platform's own events, as typing.start.")
@url_option
@db_option
@click.pass_context
def fire_command(
    context: click.Context,
    name: str,
    attributes: tuple[str, ...],
    by: str,
    project: str | None,
    standard: bool,
    url: str,
    db: str | None,
) -> None:
    """Fire the event NAME with attributes, and print it.

    A VALUE that is valid JSON is parsed; any other is text. `order.id=1` makes a nested object. With
    --standard the event has the platform's attributes, with example values unless you set them.
    """
    values = _nested(attributes)
    if standard:
        _check_standard(context, name)
    with open_controls(url, db) as controls:
        if standard:
            event = controls.emit_standard(name, values, project=project)
        else:
            event = controls.fire(name, values or ABSENT, by, project)
    click.echo(json.dumps(event, ensure_ascii=False, indent=1))


def _check_standard(context: click.Context, name: str) -> None:
    if context.get_parameter_source("by") is not click.core.ParameterSource.DEFAULT:
        raise click.UsageError("--standard and --as exclude each other: the platform fires it")
    if name not in STANDARD_EVENTS:
        raise click.BadParameter(f"{name!r} is not one of {', '.join(STANDARD_EVENTS)}", param_hint="NAME")


def _nested(pairs: tuple[str, ...]) -> dict[str, Json]:
    attributes: dict[str, Json] = {}
    for pair in pairs:
        path, equals, text = pair.partition("=")
        if not equals or not path:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="KEY=VALUE")
        *parents, key = path.split(".")
        target = attributes
        for parent in parents:
            target = target.setdefault(parent, {})
            if not isinstance(target, dict):
                raise click.BadParameter(f"{pair!r}: {parent} has a value already", param_hint="KEY=VALUE")
        target[key] = _value(text)
    return attributes


def _value(text: str) -> Json:
    try:
        value: Json = json.loads(text)
        json.dumps(value, allow_nan=False)  # Python also parses NaN and Infinity, which are not JSON
    except (ValueError, RecursionError):
        return text
    return value
