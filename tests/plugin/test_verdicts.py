"""What the plugin has to say about a test: drifts, paths that are not served, the real host, exchanges."""

from __future__ import annotations

import pytest

from .conftest import Suite

DRIFTING = """
    import requests

    def test_it(tiledesk_mock):
        mock = tiledesk_mock
        url = f"{mock.url}/{mock.project_id}/events?sortField=name"
        for _ in range(3):
            requests.get(url, auth=mock.agent.basic)
"""
UNSERVED = """
    import requests

    def test_it(tiledesk_mock):
        mock = tiledesk_mock
        requests.get(f"{mock.url}/{mock.project_id}/leads", auth=mock.agent.basic)
"""
FAILING = """
    import requests

    def test_it(tiledesk_mock):
        mock = tiledesk_mock
        mock.emulator.faults.status(503, path="/testauth")
        requests.get(f"{mock.url}/testauth?token=precious", headers=mock.agent.headers)
        requests.post(f"{mock.url}/{mock.project_id}/events", json={}, auth=mock.agent.basic)
        assert False
"""
STRAYING = """
    import pytest, requests

    def test_it(tiledesk_mock):
        with pytest.raises(requests.ConnectionError):
            requests.get("https://api.tiledesk.com/v3/x")
"""


def test_drift_becomes_one_warning(suite: Suite) -> None:
    """However often it was asked for; the warning names the test's file and line, and both behaviours."""
    result = suite(DRIFTING, "-W", "default::tiledesk_mock.TiledeskDriftWarning")

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        "*test_it.py:3: TiledeskDriftWarning: sort-field: documented: sortField sorts; "
        "tiledesk-server 2.19.16: sortField is ignored, sort sorts (GET */events[?]sortField=name)"
    )


def test_drift_is_ignored_on_request(suite: Suite) -> None:
    """Then it is not in the summary either."""
    result = suite(DRIFTING, ini="tiledesk_mock_drifts = ignore")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*documented*")


def test_drift_fails_the_test_on_request(suite: Suite) -> None:
    """The test fails, and not only its teardown."""
    result = suite(DRIFTING, "--tiledesk-mock-drifts=error")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["sort-field: documented: sortField sorts; *"])


@pytest.mark.parametrize("filters", ["error", "error::tiledesk_mock.TiledeskDriftWarning"])
def test_drift_is_an_error_where_warnings_are(suite: Suite, filters: str) -> None:
    """The usual filters hold for it, by its public name too."""
    result = suite(DRIFTING, "-W", filters)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["sort-field: documented: sortField sorts; *"])


def test_run_without_drifts_has_no_warnings(suite: Suite) -> None:
    """A suite whose warnings are errors is not disturbed."""
    result = suite("def test_it(tiledesk_mock): tiledesk_mock.fire('order.paid')", "-W", "error")

    result.assert_outcomes(passed=1, warnings=0)
    result.stdout.fnmatch_lines(["1 test in the documented dialect, * id-field, *=both runs each in both)"])


def test_shapes_are_not_named_in_the_servers_dialect(suite: Suite) -> None:
    """There is nothing to say."""
    result = suite("def test_it(tiledesk_mock): pass", "--tiledesk-mock-dialect=server")

    result.stdout.no_fnmatch_line("*documented dialect*")


def test_path_that_is_not_served_fails_a_strict_test(suite: Suite) -> None:
    """The client calls a route that the mock cannot answer as the real server would."""
    result = suite(UNSERVED, "--tiledesk-mock-strict")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["requests to paths that tiledesk-mock does not emulate:", "*GET */leads *404*"]
    )


def test_path_that_is_not_served_is_answered_otherwise(suite: Suite) -> None:
    """With the server's 404."""
    suite(UNSERVED).assert_outcomes(passed=1)


def test_requests_of_a_teardown_are_seen_too(suite: Suite) -> None:
    """A client that says goodbye to a wrong path is told when its fixture ends."""
    result = suite(
        """
        import pytest, requests

        @pytest.fixture
        def client(tiledesk_mock):
            yield
            requests.get(f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/leads")

        @pytest.mark.tiledesk_mock(strict=True)
        def test_it(client): pass
        """
    )

    result.assert_outcomes(passed=1, errors=1)


def test_failure_shows_the_last_exchanges(suite: Suite) -> None:
    """Who asked for what, what came, and what disturbed it, with a line to paste."""
    result = suite(FAILING)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- tiledesk-mock -*",
            "exchanges with http://127.0.0.1:*/v3:",
            "1  GET /v3/testauth*503*by *agent@example.com*fault fault-1*",
            "*curl *",
            "2  POST /v3/*/events*422*by agent agent@example.com",
            '   response {"errors":*',
            "*curl *'Content-Type: application/json'*",
        ]
    )


