"""Where options are set, and which source wins."""

from __future__ import annotations

import pytest

from tiledesk_mock.plugin.options import EMULATOR_FIELDS, PLUGIN_FIELDS, option_name

from .conftest import Suite

SEED = '{"projects": [{"name": "lonely"}]}'

DIALECT = """
    import pytest

    def test_it(tiledesk_mock):
        assert tiledesk_mock.settings.dialect.value == "server"
"""
CONFIGURED = """
    import pytest

    @pytest.fixture(scope="session")
    def tiledesk_mock_config():
        return {"events_ttl": 2}

    def test_it(tiledesk_mock):
        assert tiledesk_mock.settings.events_ttl == EXPECTED
"""


def test_ini_sets_an_option(suite: Suite) -> None:
    """In the same file as pytest's own settings."""
    suite(DIALECT, ini="tiledesk_mock_dialect = server").assert_outcomes(passed=1)


def test_config_ranks_above_ini(suite: Suite) -> None:
    """`tiledesk_mock_config` wins over the ini file."""
    tests = CONFIGURED.replace("EXPECTED", "2")

    suite(tests, ini="tiledesk_mock_events_ttl = 1").assert_outcomes(passed=1)


def test_environment_ranks_above_config(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment variable wins over `tiledesk_mock_config`."""
    monkeypatch.setenv("TILEDESK_MOCK_EVENTS_TTL", "3")

    suite(CONFIGURED.replace("EXPECTED", "3")).assert_outcomes(passed=1)


def test_option_ranks_above_environment(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line option wins over an environment variable."""
    monkeypatch.setenv("TILEDESK_MOCK_EVENTS_TTL", "3")

    result = suite(CONFIGURED.replace("EXPECTED", "4"), "--tiledesk-mock-events-ttl=4")

    result.assert_outcomes(passed=1)


def test_marker_ranks_above_all(suite: Suite) -> None:
    """The marker wins over everything; the closest marker counts."""
    tests = """
        import pytest

        pytestmark = pytest.mark.tiledesk_mock(events_ttl=6, dialect="documented")

        @pytest.mark.tiledesk_mock(events_ttl=5)
        def test_it(tiledesk_mock):
            assert tiledesk_mock.settings.events_ttl == 5
            assert tiledesk_mock.settings.dialect.value == "documented"
    """

    result = suite(tests, "--tiledesk-mock-events-ttl=4", "--tiledesk-mock-dialect=server")

    result.assert_outcomes(passed=1)


def test_settings_of_the_command_do_not_reach_tests(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and the port of `serve` are not used by tests."""
    monkeypatch.setenv("TILEDESK_MOCK_DB", "precious.json")
    monkeypatch.setenv("TILEDESK_MOCK_PORT", "1")

    result = suite("def test_it(tiledesk_mock): assert tiledesk_mock.settings.db is None")

    result.assert_outcomes(passed=1)


def test_tests_with_the_same_settings_share_an_emulator(suite: Suite) -> None:
    """Each distinct set of settings has one emulator, inline seeds included."""
    result = suite(
        """
        import pytest
        handles = set()

        @pytest.mark.tiledesk_mock(seed={"projects": [{"name": "lonely"}]})
        @pytest.mark.parametrize("number", range(3))
        def test_it(tiledesk_mock, number):
            handles.add(tiledesk_mock)
            assert len(handles) == 1
        """
    )

    result.assert_outcomes(passed=3)


def test_seed_of_an_option_is_relative_to_the_invocation_folder(
    suite: Suite, pytester: pytest.Pytester
) -> None:
    """Even if the test changes the working directory."""
    (pytester.path / "mine.json").write_text(SEED)

    result = suite(
        """
        import pytest

        @pytest.fixture(autouse=True)
        def elsewhere(tmp_path, monkeypatch):
            monkeypatch.chdir(tmp_path)

        def test_it(elsewhere, tiledesk_mock):
            assert tiledesk_mock.settings.seed
        """,
        "--tiledesk-mock-seed=mine.json",
    )

    result.assert_outcomes(passed=1)


def test_seed_of_a_marker_is_relative_to_the_test_file(suite: Suite, pytester: pytest.Pytester) -> None:
    """Wherever pytest was started."""
    folder = pytester.mkdir("below")
    (folder / "seed.json").write_text(SEED)
    (folder / "test_below.py").write_text(
        "import pytest\n"
        "@pytest.mark.tiledesk_mock(seed='seed.json')\n"
        "def test_it(tiledesk_mock):\n"
        "    assert tiledesk_mock.emulator.state.export()['projects'][0]['name'] == 'lonely'\n"
    )

    result = suite("def test_it(): pass")

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("sed='busy'", "*unknown setting sed: did you mean seed[?]"),
        ("zzz=1", "*unknown setting zzz: expected one of seed, dialect, *"),
        ("'busy'", "*('busy',) is not a keyword argument, as in seed=..."),
        ("dialect='klingon'", "*dialect: 'klingon' is not documented, server or both"),
        ("seed='nosuch'", "nosuch: neither a file nor a seed that ships: *"),
        ("seed={'users': [{}]}", "the inline seed: users[[]0[]].email: missing*"),
        ("faults=[{'statu': 1}]", "*there is no 'statu': did you mean status?*"),
        ("seed=[3]", "*seed: *3* is not *"),
        ("seed={'events': [{'at': {1, 2}}]}", "*a document that is not JSON*"),
        ("cassette=3", "*cassette: 3 is not a file name*"),
        ("upstream=5", "*upstream: 5 is not a URL*"),
        ("credentials=5", "*credentials: 5 is not a file name*"),
        ("strict=1", "*strict: 1 is not true or false*"),
    ],
)
def test_invalid_marker_is_one_line(suite: Suite, arguments: str, message: str) -> None:
    """The test does not run, and the error has no traceback."""
    result = suite(
        f"""
        import pytest

        @pytest.mark.tiledesk_mock({arguments})
        def test_it(tiledesk_mock): pass
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    result.stdout.no_fnmatch_line("*plugin?hooks.py*")


def test_invalid_option_is_one_line(suite: Suite) -> None:
    """The error has the name of the option."""
    result = suite("def test_it(tiledesk_mock): pass", "--tiledesk-mock-events-ttl=soon")

    output = "\n".join(result.outlines + result.errlines)
    assert "--tiledesk-mock-events-ttl: 'soon' is not a number of seconds; 0 is never" in output


def test_toml_lists_are_lists(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text is parsed as well."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        "def test_it(tiledesk_mock_intercept): assert 'b.example' in tiledesk_mock_intercept.url"
    )
    words = (
        "-p",
        "tiledesk_mock",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    )
    table = "[tool.pytest.ini_options]\ntiledesk_mock_{} = {}"

    pytester.makepyprojecttoml(table.format("hosts", '["b.example", "a.example"]'))
    pytester.runpytest(*words).assert_outcomes(passed=1)
    pytester.makepyprojecttoml(table.format("hosts", '"b.example, a.example"'))
    pytester.runpytest(*words).assert_outcomes(passed=1)


def test_rate_limit_may_be_a_list(suite: Suite) -> None:
    """A number of requests, and a number of seconds."""
    tests = """
        import pytest

        @pytest.mark.tiledesk_mock(rate_limit=[200, 60])
        def test_it(tiledesk_mock): assert tiledesk_mock.settings.rate_limit == (200, 60)
    """

    suite(tests).assert_outcomes(passed=1)


def test_keep_alive_timeout_of_a_test_reaches_its_server(suite: Suite) -> None:
    """Its marker ranks above the ini setting."""
    tests = """
        import pytest, requests

        def announced(mock): return requests.get(mock.url).headers["Keep-Alive"]

        @pytest.mark.tiledesk_mock(keep_alive_timeout=8)
        def test_marked(tiledesk_mock): assert announced(tiledesk_mock) == "timeout=8"

        def test_ini(tiledesk_mock): assert announced(tiledesk_mock) == "timeout=7"

        def test_server(tiledesk_mock_server): assert announced(tiledesk_mock_server) == "timeout=7"

        def test_factory(tiledesk_mock_factory):
            assert announced(tiledesk_mock_factory(keep_alive_timeout=9)) == "timeout=9"
    """

    suite(tests, ini="tiledesk_mock_keep_alive_timeout = 7").assert_outcomes(passed=4)


def test_config_that_is_no_dict_is_one_line(suite: Suite) -> None:
    """Settings is not a dict, although it has the same names."""
    tests = """
        import pytest
        from tiledesk_mock import Settings

        @pytest.fixture(scope="session")
        def tiledesk_mock_config(): return Settings()

        def test_it(tiledesk_mock): pass
    """

    result = suite(tests)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["tiledesk_mock_config is Settings: expected a dict of settings"])


def test_faults_of_a_run_apply_to_servers_of_the_factory(suite: Suite) -> None:
    """Every server of a test has them."""
    tests = """
        import requests

        def test_it(tiledesk_mock, tiledesk_mock_factory):
            mocks = [tiledesk_mock, tiledesk_mock_factory()]
            assert [requests.get(mock.url).status_code for mock in mocks] == [503, 503]
    """

    suite(tests, '--tiledesk-mock-faults=[{"status": 503}]').assert_outcomes(passed=1)


def test_setup_error_is_shown_at_the_line_of_the_test(suite: Suite) -> None:
    """The traceback has no frame of the package."""
    result = suite("def test_it(tiledesk_mock): tiledesk_mock.expect_event('a', by='boss')")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["test_it.py:1: SetupError"])
    result.stdout.no_fnmatch_line("*tiledesk_mock/*.py:*")


