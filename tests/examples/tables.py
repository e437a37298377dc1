"""The tables of the documents, as the code defines them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import Field, fields
from enum import Enum
from importlib.metadata import requires
from inspect import Parameter, Signature, isfunction, signature
from types import FunctionType
from typing import Any

import click

from conformance import table
from tiledesk_mock.cli.command import main
from tiledesk_mock.cli.serve import serve_command
from tiledesk_mock.control.operations import OPERATIONS
from tiledesk_mock.plugin.options import EMULATOR_FIELDS, PLUGIN_FIELDS
from tiledesk_mock.settings import Settings, environment_variable
from tiledesk_mock.testing.conversation import Conversation
from tiledesk_mock.tiledesk.conversation_fields import STEPS, OpeningFields
from tiledesk_mock.tiledesk.drifts import DRIFTS
from tiledesk_mock.tiledesk.event_fields import GivenFields
from tiledesk_mock.tiledesk.platform_events import EVENT_TYPES, EventType, field_rows

SERVE = frozenset(param.name for param in serve_command.params if isinstance(param, click.Option))


def settings() -> list[str]:
    """Return a row for each setting of an emulator."""
    return [_setting(column, _places(column.name)) for column in fields(Settings)]


def plugin_options() -> list[str]:
    """Return a row for each option of the plugin."""
    return [_setting(column) for column in PLUGIN_FIELDS.values()]


def drifts() -> list[str]:
    """Return a row for each drift."""
    return [
        f"| `{drift.id}` | {drift.kind.value} | {drift.documented} | {drift.server} |" for drift in DRIFTS
    ]


def compared() -> list[str]:
    """Return a row for each ground that was compared with the real server."""
    return table.rows()


def verbs() -> list[str]:
    """Return a row for each verb of the command, and for the words that some have."""
    context = click.Context(main)
    found = ((name, main.get_command(context, name)) for name in main.list_commands(context))
    return [row for name, verb in found if verb is not None for row in _verb(name, verb)]


def _verb(name: str, verb: click.Command) -> Iterator[str]:
    sentences, *_ = (verb.help or "").split("\n\n")
    yield f"| `{name}` | {' '.join(sentences.split())} |"
    for word, command in verb.commands.items() if isinstance(verb, click.Group) else ():
        yield from _verb(f"{name} {word}", command)


def control() -> list[str]:
    """Return a row for each path of the control API."""
    methods: dict[str, list[str]] = {}
    for operation in OPERATIONS:
        path = re.sub(r"<(\w+)>", _placeholder, operation.path)
        methods.setdefault(path, []).append(operation.method)
    return [f"| `{path}` | {', '.join(named)} |" for path, named in methods.items()]


def platform_events() -> list[str]:
    """Return a row for each of the platform's own events, and one for each of their fields."""
    events = [f"| `{row.name}` | {row.sentence} | {_receivers(row)} |" for row in EVENT_TYPES]
    kinds = dict.fromkeys(row.fields for row in EVENT_TYPES)
    return events + [row for kind in kinds for row in _event_fields(kind)]


def conversation_steps() -> list[str]:
    """Return a row for each step of a conversation's handle, with its arguments and their defaults."""
    steps = [name for name in vars(Conversation) if not name.startswith("_")]
    methods = {name: getattr(Conversation, name) for name in steps}
    return [f"| `{name}({_arguments(one)})` |" for name, one in methods.items() if isfunction(one)]


def _arguments(method: FunctionType) -> str:
    parameters = [*signature(method).parameters.values()][1:]
    return str(Signature([one.replace(annotation=Parameter.empty) for one in parameters]))[1:-1]


def conversation_fields() -> list[str]:
    """Return a row for each field of the steps of a conversation, with the steps that have it."""
    steps: dict[str, list[str]] = {}
    for step, kind in {"conversations": OpeningFields, **STEPS}.items():
        for one in field_rows(kind):
            required = ", required" if one.is_required else ""
            row = f"| `{one.name}` | {one.kind}{required} | {one.sentence} |"
            steps.setdefault(row, []).append(f"`{step}`")
    return [f"| {', '.join(names)} {row}" for row, names in steps.items()]


def _receivers(row: EventType) -> str:
    if row.is_custom:
        return f"`event.emit`, `event.emit.{row.name}`"
    return "global subscriptions" if row.is_global else "the project's and global subscriptions"


def _event_fields(kind: type[GivenFields]) -> Iterator[str]:
    names = ", ".join(f"`{row.name}`" for row in EVENT_TYPES if row.fields is kind)
    for one in field_rows(kind):
        required = ", required" if one.is_required else ""
        yield f"| {names} | `{one.name}` | {one.kind}{required} | {one.sentence} |"


def dependencies() -> set[str]:
    """Return the names of the packages that an install brings."""
    listed = requires("tiledesk-mock") or []
    return {re.split(r"[<>=!~;\[ ]", line)[0].lower() for line in listed if "extra ==" not in line}


def rows(text: str) -> Iterator[str]:
    """Yield the rows of all tables in a document."""
    return (line for line in text.splitlines() if line.startswith("|"))


def missing(expected: Iterable[str], text: str) -> str:
    """Return the rows that a document does not have."""
    present = tuple(rows(text))
    return "\n".join(row for row in expected if not any(line.startswith(row) for line in present))


def _setting(column: Field[Any], *places: str) -> str:
    cells = [f"`{column.name}`", *places, f"`{environment_variable(column.name)}`", _default(column)]
    return f"| {' | '.join(cells)} | {column.metadata['help']} |"


def _places(name: str) -> str:
    places = (("serve", name in SERVE), ("pytest", name in EMULATOR_FIELDS))
    return ", ".join(place for place, is_place in places if is_place)


def _default(column: Field[Any]) -> str:
    default = column.default.value if isinstance(column.default, Enum) else column.default
    if default in (None, ()):
        return "-"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _placeholder(match: re.Match[str]) -> str:
    return match[1].removeprefix("id_").upper() if match[1] != "name" else "NAME"
