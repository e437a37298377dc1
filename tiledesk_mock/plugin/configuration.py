"""The options of one test: marker > option > environment > `tiledesk_mock_config` > ini > default."""

from __future__ import annotations

import os
import unittest
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from ..errors import SettingsError, SetupError
from ..settings import InlineSeed, Settings, environment_variable
from ..text import suggestion
from .options import (
    BOTH,
    EMULATOR_FIELDS,
    INI_PREFIX,
    OPTION_FIELDS,
    PLUGIN_FIELDS,
    PluginOptions,
    expected,
    is_valid,
    option_name,
    parse_option,
)

if TYPE_CHECKING:
    import pytest

MARKER: Final = "tiledesk_mock"

_PER_TEST: Final = frozenset({"faults"})
"""Settings that each test starts with, and that need no emulator of their own."""

Values = dict[str, Any]


class TestOptions(Struct, frozen=True):
    """The options of one test: settings of its emulator, options of the plugin, and its initial faults."""

    settings: Settings
    plugin: PluginOptions
    faults: tuple[Any, ...] = ()


class Configuration:
    """The options of a run, `run`, to which a suite and its tests add their own.

    Environment and ini file are read once: a test that changes the environment does not change the options.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._ini: Final = _ini_values(config)
        self._command: Final = _command_values(config)
        self.run: Final = {**self._ini, **self._command}
        self._root: Final = config.rootpath
        self._by_dialect: Final[dict[str | None, TestOptions]] = {}

    def runs_in_both_dialects(self, test: pytest.Item) -> bool:
        """Whether a test runs once in each dialect."""
        dialects = (mark.kwargs["dialect"] for mark in test.iter_markers(MARKER) if "dialect" in mark.kwargs)
        return next(dialects, self.run.get("dialect")) == BOTH

    def options_of(
        self,
        suite: Mapping[str, Any],
        test: pytest.Item | None = None,
        dialect: str | None = None,
        *,
        has_own_mock: bool = True,
    ) -> TestOptions:
        """Return the options of a test.

        Args:
            suite: the value of `tiledesk_mock_config`.
            test: the test, whose markers count; None for the server of the session.
            dialect: the dialect of this run of the test, if it runs in both.
            has_own_mock: False if the test uses only the server of the session.

        Raises SetupError if a value is invalid.
        """
        marked = _marker_values(test) if test else {}
        if not suite and not marked:
            if dialect not in self._by_dialect:
                self._by_dialect[dialect] = self._combined({}, {}, dialect)
            return self._by_dialect[dialect]
        values = _python_values(suite, "tiledesk_mock_config", self._root)
        if test is not None and has_own_mock and dialect is None:
            self._check_both(values, marked, test)
        return self._combined(values, marked, dialect)

    def _check_both(self, suite: Mapping[str, Any], marked: Values, test: pytest.Item) -> None:
        """Raise SettingsError if `dialect="both"` is set where it has no effect.

        Tests are parametrized during collection: before fixtures run, and by the marks of the test function.
        Tests of unittest cannot be parametrized; they run in one dialect.
        """
        cls = getattr(test, "cls", None)
        source = next((values for values in (marked, self._command, suite) if "dialect" in values), {})
        is_late = source is marked or source is suite
        if source.get("dialect") != BOTH or not is_late or (cls and issubclass(cls, unittest.TestCase)):
            return
        late = "a marker that comes too late" if source is marked else "tiledesk_mock_config"
        where = "ini, option, environment, or a marker on a test that names its fixture"
        raise SettingsError(f"{late}: dialect", BOTH, f"one dialect: both is set in {where}")

    def _combined(self, suite: Values, marked: Values, dialect: str | None) -> TestOptions:
        values = {**self._ini, **suite, **self._command, **marked}
        if dialect is not None:
            values["dialect"] = dialect
        elif values.get("dialect") == BOTH:
            del values["dialect"]  # tests of unittest cannot run twice
        return TestOptions(
            Settings(**{name: values[name] for name in EMULATOR_FIELDS.keys() & values.keys() - _PER_TEST}),
            PluginOptions(**{name: values[name] for name in PLUGIN_FIELDS.keys() & values.keys()}),
            tuple(values.get("faults", ())),
        )


def _marker_values(test: pytest.Item) -> Values:
    """Return what the markers of a test set; the closest marker wins. Paths are relative to its file."""
    values, folder = Values(), test.path.parent
    for mark in test.iter_markers(MARKER):
        if mark.args:
            raise SettingsError(f"@pytest.mark.{MARKER}", mark.args, "a keyword argument, as in seed=...")
        for name, value in _python_values(mark.kwargs, f"@pytest.mark.{MARKER}", folder).items():
            values.setdefault(name, value)
    return values


def _python_values(values: Mapping[str, Any], source: str, folder: Path) -> Values:
    """Return the checked values of a marker or of `tiledesk_mock_config`."""
    if not isinstance(values, Mapping):
        raise SetupError(f"{source} is {type(values).__name__}: expected a dict of settings")
    return {name: _checked(name, value, source, folder) for name, value in values.items()}


def _checked(name: str, value: Any, source: str, folder: Path, label: str | None = None) -> Any:
    """Return a value, parsed if it is text, with paths relative to `folder`."""
    label = label or f"{source}: {name}"
    if name not in OPTION_FIELDS:
        raise SetupError(f"{source}: unknown setting {name}: {suggestion(name, OPTION_FIELDS)}")
    if isinstance(value, str) and not isinstance(value, InlineSeed):
        value = parse_option(name, value, label)
    elif name in ("hosts", "faults", "redact"):
        if not isinstance(value, (Mapping, list, tuple, set, frozenset)):
            raise SettingsError(label, value, "a list")
        value = (value,) if isinstance(value, Mapping) else tuple(value)
    elif name in PLUGIN_FIELDS and not is_valid(name, value):
        raise SettingsError(label, value, expected(name))
    return _resolve_path(name, value, folder)


def _resolve_path(name: str, value: Any, folder: Path) -> Any:
    if name in ("cassette", "credentials") and value is not None:
        return folder / value
    return _resolve_seed(value, folder) if name == "seed" else value


def _resolve_seed(seed: Any, folder: Path) -> Any:
    """Return seeds; files that exist in `folder` become paths, other texts remain names of built-in seeds."""
    if isinstance(seed, (Path, Mapping)):
        seed = (seed,)
    if not isinstance(seed, (list, tuple)) or not all(isinstance(one, (str, Path, Mapping)) for one in seed):
        raise SettingsError("seed", seed, "a name, a file, a document, or a list of them")
    return tuple(
        one if isinstance(one, Mapping) or not (folder / one).is_file() else folder / one for one in seed
    )


def _ini_values(config: pytest.Config) -> Values:
    values: Values = {}
    for name in OPTION_FIELDS:
        value = config.getini(INI_PREFIX + name)
        if name in ("hosts", "redact") and isinstance(value, list):  # pytest splits settings of type "args"
            value = " ".join(value)
        if value:  # text, or a list from TOML
            values[name] = _checked(name, value, "ini", config.rootpath, INI_PREFIX + name)
    return values


def _command_values(config: pytest.Config) -> Values:
    """Return what options and variables set; their paths are relative to the invocation folder."""
    values: Values = {}
    for name in OPTION_FIELDS:
        text, label = config.getoption(INI_PREFIX + name, None), option_name(name)
        if text is None:
            label = environment_variable(name)
            text = os.environ.get(label) or None
        if text is not None:
            value = parse_option(name, text, label)
            values[name] = _resolve_path(name, value, config.invocation_params.dir)
    return values