def test_ineffective_setting_is_a_warning(suite: Suite) -> None:
    """The server of the session keeps its own settings."""
    result = suite(
        """
        import pytest

        @pytest.mark.tiledesk_mock(seed="busy", strict=True)
        def test_it(tiledesk_mock_server): assert tiledesk_mock_server.events == []
        """,
        "-W",
        "default",
    )

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*seed of this test is not that of tiledesk_mock_server, *"])


def test_faults_of_a_marker_apply_to_one_test(suite: Suite) -> None:
    """They are active from its start, and are removed at its end."""
    result = suite(
        """
        import pytest, requests

        @pytest.mark.tiledesk_mock(faults={"status": 503, "count": 1})
        def test_one(tiledesk_mock):
            statuses = [requests.get(tiledesk_mock.url + "/testauth").status_code for _ in range(2)]
            assert statuses == [503, 401]

        def test_other(tiledesk_mock):
            assert requests.get(tiledesk_mock.url + "/testauth").status_code == 401
        """
    )

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("where", ["marker", "option", "ini"])
def test_both_dialects_run_each_test_twice(suite: Suite, where: str) -> None:
    """Each run has the dialect in its name; tests without the mock run once."""
    mark = "@pytest.mark.tiledesk_mock(dialect='both')" if where == "marker" else ""
    tests = f"""
        import pytest

        {mark}
        def test_it(tiledesk_mock, request):
            assert request.node.name == f"test_it[{{tiledesk_mock.settings.dialect.value}}]"

        def test_other(): pass
    """
    options = ["--tiledesk-mock-dialect=both"] if where == "option" else []

    result = suite(tests, *options, ini="tiledesk_mock_dialect = both" if where == "ini" else "")

    result.assert_outcomes(passed=3)
    result.stdout.no_fnmatch_line("*in the documented dialect*")


