"""The settings of an emulator, and the only reader of environment variables."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .text import closest

if TYPE_CHECKING:
    from .errors import SettingsError

VARIABLE_PREFIX: Final = "TILEDESK_MOCK_"

_NOT_SHOWN: Final = frozenset({"global_secret", "admin_token", "seed", "faults"})
"""Settings that are secret, or documents of their own."""

EVENTS_TTL: Final = 3600
"""Seconds after which tiledesk-server 2.19.16 deletes an event."""


class Dialect(str, Enum):
    """Whether the emulator responds as documented, or as tiledesk-server 2.19.16 does."""

    DOCUMENTED = "documented"
    SERVER = "server"


class Durability(str, Enum):
    """When the file is synced to disk: never, every second, or before each response."""

    NONE = "none"
    INTERVAL = "interval"
    ALWAYS = "always"


class LogLevel(str, Enum):
    """How much is written to standard error."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(str, Enum):
    """Whether the log has lines for people, or an object of JSON in each line."""

    TEXT = "text"
    JSON = "json"


class RecordMode(str, Enum):
    """When a cassette is recorded, as in VCR.py.

    NONE never, ONCE if the file does not exist, NEW_EPISODES adds missing entries, ALL replaces the file.
    """

    NONE = "none"
    ONCE = "once"
    NEW_EPISODES = "new_episodes"
    ALL = "all"


class Order(str, Enum):
    """Whether requests to a cassette may come in any order, or only as recorded."""

    ANY = "any"
    STRICT = "strict"


class Repeat(str, Enum):
    """Whether an entry of a cassette responds once, or forever."""

    ONCE = "once"
    FOREVER = "forever"


class InlineSeed(str):
    """The JSON text of a seed that was passed as a document instead of a file name."""

    __slots__ = ()


_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})
_PORTS: Final = range(65_536)
_COUNTS: Final = range(10**9 + 1)
_FROM_ONE: Final = range(1, 10**9 + 1)


def parse_flag(text: str) -> bool:
    """Parse `true`, `yes`, `on`, `1` or their opposites; raise ValueError for any other text."""
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(text)
    return word in _TRUE


def setting(
    default: Any,
    parse: Callable[[str], Any],
    expected: str,
    help_text: str,
    accepts: Callable[[Any], bool] | None = None,
) -> Any:
    """Declare a setting as a field of a dataclass.

    Args:
        default: its default.
        parse: parses its text; raises ValueError or KeyError if the text is wrong.
        expected: what the text has to be, for error messages.
        help_text: what the setting does.
        accepts: whether a value other than text is valid. By default an instance of `parse`, if that is a
            class, else a bool.
    """
    kind = parse if isinstance(parse, type) else bool
    check = accepts or (lambda value: isinstance(value, kind))
    return field(
        default=default, metadata={"parse": parse, "expected": expected, "help": help_text, "accepts": check}
    )


def flag(default: bool, help_text: str) -> Any:
    """Declare a setting that is on or off."""
    return setting(default, parse_flag, "true or false", help_text)


def choice(default: Enum, help_text: str) -> Any:
    """Declare a setting whose values are those of an Enum."""
    *words, last = (member.value for member in type(default))
    return setting(default, type(default), f"{', '.join(words)} or {last}", help_text)


def _number(default: int | None, numbers: range, expected: str, help_text: str) -> Any:
    """Declare a setting that is an integer within a range."""
    return setting(
        default,
        lambda text: _within(numbers, int(text)),
        expected,
        help_text,
        lambda value: type(value) is int and value in numbers,
    )


def _within(numbers: range, number: int) -> int:
    if number not in numbers:
        raise ValueError(number)
    return number


def _parse_seeds(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(os.pathsep) if part)


def _parse_origins(text: str) -> tuple[str, ...]:
    """Parse origins as browsers send them, with commas between."""
    origins = tuple(part.strip().rstrip("/").lower() for part in text.split(",") if part.strip())
    if not all(re.fullmatch(r"null|[a-z][a-z0-9+.-]*://[^/?#@\s]+", origin) for origin in origins):
        raise ValueError(text)
    return origins


def _parse_rate(text: str) -> tuple[int, int]:
    """Parse `200/min` as (200 requests, 60 seconds)."""
    match = re.fullmatch(r"(\d+)/(s|sec|second|m|min|minute|h|hour)", text.strip())
    if not match:
        raise ValueError(text)
    return _within(_FROM_ONE, int(match[1])), {"s": 1, "m": 60, "h": 3600}[match[2][0]]


