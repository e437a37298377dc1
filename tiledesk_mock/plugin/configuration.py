"""What holds for one test: marker, option, environment, `tiledesk_mock_config`, ini, default.

Whoever is named first wins.
"""

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
    PLUGIN_FIELDS,
    DriftPolicy,
    PluginOptions,
    expected,
    is_possible,
    option_name,
    parse_option,
)

if TYPE_CHECKING:
    import pytest

MARKER: Final = "tiledesk_mock"

_OF_TESTS: Final = frozenset({"faults"})
"""Settings that each test begins with anew, and that need no emulator of their own."""

Values = dict[str, Any]


class TestOptions(Struct, frozen=True):
    """What was chosen for a test: its emulator, how the test is treated, and the faults to begin with."""

    settings: Settings
    plugin: PluginOptions
    faults: tuple[Any, ...] = ()


class Configuration:
    """What is set for a whole run, below and above what a suite and its tests set themselves.

    Environment and ini are read once, so that a test that changes the environment changes nothing here.
    """

    def __init__(self, config: pytest.Config, environ: Mapping[str, str] | None = None) -> None:
        self._below: Final = _ini(config)
        above = {**_environment(os.environ if environ is None else environ), **_options(config)}
        self._above: Final = _at(above, config.invocation_params.dir)
        self._run: Final = {**self._below, **self._above}
        self._root: Final = config.rootpath
        self._known: Final[dict[str, TestOptions]] = {}

    def wants_both(self, test: pytest.Item) -> bool:
        """Tell whether a test is to run once in each dialect."""
        dialects = (mark.kwargs["dialect"] for mark in test.iter_markers(MARKER) if "dialect" in mark.kwargs)
        return next(dialects, self._run.get("dialect")) == BOTH

    @property
    def is_strict(self) -> bool:
        """Tell whether the run is strict, whatever single tests are."""
        return bool(self._run.get("strict"))

    @property
    def names_shapes(self) -> bool:
        """Tell whether the run ends with the line on drifts of shape."""
        return self._run.get("drifts") is not DriftPolicy.IGNORE

    def choose(
        self,
        suite: Mapping[str, Any],
        test: pytest.Item | None = None,
        dialect: str | None = None,
        *,
        is_own: bool = True,
    ) -> TestOptions:
        """Return what holds for a test.

        Args:
            suite: what `tiledesk_mock_config` returned.
            test: the one with the markers, if it is for one.
            dialect: the one of the two that this run of the test is for, if it runs in both.
            is_own: whether the test asked for a Tiledesk of its own.

        Raises SetupError.
        """
        markers = _marked(test) if test else {}
        if not suite and not markers:
            if (known := self._known.get(dialect or "")) is None:
                known = self._known[dialect or ""] = self._chosen({}, {}, dialect)
            return known
        given = _given(suite, "tiledesk_mock_config", self._root)
        if test is not None and is_own and dialect is None:
            self._check_both(given, markers, test)
        return self._chosen(given, markers, dialect)

    def _check_both(self, suite: Mapping[str, Any], markers: Values, test: pytest.Item) -> None:
        """Raise a SettingsError if a test is to run in both dialects, and whoever says so comes too late.

        Tests are made two when they are collected: before any fixture, and by the marks of the test itself.
        Those of unittest never are, and run as usual.
        """
        cls = getattr(test, "cls", None)
        decides = next((one for one in (markers, self._above, suite) if "dialect" in one), {})
        is_told_late = decides is markers or decides is suite
        if decides.get("dialect") != BOTH or not is_told_late or (cls and issubclass(cls, unittest.TestCase)):
            return
        late = "a marker that comes too late" if decides is markers else "tiledesk_mock_config"
        where = "ini, option, environment, or a marker on a test that names its fixture"
        raise SettingsError(f"{late}: dialect", BOTH, f"one dialect: both is set in {where}")

    def _chosen(self, suite: Values, markers: Values, dialect: str | None) -> TestOptions:
        values = {**self._below, **suite, **self._above, **markers}
        if dialect is not None:
            values["dialect"] = dialect
        elif values.get("dialect") == BOTH:
            del values["dialect"]  # what cannot run twice, as unittest's tests, runs as usual
        return TestOptions(
            Settings(
                **{name: values[name] for name in EMULATOR_FIELDS if name in values and name not in _OF_TESTS}
            ),
            PluginOptions(**{name: values[name] for name in PLUGIN_FIELDS if name in values}),
            tuple(values.get("faults", ())),
        )


