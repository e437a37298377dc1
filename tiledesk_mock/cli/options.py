"""Options that are made from the settings, with the same names, help and checks; and the option --json."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from enum import Enum
from typing import Any, Final, TypeVar

import click

from ..errors import SettingsError
from ..settings import Settings, environment_variable, parse_setting
from ..text import number_of

DEFAULT_PORT: Final = 8900

_METAVARS: Final = {
    "db": "FILE",
    "events_ttl": "SECONDS",
    "keep_alive_timeout": "SECONDS",
    "origin": "URL,...",
    "seed": "FILE",
}

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def inherited(name: str) -> Any:
    """Return the value that the verb above has for a parameter; None without such a verb.

    So `clock --url URL freeze` freezes the clock at that URL.
    """
    parent = click.get_current_context().parent
    return parent.params.get(name) if parent else None


json_option: Final = click.option(
    "--json",
    "as_json",
    is_flag=True,
    flag_value=True,  # which click before 8.2 takes from a default that it does not call
    default=lambda: inherited("as_json") or False,
    help="Print JSON, one object a line, for programs.",
)

count_option: Final = click.option(
    "--count", type=click.IntRange(0), metavar="N", help="End with exit code 1 unless exactly N match."
)


def examples(*commands: str) -> str:
    """Return the last paragraph of a help: commands to try."""
    heading = "Example" if len(commands) == 1 else "Examples"
    return "\n".join([f"{heading}:\n", "\b", *(f"  {one}" for one in commands)])


def check_count(found: int, count: int | None, noun: str) -> None:
    """Raise ClickException, for exit code 1, if not exactly `count` were found; None is any number."""
    if count not in (None, found):
        raise click.ClickException(f"expected exactly {number_of(count or 0, noun)}, but {found} matched")


class SettingType(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic from click 8.4 on
    """Parses the text of an option as the setting of that name."""

    def __init__(self, column: Field[Any]) -> None:
        self.name = column.name
        self._default: Final = column.default

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value of the setting, or fail with what was expected."""
        if not isinstance(value, str):
            return value
        try:
            return parse_setting(self.name, value)
        except SettingsError as error:
            message = f"{value!r} is not {error.expected}"
            source = ctx.get_parameter_source(self.name) if ctx else None
            if source is click.core.ParameterSource.ENVIRONMENT:
                raise click.UsageError(f"{environment_variable(self.name)}: {message}", ctx) from None
            self.fail(message, param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # noqa: ARG002
        """Return the placeholder of the value in the help."""
        if isinstance(self._default, Enum):
            return "|".join(member.value for member in type(self._default))
        return _METAVARS.get(self.name, "TEXT")


def setting_options(*names: str, **defaults: Any) -> Callable[[CommandT], CommandT]:
    """Add an option for each named setting.

    The value of an option that is not used is None; `defaults` are those that the help shows.
    """

    def add(command: CommandT) -> CommandT:
        columns = {column.name: column for column in fields(Settings)}
        for name in reversed(names):
            command = _option(columns[name], defaults.get(name))(command)
        return command

    return add


def settings_from(options: Mapping[str, Any], **defaults: Any) -> Settings:
    """Return the settings of the options of `setting_options`, and `defaults` for those that are not used."""
    values = {name: value for name, value in options.items() if value is not None}
    values["seed"] = tuple(file for files in options.get("seed") or () for file in files)
    return Settings(**{**defaults, **values})


def _option(column: Field[Any], default: Any) -> Callable[[CommandT], CommandT]:
    name, dashed = column.name, column.name.replace("_", "-")
    shown = default if default is not None else column.default
    text = column.metadata["help"]
    sentence = f"{text[0].upper()}{text[1:]}."
    common: dict[str, Any] = {"default": None, "envvar": environment_variable(name)}
    if isinstance(shown, bool):
        flags = f"--{dashed}/--no-{dashed}" if shown else f"--{dashed}"
        return click.option(
            flags, name, is_flag=True, help=f"{sentence} [{'on' if shown else 'off'}]", **common
        )
    if shown not in (None, (), MISSING):
        sentence += f" [{shown.value if isinstance(shown, Enum) else shown}]"
    return click.option(
        f"--{dashed}", name, type=SettingType(column), multiple=name == "seed", help=sentence, **common
    )