def _is_rate(value: Any) -> bool:
    is_pair = isinstance(value, (tuple, list)) and len(value) == 2
    return is_pair and all(type(number) is int and number in _FROM_ONE for number in value)


def _parse_rules(text: str) -> tuple[Any, ...]:
    parsed = json.loads(text)
    rules = tuple(parsed) if isinstance(parsed, list) else (parsed,)
    if not all(isinstance(rule, Mapping) for rule in rules):
        raise ValueError(text)
    return rules


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one emulator.

    Each setting may be passed as a value, or as the text of its environment variable
    (`Settings(dialect="server")`); a seed also as a document. Raises SettingsError if a value is invalid.
    """

    host: str = setting("127.0.0.1", str, "a host name or address", "address to listen on")
    port: int = _number(0, _PORTS, "a port, 0 to 65535", "port to listen on; 0 for a free one")
    db: Path | None = setting(None, Path, "a file name", "TinyDB file that stores the events")
    seed: tuple[str | Path, ...] = setting(
        (),
        _parse_seeds,
        f"file names or names of built-in seeds, with {os.pathsep!r} between",
        "initial data: a JSON or YAML file, or default, busy, empty; several are merged",
        lambda value: isinstance(value, (Path, Mapping, tuple, list)),
    )
    reseed: bool = flag(False, "replace the data in the file with the seed")
    dialect: Dialect = choice(Dialect.DOCUMENTED, "respond as documented, or as the server does")
    global_secret: str = setting("tiledesk-global-secret", str, "text", "secret that signs users' tokens")
    events_ttl: int | None = _number(
        None,
        _COUNTS,
        "a number of seconds; 0 is never",
        "seconds until events expire; 0 is never; "
        f"by default 0 in the documented dialect, {EVENTS_TTL} in the server's",
    )
    durability: Durability = choice(
        Durability.INTERVAL, "sync the file to disk never, every second, or before each response"
    )
    log_level: LogLevel = choice(LogLevel.INFO, "how much to log to standard error")
    log_format: LogFormat = choice(LogFormat.TEXT, "log as text, or as an object of JSON in each line")
    hang: bool = flag(False, "hang where the real server never responds, instead of responding with 504")
    keep_alive_timeout: int | None = _number(
        None,
        _COUNTS,
        "a number of seconds; 0 is never",
        "seconds until an idle connection is closed, announced by Keep-Alive; 0 is never; by default the "
        "server announces the real one's 5, and waits longer",
    )
    subscription_log: bool = flag(True, "keep the history of webhook deliveries")
    webhooks_anywhere: bool = flag(True, "deliver webhooks to other machines, too")
    webhooks_origin: str = setting(
        "http://localhost:3000", str, "a URL", "Origin header of webhook deliveries"
    )
    webhook_timeout: int = _number(
        60,
        _FROM_ONE,
        "a number of seconds from 1",
        "seconds to wait for the response to a webhook, and three times as many for all of it",
    )
    webhook_queue: int = _number(
        10_000, _FROM_ONE, "a number from 1", "how many deliveries may wait for one webhook's target"
    )
    delivery_log_size: int = _number(
        10_000, _COUNTS, "a number", "how many webhook deliveries the delivery log keeps"
    )
    rate_limit: tuple[int, int] | None = setting(
        None,
        _parse_rate,
        "like 200/min",
        "respond with 429 above this rate of requests, as documented: 200/min",
        _is_rate,
    )
    faults: tuple[Mapping[str, Any], ...] = setting(
        (),
        _parse_rules,
        "a JSON list of rules",
        'faults from the start: [{"status": 503, "path": "/events"}]',
        lambda value: isinstance(value, (Mapping, tuple, list)),
    )
    id_seed: str | None = setting(None, str, "text", "seed of the id generator: the same ids in each run")
    admin_token: str | None = setting(
        None, str, "text", "bearer token that /__admin requires when the host is not loopback"
    )
    cors: bool = flag(True, "let web pages read responses, as the real server does")
    origin: tuple[str, ...] = setting(
        (),
        _parse_origins,
        "origins like http://localhost:3000, with commas between",
        "refuse web pages from other origins than these, with commas between; by default none is refused",
        lambda value: isinstance(value, (tuple, list)),
    )
    journal_size: int = _number(1000, _FROM_ONE, "a number from 1", "how many exchanges the journal keeps")

    def __post_init__(self) -> None:
        """Parse every setting that was passed as text."""
        for column in fields(self):
            value = getattr(self, column.name)
            if isinstance(value, str):
                object.__setattr__(self, column.name, parse_setting(column.name, value))
            elif value != column.default and not column.metadata["accepts"](value):
                raise setting_error(column.name, value)
        if isinstance(self.faults, Mapping):
            object.__setattr__(self, "faults", (self.faults,))
        if self.rate_limit is not None:
            object.__setattr__(self, "rate_limit", tuple(self.rate_limit))
        object.__setattr__(self, "seed", _seed_tuple(self.seed))
        if self.origin:
            object.__setattr__(self, "origin", parse_setting("origin", ",".join(map(str, self.origin))))

    @classmethod
    def from_environment(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        defaults: Mapping[str, Any] | None = None,
        **overrides: Any,
    ) -> Settings:
        """Make settings from `TILEDESK_MOCK_*` variables.

        `overrides` that are not None rank above the variables, `defaults` below.
        """
        source = os.environ if environ is None else environ
        values = dict(defaults or {})
        for column in fields(cls):
            variable = environment_variable(column.name)
            if source.get(variable):
                values[column.name] = parse_setting(column.name, source[variable], variable)
        values.update((name, value) for name, value in overrides.items() if value is not None)
        return cls(**values)

    def shown(self) -> dict[str, Any]:
        """Return the settings as JSON, without those that are secret, or documents of their own."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in _NOT_SHOWN}
        return {name: _plain(value) for name, value in values.items()}

    @property
    def ttl(self) -> int:
        """Seconds until events expire, with the default of the dialect; 0 is never."""
        if self.events_ttl is not None:
            return self.events_ttl
        return EVENTS_TTL if self.dialect is Dialect.SERVER else 0


