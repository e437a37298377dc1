"""The fixtures: what they return, how long it lasts, and that it is cleaned up."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import requests

from tiledesk_mock import TiledeskMock

from .conftest import Suite


def test_tiledesk_mock_responds_over_http(tiledesk_mock: TiledeskMock) -> None:
    """A client can be configured with the URL of the fixture."""
    response = requests.get(
        f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events", auth=tiledesk_mock.agent.basic
    )

    assert response.json() == {"perPage": 40, "count": 0, "events": []}


@pytest.mark.parametrize("time", ["first", "second"])
def test_tiledesk_mock_is_reset_for_each_test(tiledesk_mock: TiledeskMock, time: str) -> None:
    """The next test sees neither the events nor the requests of the test before."""
    before = list(tiledesk_mock.events)
    tiledesk_mock.fire(f"order.{time}")
    requests.get(f"{tiledesk_mock.url}/testauth")

    assert before == []
    assert len(tiledesk_mock.emulator.journal.exchanges()) == 1


def test_tiledesk_mock_server_is_the_same_server(
    tiledesk_mock_server: TiledeskMock, tiledesk_mock: TiledeskMock
) -> None:
    """Session-scoped fixtures can be configured with the URL of the tests."""
    assert tiledesk_mock_server.url == tiledesk_mock.url


def test_factory_starts_separate_servers(
    tiledesk_mock: TiledeskMock, tiledesk_mock_factory: Callable[..., TiledeskMock]
) -> None:
    """They share no data."""
    other = tiledesk_mock_factory(dialect="server")

    other.fire("order.paid")

    assert other.url != tiledesk_mock.url
    assert (len(other.events), tiledesk_mock.events) == (1, [])


def test_factory_stops_its_servers_with_the_test(suite: Suite) -> None:
    """The next test cannot connect to them."""
    result = suite(
        """
        import pytest, requests
        urls = []

        def test_one(tiledesk_mock_factory):
            urls.append(tiledesk_mock_factory().url)
            requests.get(urls[0])

        def test_other():
            with pytest.raises(requests.ConnectionError):
                requests.get(urls[0])
        """
    )

    result.assert_outcomes(passed=2)


def test_session_leaves_no_thread(suite: Suite) -> None:
    """All servers are stopped."""
    before = set(threading.enumerate())

    result = suite(
        """
        import pytest, requests

        @pytest.mark.tiledesk_mock(dialect="server")
        def test_one(tiledesk_mock, tiledesk_mock_factory):
            requests.get(tiledesk_mock.url)
            requests.get(tiledesk_mock_factory().url)

        def test_other(tiledesk_mock):
            requests.get(tiledesk_mock.url)
        """
    )

    result.assert_outcomes(passed=2)
    assert set(threading.enumerate()) <= before


def test_config_of_a_suite_is_overridden_in_a_module(suite: Suite) -> None:
    """The fixture is looked up from the test, like every fixture."""
    result = suite(
        """
        import pytest

        @pytest.fixture(scope="session")
        def tiledesk_mock_config():
            return {"id_seed": "x", "seed": "busy"}

        def test_it(tiledesk_mock, tiledesk_mock_server):
            assert tiledesk_mock.settings.id_seed == "x"
            assert len(tiledesk_mock.events) > 100
            assert tiledesk_mock_server is tiledesk_mock
        """
    )

    result.assert_outcomes(passed=1)


def test_unittest_gets_the_handle_as_an_attribute(suite: Suite) -> None:
    """Methods of a TestCase take no fixtures; setUp has the attribute already."""
    result = suite(
        """
        import unittest, pytest, requests

        @pytest.mark.usefixtures("tiledesk_mock")
        class TestClient(unittest.TestCase):
            def setUp(self):
                self.url = self.tiledesk_mock.url

            def test_it(self):
                self.tiledesk_mock.fire("order.paid")
                self.assertEqual(len(self.tiledesk_mock.events), 1)

            def test_other(self):
                self.assertEqual(self.tiledesk_mock.events, [])
        """
    )

    result.assert_outcomes(passed=2)


def test_many_threads_use_one_mock(tiledesk_mock: TiledeskMock) -> None:
    """Each of their events is stored."""
    url, owner = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events", tiledesk_mock.owner

    def fire() -> None:
        for _ in range(5):
            requests.post(url, json={"name": "order.paid"}, headers=owner.headers)

    threads = [threading.Thread(target=fire) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(tiledesk_mock.events) == 40


def test_importing_the_plugin_imports_pytest_only(pytester: pytest.Pytester) -> None:
    """A run that does not use the mock loads only the options."""
    pytester.makepyfile(
        """
        import sys

        def test_it():
            heavy = {"flask", "werkzeug", "requests", "tinydb", "jwt", "responses", "httpx"}
            assert not heavy & set(sys.modules)
            loaded = {name.removeprefix("tiledesk_mock.") for name in sys.modules if "tiledesk_mock." in name}
            plugin = {"plugin", "plugin.hooks", "plugin.options"}
            assert loaded <= plugin | {"settings", "text", "http", "http.stopwatch"}
        """
    )

    result = pytester.runpytest_subprocess(
        "-p", "no:respx", "-p", "no:pytest_httpserver", "-p", "no:hypothesispytest", "-p", "no:anyio"
    )

    result.assert_outcomes(passed=1)


def test_workers_of_xdist_have_a_server_each(suite: Suite) -> None:
    """They share no events, and the summary counts the tests of all workers."""
    result = suite(
        """
        import pytest

        @pytest.mark.parametrize("number", range(20))
        def test_it(tiledesk_mock, number):
            assert tiledesk_mock.events == []
            tiledesk_mock.fire("order.paid")
        """,
        "-p",
        "xdist",
        "-n",
        "2",
    )

    result.assert_outcomes(passed=20)
    result.stdout.fnmatch_lines(["20 tests in the documented dialect*"])


def test_server_that_a_test_stops_is_replaced(suite: Suite) -> None:
    """By the test itself, or by a `with` block."""
    result = suite(
        """
        import pytest, requests

        def test_stopped(tiledesk_mock):
            tiledesk_mock.fire("order.paid")
            tiledesk_mock.stop()
            with pytest.raises(requests.ConnectionError):
                requests.get(tiledesk_mock.url)
            with pytest.raises(Exception, match="was stopped: make another one"):
                tiledesk_mock.start()

        def test_left(tiledesk_mock):
            assert tiledesk_mock.events == []
            with tiledesk_mock as mock:
                assert requests.get(mock.url + "/testauth").status_code == 401

        def test_other(tiledesk_mock):
            assert requests.get(tiledesk_mock.url + "/testauth").status_code == 401
        """
    )

    result.assert_outcomes(passed=3)


def test_websocket_that_a_test_leaves_open_is_closed(suite: Suite) -> None:
    """Those of session-scoped fixtures stay open."""
    result = suite(
        """
        import pytest, websocket

        left = []

        def connect(mock):
            socket = websocket.create_connection(f"{mock.ws_url}?token={mock.owner.jwt[4:]}", timeout=5)
            socket.send('{"action": "me"}')
            assert socket.recv()
            return socket

        @pytest.fixture(scope="session")
        def listening(tiledesk_mock_server):
            socket = connect(tiledesk_mock_server)
            yield socket
            socket.close()

        def test_one(listening, tiledesk_mock):
            left.append(connect(tiledesk_mock))
            assert len(tiledesk_mock.realtime.connections) == 2

        def test_other(listening, tiledesk_mock):
            assert len(tiledesk_mock.realtime.connections) == 1
            assert left[0].recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
            left[0].shutdown()
        """
    )

    result.assert_outcomes(passed=2)


def test_faults_of_a_marker_are_restored_by_a_reset(suite: Suite) -> None:
    """They are the initial faults of the test."""
    result = suite(
        """
        import pytest, requests

        @pytest.mark.tiledesk_mock(faults={"status": 503})
        def test_it(tiledesk_mock):
            tiledesk_mock.faults.clear()
            tiledesk_mock.reset()
            assert requests.get(tiledesk_mock.url).status_code == 503

        def test_other(tiledesk_mock_server):
            tiledesk_mock_server.reset()
            assert requests.get(tiledesk_mock_server.url).status_code != 503
        """
    )

    result.assert_outcomes(passed=2)


def test_websocket_of_an_intercepted_tiledesk_uses_a_socket(suite: Suite) -> None:
    """Only requests and httpx are intercepted; for others the emulator starts a server."""
    result = suite(
        """
        import websocket

        def test_it(tiledesk_mock_intercept):
            mock = tiledesk_mock_intercept
            socket = websocket.create_connection(f"{mock.ws_url}?token={mock.owner.jwt[4:]}", timeout=5)
            socket.send('{"action": "me"}')
            assert socket.recv()
            assert len(mock.realtime.connections) == 1
            socket.close()
        """
    )

    result.assert_outcomes(passed=1)