def _marked(test: pytest.Item) -> Values:
    """Return what a test's markers set, the closest one first; seeds are looked for beside its file."""
    values, folder = Values(), test.path.parent
    for mark in test.iter_markers(MARKER):
        if mark.args:
            raise SettingsError(f"@pytest.mark.{MARKER}", mark.args, "given by name, as in seed=...")
        for name, value in _given(mark.kwargs, f"@pytest.mark.{MARKER}", folder).items():
            values.setdefault(name, value)
    return values


def _given(values: Mapping[str, Any], source: str, folder: Path) -> Values:
    """Return values that somebody wrote in Python, texts among them read."""
    if not isinstance(values, Mapping):
        raise SetupError(f"{source} is {type(values).__name__}: expected a dict of settings")
    return {name: _value(name, value, source, folder) for name, value in values.items()}


def _value(name: str, value: Any, source: str, folder: Path, shown_as: str | None = None) -> Any:
    shown_as = shown_as or f"{source}: {name}"
    if name not in EMULATOR_FIELDS and name not in PLUGIN_FIELDS:
        raise SetupError(
            f"{source}: there is no {name} to set: {suggestion(name, (*EMULATOR_FIELDS, *PLUGIN_FIELDS))}"
        )
    if isinstance(value, str) and not isinstance(value, InlineSeed):
        value = parse_option(name, value, shown_as)
    elif name in ("hosts", "faults", "redact"):
        if not isinstance(value, (Mapping, list, tuple, set, frozenset)):
            raise SettingsError(shown_as, value, "a list")
        value = (value,) if isinstance(value, Mapping) else tuple(value)
    elif name in PLUGIN_FIELDS and not is_possible(name, value):
        raise SettingsError(shown_as, value, expected(name))
    if name in ("cassette", "credentials") and value is not None:
        return folder / value
    return _beside(value, folder) if name == "seed" else value


def _at(values: Values, folder: Path) -> Values:
    """Return values whose files are meant from a folder: a test may run in another one."""
    if "seed" in values:
        values["seed"] = _beside(values["seed"], folder)
    for name in {"cassette", "credentials"} & values.keys():
        values[name] = folder / values[name]
    return values


def _beside(seed: Any, folder: Path) -> Any:
    """Return seeds, those that are files in `folder` or below with their place."""
    if isinstance(seed, (Path, Mapping)):
        return _beside((seed,), folder)
    if not isinstance(seed, (list, tuple)) or not all(isinstance(one, (str, Path, Mapping)) for one in seed):
        raise SettingsError("seed", seed, "a name, a file, a document, or a list of them")
    return tuple(one if isinstance(one, Mapping) else _placed(one, folder) for one in seed)


def _placed(seed: str | Path, folder: Path) -> str | Path:
    place = folder / seed
    return place if place.is_file() else seed


def _ini(config: pytest.Config) -> Values:
    values: Values = {}
    for name in (*EMULATOR_FIELDS, *PLUGIN_FIELDS):
        given = config.getini(INI_PREFIX + name)
        if name in ("hosts", "redact") and isinstance(given, list):  # words, taken apart already
            given = " ".join(given)
        if given:  # a text, but for a list in TOML
            values[name] = _value(name, given, "ini", config.rootpath, INI_PREFIX + name)
    return _at(values, config.rootpath)


def _environment(environ: Mapping[str, str]) -> Values:
    return {
        name: parse_option(name, environ[environment_variable(name)], environment_variable(name))
        for name in (*EMULATOR_FIELDS, *PLUGIN_FIELDS)
        if environ.get(environment_variable(name))
    }


def _options(config: pytest.Config) -> Values:
    texts = {name: config.getoption(INI_PREFIX + name, None) for name in (*EMULATOR_FIELDS, *PLUGIN_FIELDS)}
    return {
        name: parse_option(name, text, option_name(name)) for name, text in texts.items() if text is not None
    }
