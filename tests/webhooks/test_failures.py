"""The errors of Node, for failures that no test can bring about everywhere."""

from __future__ import annotations

import errno
import socket

import pytest

from tiledesk_mock.webhooks.failures import ConnectError, DeliveryError, UnknownHostError, failure_of


def refused(address: str, port: int = 9) -> tuple[OSError, str, int]:
    """Return the failure of an address at which nobody listens."""
    return ConnectionRefusedError(errno.ECONNREFUSED, "refused"), address, port


def unreachable(address: str) -> tuple[OSError, str, int]:
    """Return the failure of an address to which there is no route."""
    return OSError(errno.ENETUNREACH, "unreachable"), address, 80


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConnectError([refused("::1")]), "Error: connect ECONNREFUSED ::1:9"),
        (ConnectError([refused("127.0.0.1", 0)]), "Error: connect ECONNREFUSED 127.0.0.1"),
        (ConnectError([refused("::1"), refused("127.0.0.1")]), "AggregateError"),
        (
            ConnectError([unreachable("192.0.2.1")]),
            "Error: connect ENETUNREACH 192.0.2.1:80 - Local (0.0.0.0:0)",
        ),
        (
            ConnectError([unreachable("2001:db8::1")]),
            "Error: connect ENETUNREACH 2001:db8::1:80 - Local (:::0)",
        ),
        (
            UnknownHostError(socket.gaierror(socket.EAI_NONAME, ""), "nope"),
            "Error: getaddrinfo ENOTFOUND nope",
        ),
        (
            UnknownHostError(socket.gaierror(socket.EAI_AGAIN, ""), "nope"),
            "Error: getaddrinfo EAI_AGAIN nope",
        ),
        (BrokenPipeError(errno.EPIPE, ""), "Error: write EPIPE"),
        (OSError(errno.EHOSTUNREACH, ""), "Error: read EHOSTUNREACH"),
    ],
)
def test_error_is_that_of_node(error: Exception, message: str) -> None:
    """As `String(error)` writes it."""
    assert str(failure_of(error, 60)) == message


def test_log_says_which_addresses_failed() -> None:
    """Node's own error does not."""
    failure = failure_of(ConnectError([refused("::1"), refused("127.0.0.1")]), 60)

    assert isinstance(failure, DeliveryError)
    assert failure.detail == "AggregateError: connect ECONNREFUSED ::1:9; connect ECONNREFUSED 127.0.0.1:9"