def test_both_dialects_in_unittest_run_once(suite: Suite) -> None:
    """A TestCase cannot be parametrized: it runs in the documented dialect."""
    result = suite(
        """
        import unittest, pytest

        @pytest.mark.usefixtures("tiledesk_mock")
        class TestClient(unittest.TestCase):
            def test_it(self):
                assert self.tiledesk_mock.settings.dialect.value == "documented"
        """,
        "--tiledesk-mock-dialect=both",
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("where", ["config", "param"])
def test_both_dialects_set_too_late_is_one_line(suite: Suite, where: str) -> None:
    """Tests are parametrized before fixtures run, and not by the mark of a parameter."""
    config = "{'dialect': 'both'}" if where == "config" else "{}"
    mark = "pytest.mark.tiledesk_mock(dialect='both')" if where == "param" else "()"

    result = suite(
        f"""
        import pytest

        @pytest.fixture(scope="session")
        def tiledesk_mock_config():
            return {config}

        @pytest.mark.parametrize("n", [pytest.param(1, marks={mark})])
        def test_it(n, tiledesk_mock): pass
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*dialect: 'both' is not one dialect: both is set in ini, option, *"])


@pytest.mark.parametrize("dialect", ["server", "both"])
def test_both_dialects_of_a_suite_are_overridden_by_an_option(suite: Suite, dialect: str) -> None:
    """The option is known when tests are collected."""
    result = suite(
        """
        import pytest

        @pytest.fixture(scope="session")
        def tiledesk_mock_config():
            return {"dialect": "both"}

        def test_it(tiledesk_mock): pass
        """,
        f"--tiledesk-mock-dialect={dialect}",
    )

    result.assert_outcomes(passed=2 if dialect == "both" else 1)


def test_both_dialects_do_not_apply_to_tests_without_an_own_mock(suite: Suite) -> None:
    """Tests of the session's server run once."""
    result = suite(
        """
        import pytest

        pytestmark = pytest.mark.tiledesk_mock(dialect="both")

        @pytest.fixture(scope="session", autouse=True)
        def url(tiledesk_mock_server):
            return tiledesk_mock_server.url

        def test_pure(): pass

        def test_server(tiledesk_mock_server): pass

        def test_it(tiledesk_mock): pass
        """
    )

    result.assert_outcomes(passed=4)


def test_idle_emulators_are_stopped(suite: Suite) -> None:
    """A suite may have many seeds; the server of the session keeps running."""
    result = suite(
        """
        import pytest, requests, threading

        urls = []

        @pytest.mark.parametrize("n", range(30))
        def test_it(n, request, tiledesk_mock_server):
            request.applymarker(pytest.mark.tiledesk_mock(id_seed=str(n)))
            urls.append(request.getfixturevalue("tiledesk_mock").url)
            assert requests.get(urls[-1] + "/testauth").status_code == 401

        def test_end(tiledesk_mock_server):
            assert requests.get(tiledesk_mock_server.url + "/testauth").status_code == 401
            with pytest.raises(requests.ConnectionError):
                requests.get(urls[0] + "/testauth")
            names = {thread.name for thread in threading.enumerate()}
            ports = {url.removesuffix("/v3").rpartition(":")[2] for url in urls}
            assert len(names & {f"tiledesk-mock-{port}" for port in ports}) == 8
        """
    )

    result.assert_outcomes(passed=31)


def test_help_names_every_option(suite: Suite) -> None:
    """`pytest --help` has each option and each ini setting."""
    result = suite("", "--help")

    output = result.stdout.str()
    for name in (*EMULATOR_FIELDS, *PLUGIN_FIELDS):
        assert option_name(name) in output
        assert f"tiledesk_mock_{name}" in output


@pytest.mark.parametrize("source", ["variable", "option"])
def test_invalid_value_for_the_run_is_one_line(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """It is reported once, before tests are collected."""
    words = ["--tiledesk-mock-journal-size=many"] if source == "option" else []
    if source == "variable":
        monkeypatch.setenv("TILEDESK_MOCK_JOURNAL_SIZE", "many")

    result = suite("def test_it(tiledesk_mock): pass", *words)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *: 'many' is not a number from 1"])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_misspelt_variable_is_a_warning(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where warnings are errors, it is one line."""
    monkeypatch.setenv("TILEDESK_MOCK_DIALET", "server")
    tests = "def test_it(tiledesk_mock): assert tiledesk_mock.settings.dialect == 'documented'"

    warned, refused = suite(tests), suite(tests, "-W", "error")

    warned.assert_outcomes(passed=1, warnings=1)
    warned.stdout.fnmatch_lines(
        ["*unknown variable TILEDESK_MOCK_DIALET: did you mean TILEDESK_MOCK_DIALECT?"]
    )
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(["ERROR: unknown variable TILEDESK_MOCK_DIALET: *"])


@pytest.mark.parametrize(
    "argument", ["hosts=5", "seed=5", "faults=5", "rate_limit=200", "journal_size=-5", "dialect=3", "hang=3"]
)
def test_value_of_another_type_is_one_line(suite: Suite, argument: str) -> None:
    """A marker accepts only types that text can be parsed as."""
    tests = f"""
        import pytest

        @pytest.mark.tiledesk_mock({argument})
        def test_it(tiledesk_mock): pass
    """

    result = suite(tests)

    result.assert_outcomes(errors=1)
    name, _, value = argument.partition("=")
    result.stdout.fnmatch_lines([f"*{name}: {value} is not *"])
