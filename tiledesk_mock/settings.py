"""What can be set, and where from: one frozen value, and the only reader of environment variables."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .errors import SettingsError
from .text import closest

VARIABLE_PREFIX: Final = "TILEDESK_MOCK_"

EVENTS_TTL: Final = 3600
"""Seconds after which tiledesk-server 2.19.16 deletes an event."""


class Dialect(str, Enum):
    """How the emulator speaks: as the documentation promises, or as tiledesk-server 2.19.16 does."""

    DOCUMENTED = "documented"
    SERVER = "server"


class Durability(str, Enum):
    """What an answered write survives: nothing in particular, a kill, or a loss of power too."""

    NONE = "none"
    INTERVAL = "interval"
    ALWAYS = "always"


class LogLevel(str, Enum):
    """How much is written to standard error."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class InlineSeed(str):
    """The JSON of a seed that was given as a document, and not by its name."""

    __slots__ = ()


def parse_flag(text: str) -> bool:
    """Read what is on or off; raise KeyError for any other word."""
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    return words[text.strip().lower()]


_PORTS: Final = range(65_536)
_COUNTS: Final = range(10**9 + 1)
_FROM_ONE: Final = _COUNTS[1:]


def _port(text: str) -> int:
    return _within(_PORTS, int(text))


def _count(text: str) -> int:
    return _within(_COUNTS, int(text))


def _from_one(text: str) -> int:
    return _within(_FROM_ONE, int(text))


def _within(numbers: range, number: int) -> int:
    if number not in numbers:
        raise ValueError(number)
    return number


def _seeds(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(os.pathsep) if part)


def _rate(text: str) -> tuple[int, int]:
    """Read `200/min` as (200 requests, 60 seconds)."""
    match = re.fullmatch(r"(\d+)/(s|sec|second|m|min|minute|h|hour)", text.strip())
    if not match:
        raise ValueError(text)
    return _within(_FROM_ONE, int(match[1])), {"s": 1, "m": 60, "h": 3600}[match[2][0]]


def _rules(text: str) -> tuple[Any, ...]:
    read = json.loads(text)
    rules = tuple(read) if isinstance(read, list) else (read,)
    if not all(isinstance(rule, Mapping) for rule in rules):
        raise ValueError(text)
    return rules


def setting(default: Any, parse: Callable[[str], Any], expected: str, help_text: str) -> Any:
    """Declare a setting: its default, how its text is read, what the text has to be, and what it does."""
    return field(default=default, metadata={"parse": parse, "expected": expected, "help": help_text})


FLAG: Final = "true or false"
"""What `parse_flag` expects."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set about one emulator.

    Each setting may be given as a value or as the text that the environment would hold for it
    (`Settings(dialect="server")`); a seed also as a document. Raises SettingsError for a text that is none of
    what is expected.
    """

    host: str = setting("127.0.0.1", str, "a host name or address", "address to listen on")
    port: int = setting(0, _port, "a port, 0 to 65535", "port to listen on; 0 takes a free one")
    db: Path | None = setting(None, Path, "a file name", "TinyDB file that keeps the events")
    seed: tuple[str | Path, ...] = setting(
        (),
        _seeds,
        f"file names or names of built-in seeds, with {os.pathsep!r} between",
        "seed to start from: a JSON or YAML file, or default, busy, empty; several as one",
    )
    reseed: bool = setting(False, parse_flag, FLAG, "start anew from the seed, whatever the file holds")
    dialect: Dialect = setting(
        Dialect.DOCUMENTED, Dialect, "documented or server", "answer as documented, or as the server does"
    )
    global_secret: str = setting("tiledesk-global-secret", str, "text", "secret that signs users' tokens")
    events_ttl: int | None = setting(
        None,
        _count,
        "a number of seconds; 0 is never",
        f"seconds after which events expire; 0 is never, the default in the documented dialect; "
        f"{EVENTS_TTL} in the server's",
    )
    durability: Durability = setting(
        Durability.INTERVAL,
        Durability,
        "none, interval or always",
        "sync the file to disk never, every second, or before each answer",
    )
    log_level: LogLevel = setting(
        LogLevel.INFO, LogLevel, "debug, info, warning or error", "how much to log to standard error"
    )
    hang: bool = setting(
        False, parse_flag, FLAG, "hang where the real server never answers, instead of answering 504"
    )
    subscription_log: bool = setting(True, parse_flag, FLAG, "keep the history of webhook deliveries")
    webhooks_anywhere: bool = setting(True, parse_flag, FLAG, "deliver webhooks to other machines, too")
    webhooks_origin: str = setting(
        "http://localhost:3000", str, "a URL", "Origin header of webhook deliveries"
    )
    webhook_timeout: int = setting(
        10, _from_one, "a number of seconds from 1", "seconds to wait for a webhook's target to answer"
    )
    webhook_queue: int = setting(
        10_000, _from_one, "a number from 1", "how many deliveries may wait for one webhook's target"
    )
    delivery_log_size: int = setting(10_000, _count, "a number", "how many webhook deliveries are remembered")
    rate_limit: tuple[int, int] | None = setting(
        None, _rate, "like 200/min", "answer 429 above so many requests, as documented: 200/min"
    )
    faults: tuple[Mapping[str, Any], ...] = setting(
        (), _rules, "a JSON list of rules", 'faults from the start: [{"status": 503, "path": "/events"}]'
    )
    id_seed: str | None = setting(None, str, "text", "make the same ids in each run")
    admin_token: str | None = setting(
        None, str, "text", "bearer token that /__admin asks for when bound off loopback"
    )
    journal_size: int = setting(1000, _from_one, "a number from 1", "how many exchanges the journal keeps")

    def __post_init__(self) -> None:
        """Read every setting that was given as text."""
        for column in fields(self):
            given = getattr(self, column.name)
            if isinstance(given, str):
                object.__setattr__(self, column.name, parse_setting(column.name, given))
            elif given != column.default and not _fits(column.metadata["parse"], given):
                raise setting_error(column.name, given)
        if isinstance(self.faults, Mapping):
            object.__setattr__(self, "faults", (self.faults,))
        if self.rate_limit is not None:
            object.__setattr__(self, "rate_limit", tuple(self.rate_limit))
        object.__setattr__(self, "seed", _seeds_given(self.seed))

    @classmethod
    def from_environment(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        defaults: Mapping[str, Any] | None = None,
        **overrides: Any,
    ) -> Settings:
        """Make settings from `TILEDESK_MOCK_*` variables.

        What is `given` (and not None) ranks above them, `defaults` below.
        """
        source = os.environ if environ is None else environ
        values: dict[str, Any] = {**(defaults or {})} | {
            column.name: parse_setting(
                column.name, source[environment_variable(column.name)], environment_variable(column.name)
            )
            for column in fields(cls)
            if source.get(environment_variable(column.name), "") != ""
        }
        values.update((name, value) for name, value in overrides.items() if value is not None)
        return cls(**values)

    @property
    def ttl(self) -> int:
        """Seconds after which events expire, the dialect considered; 0 is never."""
        if self.events_ttl is not None:
            return self.events_ttl
        return EVENTS_TTL if self.dialect is Dialect.SERVER else 0