def test_failure_of_a_teardown_shows_them_too(suite: Suite) -> None:
    """A fixture that looks at the end at what its client did."""
    result = suite(
        """
        import pytest, requests

        @pytest.fixture
        def client(tiledesk_mock):
            yield
            requests.get(f"{tiledesk_mock.url}/testauth", auth=tiledesk_mock.agent.basic)
            tiledesk_mock.expect_request("POST", "/events")

        def test_it(client): pass
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*- tiledesk-mock -*", "1  GET /v3/testauth*200*"])


def test_failure_shows_no_secrets(suite: Suite) -> None:
    """Neither passwords nor tokens, wherever they were."""
    result = suite(FAILING, "--tb=no")

    assert "agent-secret" not in result.stdout.str()
    assert "precious" not in result.stdout.str()


def test_failure_without_exchanges_has_no_section(suite: Suite) -> None:
    """Nothing was asked, nothing is shown."""
    result = suite("def test_it(tiledesk_mock): assert False")

    result.stdout.no_fnmatch_line("*exchanges with*")


def test_real_host_is_not_reached(suite: Suite) -> None:
    """The client may swallow the refusal: the test fails, and says where the client called from."""
    result = suite(STRAYING)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "the test tried to reach the real Tiledesk:",
            "  api.tiledesk.com from *test_it.py:5",
            "configure the client with tiledesk_mock.url (http://127.0.0.1:*",
        ]
    )


def test_tests_of_the_sessions_server_are_looked_at_too(suite: Suite) -> None:
    """Who has it only through a fixture of the suite, or asks for it, strays no less."""
    result = suite(
        """
        import contextlib, pytest, requests, socket

        @pytest.fixture(scope="session")
        def url(tiledesk_mock_server):
            return tiledesk_mock_server.url

        def test_stray(url):
            with contextlib.suppress(OSError):
                socket.create_connection(("api.tiledesk.com", 443))

        def test_unserved(tiledesk_mock_server):
            requests.get(f"{tiledesk_mock_server.url}/{tiledesk_mock_server.project_id}/leads")

        def test_well(url): pass
        """,
        "--tiledesk-mock-strict",
    )

    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(["the test tried to reach the real Tiledesk:"])
    result.stdout.fnmatch_lines(["requests to paths that tiledesk-mock does not emulate:"])


def test_drift_of_one_test_is_not_held_against_others_of_the_sessions_server(suite: Suite) -> None:
    """Its journal is not put back between them."""
    result = suite(
        """
        import pytest, requests

        @pytest.fixture(scope="session", autouse=True)
        def url(tiledesk_mock_server):
            return tiledesk_mock_server.url

        def test_drift(tiledesk_mock_server):
            mock = tiledesk_mock_server
            requests.get(f"{mock.url}/{mock.project_id}/events?sortField=name", auth=mock.owner.basic)

        def test_innocent(): pass
        """,
        "--tiledesk-mock-drifts=error",
    )

    result.assert_outcomes(failed=1, passed=1)


def test_guard_can_be_switched_off(suite: Suite) -> None:
    """Whoever wants to reach the real host has to say so."""
    tests = """
        import socket

        def test_it(tiledesk_mock):
            assert socket.getaddrinfo.__module__ == "socket"
    """

    suite(tests, "--tiledesk-mock-no-guard").assert_outcomes(passed=1)


def test_verdict_of_a_test_is_its_own(suite: Suite) -> None:
    """What one test did is not held against the next."""
    result = suite(UNSERVED + "\n    def test_next(tiledesk_mock): pass\n", "--tiledesk-mock-strict")

    result.assert_outcomes(failed=1, passed=1)


def test_verdict_on_a_failed_test_is_in_its_report(suite: Suite) -> None:
    """A test fails once, and says all that is wrong with it."""
    result = suite(UNSERVED + "        assert False\n", "--tiledesk-mock-strict")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *assert False", "requests to paths that tiledesk-mock does not emulate:"])


def test_failure_of_an_intercepted_test_opens_no_socket(suite: Suite) -> None:
    """Its report has the address that was asked, which nobody else listens to."""
    tests = """
        import requests, socket

        def test_it(tiledesk_mock_intercept, monkeypatch):
            mock = tiledesk_mock_intercept
            monkeypatch.setattr(socket.socket, "bind", None)
            requests.get(f"{mock.url}/testauth", auth=mock.agent.basic)
            assert False
    """

    result = suite(tests)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["exchanges with https://api.tiledesk.com/v3:"])


def test_verdict_on_a_failed_unittest_is_in_its_report(suite: Suite) -> None:
    """What unittest catches is a failure like any other."""
    tests = """
        import pytest, requests, unittest

        @pytest.mark.usefixtures("tiledesk_mock")
        class Test(unittest.TestCase):
            def test_it(self):
                mock = self.tiledesk_mock
                requests.get(f"{mock.url}/{mock.project_id}/leads", auth=mock.agent.basic)
                self.assertEqual(1, 2)
    """

    result = suite(tests, "--tiledesk-mock-strict")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *AssertionError: 1 != 2", "requests to paths that tiledesk-mock does not emulate:"]
    )


@pytest.mark.parametrize("forget", ["requests.clear()", "reset()", "requests"])
def test_what_a_test_asked_for_is_told_whatever_it_forgets(suite: Suite, forget: str) -> None:
    """Neither what it clears nor a short journal hides it."""
    tests = f"""
        import pytest, requests

        @pytest.mark.tiledesk_mock(journal_size=1)
        def test_it(tiledesk_mock):
            mock = tiledesk_mock
            for path in ("leads", "events?sortField=name", "events"):
                requests.get(f"{{mock.url}}/{{mock.project_id}}/{{path}}", auth=mock.agent.basic)
            mock.{forget}
    """

    result = suite(tests, "--tiledesk-mock-strict", "--tiledesk-mock-drifts=error")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["sort-field: *", "requests to paths that tiledesk-mock does not emulate:", "*leads*"]
    )
