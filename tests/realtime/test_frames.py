"""Frames, in pieces of any size."""

from __future__ import annotations

import pytest

from tiledesk_mock.realtime.frames import (
    BINARY,
    CLOSE,
    PING,
    TEXT,
    Frame,
    FrameParser,
    FrameRefused,
    encode_frame,
)

MASK = b"\x01\x02\x03\x04"


def masked(frame: bytes) -> bytes:
    """Return the bytes of a frame of a server as a client sends them."""
    start = 2 + {126: 2, 127: 8}.get(frame[1], 0)
    payload = bytes(byte ^ MASK[index % 4] for index, byte in enumerate(frame[start:]))
    return bytes((frame[0], frame[1] | 0x80)) + frame[2:start] + MASK + payload


SENT = b"".join(
    masked(encode_frame(opcode, payload))
    for opcode, payload in (
        (TEXT, "é".encode()),
        (PING, b"beat"),
        (BINARY, b"\xff" * 300),
        (CLOSE, b"\x03\xe8"),
    )
)
CAME = [Frame(TEXT, text="é"), Frame(PING, b"beat"), Frame(BINARY), Frame(CLOSE, b"\x03\xe8")]


@pytest.mark.parametrize("size", [1, 2, 7, len(SENT)])
def test_frames_come_in_pieces_of_any_size(size: int) -> None:
    """They are the same, and in order."""
    parser = FrameParser()

    frames = [
        frame for start in range(0, len(SENT), size) for frame in parser.feed(SENT[start : start + size])
    ]

    assert frames == CAME


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frame_of_any_length_is_read(size: int) -> None:
    """The length has one, three or nine bytes."""
    (frame,) = FrameParser().feed(masked(encode_frame(TEXT, b"x" * size)))

    assert frame.text == "x" * size


def test_frames_before_a_refused_one_are_yielded() -> None:
    """Tiledesk responds to them."""
    frames = FrameParser().feed(masked(encode_frame(PING, b"")) + encode_frame(TEXT, b"not masked"))

    assert next(frames) == Frame(PING)
    with pytest.raises(FrameRefused) as refused:
        next(frames)
    assert refused.value.code == 1002
