"""The pytest plugin: fixtures, marker, options, and what is said at a test's and a run's end.

Only pytest is imported here. The mock itself, with Flask and all, is imported when a test first asks for it.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from ..testing import TiledeskMock
    from .configuration import Configuration
    from .servers import ServerFactory, Servers
    from .use import TestState

_USING: Final = frozenset({"tiledesk_mock", "tiledesk_mock_intercept", "tiledesk_mock_factory"})
_DIALECT: Final = "_tiledesk_mock_dialect"
_WATCHED: Final = "_tiledesk_mock_watched"

_configured: Final = pytest.StashKey["Configuration"]()
_servers: Final = pytest.StashKey["Servers"]()
_use: Final = pytest.StashKey["TestState"]()
_past_use: Final = pytest.StashKey["TestState"]()
_leaning: Final = pytest.StashKey[int]()
_differences: Final = pytest.StashKey[list[str]]()
_unknown: Final = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the options and ini settings, which are the table of settings."""
    # pytest rewrites the assertions of all that is installed with a plugin. The mock has none, and compiling
    # it in another way than Python's takes longer than all else, in each run that can't keep the outcome.
    getattr(pluginmanager.rewrite_hook, "_must_rewrite", set()).discard("tiledesk_mock")
    from .options import add_options

    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; read what is set for the whole run, so that what is wrong is said at once."""
    config.addinivalue_line(
        "markers",
        "tiledesk_mock(seed=..., dialect=..., faults=..., strict=..., drifts=..., ...): "
        "set anything about tiledesk-mock for a test, a class or a module",
    )
    # Imported as early as can be: before somebody freezes the time of a test.
    import tiledesk_mock.http.stopwatch  # noqa: F401

    from .options import is_anything_set

    if is_anything_set(config):
        _configuration(config)
    if not hasattr(config, "workerinput"):  # xdist's workers would say it again
        _tell_of_misspelt_variables(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses the mock once in each dialect, where both are wanted."""
    if _USING.isdisjoint(metafunc.fixturenames):
        if "tiledesk_mock_server" in metafunc.fixturenames:
            metafunc.fixturenames.append(_WATCHED)
        return
    if _configuration(metafunc.config).wants_both(metafunc.definition):
        metafunc.fixturenames.append(_DIALECT)
        metafunc.parametrize(_DIALECT, ["documented", "server"], indirect=True)


@pytest.fixture(scope="session")
def tiledesk_mock_config() -> dict[str, Any]:
    """Override to set anything for a suite, as in `return {"seed": "busy"}`. Ranks just above ini."""
    return {}


