"""The hooks and fixtures of the pytest plugin.

Only pytest is imported here. The emulator, and Flask with it, is imported when a test first uses it.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from ..testing import TiledeskMock
    from .configuration import Configuration
    from .state import Servers, TestState

_OWN_FIXTURES: Final = frozenset({"tiledesk_mock", "tiledesk_mock_intercept", "tiledesk_mock_factory"})
_DIALECT: Final = "_tiledesk_mock_dialect"
_SESSION_CHECKS: Final = "_tiledesk_mock_session_checks"

_configuration_key: Final = pytest.StashKey["Configuration"]()
_servers_key: Final = pytest.StashKey["Servers"]()
_state_key: Final = pytest.StashKey["TestState"]()
_totals_key: Final = pytest.StashKey[dict[str, Any]]()
"""What is printed at the end: how many tests rely on shapes, and the report of differences."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the options and ini settings."""
    # pytest rewrites the assertions of every distribution with a plugin. This one has no assertions, and the
    # rewriting takes longer than everything else where its result cannot be cached.
    getattr(pluginmanager.rewrite_hook, "_must_rewrite", set()).discard("tiledesk_mock")
    from .options import add_options

    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and parse the options of the run, so that errors are reported at once."""
    config.addinivalue_line(
        "markers",
        "tiledesk_mock(seed=..., dialect=..., faults=..., strict=..., drifts=..., ...): "
        "set anything about tiledesk-mock for a test, a class or a module",
    )
    # Imported before freezegun or a similar library can replace the clock.
    import tiledesk_mock.http.stopwatch  # noqa: F401

    from .options import is_anything_set

    if is_anything_set(config):
        _configuration(config)
    if not hasattr(config, "workerinput"):  # a worker of xdist would repeat the warning
        _warn_of_misspelt_variables(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize tests that run in both dialects; add the checks to tests of the session's server."""
    if _OWN_FIXTURES.isdisjoint(metafunc.fixturenames):
        if "tiledesk_mock_server" in metafunc.fixturenames:
            metafunc.fixturenames.append(_SESSION_CHECKS)
        return
    if _configuration(metafunc.config).runs_in_both_dialects(metafunc.definition):
        metafunc.fixturenames.append(_DIALECT)
        metafunc.parametrize(_DIALECT, ["documented", "server"], indirect=True)


@pytest.fixture(scope="session")
def tiledesk_mock_config() -> dict[str, Any]:
    """Override this to set options for a suite: `return {"seed": "busy"}`. Ranks just above the ini file."""
    return {}


