"""Connections that are kept for the next request."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tiledesk_mock.webhooks.connections import IdleConnections

ORIGIN = (False, "127.0.0.1", 80)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return both ends of a connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize(
    ("hint", "is_kept"),
    [("", True), ("timeout=5, max=3", True), ("timeout=2", True), ("timeout=1", False), ("timeout=0", False)],
)
def test_connection_is_kept_as_long_as_the_target_says(
    pair: tuple[socket.socket, socket.socket], hint: str, is_kept: bool
) -> None:
    """For its own origin only, and for one request."""
    idle = IdleConnections()
    idle.keep(ORIGIN, pair[0], hint)

    assert idle.take((True, "127.0.0.1", 80)) is None
    assert idle.take(ORIGIN) is (pair[0] if is_kept else None)
    assert idle.take(ORIGIN) is None


def test_connection_with_unexpected_data_is_closed(pair: tuple[socket.socket, socket.socket]) -> None:
    """It would be taken for the next response."""
    idle = IdleConnections()
    idle.keep(ORIGIN, pair[0], "")
    pair[1].sendall(b"junk")

    assert idle.take(ORIGIN) is None
    assert pair[0].fileno() == -1


def test_close_closes_what_is_kept(pair: tuple[socket.socket, socket.socket]) -> None:
    """What has expired is closed as well."""
    idle = IdleConnections()
    idle.keep(ORIGIN, pair[0], "")

    idle.close_expired()
    assert pair[0].fileno() != -1
    idle.close()

    assert pair[0].fileno() == -1
