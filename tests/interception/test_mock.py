"""`mock_tiledesk` as a context manager and as a decorator."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
import unittest
import weakref
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import requests
from requests.adapters import HTTPAdapter

from tiledesk_mock import TiledeskMock, mock_tiledesk
from tiledesk_mock.errors import SettingsError

URL = "https://api.tiledesk.com/v3/testauth"


def status_of(url: str = URL) -> int:
    """Return the status that a client gets."""
    return requests.get(url).status_code


def test_context_manager_gives_the_handle() -> None:
    """It is the handle that the fixture gives, too."""
    with mock_tiledesk(seed="busy") as tiledesk:
        assert status_of() == 401
        assert tiledesk.url == "https://api.tiledesk.com/v3"
        assert len(tiledesk.events) > 100


def test_keep_alive_timeout_is_announced() -> None:
    """The header is the one that a server sends, unless the client ends the connection."""
    with mock_tiledesk(keep_alive_timeout=7):
        kept = requests.get(URL).headers
        closed = requests.get(URL, headers={"Connection": "close"}).headers

    assert (kept["Connection"], kept["Keep-Alive"]) == ("keep-alive", "timeout=7")
    assert (closed["Connection"], closed.get("Keep-Alive")) == ("close", None)


def test_patches_are_undone_at_the_end() -> None:
    """No thread is left."""
    before, threads = (HTTPAdapter.send, httpx.HTTPTransport.handle_request), set(threading.enumerate())

    with mock_tiledesk():
        status_of()

    assert (HTTPAdapter.send, httpx.HTTPTransport.handle_request) == before
    assert set(threading.enumerate()) <= threads


def test_invalid_setting_patches_nothing() -> None:
    """The context is not entered."""
    before = HTTPAdapter.send

    with pytest.raises(SettingsError), mock_tiledesk(dialect="klingon"):
        pass

    assert HTTPAdapter.send is before


def test_decorator_without_parentheses() -> None:
    """The function runs while requests are intercepted."""

    @mock_tiledesk
    def client(factor: int) -> int:
        return factor * status_of()

    assert client(2) == 802


def test_decorator_passes_the_handle() -> None:
    """The parameter is hidden in the signature."""

    @mock_tiledesk(dialect="server")
    def client(name: str, tiledesk_mock: TiledeskMock) -> str:
        tiledesk_mock.fire(name)
        return f"{tiledesk_mock.events[0]['name']} {tiledesk_mock.settings.dialect.value}"

    assert client("order.paid") == "order.paid server"
    assert list(inspect.signature(client).parameters) == ["name"]


def test_each_call_has_a_new_emulator() -> None:
    """Nothing remains of the first call."""

    @mock_tiledesk()
    def client(tiledesk_mock: TiledeskMock) -> int:
        tiledesk_mock.fire("order.paid")
        return len(tiledesk_mock.events)

    assert (client(), client()) == (1, 1)  # type: ignore[call-arg]


def test_decorated_coroutine() -> None:
    """It is intercepted while it is awaited."""

    @mock_tiledesk
    async def client(tiledesk_mock: TiledeskMock) -> int:
        async with httpx.AsyncClient() as session:
            return (await session.get(f"{tiledesk_mock.url}/testauth")).status_code

    assert inspect.iscoroutinefunction(client)
    assert asyncio.run(client()) == 401  # type: ignore[call-arg]


def test_decorated_generators_are_intercepted_while_they_run() -> None:
    """Fixtures are generators, sync or async."""

    @mock_tiledesk
    def fixture(tiledesk_mock: TiledeskMock) -> Iterator[int]:
        yield status_of(f"{tiledesk_mock.url}/testauth")
        yield len(tiledesk_mock.requests)

    @mock_tiledesk
    async def async_fixture(tiledesk_mock: TiledeskMock) -> AsyncIterator[int]:
        yield status_of(f"{tiledesk_mock.url}/testauth")
        yield len(tiledesk_mock.requests)

    async def collect() -> list[int]:
        return [value async for value in async_fixture()]  # type: ignore[call-arg]

    assert inspect.isgeneratorfunction(fixture)
    assert list(fixture()) == [401, 1]  # type: ignore[call-arg]
    assert inspect.isasyncgenfunction(async_fixture)
    assert asyncio.run(collect()) == [401, 1]


def test_decorated_class_has_its_tests_decorated() -> None:
    """Inherited tests too, without a change of the base class; each has a new emulator."""

    class Base:
        def test_one(self) -> int:
            return status_of()

        @staticmethod
        def test_two() -> int:
            return status_of()

    before = Base.test_one

    @mock_tiledesk
    class Tests(Base):
        def test_three(self, tiledesk_mock: TiledeskMock) -> int:
            tiledesk_mock.fire("order.paid")
            return len(tiledesk_mock.events)

    tests = Tests()

    assert (tests.test_one(), tests.test_two()) == (401, 401)
    assert [tests.test_three() for _ in range(2)] == [1, 1]  # type: ignore[call-arg]
    assert Base.test_one is before


def test_decorated_test_case_is_intercepted_from_its_set_up() -> None:
    """The handle is an attribute, and the parameter of a test."""

    @mock_tiledesk(seed="empty")
    class Tests(unittest.TestCase):
        tiledesk_mock: TiledeskMock

        def setUp(self) -> None:
            assert status_of() == 401
            self.addCleanup(self.check)

        def check(self) -> None:
            assert len(self.tiledesk_mock.requests) == 2

        def test_one(self) -> None:
            assert status_of() == 401

        def test_two(self, tiledesk_mock: TiledeskMock) -> None:
            assert tiledesk_mock is self.tiledesk_mock
            assert status_of() == 401

    @mock_tiledesk
    class AsyncTests(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self) -> None:
            async with httpx.AsyncClient() as client:
                self.status = (await client.get(URL)).status_code

        async def test_one(self) -> None:
            assert self.status == 401

    result = unittest.TestResult()
    for cases in (Tests, AsyncTests):
        unittest.defaultTestLoader.loadTestsFromTestCase(cases).run(result)

    assert (result.testsRun, result.errors, result.failures) == (3, [], [])


def test_decorated_async_generator_gets_exceptions() -> None:
    """Context managers are made of them."""
    caught = []

    @asynccontextmanager
    @mock_tiledesk
    async def context(tiledesk_mock: TiledeskMock) -> AsyncIterator[str]:
        try:
            yield tiledesk_mock.url
        except ValueError as error:
            caught.append(str(error))

    async def enter() -> None:
        async with context():  # type: ignore[call-arg]
            raise ValueError("mine")

    asyncio.run(enter())

    assert caught == ["mine"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"hosts": []},
        {"hosts": ["https://api.example/v3"]},
        {"hosts": ["*.example"]},
        {"passthrough": ["http://api.example"]},
        {"host": "api.example"},
    ],
    ids=str,
)
def test_malformed_host_is_an_error(arguments: dict[str, Any]) -> None:
    """No request would match it."""
    with pytest.raises(SettingsError):
        mock_tiledesk(**arguments)


def test_hosts_match_in_any_case() -> None:
    """Host names are case-insensitive."""
    for hosts in (["Tiledesk.Example:8443"], "other.example, Tiledesk.Example:8443"):
        with mock_tiledesk(hosts=hosts):
            assert status_of("https://tiledesk.EXAMPLE:8443/v3/testauth") == 401


def test_decorated_function_takes_positional_arguments() -> None:
    """Before and after the handle."""

    @mock_tiledesk
    def client(tiledesk_mock: TiledeskMock, name: str, again: str = "b") -> list[str]:
        tiledesk_mock.fire(name)
        tiledesk_mock.fire(again)
        return [event["name"] for event in tiledesk_mock.events]

    assert client("a") == ["a", "b"]  # type: ignore[arg-type, call-arg]
    assert client("a", "c") == ["a", "c"]  # type: ignore[arg-type, call-arg]
    assert client(name="a", again="d") == ["a", "d"]  # type: ignore[call-arg]


def test_decorated_test_takes_other_fixtures() -> None:
    """Pytest sees all other parameters."""

    @mock_tiledesk
    def test(tmp_path: str, tiledesk_mock: TiledeskMock) -> None: ...

    assert list(inspect.signature(test).parameters) == ["tmp_path"]


def test_inner_interception_comes_first() -> None:
    """Other hosts are intercepted by the outer one."""
    with mock_tiledesk() as outer, mock_tiledesk(hosts=["tiledesk.example.com"]) as inner:
        status_of("https://tiledesk.example.com/v3/testauth")
        status_of(URL)

        counts = [len(handle.emulator.journal.exchanges()) for handle in (outer, inner)]

    assert counts == [1, 1]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """An intercepted request needs none."""
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:1")

    with mock_tiledesk():
        assert status_of() == 401


def test_patch_that_stays_longer_intercepts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A patch on top of the interception may be undone later."""
    monkeypatch.setattr(HTTPAdapter, "send", HTTPAdapter.send)  # restores it at the end
    with mock_tiledesk(hosts=["127.0.0.1:9"]):
        ours = HTTPAdapter.send
        HTTPAdapter.send = lambda *words, **named: ours(*words, **named)  # type: ignore[method-assign]
        assert status_of("http://127.0.0.1:9/v3/testauth") == 401

    with pytest.raises(requests.ConnectionError):
        status_of("http://127.0.0.1:9/v3/testauth")