@pytest.fixture
def _tiledesk_mock_dialect(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def _tiledesk_mock_watched(
    request: pytest.FixtureRequest,
    tiledesk_mock_config: dict[str, Any],
    tiledesk_mock_server: TiledeskMock,
) -> None:
    """Look at the end of a test that has the session's server only at what the others are looked at for."""
    with _in_short():
        use = _used(request, tiledesk_mock_config, is_own=False)
        use.look_at(tiledesk_mock_server)
        for sentence in use.in_vain(tiledesk_mock_server):
            request.node.warn(pytest.PytestWarning(sentence))


@pytest.fixture
def tiledesk_mock(request: pytest.FixtureRequest, tiledesk_mock_config: dict[str, Any]) -> TiledeskMock:
    """A Tiledesk at `tiledesk_mock.url`, back at its seed for each test."""
    with _in_short():
        return _used(request, tiledesk_mock_config).serve(request.instance)


@pytest.fixture
def tiledesk_mock_intercept(
    request: pytest.FixtureRequest, tiledesk_mock_config: dict[str, Any]
) -> TiledeskMock:
    """A Tiledesk that answers `https://api.tiledesk.com` itself, to requests and httpx, without a socket."""
    with _in_short():
        return _used(request, tiledesk_mock_config).intercept(request.instance)


@pytest.fixture
def tiledesk_mock_factory(
    request: pytest.FixtureRequest, tiledesk_mock_config: dict[str, Any]
) -> ServerFactory:
    """Start further servers: `tiledesk_mock_factory(seed="busy")`. They stop when the test ends."""
    with _in_short():
        return _used(request, tiledesk_mock_config).factory


@pytest.fixture(scope="session")
def tiledesk_mock_server(
    request: pytest.FixtureRequest, tiledesk_mock_config: dict[str, Any]
) -> TiledeskMock:
    """The Tiledesk of tests without a marker, for fixtures of a session; nothing is put back here."""
    with _in_short():
        chosen = _configuration(request.config).choose(tiledesk_mock_config)
        return _servers_of(request.config).get(chosen.settings, for_the_session=True).start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test for what the mock saw, rather than let its teardown fail."""
    try:
        result = yield
    except BaseException:
        if _use in item.stash:
            item.stash[_use].note_failure()
        raise
    use = item.stash.get(_use, None)
    if use and getattr(item, "_excinfo", None):  # what unittest caught, and pytest reports in our stead
        use.note_failure()
        return result
    problem = use.verdict() if use else None
    if problem:
        pytest.fail(problem, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Show the last exchanges in the report of a failed test."""
    _leave_out_own_frames(call.excinfo)
    report = yield
    use = item.stash.get(_use, None) or item.stash.get(_past_use, None)
    if use is None:
        return report
    text = use.section() if report.failed else ""
    if text:
        report.sections.append(("tiledesk-mock", text))
    if _past_use in item.stash:
        del item.stash[_past_use]
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the servers; tell the process that xdist started this one from what is to be said at the end.

    Where the run is strict, differences from another Tiledesk that no drift explains fail it.
    """
    stash = session.config.stash
    if _servers in stash:
        servers = stash[_servers]
        servers.stop()
        if servers.differences is not None:
            stash[_differences] = servers.differences.lines()
            stash[_unknown] = servers.differences.unknown
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["tiledesk_mock"] = stash.get(_leaning, 0)
        output["tiledesk_mock_differences"] = stash.get(_differences, [])
        output["tiledesk_mock_unknown"] = stash.get(_unknown, 0)
    elif stash.get(_unknown, 0) and session.exitstatus == 0 and _configuration(session.config).is_strict:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up what xdist's workers have to say."""
    output, stash = getattr(node, "workeroutput", {}), node.config.stash
    stash[_leaning] = stash.get(_leaning, 0) + output.get("tiledesk_mock", 0)
    stash[_unknown] = stash.get(_unknown, 0) + output.get("tiledesk_mock_unknown", 0)
    stash.setdefault(_differences, []).extend(output.get("tiledesk_mock_differences", []))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell how another Tiledesk differs, and name the drifts of shape, which no test is seen to lean on."""
    differences = config.stash.get(_differences, [])
    if differences:
        terminalreporter.section("tiledesk-mock: how the upstream differs", sep="-")
        terminalreporter.write("\n".join([*differences, ""]))
    tests = config.stash.get(_leaning, 0)
    if tests and _configuration(config).names_shapes:
        from .report import summary

        terminalreporter.section("tiledesk-mock", sep="-")
        terminalreporter.write_line(summary(tests))


def _used(request: pytest.FixtureRequest, suite: dict[str, Any], *, is_own: bool = True) -> TestState:
    """Return what a test does with the mock, made by the first of its fixtures that asks."""
    item = request.node
    use: TestState | None = item.stash.get(_use, None)
    if use is None:
        with _no_collections():
            from .use import TestState

        params = item.callspec.params if hasattr(item, "callspec") else {}
        chosen = _configuration(request.config).choose(suite, item, params.get(_DIALECT), is_own=is_own)
        use = item.stash[_use] = TestState(
            item, chosen, _servers_of(item.config), is_one_of_both=_DIALECT in params
        )
        item.addfinalizer(lambda: _put_away(item))
    return use


def _put_away(item: pytest.Item) -> None:
    """Look once more at what a test did with the mock, and let go of what it took."""
    use = item.stash[_use]
    if use.leans_on_shapes:
        item.config.stash[_leaning] = item.config.stash.get(_leaning, 0) + 1
    problem = use.verdict()
    use.close()
    del item.stash[_use]  # a test that is run again begins anew
    item.stash[_past_use] = use
    if problem:
        pytest.fail(problem, pytrace=False)


def _leave_out_own_frames(excinfo: pytest.ExceptionInfo[BaseException] | None) -> None:
    """Let what the tester did wrong be shown at their own line."""
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


def _tell_of_misspelt_variables(config: pytest.Config) -> None:
    if not any(name.startswith("TILEDESK_MOCK_") for name in os.environ):
        return
    from ..settings import misspelt_variables

    try:
        for sentence in misspelt_variables():
            config.issue_config_time_warning(pytest.PytestConfigWarning(sentence), stacklevel=2)
    except pytest.PytestConfigWarning as error:
        raise pytest.UsageError(str(error)) from None


def _servers_of(config: pytest.Config) -> Servers:
    """Return the servers of the session, none of which runs before it is asked for."""
    if _servers not in config.stash:
        from .servers import Servers

        config.stash[_servers] = Servers()
    return config.stash[_servers]


def _configuration(config: pytest.Config) -> Configuration:
    """Return what is set for the run, read when it is first needed."""
    if _configured not in config.stash:
        from ..errors import SetupError
        from .configuration import Configuration

        try:
            config.stash[_configured] = Configuration(config)
        except SetupError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[_configured]


@contextmanager
def _no_collections() -> Iterator[None]:
    """Keep the garbage collector from looking through all that is imported, again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _in_short() -> Iterator[None]:
    """Tell what the tester got wrong in a line, without the way there."""
    from ..errors import SetupError

    try:
        yield
    except SetupError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
