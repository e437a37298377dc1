"""What can be set where, and who wins."""

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


def test_ini_is_enough(suite: Suite) -> None:
    """A suite can be set where its other settings are."""
    suite(DIALECT, ini="tiledesk_mock_dialect = server").assert_outcomes(passed=1)


def test_config_ranks_above_ini(suite: Suite) -> None:
    """A suite's own code knows better than its ini file."""
    tests = CONFIGURED.replace("EXPECTED", "2")

    suite(tests, ini="tiledesk_mock_events_ttl = 1").assert_outcomes(passed=1)


def test_environment_ranks_above_config(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine knows better than a suite."""
    monkeypatch.setenv("TILEDESK_MOCK_EVENTS_TTL", "3")

    suite(CONFIGURED.replace("EXPECTED", "3")).assert_outcomes(passed=1)


def test_option_ranks_above_environment(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who types an option means it."""
    monkeypatch.setenv("TILEDESK_MOCK_EVENTS_TTL", "3")

    result = suite(CONFIGURED.replace("EXPECTED", "4"), "--tiledesk-mock-events-ttl=4")

    result.assert_outcomes(passed=1)


def test_marker_ranks_above_all(suite: Suite) -> None:
    """A test knows best what it is about; the closest marker counts."""
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
    """A file or a port that is meant for `serve` is not used, let alone reset, by tests."""
    monkeypatch.setenv("TILEDESK_MOCK_DB", "precious.json")
    monkeypatch.setenv("TILEDESK_MOCK_PORT", "1")

    result = suite("def test_it(tiledesk_mock): assert tiledesk_mock.settings.db is None")

    result.assert_outcomes(passed=1)


def test_tests_with_the_same_settings_share_an_emulator(suite: Suite) -> None:
    """Each distinct set of settings is one emulator for the session, inline seeds included."""
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


def test_seed_of_an_option_is_meant_from_where_pytest_was_called(
    suite: Suite, pytester: pytest.Pytester
) -> None:
    """Whatever folder the test works in."""
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


def test_seed_of_a_marker_is_looked_for_beside_the_test(suite: Suite, pytester: pytest.Pytester) -> None:
    """Wherever pytest was called from."""
    folder = pytester.mkdir("below")
    (folder / "seed.json").write_text(SEED)
    (folder / "test_below.py").write_text(
        "import pytest\n"
        "@pytest.mark.tiledesk_mock(seed='seed.json')\n"
        "def test_it(tiledesk_mock):\n"
        "    assert tiledesk_mock.emulator.export()['projects'][0]['name'] == 'lonely'\n"
    )

    result = suite("def test_it(): pass")

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("sed='busy'", "*unknown setting sed: did you mean seed[?]"),
        ("zzz=1", "*unknown setting zzz: expected one of seed, dialect, *"),
        ("'busy'", "*('busy',) is not given by name, as in seed=..."),
        ("dialect='klingon'", "*dialect: 'klingon' is not documented, server or both"),
        ("seed='nosuch'", "nosuch: neither a file nor a seed that ships: *"),
        ("seed={'users': [{}]}", "the inline seed: users[[]0[]].email: missing*"),
        ("faults=[{'statu': 1}]", "*there is no 'statu': did you mean status?*"),
        ("seed=[3]", "*seed: *3* is not *"),
        ("seed={'events': [{'at': {1, 2}}]}", "*a document that is no JSON*"),
        ("cassette=3", "*cassette: 3 is not a file name*"),
        ("upstream=5", "*upstream: 5 is not a URL*"),
        ("credentials=5", "*credentials: 5 is not a file name*"),
        ("strict=1", "*strict: 1 is not true or false*"),
    ],
)
def test_wrong_marker_is_told_in_a_line(suite: Suite, arguments: str, told: str) -> None:
    """The test does not run, and the error is the sentence alone."""
    result = suite(
        f"""
        import pytest

        @pytest.mark.tiledesk_mock({arguments})
        def test_it(tiledesk_mock): pass
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    result.stdout.no_fnmatch_line("*plugin?hooks.py*")


def test_wrong_option_is_told_in_a_line(suite: Suite) -> None:
    """The error names the option as it was typed."""
    result = suite("def test_it(tiledesk_mock): pass", "--tiledesk-mock-events-ttl=soon")

    output = "\n".join(result.outlines + result.errlines)
    assert "--tiledesk-mock-events-ttl: 'soon' is not a number of seconds; 0 is never" in output


def test_toml_lists_are_lists(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a marker; a text does as well."""
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
    """Of how many, and in how many seconds."""
    tests = """
        import pytest

        @pytest.mark.tiledesk_mock(rate_limit=[200, 60])
        def test_it(tiledesk_mock): assert tiledesk_mock.settings.rate_limit == (200, 60)
    """

    suite(tests).assert_outcomes(passed=1)


def test_config_that_is_no_dict_is_a_line(suite: Suite) -> None:
    """As Settings, which it takes the names of."""
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


def test_faults_of_a_run_are_those_of_further_servers_too(suite: Suite) -> None:
    """A test that has several sees them in each."""
    tests = """
        import requests

        def test_it(tiledesk_mock, tiledesk_mock_factory):
            mocks = [tiledesk_mock, tiledesk_mock_factory()]
            assert [requests.get(mock.url).status_code for mock in mocks] == [503, 503]
    """

    suite(tests, '--tiledesk-mock-faults=[{"status": 503}]').assert_outcomes(passed=1)


def test_what_is_said_wrong_is_shown_at_the_tests_own_line(suite: Suite) -> None:
    """Without the way there."""
    result = suite("def test_it(tiledesk_mock): tiledesk_mock.expect_event('a', by='boss')")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["test_it.py:1: SetupError"])
    result.stdout.no_fnmatch_line("*tiledesk_mock/*.py:*")


