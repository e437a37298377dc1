"""The server's life: where it listens, how many it serves at once, and that it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import requests

from tiledesk_mock.errors import PortInUse
from tiledesk_mock.server import Server, Timeouts

FILES = Path("/proc/self/fd")
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def quick(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer at once."""
    start_response("200 OK", [])
    return [b"well"]


def hanging(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer `/` at once, everything else when the server stops."""
    if environ["PATH_INFO"] != "/":
        environ["tiledesk_mock.stopping"].wait(10)
    return quick(environ, start_response)


class Stuck:
    """Answers when it is released."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.release = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Answer at last."""
        self.entered.set()
        self.release.wait(10)
        return quick(environ, start_response)


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve an application that hangs on request."""
    with Server(hanging) as running:
        yield running


def connect(server: Server) -> socket.socket:
    """Open a connection by hand."""
    return socket.create_connection((server.host, server.port), timeout=10)


def own_threads(server: Server) -> list[threading.Thread]:
    """Return the threads that the server has."""
    return [thread for thread in threading.enumerate() if thread.name.endswith(f"-{server.port}")]


def open_sockets() -> set[str]:
    """Return the sockets that this process has open."""
    places = set()
    for entry in FILES.iterdir():
        with suppress(OSError):  # closed meanwhile
            places.add(os.readlink(entry))
    return {place for place in places if place.startswith("socket:")}


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread is about to do."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_port_is_bound_before_the_server_starts() -> None:
    """Clients may connect early: they wait, and are not refused."""
    server = Server(quick)
    client = connect(server)
    client.sendall(GET)

    with server, client:
        assert client.recv(15) == b"HTTP/1.1 200 OK"


def test_port_that_is_taken_is_named(server: Server) -> None:
    """Who asks for a taken port is told which, and what to do."""
    with pytest.raises(PortInUse, match=rf"^127\.0\.0\.1:{server.port} is taken .* another port"):
        Server(quick, port=server.port)


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("no.such.host.invalid", 0, "is not an address of this machine"),
        ("192.0.2.1", 0, "is not an address of this machine"),
        ("127.0.0.1", 65536, "no port"),
    ],
)
def test_address_that_cannot_be_bound_is_named(host: str, port: int, sentence: str) -> None:
    """Every way to get no socket is one sentence."""
    with pytest.raises(PortInUse, match=sentence):
        Server(quick, host, port)


def test_port_is_free_again_after_stop(server: Server) -> None:
    """Another server can take the place at once, connections or not."""
    requests.get(server.url)
    server.stop()

    with Server(quick, port=server.port) as successor:
        assert requests.get(successor.url).text == "well"


def test_ipv6_address_is_bracketed() -> None:
    """The server's address can be pasted, also where it has colons."""
    try:
        server = Server(quick, "::1")
    except PortInUse:
        pytest.skip("this machine has no IPv6")

    with server:
        assert server.url == f"http://[::1]:{server.port}"
        assert requests.get(server.url).text == "well"


def test_server_bound_everywhere_names_an_address_that_clients_can_use() -> None:
    """Nobody connects to 0.0.0.0."""
    with Server(quick, "0.0.0.0") as server:
        assert requests.get(server.url).text == "well"


def test_hanging_answers_hold_up_nobody(server: Server) -> None:
    """Answers that wait have a thread each, and the next request another."""
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(connect(server)).sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")

        assert requests.get(server.url).text == "well"


def test_half_requests_hold_up_nobody(server: Server) -> None:
    """Clients that begin a request and go no further are waited for apart."""
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(connect(server)).sendall(
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
            )

        assert requests.get(server.url).text == "well"


def test_idle_connections_hold_up_nobody(server: Server) -> None:
    """Two hundred open connections leave room for one more."""
    with ExitStack() as stack:
        for _ in range(200):
            client = stack.enter_context(connect(server))
            client.sendall(GET)
            assert client.recv(1000).endswith(b"well")

        assert requests.get(server.url).text == "well"


def test_threads_end_with_their_connections(server: Server) -> None:
    """A crowd that has left leaves a handful of threads."""
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(server)) for _ in range(50)]
        for client in clients:
            client.sendall(GET)
            client.recv(1000)
        crowd = len(own_threads(server))

    until(lambda: len(own_threads(server)) < 10)

    assert crowd > 50


