"""Realtime: WebSockets, the frames that come, and how a connection ends.

A case has `clients`, people by the names that its steps call them (by default `{x: owner/jwt}`), who connect
in this order. A person may be `{as: NAME, headers: {}}`. A step is a request as in other scenarios, or has
the name of a `client` and one of

    say: JSON               a text frame
    text: TEXT              a text frame, `times` the text
    frames: [FRAME, ...]    frames in one write: TEXT, JSON, or {opcode, payload or hex, times, final,
                            reserved, masked, length, length_bytes}
    hex: HEX                bytes
    leave: half, or reset   the client closes its side, or resets the connection

`partial: true` says that the bytes end within a frame. The ids of the recorded world's members are `{owner}`,
`{admin}`, ... in topics. What came after a step is a list of frames for each client that got some, and the
`status` of a request: JSON for messages, `{opcode, payload}` for other frames, `{close, reason}`, and at last
`{end: closed, or reset}`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from typing import Any, Final

from tiledesk_mock.node.convert import convert
from tiledesk_mock.node.json import Json
from tiledesk_mock.scenarios.runner import Runner
from tiledesk_mock.scenarios.scenarios import Step, substitute

from .http import Sender, credentials
from .names import Names
from .servers import RealServer, Server
from .websocket import TEXT, WebSocketClient, encode_frame

_CLIENTS: Final = {"x": "owner/jwt"}
_MEMBERS: Final = {
    "owner": "65c000000000000000000001",
    "admin": "65c000000000000000000002",
    "agent": "65c000000000000000000003",
    "supervisor": "65c000000000000000000004",
    "teammate": "65c000000000000000000005",
    "outsider": "65c000000000000000000006",
    "left": "65c000000000000000000008",
    "auditor": "65c000000000000000000009",
    "guest": "65c00000000000000000000a",
    "customer": "65c00000000000000000000b",
}
_BOT: Final = "65d000000000000000000001"
_SETTLING: Final = 0.3
"""Seconds in which the real server, which asks its database, sends what it sends."""

_GLANCE: Final = 0.01
"""Seconds to read what has come."""


def play(server: Server, case: dict[str, Any]) -> Json:
    """Send the steps of a case; return what came after each."""
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(closing(_connect(server, person)))
            for name, person in case.get("clients", _CLIENTS).items()
        }
        player = _Player(server, clients)
        return Names().replaced([player.play(step) for step in case["steps"]])


def size(case: dict[str, Any], _recorded: Json) -> int:
    """Return the number of steps."""
    return len(case["steps"])


def _connect(server: Server, person: Any) -> WebSocketClient:
    about = person if isinstance(person, dict) else {"as": person}
    token = credentials().header(about["as"]) or ""
    return WebSocketClient(server.url, token, about.get("headers", {}))


class _Player:
    """Plays the steps of one case."""

    def __init__(self, server: Server, clients: Mapping[str, WebSocketClient]) -> None:
        self._clients: Final = clients
        self._runner: Final = Runner(credentials(), Sender(server.url))
        self._settles: Final = isinstance(server, RealServer)

    def play(self, step: dict[str, Any]) -> dict[str, Json]:
        """Play a step; return the frames that came, by client, and the status of a request."""
        came: dict[str, Json] = {}
        client = self._clients.get(step.get("client", ""))
        if client is None:
            came["status"] = self._request(step)
        elif "leave" in step:
            client.leave(step["leave"])
        else:
            client.send(_encode_step(step))
        self._synchronize(client, partial=step.get("partial", False))
        return came | {name: frames for name, one in self._clients.items() if (frames := one.taken())}

    def _request(self, step: dict[str, Any]) -> Json:
        *_, result = self._runner.run(convert(step, Step))
        return result.response.status if result.response else "no answer"

    def _synchronize(self, sender: WebSocketClient | None, *, partial: bool) -> None:
        """Let all clients read what the step has caused; the sender's server thread is the first."""
        clients = sorted(self._clients.values(), key=lambda one: one is not sender)
        for client in clients:
            if not (partial and client is sender):
                client.synchronize()
        if self._settles:
            time.sleep(_SETTLING)
            for client in clients:
                client.read(_GLANCE)


def _encode_step(step: dict[str, Any]) -> bytes:
    if "hex" in step:
        return bytes.fromhex(step["hex"])
    if "frames" in step:
        return b"".join(map(_encode, step["frames"]))
    text = json.dumps(step["say"]) if "say" in step else step["text"] * step.get("times", 1)
    return encode_frame(_filled(text))


def _encode(frame: Any) -> bytes:
    """Return the bytes of one of several frames."""
    if not isinstance(frame, dict) or "action" in frame or not frame.keys() & {"payload", "hex"}:
        return encode_frame(_filled(frame if isinstance(frame, str) else json.dumps(frame)))
    options = {key: value for key, value in frame.items() if key not in ("payload", "hex", "times")}
    payload = frame.get("payload", "")
    text = payload if isinstance(payload, str) else json.dumps(payload)
    data = bytes.fromhex(frame["hex"]) if "hex" in frame else _filled(text)
    return encode_frame(data * frame.get("times", 1), options.pop("opcode", TEXT), **options)


def _filled(text: str) -> bytes:
    return substitute(text, {**credentials().variables, **_MEMBERS, "bot": _BOT}).encode()
