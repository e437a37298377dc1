"""A real Tiledesk, asked what a client asks."""

from __future__ import annotations

import json
import ssl
from collections import deque
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import quote

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from ..errors import SettingsError, UpstreamError
from .connections import is_stale, split_http_url
from .exchange import Headers, RecordedRequest, RecordedResponse
from .paths import without_prefix

_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""What concerns one connection only: it is made anew on the other side."""

_FAILURE: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Content-Type", "application/json; charset=utf-8"),
)

_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods of requests that may be sent again when nobody knows whether they arrived."""

_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))

_ENCODINGS: Final = ("gzip", "deflate", "identity")
"""Content encodings that are passed on as wanted: those that a recording can take off."""


class Upstream:
    """Passes requests to the Tiledesk at `url`, byte for byte, and returns its answers as they are.

    What is no ASCII in a target is percent-encoded, as clients are to do. `url` is what a client would be
    configured with, prefix included: the prefix of a request is replaced by its. Redirects are not followed,
    proxies of the environment not used. Raises SettingsError for what is no http URL. Safe to use from many
    threads.
    """

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        parts = split_http_url(url)
        if parts is None:
            raise SettingsError("upstream", url, "an http or https URL")
        self._host: Final = parts.netloc.rpartition("@")[2]
        self.origin: Final = f"{parts.scheme}://{self._host}"
        self._base: Final = parts.path.rstrip("/")
        self._timeout: Final = timeout
        self._context: Final = (
            ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH) if parts.scheme == "https" else None
        )
        self._idle: Final[deque[HTTPConnection]] = deque()
        self._is_closed = False

    def close(self) -> None:
        """Close the connections; those that are used now, as soon as they are not."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()

    @property
    def is_connected(self) -> bool:
        """Tell whether a connection is kept."""
        return bool(self._idle)

    def target_of(self, target: str) -> str:
        """Return the target that the upstream is asked for in place of a client's."""
        return self._base + quote(without_prefix(target), _ASCII, "latin-1", "backslashreplace")

    def respond(self, request: RecordedRequest) -> RecordedResponse:
        """Return the upstream's answer; 502 or 504 with a line of JSON if it gives none."""
        try:
            return self.send(request)
        except UpstreamError as error:
            body = json.dumps({"err": "upstream", "reason": error.reason}).encode()
            return RecordedResponse(error.status, _FAILURE, body)

    def send(self, request: RecordedRequest) -> RecordedResponse:
        """Return the upstream's answer; raise UpstreamError if it gives none."""
        try:
            return self._sent(request)
        except TimeoutError as error:
            reason = f"{self.origin} did not answer within {self._timeout:g} s"
            raise UpstreamError(504, reason) from error
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise UpstreamError(502, f"{self.origin} cannot be reached: {reason}") from error

    def _sent(self, request: RecordedRequest) -> RecordedResponse:
        """Send a request on a connection that is kept, or on a new one."""
        connection = self._connection()
        was_open = connection.sock is not None
        try:
            answer = self._exchanged(connection, request)
        except ConnectionError:
            connection.close()
            # The upstream may have closed it just now; but an event that it got is not to be fired twice.
            if not was_open or request.method not in _REPEATABLE:
                raise
            return self._sent(request)
        except BaseException:
            connection.close()
            raise
        self._keep(connection)
        return answer

    def _exchanged(self, connection: HTTPConnection, request: RecordedRequest) -> RecordedResponse:
        target = self.target_of(request.target)
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in self._headers(request):
            connection.putheader(name, value.encode("latin-1", "replace"))
        connection.endheaders(request.body or None)
        answer = connection.getresponse()
        body = answer.read()
        fields = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
        return RecordedResponse(answer.status, tuple(fields), body)

    def _headers(self, request: RecordedRequest) -> Headers:
        kept = [
            (name, _acceptable(value) if name.lower() == "accept-encoding" else value)
            for name, value in request.headers
            if name.lower() not in _HOP_BY_HOP and name.lower() not in ("host", "content-length")
        ]
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            kept.append(("Content-Length", str(len(request.body))))
        return (("Host", self._host), *kept)

    def _connection(self) -> HTTPConnection:
        """Return the connection that was used last and is idle, or a new one."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if not is_stale(connection.sock):
                return connection
            connection.close()
        if self._context is None:
            return HTTPConnection(self._host, timeout=self._timeout)
        return HTTPSConnection(self._host, timeout=self._timeout, context=self._context)

    def _keep(self, connection: HTTPConnection) -> None:
        self._idle.append(connection)
        if self._is_closed:
            self.close()


def _acceptable(wanted: str) -> str:
    """Return the content encodings of those wanted that can be taken off again."""
    words = [word.strip() for word in wanted.split(",")]
    kept = [word for word in words if word.partition(";")[0].strip().lower() in _ENCODINGS]
    return ", ".join(kept) or "identity"
