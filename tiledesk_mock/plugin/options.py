"""What can be set in a run of pytest: settings of the emulator, and how tests are treated."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import Field, dataclass, fields
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..cassettes.modes import Order, RecordMode, Repeat
from ..settings import FLAG, Settings, environment_variable, parse_flag, setting

if TYPE_CHECKING:
    import pytest

INI_PREFIX: Final = "tiledesk_mock_"
"""What the names of all ini settings, and of the options' destinations, begin with."""

BOTH: Final = "both"
"""The dialect of who wants each test to run once in each."""

_ELSEWHERE: Final = frozenset({"host", "port", "db", "reseed", "durability", "log_level", "admin_token"})
"""Settings that a test run has no use for: it keeps nothing, and listens on a free port of its own."""


class DriftPolicy(str, Enum):
    """What becomes of a drift that a test asked for."""

    IGNORE = "ignore"
    WARN = "warn"
    ERROR = "error"


class RunMode(str, Enum):
    """Who is asked: the emulator alone, or another Tiledesk as well."""

    EMULATE = "emulate"
    DIFF = "diff"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _function(name: str) -> Any:
    module, _, function = name.partition(":")
    try:
        return getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(name) from error


@dataclass(frozen=True, kw_only=True)
class PluginOptions:
    """How the tests that use the mock are treated."""

    drifts: DriftPolicy = setting(
        DriftPolicy.WARN,
        DriftPolicy,
        "ignore, warn or error",
        "ignore what a test asks for that the real server does not do, warn of it, or fail the test",
    )
    strict: bool = setting(
        False,
        parse_flag,
        FLAG,
        "fail tests that request paths which are not served, or leave entries of the cassette unused; "
        "fail runs in which the upstream differs",
    )
    guard: bool = setting(True, parse_flag, FLAG, "fail tests that try to reach the real Tiledesk")
    hosts: tuple[str, ...] = setting(
        (),
        _words,
        "host names, with spaces between",
        "hosts that tiledesk_mock_intercept answers for",
    )
    cassette: Path | None = setting(
        None, Path, "a file name", "recording (HAR, or VCR.py's) that answers in the emulator's place"
    )
    record: RecordMode = setting(
        RecordMode.ONCE,
        RecordMode,
        "none, once, new_episodes or all",
        "record the cassette from the upstream: never, if there is none, what it lacks, or everything anew",
    )
    mode: RunMode = setting(
        RunMode.EMULATE,
        RunMode,
        "emulate or diff",
        "ask the emulator, or the upstream as well, and report at the end how their answers differ",
    )
    upstream: str | None = setting(
        None, str, "a URL", "the Tiledesk that is recorded or compared with, prefix included"
    )
    credentials: Path | None = setting(
        None, Path, "a file name", "project and people of the upstream that is compared with"
    )
    order: Order = setting(
        Order.ANY, Order, "any or strict", "let requests to the cassette come in any order, or as recorded"
    )
    repeat: Repeat = setting(
        Repeat.ONCE, Repeat, "once or forever", "let an entry of the cassette answer once, or for ever"
    )
    fallback: bool = setting(False, parse_flag, FLAG, "let the emulator answer what is not in the cassette")
    redact: tuple[str, ...] = setting(
        (),
        _words,
        "names and JSON paths, with spaces between",
        "what else is hidden in recordings: headers and fields (card), paths in JSON (attributes.*.iban)",
    )
    redact_with: Callable[..., Any] | None = setting(
        None,
        _function,
        "the name of a function: MODULE:FUNCTION",
        "function that is given each request and answer that is recorded, and returns both",
    )
    passthrough: bool = setting(
        True, parse_flag, FLAG, "let requests to other hosts pass tiledesk_mock_intercept"
    )


EMULATOR_FIELDS: Final[dict[str, Field[Any]]] = {
    column.name: column for column in fields(Settings) if column.name not in _ELSEWHERE
}
PLUGIN_FIELDS: Final[dict[str, Field[Any]]] = {column.name: column for column in fields(PluginOptions)}


def option_name(name: str) -> str:
    """Return the command line's word for what can be set; `--tiledesk-mock-no-guard` for what is on."""
    column = _column(name)
    return f"--tiledesk-mock-{'no-' if column.default is True else ''}{name.replace('_', '-')}"


def add_options(parser: pytest.Parser) -> None:
    """Declare an option and an ini setting for everything that can be set."""
    group = parser.getgroup("tiledesk-mock", "Tiledesk's Events API in a box")
    for column in _columns():
        explained = _explained(column)
        group.addoption(
            option_name(column.name), dest=INI_PREFIX + column.name, default=None, **_taking(column)
        )
        words: dict[str, Any] = {"type": "args"} if column.metadata["parse"] is _words else {}
        parser.addini(INI_PREFIX + column.name, explained, default=None, **words)


def is_anything_set(config: pytest.Config) -> bool:
    """Tell whether an option, a variable or an ini setting has anything to say."""
    return any(
        config.getoption(INI_PREFIX + column.name, None) is not None
        or config.getini(INI_PREFIX + column.name)
        or os.environ.get(environment_variable(column.name))
        for column in _columns()
    )


def parse_option(name: str, text: str, label: str) -> Any:
    """Read what an option, a variable or an ini setting holds; raise SettingsError, which calls it so."""
    metadata = _column(name).metadata
    if name == "dialect" and text == BOTH:
        return BOTH
    try:
        return metadata["parse"](text)
    except (ValueError, KeyError):
        # Here and not above: this module is imported in every run of pytest.
        from ..errors import SettingsError

        raise SettingsError(label, text, expected(name)) from None


def is_possible(name: str, value: Any) -> bool:
    """Tell whether a value that is no text may be one of Conduct's."""
    column = PLUGIN_FIELDS[name]
    if value is None or isinstance(column.default, (bool, Enum)):
        return isinstance(value, type(column.default))
    if column.metadata["parse"] is Path:
        return isinstance(value, Path)
    return column.metadata["parse"] is _function and callable(value)


def expected(name: str) -> str:
    """Return what an option, a variable or an ini setting has to be."""
    return "documented, server or both" if name == "dialect" else str(_column(name).metadata["expected"])


def _columns() -> Iterator[Field[Any]]:
    yield from EMULATOR_FIELDS.values()
    yield from PLUGIN_FIELDS.values()


def _column(name: str) -> Field[Any]:
    return EMULATOR_FIELDS[name] if name in EMULATOR_FIELDS else PLUGIN_FIELDS[name]


def _taking(column: Field[Any]) -> dict[str, Any]:
    """Return how an option takes its value: a flag is turned into what it is not otherwise."""
    if isinstance(column.default, bool):
        told = "do not " if column.default else ""
        constant = "false" if column.default else "true"
        return {"action": "store_const", "const": constant, "help": told + _explained(column)}
    return {"metavar": _metavar(column), "help": _explained(column)}


def _metavar(column: Field[Any]) -> str:
    if isinstance(column.default, Enum):
        words = [member.value for member in type(column.default)]
        return "|".join([*words, BOTH] if column.name == "dialect" else words)
    return column.name.upper()


def _explained(column: Field[Any]) -> str:
    told = str(column.metadata["help"]).replace("%", "%%")
    return f"{told}; both: each test once in each dialect" if column.name == "dialect" else told
