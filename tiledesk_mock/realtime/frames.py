"""Frames of WebSockets, as `ws` 7.5.8 reads and writes them: what it refuses, and with which status code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

CONTINUATION: Final = 0
TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10

PROTOCOL_ERROR: Final = 1002
INVALID_TEXT: Final = 1007
TOO_BIG: Final = 1009

MESSAGE_LIMIT: Final = 100 * 1024 * 1024
"""Bytes of a message, over all of its fragments."""

_FINAL: Final = 0x80
_RESERVED: Final = 0x70
_OPCODE: Final = 0x0F
_MASKED: Final = 0x80
_LENGTH: Final = 0x7F
_LENGTH_SIZES: Final = {126: 2, 127: 8}
"""How many bytes have the length, by what stands in its place."""

_CONTROL_LIMIT: Final = 125
_MASK_SIZE: Final = 4


class FrameRefused(Exception):
    """The client broke the protocol; `code` is the status code with which the WebSocket is closed."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code: Final = code


class Frame(Struct, frozen=True):
    """A whole message or a frame of control: TEXT has a `text`, PING, PONG and CLOSE a `payload`."""

    opcode: int
    payload: bytes = b""
    text: str = ""


def encode_frame(opcode: int, payload: bytes) -> bytes:
    """Return the bytes of a frame that a server sends."""
    size = len(payload)
    if size <= _CONTROL_LIMIT:
        length = bytes((size,))
    else:
        mark = 126 if size < 1 << 16 else 127
        length = bytes((mark,)) + size.to_bytes(_LENGTH_SIZES[mark], "big")
    return bytes((_FINAL | opcode,)) + length + payload


def encode_status(code: int) -> bytes:
    """Return a frame that closes a WebSocket with a status code. It has no reason: `ws` sends none."""
    return encode_frame(CLOSE, code.to_bytes(2, "big"))


class FrameParser:
    """Makes frames of the bytes that a client sends."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._message = CONTINUATION
        self._fragments: Final[list[bytes]] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are complete with these bytes.

        Raises FrameRefused, behind the frames that came before.
        """
        self._buffer += data
        while (head := self._read_head()) is not None:
            first, start, length = head
            if len(self._buffer) < start + length:
                return
            mask, payload = self._buffer[start - _MASK_SIZE : start], self._buffer[start : start + length]
            del self._buffer[: start + length]
            opcode = first & _OPCODE
            if opcode >= CLOSE:
                yield _control(opcode, _unmasked(payload, mask))
            elif message := self._add(first, _unmasked(payload, mask)):
                yield message

    def _read_head(self) -> tuple[int, int, int] | None:
        """Return the first byte of the next frame, where its payload starts, and its length.

        Returns None until they have come.
        """
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        if not self._is_expected(first, second):
            raise FrameRefused(PROTOCOL_ERROR)
        length = second & _LENGTH
        start = 2 + _LENGTH_SIZES.get(length, 0)
        if len(buffer) < start:
            return None
        if start > 2:
            length = int.from_bytes(buffer[2:start], "big")
        if first & _OPCODE < CLOSE and self._size + length > MESSAGE_LIMIT:
            raise FrameRefused(TOO_BIG)
        return first, start + _MASK_SIZE, length

    def _is_expected(self, first: int, second: int) -> bool:
        """Return whether a frame may start with these bytes now."""
        opcode = first & _OPCODE
        if first & _RESERVED or not second & _MASKED:
            return False
        if opcode in (CLOSE, PING, PONG):
            return bool(first & _FINAL) and second & _LENGTH <= _CONTROL_LIMIT
        return opcode == CONTINUATION if self._message else opcode in (TEXT, BINARY)

    def _add(self, first: int, payload: bytes) -> Frame | None:
        """Add a fragment to the message; return the message if it ends with it."""
        opcode = self._message or first & _OPCODE
        self._message, self._size = opcode, self._size + len(payload)
        if opcode == TEXT:  # what is in binary messages is of no use
            self._fragments.append(payload)
        if not first & _FINAL:
            return None
        text = b"".join(self._fragments)
        self._message, self._size = CONTINUATION, 0
        self._fragments.clear()
        return Frame(opcode, text=_decoded(text))


def _control(opcode: int, payload: bytes) -> Frame:
    if opcode == CLOSE and payload:
        if len(payload) < 2 or not is_status(int.from_bytes(payload[:2], "big")):
            raise FrameRefused(PROTOCOL_ERROR)
        _decoded(payload[2:])
    return Frame(opcode, payload)


def is_status(code: int) -> bool:
    """Return whether a close frame may have a status code."""
    return 3000 <= code < 5000 or (1000 <= code <= 1014 and code not in (1004, 1005, 1006))


def _decoded(payload: bytes) -> str:
    """Return the payload as text; raise FrameRefused if it is no UTF-8."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise FrameRefused(INVALID_TEXT) from None


def _unmasked(payload: bytearray, mask: bytearray) -> bytes:
    if not any(mask):
        return bytes(payload)
    size = len(payload)
    key = (bytes(mask) * (size // _MASK_SIZE + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
