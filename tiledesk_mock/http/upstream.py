"""The client of a real Tiledesk, to which requests are passed on."""

from __future__ import annotations

import json
import ssl
from collections import deque
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import quote

import certifi

from ..errors import SettingsError, UpstreamError
from .connections import is_stale, shown_url, split_http_url
from .encodings import UNPACKED_LIMIT, ContentDecodingError, UnpackedTooLong, decompress_body
from .exchange import HOP_BY_HOP, Headers, RecordedRequest, RecordedResponse
from .paths import without_prefix

_NOT_PASSED_ON: Final = HOP_BY_HOP | {"proxy-authenticate", "proxy-authorization"}

_ERROR_HEADERS: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Content-Type", "application/json; charset=utf-8"),
)

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods of requests that may be sent again after the connection failed."""

_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))

_ENCODINGS: Final = ("gzip", "deflate", "identity")
"""The content encodings that may be requested, since a recording can decode them."""


class Upstream:
    """Passes requests to the Tiledesk at `url` unchanged, and returns its responses unchanged.

    `url` is what a client would be configured with; the prefix of a request is replaced by that of `url`.
    Characters of a target that are not ASCII are percent-encoded. Redirects are not followed, and proxies of
    the environment are not used. `timeout` is in seconds. Raises SettingsError if `url` is not an http URL.
    Safe to use from many threads.
    """

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        parts = split_http_url(url)
        if parts is None:
            raise SettingsError("upstream", shown_url(url), "an http or https URL")
        self._host: Final = parts.netloc.rpartition("@")[2]
        self.origin: Final = f"{parts.scheme}://{self._host}"
        self._base: Final = parts.path.rstrip("/")
        self._timeout: Final = timeout
        self._context: Final = (
            ssl.create_default_context(cafile=certifi.where()) if parts.scheme == "https" else None
        )
        self._idle: Final[deque[HTTPConnection]] = deque()
        self._is_closed = False

    def close(self) -> None:
        """Close the idle connections now, and the others as soon as they are idle."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()

    def target_of(self, target: str) -> str:
        """Return the target of the upstream for a client's target."""
        return self._base + quote(without_prefix(target), _ASCII, "latin-1", "backslashreplace")

    def respond(self, request: RecordedRequest) -> RecordedResponse:
        """Return the upstream's response, or a 502 or 504 with a line of JSON if it does not respond."""
        try:
            return self.send(request)
        except UpstreamError as error:
            body = json.dumps({"err": "upstream", "reason": error.reason}).encode()
            return RecordedResponse(error.status, _ERROR_HEADERS, body)

    def send(self, request: RecordedRequest) -> RecordedResponse:
        """Return the upstream's response.

        Raises UpstreamError if it does not respond, or with a body beyond `UNPACKED_LIMIT`.
        """
        try:
            return self._send(request)
        except TimeoutError as error:
            reason = f"{self.origin} did not respond within {self._timeout:g} s"
            raise UpstreamError(504, reason) from error
        except UnpackedTooLong as error:
            what = f"{request.method} {request.target.partition('?')[0]}"
            reason = (
                f"{self.origin} responded to {what} with more than {UNPACKED_LIMIT:,} bytes: ask for less"
            )
            raise UpstreamError(502, reason) from error
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise UpstreamError(502, f"{self.origin} cannot be reached: {reason}") from error

    def _send(self, request: RecordedRequest) -> RecordedResponse:
        """Send a request on an idle or a new connection."""
        connection = self._connection()
        was_open = connection.sock is not None
        try:
            response = self._exchange(connection, request)
        except ConnectionError:
            connection.close()
            # The upstream may have closed the idle connection; but an event must not be fired twice.
            if not was_open or request.method not in _SAFE_METHODS:
                raise
            return self._send(request)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        if self._is_closed:
            self.close()
        return response

    def _exchange(self, connection: HTTPConnection, request: RecordedRequest) -> RecordedResponse:
        target = self.target_of(request.target)
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in self._headers(request):
            connection.putheader(name, value.encode("latin-1", "replace"))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        body = _read_body(response)
        fields = [
            (name, value) for name, value in response.getheaders() if name.lower() not in _NOT_PASSED_ON
        ]
        return RecordedResponse(response.status, tuple(fields), body)

    def _headers(self, request: RecordedRequest) -> Headers:
        kept = [
            (name, _decodable(value) if name.lower() == "accept-encoding" else value)
            for name, value in request.headers
            if name.lower() not in _NOT_PASSED_ON and name.lower() not in ("host", "content-length")
        ]
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            kept.append(("Content-Length", str(len(request.body))))
        return (("Host", self._host), *kept)

    def _connection(self) -> HTTPConnection:
        """Return the idle connection that was used last, or a new one."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                break
            if not is_stale(connection.sock):
                return connection
            connection.close()
        if self._context is None:
            return HTTPConnection(self._host, timeout=self._timeout)
        return HTTPSConnection(self._host, timeout=self._timeout, context=self._context)


def _read_body(response: HTTPResponse) -> bytes:
    """Return the body as it was sent; raise UnpackedTooLong if it is too long, decompressed or not."""
    if response.length is None:
        body = response.read(UNPACKED_LIMIT + 1)
    elif response.length <= UNPACKED_LIMIT:
        body = response.read()  # not `read(length)`, which does not raise if the body breaks off
    else:
        raise UnpackedTooLong
    if len(body) > UNPACKED_LIMIT:
        raise UnpackedTooLong
    if response.getheader("Content-Encoding") is not None:
        try:
            decompress_body(tuple(response.getheaders()), body)
        except UnpackedTooLong:
            raise
        except ContentDecodingError:
            pass  # a client may be able to decode it
    return body


def _decodable(accept_encoding: str) -> str:
    """Return an Accept-Encoding with only those encodings that can be decoded."""
    encodings = [encoding.strip() for encoding in accept_encoding.split(",")]
    kept = [encoding for encoding in encodings if encoding.partition(";")[0].strip().lower() in _ENCODINGS]
    return ", ".join(kept) or "identity"
