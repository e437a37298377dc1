"""Starting and stopping the server, its addresses, and many clients at once."""

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
    """Respond at once."""
    start_response("200 OK", [])
    return [b"well"]


def hanging(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Respond to `/` at once, to everything else when the server stops."""
    if environ["PATH_INFO"] != "/":
        environ["tiledesk_mock.stopping"].wait(10)
    return quick(environ, start_response)


class Blocking:
    """An application that responds when it is released."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.release = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Wait, then respond."""
        self.entered.set()
        self.release.wait(10)
        return quick(environ, start_response)


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve an application that hangs for all paths but `/`."""
    with Server(hanging) as running:
        yield running


def connect(server: Server) -> socket.socket:
    """Open a connection."""
    return socket.create_connection((server.host, server.port), timeout=10)


def own_threads(server: Server) -> list[threading.Thread]:
    """Return the threads of a server."""
    return [thread for thread in threading.enumerate() if thread.name.endswith(f"-{server.port}")]


def open_sockets() -> set[str]:
    """Return the open sockets of this process."""
    targets = set()
    for entry in FILES.iterdir():
        with suppress(OSError):  # closed meanwhile
            targets.add(os.readlink(entry))
    return {target for target in targets if target.startswith("socket:")}


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_port_is_bound_before_the_server_starts() -> None:
    """Clients that connect early wait, and are not refused."""
    server = Server(quick)
    client = connect(server)
    client.sendall(GET)

    with server, client:
        assert client.recv(15) == b"HTTP/1.1 200 OK"


def test_port_in_use_is_an_error(server: Server) -> None:
    """The message names the port, and says what to do."""
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
def test_address_that_cannot_be_bound_is_an_error(host: str, port: int, sentence: str) -> None:
    """The message has the reason."""
    with pytest.raises(PortInUse, match=sentence):
        Server(quick, host, port)


def test_port_is_free_again_after_stop(server: Server) -> None:
    """Another server can use it at once, even after connections."""
    requests.get(server.url)
    server.stop()

    with Server(quick, port=server.port) as successor:
        assert requests.get(successor.url).text == "well"


def test_ipv6_address_is_bracketed() -> None:
    """The URL is valid for an address with colons, too."""
    try:
        server = Server(quick, "::1")
    except PortInUse:
        pytest.skip("this machine has no IPv6")

    with server:
        assert server.url == f"http://[::1]:{server.port}"
        assert requests.get(server.url).text == "well"


def test_url_of_a_server_on_all_addresses_is_usable() -> None:
    """Clients do not connect to 0.0.0.0."""
    with Server(quick, "0.0.0.0") as server:
        assert requests.get(server.url).text == "well"


def test_hanging_responses_delay_no_other_client(server: Server) -> None:
    """Each has a thread."""
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(connect(server)).sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")

        assert requests.get(server.url).text == "well"


def test_incomplete_requests_delay_no_other_client(server: Server) -> None:
    """Each client is waited for in a thread."""
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(connect(server)).sendall(
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
            )

        assert requests.get(server.url).text == "well"


def test_idle_connections_delay_no_other_client(server: Server) -> None:
    """Two hundred may be open."""
    with ExitStack() as stack:
        for _ in range(200):
            client = stack.enter_context(connect(server))
            client.sendall(GET)
            assert client.recv(1000).endswith(b"well")

        assert requests.get(server.url).text == "well"


def test_threads_end_with_their_connections(server: Server) -> None:
    """A few idle threads remain."""
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(server)) for _ in range(50)]
        for client in clients:
            client.sendall(GET)
            client.recv(1000)
        threads = len(own_threads(server))

    wait_until(lambda: len(own_threads(server)) < 10)

    assert threads > 50


def test_stop_leaves_no_thread(server: Server) -> None:
    """Not even one for an open connection."""
    with connect(server) as client:
        client.sendall(GET)
        client.recv(1000)

        server.stop()

        assert own_threads(server) == []
        assert client.recv(1000) == b""


@pytest.mark.skipif(not FILES.is_dir(), reason="looks for sockets in /proc")
def test_stop_leaves_no_socket() -> None:
    """The server closes its sockets, though a client still has the other end."""
    before = open_sockets()
    server = Server(quick).start()
    client = connect(server)
    client.sendall(GET)
    client.recv(1000)

    server.stop()

    client.close()
    assert open_sockets() <= before


def test_stop_lets_a_response_finish(server: Server) -> None:
    """The application learns that the server stops, and can still respond."""
    with connect(server) as client:
        client.sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: bool(server._connections))

        server.stop()

        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_stop_gives_up_requests_that_do_not_end(caplog: pytest.LogCaptureFixture) -> None:
    """They are counted in the log."""
    blocking = Blocking()
    server = Server(blocking).start()
    with connect(server) as client:
        client.sendall(GET)
        blocking.entered.wait(10)

        server.stop(timeout=0.01)

        assert client.recv(1000) == b""
    assert "1 requests were under way" in caplog.text
    blocking.release.set()
    wait_until(lambda: not own_threads(server))


def test_stop_can_be_called_twice(server: Server) -> None:
    """It can also be called before the start."""
    server.stop()
    server.stop()

    never_started = Server(quick)
    never_started.stop()

    assert own_threads(never_started) == []


def test_stop_from_another_thread_waits_for_the_first() -> None:
    """Both return when the server has stopped."""
    blocking = Blocking()
    server = Server(blocking).start()
    with connect(server) as client:
        client.sendall(GET)
        blocking.entered.wait(10)
        first, second = (threading.Thread(target=server.stop, args=(5,)) for _ in range(2))
        first.start()
        second.start()

        second.join(0.2)
        was_waiting = second.is_alive()
        blocking.release.set()
        first.join(10)
        second.join(10)

    assert was_waiting
    assert not own_threads(server)


def test_application_can_stop_its_server() -> None:
    """The request that stops the server gets its response."""

    def stopping(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        server.stop()
        return quick(environ, start_response)

    server = Server(stopping).start()

    response = requests.get(server.url)

    assert (response.text, response.headers["Connection"]) == ("well", "close")
    wait_until(lambda: not own_threads(server))


def test_serve_forever_ends_with_a_signal() -> None:
    """The command stops the server in its signal handler."""
    server = Server(quick)
    before = signal.signal(signal.SIGTERM, lambda *_: server.stop())
    timer = threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGTERM])
    timer.start()

    server.serve_forever()

    signal.signal(signal.SIGTERM, before)
    timer.join()
    assert own_threads(server) == []


def test_signal_during_the_start_stops_the_server() -> None:
    """Its handler may run between any two steps of the start, here before the first thread is started."""
    server = Server(quick)

    def interrupt(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is threading.Thread.start.__code__:
            sys.setprofile(None)
            server.stop()

    sys.setprofile(interrupt)
    server.serve_forever()

    wait_until(lambda: not own_threads(server))


def test_servers_run_side_by_side() -> None:
    """One process may have any number of them."""
    with Server(quick) as one, Server(hanging, timeouts=Timeouts(idle=1)) as other:
        assert one.port != other.port
        assert requests.get(one.url).text == requests.get(other.url).text
