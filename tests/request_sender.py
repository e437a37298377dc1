"""Send requests byte for byte, on a connection that is kept open."""

from __future__ import annotations

from http.client import HTTPConnection
from types import TracebackType
from urllib.parse import urlsplit

from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse


class RequestSender:
    """Sends recorded requests to the server at a URL; the path of the URL is ignored."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=10)

    def __call__(self, request: RecordedRequest, _timeout: float | None = None, /) -> RecordedResponse:
        """Send a request, and return the response."""
        self._connection.request(request.method, request.target, request.body or None, dict(request.headers))
        response = self._connection.getresponse()
        body = response.read()
        return RecordedResponse(response.status, tuple(response.getheaders()), body)

    def __enter__(self) -> RequestSender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