def test_stop_leaves_no_thread(server: Server) -> None:
    """Nothing runs on, not even for a connection that is open."""
    with connect(server) as client:
        client.sendall(GET)
        client.recv(1000)

        server.stop()

        assert own_threads(server) == []
        assert client.recv(1000) == b""


@pytest.mark.skipif(not FILES.is_dir(), reason="looks for sockets in /proc")
def test_stop_leaves_no_socket() -> None:
    """Every file that the server opened is closed, though its client still holds the other end."""
    before = open_sockets()
    server = Server(quick).start()
    client = connect(server)
    client.sendall(GET)
    client.recv(1000)

    server.stop()

    client.close()
    assert open_sockets() <= before


def test_stop_lets_an_answer_leave(server: Server) -> None:
    """Who hangs learns that the server stops, and can still answer."""
    with connect(server) as client:
        client.sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: bool(server._connections))

        server.stop()

        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_stop_gives_up_what_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    """An application that does not listen is left alone, and named in the log."""
    stuck = Stuck()
    server = Server(stuck).start()
    with connect(server) as client:
        client.sendall(GET)
        stuck.entered.wait(10)

        server.stop(timeout=0.01)

        assert client.recv(1000) == b""
    assert "1 requests were under way" in caplog.text
    stuck.release.set()
    until(lambda: not own_threads(server))


def test_stop_twice_is_stop(server: Server) -> None:
    """Stopping is idempotent, before the start as well."""
    server.stop()
    server.stop()

    never_started = Server(quick)
    never_started.stop()

    assert own_threads(never_started) == []


def test_stop_from_another_thread_waits_for_the_same_end() -> None:
    """Whoever stops what the server answers with can rely on it."""
    slow = Stuck()
    server = Server(slow).start()
    with connect(server) as client:
        client.sendall(GET)
        slow.entered.wait(10)
        first, second = (threading.Thread(target=server.stop, args=(5,)) for _ in range(2))
        first.start()
        second.start()

        second.join(0.2)
        was_waiting = second.is_alive()
        slow.release.set()
        first.join(10)
        second.join(10)

    assert was_waiting
    assert not own_threads(server)


def test_application_can_stop_its_server() -> None:
    """A request that stops the server is still answered."""

    def stopping(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        server.stop()
        return quick(environ, start_response)

    server = Server(stopping).start()

    answer = requests.get(server.url)

    assert (answer.text, answer.headers["Connection"]) == ("well", "close")
    until(lambda: not own_threads(server))


def test_serve_forever_ends_with_a_signal() -> None:
    """The command line stops the server from its signal handler."""
    server = Server(quick)
    before = signal.signal(signal.SIGTERM, lambda *_: server.stop())
    timer = threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGTERM])
    timer.start()

    server.serve_forever()

    signal.signal(signal.SIGTERM, before)
    timer.join()
    assert own_threads(server) == []


def test_a_signal_amid_the_start_stops_the_server() -> None:
    """Its handler runs between any two steps of the start, here before the first thread is one."""
    server = Server(quick)

    def interrupt(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is threading.Thread.start.__code__:
            sys.setprofile(None)
            server.stop()

    sys.setprofile(interrupt)
    server.serve_forever()

    until(lambda: not own_threads(server))


def test_servers_run_side_by_side() -> None:
    """Any number of them fit into one process."""
    with Server(quick) as one, Server(hanging, timeouts=Timeouts(idle=1)) as other:
        assert one.port != other.port
        assert requests.get(one.url).text == requests.get(other.url).text