def _plain(value: Any) -> Any:
    """Return a setting as a JSON value."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def _seed_tuple(seed: Any) -> tuple[str | Path, ...]:
    """Return one seed or several as a tuple; documents become text, so that settings are hashable.

    Raises SettingsError if one is neither a name nor a document.
    """
    seeds = [seed] if isinstance(seed, (Path, Mapping)) else seed
    if not all(isinstance(one, (str, Path, Mapping)) for one in seeds):
        raise setting_error("seed", seed)
    try:
        return tuple(InlineSeed(json.dumps(one)) if isinstance(one, Mapping) else one for one in seeds)
    except (TypeError, ValueError, RecursionError) as error:
        raise setting_error("seed", f"a document that is not JSON ({error})") from error


def parse_setting(name: str, text: str, label: str | None = None) -> Any:
    """Parse the text of the setting `name`; raise SettingsError, which calls the setting `label`."""
    try:
        return Settings.__dataclass_fields__[name].metadata["parse"](text)
    except (ValueError, KeyError):
        raise setting_error(name, text, label) from None


def setting_error(name: str, value: object, label: str | None = None) -> SettingsError:
    """Return the error for an invalid value of the setting `name`."""
    # Imported here: pytest loads this module in every run, and importing the errors takes as long.
    from .errors import SettingsError

    return SettingsError(label or name, value, Settings.__dataclass_fields__[name].metadata["expected"])


EXEC_VARIABLES: Final = ("URL", "WS_URL", "PROJECT_ID", "USER", "PASSWORD", "JWT")
"""What `exec` sets for its command, beside the control API's token. Without the prefix."""

_OTHER_SETTINGS: Final = (
    "in_memory url drifts strict guard hosts cassette record mode upstream credentials order repeat fallback "
    "redact redact_with passthrough"
)
"""Variables beside the settings: of `serve`, of commands that use a running emulator, and of the plugin."""


def environment_variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return VARIABLE_PREFIX + name.upper()


def misspelt_variables(environ: Mapping[str, str] | None = None) -> list[str]:
    """Return a message for each unknown variable that is similar to a known one.

    Other unknown variables with the prefix may be the user's own.
    """
    names = os.environ if environ is None else environ
    used = {name.removeprefix(VARIABLE_PREFIX) for name in names if name.startswith(VARIABLE_PREFIX)}
    known = [name.upper() for name in (*Settings.__dataclass_fields__, *_OTHER_SETTINGS.split())]
    pairs = [(name, closest(name, known, 0.75)) for name in sorted(used.difference(known, EXEC_VARIABLES))]
    return [
        f"unknown variable {VARIABLE_PREFIX}{name}: did you mean {VARIABLE_PREFIX}{near}?"
        for name, near in pairs
        if near
    ]
