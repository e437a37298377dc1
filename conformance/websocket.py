"""A client of WebSockets that sends any bytes, and describes the frames that come."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from tiledesk_mock.node.json import Json

TEXT: Final = 1
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10

_TIMEOUT: Final = 5.0
_KEY: Final = "dGhlIHNhbXBsZSBub25jZQ=="
_OURS: Final = b"sync "
"""What the payload of our own pings starts with."""

_RESET: Final = struct.pack("ii", 1, 0)


def encode_frame(
    payload: bytes,
    opcode: int = TEXT,
    *,
    final: bool = True,
    reserved: int = 0,
    masked: bool = True,
    length: int | None = None,
    length_bytes: int | None = None,
) -> bytes:
    """Return the bytes of a frame. The mask is zero.

    Args:
        payload: what it has.
        opcode: 0 to 15.
        final: whether it is the last fragment.
        reserved: the three reserved bits.
        masked: whether it has a mask.
        length: what stands as its length, by default the payload's.
        length_bytes: how many bytes have the length: 1, 3 or 9; by default as few as possible.
    """
    size = len(payload) if length is None else length
    wide = length_bytes or (1 if size < 126 else 3 if size < 1 << 16 else 9)
    mark = {1: size, 3: 126, 9: 127}[wide]
    head = bytes((final << 7 | reserved << 4 | opcode, masked << 7 | mark))
    if wide > 1:
        head += size.to_bytes(wide - 1, "big")
    return head + (b"\0\0\0\0" if masked else b"") + payload


class WebSocketClient:
    """A client that is connected. Raises ConnectionError if the handshake is refused."""

    def __init__(self, url: str, token: str, headers: Mapping[str, str]) -> None:
        address = urlsplit(url)
        self.socket: Final = socket.create_connection((str(address.hostname), address.port or 80), _TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_open = True
        self.is_closing = False
        self._buffer = b""
        self._frames: list[Json] = []
        self._pings = 0
        self._shake_hands(token, headers)

    def send(self, data: bytes) -> None:
        """Send bytes; nothing if the server has closed the connection."""
        try:
            self.socket.sendall(data)
        except OSError:
            self.is_closing = True

    def leave(self, how: str) -> None:
        """Close the own side (`half`), or reset the connection (`reset`)."""
        if how == "half":
            self.socket.shutdown(socket.SHUT_WR)
            self.is_closing = True
        else:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.close()

    def close(self) -> None:
        """Close the connection."""
        self.is_open = False
        self.socket.close()

    def synchronize(self) -> None:
        """Read until the server has handled all that was sent before, or to the end if that is near.

        Two pings: a server responds to one at once, perhaps before a message that came with it.
        """
        for _ in range(2):
            if self.is_closing or not self.is_open:
                break
            self._pings += 1
            ping = _OURS + str(self._pings).encode()
            self.send(encode_frame(ping, PING))
            self.read(_TIMEOUT, ping)
        if self.is_closing:
            self.read(_TIMEOUT)

    def read(self, seconds: float, until: bytes | None = None) -> None:
        """Read for some seconds, to the end, or until a pong with a payload comes."""
        deadline = time.monotonic() + seconds
        while self.is_open:
            for first, payload in self._complete():
                if first & 15 == PONG and payload.startswith(_OURS):
                    if payload == until:
                        return
                else:
                    self._add(first, payload)
            if (left := deadline - time.monotonic()) <= 0 or not self._receive(left):
                return

    def taken(self) -> list[Json]:
        """Return the frames that have come since the last call."""
        frames, self._frames = self._frames, []
        return frames

    def _shake_hands(self, token: str, headers: Mapping[str, str]) -> None:
        lines = [
            f"GET /ws?token={quote(token)} HTTP/1.1",
            "Host: localhost",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {_KEY}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._buffer and self._receive(_TIMEOUT):
            pass
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        status = head.partition(b"\r\n")[0].decode()
        if " 101 " not in status:
            self.socket.close()
            raise ConnectionError(status or "the server does not respond")

    def _receive(self, seconds: float) -> bool:
        """Receive once; return whether more may come."""
        self.socket.settimeout(seconds)
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            return False
        except OSError:
            return self._end("reset")
        self._buffer += data
        return bool(data) or self._end("closed")

    def _end(self, how: str) -> bool:
        self._frames.append({"end": how})
        self.close()
        return False

    def _complete(self) -> Iterator[tuple[int, bytes]]:
        """Yield first byte and payload of the frames that have come whole."""
        while len(self._buffer) > 1:
            size, start = self._buffer[1], 2
            if size > 125:
                start = 4 if size == 126 else 10
                size = int.from_bytes(self._buffer[2:start], "big")
            if len(self._buffer) < start + size:
                return
            first, payload = self._buffer[0], self._buffer[start : start + size]
            self._buffer = self._buffer[start + size :]
            yield first, payload

    def _add(self, first: int, payload: bytes) -> None:
        opcode = first & 15
        frame: Json = _described(opcode, payload)
        self.is_closing = self.is_closing or opcode == CLOSE
        self._frames.append(frame if first >> 4 == 8 else {"bits": first >> 4, "frame": frame})


def _described(opcode: int, payload: bytes) -> Json:
    if opcode == TEXT:
        return _message(payload.decode())
    if opcode != CLOSE:
        return {"opcode": opcode, "payload": payload.decode("latin-1")}
    described: dict[str, Any] = {"close": int.from_bytes(payload[:2], "big") if payload else None}
    if payload[2:]:
        described["reason"] = payload[2:].decode()
    return described


def _message(text: str) -> Json:
    """Return the JSON value of a message; its text if a value is not written as `JSON.stringify` does."""
    value = json.loads(text)
    if json.dumps(value, ensure_ascii=False, separators=(",", ":")) != text:
        return {"text": text}
    return value
