"""What the plugin reports about a test: drifts, requests that are not emulated, the real host, exchanges."""

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


def test_drift_is_one_warning(suite: Suite) -> None:
    """Even if it occurs several times; it has the file and line of the test, and both behaviours."""
    result = suite(DRIFTING, "-W", "default::tiledesk_mock.TiledeskDriftWarning")

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        "*test_it.py:3: TiledeskDriftWarning: sort-field: documented: sortField sorts; "
        "tiledesk-server 2.19.16: sortField is ignored, sort sorts (GET */events[?]sortField=name)"
    )


def test_drift_is_ignored_by_option(suite: Suite) -> None:
    """Then the summary does not list it either."""
    result = suite(DRIFTING, ini="tiledesk_mock_drifts = ignore")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*documented*")


def test_drift_fails_the_test_by_option(suite: Suite) -> None:
    """The test fails, and not only its teardown."""
    result = suite(DRIFTING, "--tiledesk-mock-drifts=error")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["sort-field: documented: sortField sorts; *"])


@pytest.mark.parametrize("filters", ["error", "error::tiledesk_mock.TiledeskDriftWarning"])
def test_drift_is_an_error_where_warnings_are(suite: Suite, filters: str) -> None:
    """The usual filters apply to it, also by its public name."""
    result = suite(DRIFTING, "-W", filters)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["sort-field: documented: sortField sorts; *"])


def test_run_without_drifts_has_no_warnings(suite: Suite) -> None:
    """A suite whose warnings are errors passes."""
    result = suite("def test_it(tiledesk_mock): tiledesk_mock.fire('order.paid')", "-W", "error")

    result.assert_outcomes(passed=1, warnings=0)
    result.stdout.fnmatch_lines(["1 test in the documented dialect, * id-field, *=both runs each in both)"])


def test_shapes_are_not_listed_in_the_server_dialect(suite: Suite) -> None:
    """Its responses have the shape of the real server."""
    result = suite("def test_it(tiledesk_mock): pass", "--tiledesk-mock-dialect=server")

    result.stdout.no_fnmatch_line("*documented dialect*")


def test_path_that_is_not_emulated_fails_a_strict_test(suite: Suite) -> None:
    """The mock cannot respond as the real server would."""
    result = suite(UNSERVED, "--tiledesk-mock-strict")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["requests to paths that tiledesk-mock does not emulate:", "*GET */leads *404*"]
    )


def test_path_that_is_not_emulated_passes_otherwise(suite: Suite) -> None:
    """The response is the server's 404."""
    suite(UNSERVED).assert_outcomes(passed=1)


def test_requests_of_a_teardown_are_checked(suite: Suite) -> None:
    """A fixture of the client may send a request at its end."""
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


def test_failure_shows_the_topics_that_were_refused(suite: Suite) -> None:
    """A dashboard whose user may not read events waits in vain."""
    result = suite(
        """
        import json
        import websocket

        def test_it(tiledesk_mock):
            url = f"{tiledesk_mock.ws_url}?token={tiledesk_mock.teammate.jwt.replace(' ', '%20')}"
            socket = websocket.create_connection(url, timeout=10)
            topic = f"/{tiledesk_mock.project_id}/events/{tiledesk_mock.owner.id}"
            for message in ({"action": "subscribe", "payload": {"topic": topic}}, {"action": "me"}):
                socket.send(json.dumps(message))
            socket.recv()
            socket.close()
            socket.shutdown()
            assert False
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["teammate@example.com was refused the topic /*/events/*: *role is teammate*"]
    )


def test_failure_shows_the_last_exchanges(suite: Suite) -> None:
    """Each has caller, status, fault, the body of an error, and a curl command."""
    result = suite(FAILING)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- tiledesk-mock -*",
            "exchanges with http://127.0.0.1:*/v3:",
            "1  GET /v3/testauth*503*by *agent@example.com*fault fault-1*",
            "*curl *",
            "2  POST /v3/*/events*422*by agent agent@example.com*why: name is missing in the body*",
            '   response {"errors":*',
            "*curl *'Content-Type: application/json'*",
        ]
    )


def test_failure_shows_the_last_deliveries(suite: Suite) -> None:
    """Each has its state, and the status of the last response."""
    result = suite(
        """
        def test_it(tiledesk_mock):
            with tiledesk_mock.webhooks.receiver("group.create") as receiver:
                receiver.respond_with(200, 500)
                for number in range(6):
                    tiledesk_mock.emit_standard("group.create", name="Sales")
                    tiledesk_mock.webhooks.drain()
            assert False
        """
    )

    result.stdout.fnmatch_lines(
        [
            "the last 5 of 6 deliveries of http://127.0.0.1:*/v3:",
            '"group.create" (#2, name "Sales") to http://127.0.0.1:*/hook: delivered after 2 attempts (200)',
            '"group.create" (#3, name "Sales") to http://127.0.0.1:*/hook: delivered after 1 attempt (200)',
        ]
    )


def test_failure_of_a_teardown_shows_the_last_exchanges(suite: Suite) -> None:
    """A fixture may check at its end what its client did."""
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
    """Neither passwords nor tokens."""
    result = suite(FAILING, "--tb=no")

    assert "agent-secret" not in result.stdout.str()
    assert "precious" not in result.stdout.str()


def test_failure_without_exchanges_has_no_section(suite: Suite) -> None:
    """The report has no section of the plugin."""
    result = suite("def test_it(tiledesk_mock): assert False")

    result.stdout.no_fnmatch_line("*exchanges with*")


def test_real_host_is_blocked(suite: Suite) -> None:
    """The test fails even if the client ignores the error; the message has the line of the call."""
    result = suite(STRAYING)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "the test tried to reach the real Tiledesk:",
            "  api.tiledesk.com from *test_it.py:5",
            "configure the client with tiledesk_mock.url (http://127.0.0.1:*",
        ]
    )


def test_tests_of_the_session_server_are_checked(suite: Suite) -> None:
    """Whether a test uses the server itself or through a fixture."""
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


def test_drift_of_one_test_is_not_reported_for_others_of_the_session_server(suite: Suite) -> None:
    """Its journal is not reset between them."""
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
    """Then the real host can be reached."""
    tests = """
        import socket

        def test_it(tiledesk_mock):
            assert socket.getaddrinfo.__module__ == "socket"
    """

    suite(tests, "--tiledesk-mock-no-guard").assert_outcomes(passed=1)


def test_problem_is_reported_for_its_own_test(suite: Suite) -> None:
    """The next test passes."""
    result = suite(UNSERVED + "\n    def test_next(tiledesk_mock): pass\n", "--tiledesk-mock-strict")

    result.assert_outcomes(failed=1, passed=1)


def test_problems_of_a_failed_test_are_in_its_report(suite: Suite) -> None:
    """It fails once, and the report has all problems."""
    result = suite(UNSERVED + "        assert False\n", "--tiledesk-mock-strict")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *assert False", "requests to paths that tiledesk-mock does not emulate:"])


def test_failure_of_an_intercepted_test_opens_no_socket(suite: Suite) -> None:
    """Its report has the intercepted URL."""
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


def test_problems_of_a_failed_unittest_are_in_its_report(suite: Suite) -> None:
    """A failure that unittest catches counts as well."""
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
def test_problems_are_reported_even_if_the_journal_is_cleared(suite: Suite, forget: str) -> None:
    """Or is too short for all requests."""
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