def _fits(read: Callable[[str], Any], given: Any) -> bool:
    """Tell whether a value that is no text is one that a text could have been read as."""
    ranges: dict[Any, range] = {_count: _COUNTS, _from_one: _FROM_ONE, _port: _PORTS}
    if read in ranges:
        return _is_of(ranges[read], given)
    if read is _rate:
        is_pair = isinstance(given, (tuple, list)) and len(given) == 2
        return is_pair and all(_is_of(_FROM_ONE, one) for one in given)
    if read is _seeds:
        return isinstance(given, (Path, Mapping, tuple, list))
    if read is _rules:
        return isinstance(given, (Mapping, tuple, list))
    kinds: dict[Any, type] = {parse_flag: bool, Path: Path, str: str}
    return isinstance(given, kinds.get(read, object if not isinstance(read, type) else read))


def _is_of(numbers: range, number: Any) -> bool:
    return type(number) is int and number in numbers


def _seeds_given(seed: Any) -> tuple[str | Path, ...]:
    """Return one seed or several as a tuple, documents among them as text: settings can be compared.

    Raises SettingsError for what is none of these.
    """
    seeds = [seed] if isinstance(seed, (Path, Mapping)) else seed
    if not all(isinstance(one, (str, Path, Mapping)) for one in seeds):
        raise setting_error("seed", seed)
    try:
        return tuple(InlineSeed(json.dumps(one)) if isinstance(one, Mapping) else one for one in seeds)
    except (TypeError, ValueError, RecursionError) as error:
        raise setting_error("seed", f"a document that is no JSON ({error})") from error


def environment_variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return VARIABLE_PREFIX + name.upper()


def parse_setting(name: str, text: str, label: str | None = None) -> Any:
    """Read the text of the setting `name`; an error calls it `shown_as`."""
    metadata = Settings.__dataclass_fields__[name].metadata
    try:
        return metadata["parse"](text)
    except (ValueError, KeyError):
        raise setting_error(name, text, label) from None


def setting_error(name: str, value: object, label: str | None = None) -> SettingsError:
    """Return the error for what the setting `name` cannot be."""
    # Here and not above: pytest reads the table of settings in every run, and the errors take as long.
    from .errors import SettingsError

    return SettingsError(label or name, value, Settings.__dataclass_fields__[name].metadata["expected"])


HANDED_ON: Final = ("URL", "WS_URL", "PROJECT_ID", "USER", "PASSWORD", "JWT")
"""What `exec` tells the command that it runs, beside the control API's token."""

OF_SERVE: Final = ("in_memory",)
"""What `serve` reads beyond the settings."""

OF_TESTS: Final = (
    "drifts",
    "strict",
    "guard",
    "hosts",
    "cassette",
    "record",
    "mode",
    "upstream",
    "credentials",
    "order",
    "repeat",
    "fallback",
    "redact",
    "redact_with",
    "passthrough",
)
"""What the pytest plugin reads beyond the settings."""

_ALIKE: Final = 0.75


def misspelt_variables(environ: Mapping[str, str] | None = None) -> list[str]:
    """Return a sentence for each variable that nobody reads and that is nearly the name of one.

    Others that only begin alike may be somebody's own.
    """
    given = [
        name for name in (os.environ if environ is None else environ) if name.startswith(VARIABLE_PREFIX)
    ]
    if not given:
        return []
    names = (*(column.name for column in fields(Settings)), *OF_SERVE, *OF_TESTS, "url")
    known = [environment_variable(name).removeprefix(VARIABLE_PREFIX) for name in names]
    others = [name.removeprefix(VARIABLE_PREFIX) for name in sorted(given)]
    pairs = [(name, closest(name, known, _ALIKE)) for name in others if name not in (*known, *HANDED_ON)]
    return [
        f"nobody reads {VARIABLE_PREFIX}{name}: did you mean {VARIABLE_PREFIX}{near}?"
        for name, near in pairs
        if near
    ]
