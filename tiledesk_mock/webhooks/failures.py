"""Why an attempt has no response, in the words in which Node says it."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Final

from ..node.http_parser import ParseError

_UNSENT: Final = frozenset({errno.ENETUNREACH, errno.EINVAL, errno.EADDRNOTAVAIL, errno.EACCES})
"""Errors of connecting that come before anything is sent: Node adds the address on this side."""

_ANY_V4: Final = "0.0.0.0"  # noqa: S104  (it is printed)
_ANY_V6: Final = "::"

_UNKNOWN_HOST: Final = {socket.EAI_NONAME: "ENOTFOUND", getattr(socket, "EAI_NODATA", -5): "ENOTFOUND"}

_CERTIFICATES: Final = {"unable to get local issuer certificate": "unable to verify the first certificate"}
"""What OpenSSL says of a certificate where Node goes on, and says what it finds last."""

_NO_TLS: Final = "0A00010B:SSL routines:ssl3_get_record:wrong version number:"
_NO_TLS_AT: Final = "../deps/openssl/openssl/ssl/record/ssl3_record.c:350:"
_ALERT: Final = "0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:"
_ALERT_AT: Final = "../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number 40"
_THREAD: Final = "0" * 16

HANG_UP: Final = "Error: socket hang up"
CUT_SHORT: Final = "Error: aborted"


class DeliveryError(Exception):
    """An attempt has no response; the message is the `err` of the history, as `String(error)` in Node.

    `detail` is what the delivery log shows; it says more where Node says little.
    """

    def __init__(self, message: str, detail: str | None = None) -> None:
        super().__init__(message)
        self.detail: Final = detail or message


class NeverEndedError(DeliveryError):
    """The real server waits forever: it makes no other attempt, and writes no history."""


class ConnectError(OSError):
    """No address of a host can be connected to; `failures` has the error of each, with address and port."""

    def __init__(self, failures: list[tuple[OSError, str, int]]) -> None:
        super().__init__("no address can be connected to")
        self.failures: Final = failures


class UnknownHostError(OSError):
    """The name of a host cannot be resolved."""

    def __init__(self, error: socket.gaierror, host: str) -> None:
        super().__init__(error.errno, error.strerror)
        self.host: Final = host


class ClosedError(Exception):
    """The target closed the connection; the message is the error in Node's words."""


def failure_of(error: Exception, timeout: float) -> DeliveryError:
    """Return what the history says of an error; `timeout` is the limit in seconds that it may have met."""
    if isinstance(error, DeliveryError):
        return error
    if isinstance(error, ConnectError):
        return _connect_failure(error, timeout)
    if isinstance(error, UnknownHostError):
        code = _UNKNOWN_HOST.get(error.errno or 0) or _resolver_code(error.errno)
        return DeliveryError(f"Error: getaddrinfo {code} {error.host}")
    if isinstance(error, ParseError):
        return DeliveryError(f"Error: Parse Error: {error}")
    if isinstance(error, ClosedError):
        return DeliveryError(str(error))
    if isinstance(error, ssl.SSLError):
        return DeliveryError(_tls_message(error))
    if isinstance(error, TimeoutError):
        return timed_out(timeout)
    return DeliveryError(_socket_message(error))


def timed_out(timeout: float) -> DeliveryError:
    """Return the error of a target that was given up for time, which the real server never does."""
    return DeliveryError(f"Error: given up: no response within {timeout:g} s (setting webhook_timeout)")


def connect_message(code: str, address: str, port: int) -> str:
    """Return what Node says of a connection that failed with an errno's name."""
    return f"connect {code} {address}:{port}" if port else f"connect {code} {address}"


def _connect_failure(error: ConnectError, timeout: float) -> DeliveryError:
    if any(isinstance(one, TimeoutError) and one.errno is None for one, _, _ in error.failures):
        return timed_out(timeout)
    messages = [_connect_message(*failure) for failure in error.failures]
    if len(messages) == 1:
        return DeliveryError(f"Error: {messages[0]}")
    return DeliveryError("AggregateError", f"AggregateError: {'; '.join(messages)}")


def _connect_message(error: OSError, address: str, port: int) -> str:
    message = connect_message(_code(error), address, port)
    if error.errno in _UNSENT:
        message += f" - Local ({_ANY_V6 if ':' in address else _ANY_V4}:0)"
    return message


def _resolver_code(number: int | None) -> str:
    names = (name for name in dir(socket) if name.startswith("EAI_") and getattr(socket, name) == number)
    return next(names, "EAI_FAIL")


def _code(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "UNKNOWN").removeprefix("WSA")  # which Windows adds


def _tls_message(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message
        if "mismatch" in reason:
            subject = "Hostname/IP does not match certificate's altnames"
            return f"Error [ERR_TLS_CERT_ALTNAME_INVALID]: {subject}: {reason}"
        return f"Error: {_CERTIFICATES.get(reason, reason)}"
    if error.reason == "WRONG_VERSION_NUMBER":
        return f"Error: write EPROTO {_THREAD}:error:{_NO_TLS}{_NO_TLS_AT}\n"
    if "ALERT" in (error.reason or ""):
        return f"Error: write EPROTO {_THREAD}:error:{_ALERT}{_ALERT_AT}\n"
    if isinstance(error, ssl.SSLEOFError):
        return "Error: Client network socket disconnected before secure TLS connection was established"
    return f"Error: write EPROTO {_THREAD}:error:{error.reason or error}"


def _socket_message(error: Exception) -> str:
    if isinstance(error, BrokenPipeError):
        return "Error: write EPIPE"
    if isinstance(error, OSError) and error.errno is not None:
        return f"Error: read {_code(error)}"
    return f"Error: {error}"
