"""`faults`: what goes wrong in a running emulator, on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

import click

from ..control.controls import Controls
from ..faults.rule import Fault, fault_document, read_fault
from ..node.convert import type_options
from ..text import suggestion
from ..tiledesk.wire import Document
from .connection import remote_controls, url_option
from .options import examples, json_option
from .table import Cell, Column, Row, print_table
from .terminal import print_json
from .values import parsed_value, text_values

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

FIELD_HELP: Final = {
    "method": "Only requests with it. [any but OPTIONS]",
    "path": "Only requests to it.",
    "person": "Only requests of this person.",
    "name": "Only requests that fire this event.",
    "nth": "Only the nth of these requests.",
    "after": "So many of these requests pass first. [0]",
    "count": "So many requests at most.",
    "probability": "How probable it is for each request. [1]",
    "seed": "Of the probability; the same one has the same effect. [0]",
    "latency": "Wait so many seconds before anything else.",
    "status": "Respond with this status.",
    "body": "What the response with --status has, in place of Tiledesk's own.",
    "headers": "A header field of the response with --status. May be repeated.",
    "drop": "Reset the connection at the request (no effect), at the response, or midway through it.",
    "truncate": "End the body after so many bytes, by default after its first half.",
    "garble": "Send wrong bytes in the body.",
    "drip": "Send the body slowly, at so many bytes a second.",
    "hang": "Never respond.",
}
"""What each field of a rule does."""

_WHEN: Final = ("method", "path", "person", "name", "nth", "after", "count", "probability", "seed")
_COUNTS: Final = ("id", "hits", "seen")
_HALF: Final = "half"

_COLUMNS: Final = (
    Column("id"),
    Column("effect", 12),
    Column("when", 12),
    Column("hits", is_right=True),
    Column("seen", is_right=True, is_optional=True),
)


def _field_option(name: str, hint: Any) -> Callable[[CommandT], CommandT]:
    """Return the option of a field: a flag, choices, an optional or a required value, as its type has it."""
    kinds = [kind for kind in type_options(hint) if kind is not NoneType]
    options: dict[str, Any] = {"help": FIELD_HELP[name], "default": None}
    if kinds == [bool]:
        options["is_flag"] = True
    elif get_origin(kinds[0]) is Literal:
        options["type"] = click.Choice(get_args(kinds[0]))
    elif get_origin(kinds[0]) is Mapping:
        options |= {"multiple": True, "metavar": "NAME:VALUE"}
    elif bool in kinds:
        options |= {"is_flag": False, "flag_value": _HALF, "metavar": "[BYTES]"}
    elif kinds == [int]:
        options["type"] = int
    elif kinds == [float]:
        options |= {"type": float, "metavar": "NUMBER"}
    else:
        options["metavar"] = "JSON|TEXT" if kinds == [Any] else "TEXT"
    return click.option(f"--{name}", **options)


def rule_options(command: CommandT) -> CommandT:
    """Add an option for each field of a rule."""
    hints = get_type_hints(Fault, include_extras=True)
    for name in reversed([name for name in hints if name != "id"]):
        command = _field_option(name, hints[name])(command)
    return command


@click.group(
    "faults",
    invoke_without_command=True,
    epilog=examples(
        "tiledesk-mock faults add --status 503 --path /events --count 2", "tiledesk-mock faults clear"
    ),
)
@json_option
@url_option
@click.pass_context
def faults_command(context: click.Context, as_json: bool, url: str) -> None:
    """Print the faults in force with the number of requests that each hit; add some, remove them."""
    if context.invoked_subcommand is not None:
        return
    rules = remote_controls(url).faults()
    if as_json:
        print_json(rules)
    else:
        print_table(_COLUMNS, map(_row, rules), "no fault is in force")


@faults_command.command(
    "add",
    epilog=examples(
        "tiledesk-mock faults add --latency 2 --person agent",
        "tiledesk-mock faults add --status 301 --headers Location:/elsewhere --path /events",
        "tiledesk-mock faults add --truncate --nth 3",
    ),
)
@rule_options
@json_option
@url_option
def add_command(as_json: bool, url: str, **options: Any) -> None:
    """Add a fault, and print its id. It is for the requests that are as all of its options say."""
    rule = fault_document(read_fault(_rule(options), "fault"))
    added = remote_controls(url).add_fault(rule)
    if as_json:
        print_json([added])
    else:
        click.echo(added["id"])


def _rule(options: Mapping[str, Any]) -> dict[str, Any]:
    rule = {name: value for name, value in options.items() if value not in (None, (), False)}
    if "headers" in rule:
        rule["headers"] = text_values(rule["headers"], ":=")
    for name in rule.keys() & {"body", "seed"}:
        rule[name] = parsed_value(rule[name])
    if "truncate" in rule:
        rule["truncate"] = rule["truncate"] == _HALF or parsed_value(rule["truncate"])
    return rule


@faults_command.command("remove")
@click.argument("id_fault", metavar="ID")
@url_option
def remove_command(id_fault: str, url: str) -> None:
    """Remove the fault ID."""
    controls = remote_controls(url)
    if not controls.remove_fault(id_fault):
        raise click.ClickException(f"there is no fault {id_fault!r}: {_near(controls, id_fault)}")


def _near(controls: Controls, id_fault: str) -> str:
    ids = [rule["id"] for rule in controls.faults()]
    return suggestion(id_fault, ids) if ids else "no fault is in force"


@faults_command.command("clear")
@url_option
def clear_command(url: str) -> None:
    """Remove all faults, also those that `serve` began with; a reset brings these back."""
    remote_controls(url).clear_faults()


def _row(rule: Document) -> Row:
    effects = {name: value for name, value in rule.items() if name not in (*_COUNTS, *_WHEN)}
    when = {name: value for name, value in rule.items() if name in _WHEN}
    hits = Cell(str(rule["hits"]), "yellow" if rule["hits"] else None)
    return rule["id"], _listed(effects), _listed(when) or "any request", hits, str(rule["seen"])


def _listed(fields: Mapping[str, Any]) -> str:
    return ", ".join(name if value is True else f"{name} {_shown(value)}" for name, value in fields.items())


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