def test_interceptions_may_overlap() -> None:
    """The first to begin may be the first to end; the last one undoes all patches."""
    before = (HTTPAdapter.send, httpx.HTTPTransport.handle_request)
    first, second = (mock_tiledesk(hosts=[f"127.0.0.1:{port}"]) for port in (8, 9))

    first.__enter__()
    second.__enter__()
    first.__exit__()
    status = status_of("http://127.0.0.1:9/v3/testauth")
    second.__exit__()

    assert status == 401
    assert (HTTPAdapter.send, httpx.HTTPTransport.handle_request) == before


def names_in(tiledesk: TiledeskMock) -> list[str]:
    """Return the names of the events."""
    return [event["name"] for event in tiledesk.events]


def fire(tiledesk: TiledeskMock, name: str) -> None:
    """Fire an event over HTTP."""
    url = f"{tiledesk.url}/{tiledesk.project_id}/events"
    requests.post(url, json={"name": name}, auth=tiledesk.agent.basic).raise_for_status()


def test_threads_have_interceptions_of_their_own() -> None:
    """Of two interceptions at the same time, each responds to the thread that began it."""
    together = threading.Barrier(2, timeout=10)

    def use(name: str) -> list[str]:
        with mock_tiledesk() as tiledesk:
            together.wait()
            fire(tiledesk, name)
            together.wait()
            return names_in(tiledesk)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(use, ["first", "second"])) == [["first"], ["second"]]