@pytest.fixture
def _tiledesk_mock_dialect(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def _tiledesk_mock_session_checks(
    request: pytest.FixtureRequest,
    tiledesk_mock_config: dict[str, Any],
    tiledesk_mock_server: TiledeskMock,
) -> None:
    """Check at the end also tests that use only the server of the session."""
    with _short_errors():
        state = _state_of(request, tiledesk_mock_config, has_own_mock=False)
        state.observe_session_server(tiledesk_mock_server)
        for message in state.ineffective_settings(tiledesk_mock_server):
            request.node.warn(pytest.PytestWarning(message))


@pytest.fixture
def tiledesk_mock(request: pytest.FixtureRequest, tiledesk_mock_config: dict[str, Any]) -> TiledeskMock:
    """An emulated Tiledesk at `tiledesk_mock.url`, reset to its seed for each test."""
    with _short_errors():
        return _state_of(request, tiledesk_mock_config).serve(request.instance)


@pytest.fixture
def tiledesk_mock_intercept(
    request: pytest.FixtureRequest, tiledesk_mock_config: dict[str, Any]
) -> TiledeskMock:
    """An emulated Tiledesk that intercepts requests and httpx to `https://api.tiledesk.com`."""
    with _short_errors():
        return _state_of(request, tiledesk_mock_config).intercept(request.instance)


@pytest.fixture
def tiledesk_mock_factory(
    request: pytest.FixtureRequest, tiledesk_mock_config: dict[str, Any]
) -> Callable[..., TiledeskMock]:
    """Starts more servers: `tiledesk_mock_factory(seed="busy")`. They stop when the test ends."""
    with _short_errors():
        return _state_of(request, tiledesk_mock_config).start_server


@pytest.fixture(scope="session")
def tiledesk_mock_server(
    request: pytest.FixtureRequest, tiledesk_mock_config: dict[str, Any]
) -> TiledeskMock:
    """The server of tests without a marker, for session-scoped fixtures. It is not reset."""
    with _short_errors():
        options = _configuration(request.config).options_of(tiledesk_mock_config)
        return _servers_of(request.config).get(options.settings, for_session=True).start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test for its problems with the mock here, so that not only its teardown fails."""
    try:
        result = yield
    except BaseException:
        if _state_key in item.stash:
            item.stash[_state_key].note_failure()
        raise
    state = item.stash.get(_state_key, None)
    if state and getattr(item, "_excinfo", None):  # unittest has caught the failure, and pytest reports it
        state.note_failure()
        return result
    problem = state.check() if state else None
    if problem:
        pytest.fail(problem, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Add the last exchanges to the report of a failed test."""
    _remove_own_frames(call.excinfo)
    report = yield
    state = item.stash.get(_state_key, None)
    if state is not None:
        text = state.report_section() if report.failed else ""
        if text:
            report.sections.append(("tiledesk-mock", text))
        if call.when == "teardown":
            del item.stash[_state_key]  # a test that is run again gets a new state
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the servers, and pass the totals of a worker of xdist to the main process.

    Fail a strict run if the upstream differs in a way that no known drift explains.
    """
    totals = _totals(session.config)
    if _servers_key in session.config.stash:
        servers = session.config.stash[_servers_key]
        servers.stop()
        if servers.diff_report is not None:
            totals["diff_lines"] = servers.diff_report.lines()
            totals["differences"] = servers.diff_report.unknown
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["tiledesk_mock"] = totals
    elif (
        totals["differences"] and session.exitstatus == 0 and _configuration(session.config).run.get("strict")
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the totals of a worker of xdist."""
    totals = _totals(node.config)
    for name, value in getattr(node, "workeroutput", {}).get("tiledesk_mock", {}).items():
        totals[name] += value


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print how the upstream differs, and the drifts of shape, on which any test may rely."""
    totals = _totals(config)
    if totals["diff_lines"]:
        terminalreporter.section("tiledesk-mock: how the upstream differs", sep="-")
        terminalreporter.write("\n".join([*totals["diff_lines"], ""]))
    if totals["shape_tests"] and _configuration(config).run.get("drifts") != "ignore":
        from .report import summary

        terminalreporter.section("tiledesk-mock", sep="-")
        terminalreporter.write_line(summary(totals["shape_tests"]))


def _totals(config: pytest.Config) -> dict[str, Any]:
    return config.stash.setdefault(_totals_key, {"shape_tests": 0, "diff_lines": [], "differences": 0})


def _state_of(
    request: pytest.FixtureRequest, suite: dict[str, Any], *, has_own_mock: bool = True
) -> TestState:
    """Return the state of a test, made by the first fixture of the plugin that it uses."""
    item = request.node
    state: TestState | None = item.stash.get(_state_key, None)
    if state is None:
        servers = _servers_of(item.config)
        from .state import TestState

        params = item.callspec.params if hasattr(item, "callspec") else {}
        options = _configuration(request.config).options_of(
            suite, item, params.get(_DIALECT), has_own_mock=has_own_mock
        )
        state = TestState(item, options, servers, runs_in_both_dialects=_DIALECT in params)
        item.stash[_state_key] = state
        item.addfinalizer(lambda: _close(item))
    return state


def _close(item: pytest.Item) -> None:
    """Check a test once more after its teardown, and close its state."""
    state = item.stash[_state_key]
    if state.relies_on_shapes:
        _totals(item.config)["shape_tests"] += 1
    problem = state.check()
    state.close()
    if problem:
        pytest.fail(problem, pytrace=False)


def _remove_own_frames(excinfo: pytest.ExceptionInfo[BaseException] | None) -> None:
    """Remove the frames of this package from the traceback of a SetupError."""
    errors = sys.modules.get("tiledesk_mock.errors")
    if excinfo is None or errors is None or not isinstance(excinfo.value, errors.SetupError):
        return
    package = os.path.dirname(errors.__file__ or "") + os.sep
    excinfo.value.__cause__, excinfo.value.__suppress_context__ = None, True
    entry: TracebackType | None = excinfo.tb
    while entry is not None:
        following = entry.tb_next
        while following is not None and following.tb_frame.f_code.co_filename.startswith(package):
            following = following.tb_next
        entry.tb_next = following
        entry = following


def _warn_of_misspelt_variables(config: pytest.Config) -> None:
    from ..settings import misspelt_variables

    try:
        for message in misspelt_variables():
            config.issue_config_time_warning(pytest.PytestConfigWarning(message), stacklevel=2)
    except pytest.PytestConfigWarning as error:
        raise pytest.UsageError(str(error)) from None


def _servers_of(config: pytest.Config) -> Servers:
    """Return the servers of the session; each starts when it is first used."""
    if _servers_key not in config.stash:
        was_enabled = gc.isenabled()
        gc.disable()  # it slows down large imports
        try:
            from .state import Servers
        finally:
            if was_enabled:
                gc.enable()
        config.stash[_servers_key] = Servers()
    return config.stash[_servers_key]


def _configuration(config: pytest.Config) -> Configuration:
    """Return the configuration of the run, which is read on first use."""
    if _configuration_key not in config.stash:
        from ..errors import SetupError
        from .configuration import Configuration

        try:
            config.stash[_configuration_key] = Configuration(config)
        except SetupError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[_configuration_key]


@contextmanager
def _short_errors() -> Iterator[None]:
    """Fail with the message of a SetupError, without a traceback."""
    from ..errors import SetupError

    try:
        yield
    except SetupError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
