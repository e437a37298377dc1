"""Raw requests, and what the real server answers to them byte for byte: `data/raw_requests.json`.

Each case has a `name` that begins with its group, and what to `send` in Latin-1: text, or a list of texts
and `[text, count]`. Its answers are names in `answers`: those `received` at once, and those at the `end`,
after the client has closed its side; `closes` is whether the server closes the connection before. A case in
which the emulator `differs` says why, and has its answers under `ours`. Dates are left out, and the session's
cookie, which the emulator does not set.

`python -m tests.server.raw_requests HOST PORT` asks a real server again, and writes the file.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tiledesk_mock import TiledeskMock

Case = dict[str, Any]

FILE: Final = Path(__file__).parent / "data" / "raw_requests.json"
WORLD: Final = Path(__file__).parents[2] / "fixtures" / "contract" / "world.json"

_DATE: Final = re.compile(rb"(?m)^Date: [^\r\n]+")
_COOKIE: Final = re.compile(rb"(?m)^Set-Cookie: [^\n]*\n")
_ANSWERS: Final = re.compile(r"HTTP/1\.1 [1-5]\d\d .*?(?=HTTP/1\.1 [1-5]\d\d |\Z)", re.DOTALL)
_QUIET: Final = 1.5
"""Seconds without bytes after which the real server is taken to wait for more."""


def load() -> dict[str, Any]:
    """Return the answers by name, and the cases."""
    document: dict[str, Any] = json.loads(FILE.read_bytes())
    return document


def request_bytes(case: Case) -> bytes:
    """Return the bytes to send."""
    parts = [case["send"]] if isinstance(case["send"], str) else case["send"]
    texts = (part if isinstance(part, str) else part[0] * part[1] for part in parts)
    return "".join(texts).encode("latin-1")


def play(
    case: Case, address: tuple[str, int], expected: int | None = None, timeout: float = 10
) -> tuple[str, bool, str]:
    """Send a case; return what was received, whether the connection was closed, and what came after our end.

    Reading ends when the connection is closed, with `expected` bytes, or when nothing comes for `timeout`.
    """
    with socket.create_connection(address, timeout=timeout) as client:
        sender = threading.Thread(target=_send, args=(client, request_bytes(case)))
        sender.start()
        received, is_closed = _receive(client, expected)
        sender.join()
        rest = b""
        if not is_closed:
            client.shutdown(socket.SHUT_WR)
            rest, _ = _receive(client)
    return received.decode("latin-1"), is_closed, rest.decode("latin-1")


def _send(client: socket.socket, data: bytes) -> None:
    with suppress(OSError):  # the server may have seen enough, and close the connection
        client.sendall(data)


def _receive(client: socket.socket, expected: int | None = None) -> tuple[bytes, bool]:
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


def record(address: tuple[str, int]) -> None:
    """Ask the server for its answers to all cases, and the emulator where it differs; write them."""
    document, names = load(), dict[str, str]()
    with ThreadPoolExecutor(12) as pool, emulator() as own:
        answered = pool.map(lambda case: play(case, address, timeout=_QUIET), document["cases"])
        cases = []
        for case, answers in zip(document["cases"], answered, strict=True):
            new = {"name": case["name"], "send": case["send"], **_described(answers, names)}
            if "differs" in case:
                ours = _described(play(case, own, timeout=_QUIET), names)
                new |= {"differs": case["differs"], "ours": ours}
            cases.append(json.dumps(new))
    answers = ",\n".join(f"{json.dumps(name)}: {json.dumps(text)}" for text, name in names.items())
    FILE.write_text(f'{{"answers": {{\n{answers}\n}},\n"cases": [\n' + ",\n".join(cases) + "\n]}\n")


@contextmanager
def emulator() -> Iterator[tuple[str, int]]:
    """Serve an emulator with the projects of the recordings; yield its address."""
    with TiledeskMock(dialect="server", seed=WORLD) as mock:
        parts = urlsplit(mock.url)
        yield str(parts.hostname), int(parts.port or 0)


def _described(answers: tuple[str, bool, str], names: dict[str, str]) -> Case:
    received, closes, end = answers
    described: Case = {"received": _named(received, names)}
    described |= {"closes": True} if closes else {}
    return described | ({"end": _named(end, names)} if end else {})


def _named(received: str, names: dict[str, str]) -> list[str]:
    """Return the names of the answers in a text; `names` gets the new ones."""
    for answer in _ANSWERS.findall(received):
        status = answer[9:12]
        count = sum(name.startswith(status) for name in names.values())
        names.setdefault(answer, f"{status}-{count + 1}" if count else status)
    return [names[answer] for answer in _ANSWERS.findall(received)]


if __name__ == "__main__":
    record((sys.argv[1], int(sys.argv[2])))
