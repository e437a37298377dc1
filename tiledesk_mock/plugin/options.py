"""The options of the plugin: settings of the emulator, and how tests are treated."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import Field, dataclass, fields
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..settings import Order, RecordMode, Repeat, Settings, choice, environment_variable, flag, setting

if TYPE_CHECKING:
    import pytest

INI_PREFIX: Final = "tiledesk_mock_"
"""The prefix of all ini settings, and of the `dest` of all command line options."""

BOTH: Final = "both"
"""The value of `dialect` that runs each test once in each dialect."""

_NOT_IN_TESTS: Final = frozenset(
    {"host", "port", "db", "reseed", "durability", "log_level", "log_format", "admin_token"}
)
"""Settings that tests do not need: they keep no file, and their servers listen on free ports."""


class DriftPolicy(str, Enum):
    """What happens when a test relies on a drift."""

    IGNORE = "ignore"
    WARN = "warn"
    ERROR = "error"


class RunMode(str, Enum):
    """Whether requests go to the emulator alone, or to another Tiledesk as well."""

    EMULATE = "emulate"
    DIFF = "diff"


def _parse_words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _import_function(name: str) -> Any:
    module, _, function = name.partition(":")
    try:
        return getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(name) from error


@dataclass(frozen=True, kw_only=True)
class PluginOptions:
    """How the plugin treats the tests that use the mock."""

    drifts: DriftPolicy = choice(
        DriftPolicy.WARN,
        "if a test relies on something that the real server does not do: ignore it, warn, or fail the test",
    )
    strict: bool = flag(
        False,
        "fail tests that request paths which are not emulated, or leave entries of the cassette unused; "
        "fail runs in which the upstream differs",
    )
    guard: bool = flag(True, "fail tests that try to reach the real Tiledesk")
    hosts: tuple[str, ...] = setting(
        (), _parse_words, "host names, with spaces between", "hosts that tiledesk_mock_intercept intercepts"
    )
    cassette: Path | None = setting(
        None, Path, "a file name", "recording (HAR, or VCR.py's) that responds instead of the emulator"
    )
    record: RecordMode = choice(
        RecordMode.ONCE,
        "what to record from the upstream; none: nothing; once: everything, if the file does not exist; "
        "new_episodes: missing entries; all: everything",
    )
    mode: RunMode = choice(
        RunMode.EMULATE,
        "emulate: use the emulator alone; diff: use the upstream as well, and report differences at the end",
    )
    upstream: str | None = setting(
        None, str, "a URL", "the Tiledesk to record or to compare with, prefix included"
    )
    credentials: Path | None = setting(
        None, Path, "a file name", "file with project and people of the upstream to compare with"
    )
    order: Order = choice(
        Order.ANY, "whether requests to the cassette may come in any order, or only as recorded"
    )
    repeat: Repeat = choice(Repeat.ONCE, "whether an entry of the cassette responds once or forever")
    fallback: bool = flag(False, "let the emulator respond to requests that are not in the cassette")
    redact: tuple[str, ...] = setting(
        (),
        _parse_words,
        "names and JSON paths, with spaces between",
        "what else to redact in recordings: headers and fields (card), JSON paths (attributes.*.iban)",
    )
    redact_with: Callable[..., Any] | None = setting(
        None,
        _import_function,
        "the name of a function: MODULE:FUNCTION",
        "function that takes each recorded request and response, and returns both",
        callable,
    )
    passthrough: bool = flag(True, "let requests to other hosts pass tiledesk_mock_intercept")


EMULATOR_FIELDS: Final[dict[str, Field[Any]]] = {
    column.name: column for column in fields(Settings) if column.name not in _NOT_IN_TESTS
}
PLUGIN_FIELDS: Final[dict[str, Field[Any]]] = {column.name: column for column in fields(PluginOptions)}
OPTION_FIELDS: Final[dict[str, Field[Any]]] = {**EMULATOR_FIELDS, **PLUGIN_FIELDS}
"""Everything that can be set in a run of pytest."""


def option_name(name: str) -> str:
    """Return the command line option of a setting; `--tiledesk-mock-no-NAME` if it is on by default."""
    prefix = "no-" if OPTION_FIELDS[name].default is True else ""
    return f"--tiledesk-mock-{prefix}{name.replace('_', '-')}"


def add_options(parser: pytest.Parser) -> None:
    """Declare a command line option and an ini setting for each setting."""
    group = parser.getgroup("tiledesk-mock", "an emulator of Tiledesk's Events API")
    for name, column in OPTION_FIELDS.items():
        text, default = str(column.metadata["help"]).replace("%", "%%"), column.default
        arguments: dict[str, Any] = {"metavar": name.upper(), "help": text}
        if isinstance(default, bool):  # a flag sets the opposite of its default
            prefix, constant = ("do not ", "false") if default else ("", "true")
            arguments = {"action": "store_const", "const": constant, "help": prefix + text}
        elif isinstance(default, Enum):
            arguments["metavar"] = "|".join(member.value for member in type(default))
        if name == "dialect":
            text += "; both: run each test once in each dialect"
            arguments = {"metavar": f"{arguments['metavar']}|{BOTH}", "help": text}
        group.addoption(option_name(name), dest=INI_PREFIX + name, default=None, **arguments)
        kind: dict[str, Any] = {"type": "args"} if column.metadata["parse"] is _parse_words else {}
        parser.addini(INI_PREFIX + name, text, default=None, **kind)


def is_anything_set(config: pytest.Config) -> bool:
    """Whether any option, environment variable or ini setting is set."""
    return any(
        config.getoption(INI_PREFIX + name, None) is not None
        or config.getini(INI_PREFIX + name)
        or os.environ.get(environment_variable(name))
        for name in OPTION_FIELDS
    )


def parse_option(name: str, text: str, label: str) -> Any:
    """Parse the text of a setting; raise SettingsError, which calls the setting `label`."""
    if name == "dialect" and text == BOTH:
        return BOTH
    try:
        return OPTION_FIELDS[name].metadata["parse"](text)
    except (ValueError, KeyError):
        # Imported here: this module is imported in every run of pytest.
        from ..errors import SettingsError

        raise SettingsError(label, text, expected(name)) from None


def is_valid(name: str, value: Any) -> bool:
    """Whether a value other than text is valid for an option of the plugin."""
    column = PLUGIN_FIELDS[name]
    return (value is None and column.default is None) or bool(column.metadata["accepts"](value))


def expected(name: str) -> str:
    """Return what the value of a setting has to be."""
    return (
        "documented, server or both" if name == "dialect" else str(OPTION_FIELDS[name].metadata["expected"])
    )
