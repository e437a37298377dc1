"""Raw requests: bytes that are sent, and the bytes that come back.

A case is a group of requests, each on a connection of its own. A step has a `name` and what to `send` in
Latin-1: text, or a list of texts and `[text, count]`; or the `query` of a handshake at `/ws`. `<token>` in it
is replaced by the token of a `person` of credentials.yaml, or by `claims` that are signed with the global
secret or with `secret`. A step in which the emulator `differs` says why.
"""

from __future__ import annotations

import re
import select
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from tiledesk_mock.node.json import Json
from tiledesk_mock.tiledesk.auth import sign_token

from .http import GLOBAL_SECRET, credentials
from .servers import Server

Step = dict[str, Any]

_QUIET: Final = 1.5
"""Seconds without bytes after which a server is taken to wait for more."""

_LONG: Final = 10.0
"""Seconds that a server has if it is known what it sends."""

_CONNECTIONS: Final = 16
_HANDSHAKE: Final = "\r\n".join(
    (
        "GET /ws{} HTTP/1.1",
        "Host: x",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "",
        "",
    )
)
_DATE: Final = re.compile(rb"(?m)^Date: [^\r\n]+")
_COOKIE: Final = re.compile(rb"(?m)^Set-Cookie: [^\n]*\n")
_RESPONSES: Final = re.compile(r"HTTP/1\.1 [1-5]\d\d .*?(?=HTTP/1\.1 [1-5]\d\d |\Z)", re.DOTALL)
_NEVER_ANSWERED: Final = re.compile(r"HTTP/1\.1 504 [^\0]*never answered")


def play(server: Server, case: dict[str, Any], recorded: list[Json] | None = None) -> list[Json]:
    """Send the requests of a group; return what was `received`, and what after the `end`: our side closed.

    `closes` is whether the server closed the connection before. Dates are left out, and the session's cookie,
    which the emulator does not set. With `recorded` answers, reading ends with as many bytes.
    """
    parts = urlsplit(server.url)
    send = partial(_answers, (str(parts.hostname), int(parts.port or 80)))
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        return list(pool.map(send, case["steps"], recorded or [None] * len(case["steps"])))


def size(case: dict[str, Any], _recorded: Json) -> int:
    """Return the number of connections."""
    return len(case["steps"])


def request_bytes(step: Step) -> bytes:
    """Return the bytes to send."""
    sent = step["send"] if "send" in step else _HANDSHAKE.format(step["query"])
    parts = [sent] if isinstance(sent, str) else sent
    text = "".join(part if isinstance(part, str) else part[0] * part[1] for part in parts)
    return (text.replace("<token>", _token(step)) if "<token>" in text else text).encode("latin-1")


def _token(step: Step) -> str:
    """Return the token of a step, without the word JWT."""
    if "person" in step:
        return str(credentials().header(step["person"])).removeprefix("JWT ")
    return sign_token(step["claims"], step.get("secret", GLOBAL_SECRET))


def send_bytes(
    address: tuple[str, int],
    data: bytes,
    quiet: float = _QUIET,
    sizes: tuple[int | None, int | None] = (None, None),
) -> tuple[str, bool, str]:
    """Send bytes; return what came, whether the server closed the connection, and what came after our end.

    Reading ends when the connection is closed, when nothing comes for `quiet` seconds, or after so many bytes
    as `sizes` says of both parts.
    """
    with socket.create_connection(address, timeout=quiet) as client:
        sender = threading.Thread(target=_send, args=(client, data))
        sender.start()
        received, is_closed = _receive(client, sizes[0])
        sender.join()
        rest = b""
        if not is_closed:
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)
            rest, _ = _receive(client, sizes[1])
    return received.decode("latin-1"), is_closed, rest.decode("latin-1")


def _answers(address: tuple[str, int], step: Step, recorded: Any) -> Json:
    if recorded is None:
        received, is_closed, end = send_bytes(address, request_bytes(step))
    else:
        first = None if recorded.get("closes") else len("".join(recorded["received"]))
        sizes = first, len("".join(recorded.get("end", [])))
        received, is_closed, end = send_bytes(address, request_bytes(step), _LONG, sizes)
    if _NEVER_ANSWERED.match(received + end):
        return {"received": []}
    answers: dict[str, Json] = {"received": _RESPONSES.findall(received)}
    answers |= {"closes": True} if is_closed else {}
    return answers | ({"end": _RESPONSES.findall(end)} if end else {})


def _send(client: socket.socket, data: bytes) -> None:
    with suppress(OSError):  # the server may have seen enough, and close the connection
        client.sendall(data)


def _receive(client: socket.socket, expected: int | None) -> tuple[bytes, bool]:
    """Return what comes, without what differs each time, and whether the connection was closed."""
    received = b""
    while expected is None or len(received) < expected or select.select([client], [], [], 0)[0]:
        try:
            data = client.recv(65536)
        except TimeoutError:
            return received, False
        except ConnectionResetError:  # the real server does not read what comes behind an error
            return received, True
        if not data:
            return received, True
        received = _DATE.sub(b"Date: *", _COOKIE.sub(b"", received + data))
    return received, False