def test_coroutines_have_interceptions_of_their_own() -> None:
    """Of two interceptions at the same time, each responds to the coroutine that began it."""

    @mock_tiledesk
    async def use(name: str, tiledesk_mock: TiledeskMock) -> list[str]:
        async with httpx.AsyncClient(auth=tiledesk_mock.agent.basic) as client:
            await asyncio.sleep(0.01)  # the other one begins
            url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"
            (await client.post(url, json={"name": name})).raise_for_status()
            await asyncio.sleep(0.01)
        return names_in(tiledesk_mock)

    async def both() -> list[list[str]]:
        return await asyncio.gather(use("first"), use("second"))  # type: ignore[call-arg]

    assert asyncio.run(both()) == [["first"], ["second"]]


def test_thread_that_intercepts_another_host_is_intercepted_by_the_outer_interception() -> None:
    """An interception of a thread applies to its own hosts only."""

    def use() -> None:
        with mock_tiledesk(hosts=["tiledesk.example"]):
            fire(outer, "outer")

    with mock_tiledesk() as outer, ThreadPoolExecutor(1) as pool:
        pool.submit(use).result()

        assert names_in(outer) == ["outer"]


def test_interceptions_that_keep_overlapping_leave_nothing() -> None:
    """Each ends below one that began later, and is removed."""
    references: list[weakref.ref[TiledeskMock]] = []
    last = mock_tiledesk(hosts=["127.0.0.1:9"])
    last.__enter__()
    for _ in range(50):
        following = mock_tiledesk(hosts=["127.0.0.1:9"])
        references.append(weakref.ref(following.__enter__()))
        last.__exit__()
        last = following
    gc.collect()

    alive = [ref for ref in references if ref() is not None]
    last.__exit__()

    assert len(alive) <= 1


def test_many_threads_intercept_at_the_same_time() -> None:
    """Each gets its responses, and the last one undoes all patches."""
    before = (HTTPAdapter.send, httpx.HTTPTransport.handle_request)

    def use(number: int) -> set[int]:
        statuses = set()
        for _ in range(20):
            with mock_tiledesk(hosts=[f"127.0.0.1:{number + 1}"]):
                statuses.add(status_of(f"http://127.0.0.1:{number + 1}/v3/testauth"))
        return statuses

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(use, range(6))) == [{401}] * 6
    assert (HTTPAdapter.send, httpx.HTTPTransport.handle_request) == before