def test_what_a_test_sets_in_vain_is_told(suite: Suite) -> None:
    """The session's server is as it is."""
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


def test_faults_of_a_marker_are_those_of_one_test(suite: Suite) -> None:
    """They strike from its beginning, and are gone with it."""
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
    """One run for each dialect, named after it; tests without the mock run once."""
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
    """A TestCase cannot be run twice: it runs as documented."""
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
def test_both_dialects_asked_for_too_late_is_a_line(suite: Suite, where: str) -> None:
    """Tests are made two when they are collected: before any fixture, and not by a parameter's mark."""
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
def test_both_dialects_of_a_suite_give_way_to_an_option(suite: Suite, dialect: str) -> None:
    """What ranks above has been told in time."""
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


def test_both_dialects_are_nothing_to_tests_without_a_mock_of_their_own(suite: Suite) -> None:
    """Whether the session's server is there for others, or asked for."""
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


def test_emulators_that_no_test_uses_any_more_are_stopped(suite: Suite) -> None:
    """A suite may have many seeds; what the session asked for stays."""
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
    """All that can be set stands in pytest's own help, as option and as ini setting."""
    result = suite("", "--help")

    output = result.stdout.str()
    for name in (*EMULATOR_FIELDS, *PLUGIN_FIELDS):
        assert option_name(name) in output
        assert f"tiledesk_mock_{name}" in output


@pytest.mark.parametrize("source", ["variable", "option"])
def test_wrong_value_for_the_run_is_one_line(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """Said before any test is looked at, and once."""
    words = ["--tiledesk-mock-journal-size=many"] if source == "option" else []
    if source == "variable":
        monkeypatch.setenv("TILEDESK_MOCK_JOURNAL_SIZE", "many")

    result = suite("def test_it(tiledesk_mock): pass", *words)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *: 'many' is not a number from 1"])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_misspelt_variable_is_told(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, as a warning; in a line, where warnings are errors."""
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
    "given", ["hosts=5", "seed=5", "faults=5", "rate_limit=200", "journal_size=-5", "dialect=3", "hang=3"]
)
def test_value_of_another_type_is_refused_in_a_line(suite: Suite, given: str) -> None:
    """A marker takes what a text could have been."""
    tests = f"""
        import pytest

        @pytest.mark.tiledesk_mock({given})
        def test_it(tiledesk_mock): pass
    """

    result = suite(tests)

    result.assert_outcomes(errors=1)
    name, _, value = given.partition("=")
    result.stdout.fnmatch_lines([f"*{name}: {value} is not *"])
