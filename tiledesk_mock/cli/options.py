"""Options made from the settings, so that both have the same names, texts and checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from enum import Enum
from typing import Any, TypeVar

import click

from ..errors import SettingsError
from ..settings import Settings, environment_variable, parse_setting

Command = TypeVar("Command", bound=Callable[..., Any])


class SettingType(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic from click 8.4 on
    """Reads an option's text as the setting of that name."""

    def __init__(self, column: Field[Any]) -> None:
        self.name = column.name
        self._column = column

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the setting's value, or fail with what was expected."""
        if not isinstance(value, str):
            return value
        try:
            return parse_setting(self.name, value)
        except SettingsError as error:
            told = f"{value!r} is not {error.expected}"
            source = ctx.get_parameter_source(self.name) if ctx else None
            if source is click.core.ParameterSource.ENVIRONMENT:
                raise click.UsageError(f"{environment_variable(self.name)}: {told}", ctx) from None
            self.fail(told, param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # noqa: ARG002
        """Return what the help shows as the option's value."""
        default = self._column.default
        if isinstance(default, Enum):
            return "|".join(member.value for member in type(default))
        return {"db": "FILE", "events_ttl": "SECONDS", "seed": "FILE"}.get(self.name, "TEXT")


def setting_options(*names: str, **defaults: Any) -> Callable[[Command], Command]:
    """Add an option for each named setting; what is not given is None, and its default in `defaults`."""

    def add(command: Command) -> Command:
        columns = {column.name: column for column in fields(Settings)}
        for name in reversed(names):
            command = _option(columns[name], defaults.get(name))(command)
        return command

    return add


def settings_of(given: Mapping[str, Any], **defaults: Any) -> Settings:
    """Return the settings that the options of `setting_options` give, with `defaults` for those not given."""
    told = {name: value for name, value in given.items() if value is not None}
    told["seed"] = tuple(file for files in given.get("seed") or () for file in files)
    return Settings(**{**defaults, **told})


def _option(column: Field[Any], default: Any) -> Callable[[Command], Command]:
    name = column.name
    shown = default if default is not None else column.default
    explained = column.metadata["help"]
    dashed = f"--{name.replace('_', '-')}"
    if isinstance(shown, bool):
        named = f"{dashed}/--no-{dashed.removeprefix('--')}" if shown else dashed
        told = f"{_sentence(explained)} [{'on' if shown else 'off'}]"
        return click.option(
            named, name, is_flag=True, default=None, envvar=environment_variable(name), help=told
        )
    told = "" if shown in (None, (), MISSING) else f" [{shown.value if isinstance(shown, Enum) else shown}]"
    return click.option(
        dashed,
        name,
        type=SettingType(column),
        multiple=name == "seed",
        default=None,
        envvar=environment_variable(name),
        help=_sentence(explained) + told,
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
