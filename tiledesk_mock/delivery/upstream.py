"""A real Tiledesk, asked what a client asks."""

from __future__ import annotations

import json
import threading
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from ..domain.exchange import Fields, RecordedAnswer, RecordedRequest
from ..domain.prefixes import without_prefix
from ..errors import SettingsError, UpstreamError

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

_ENCODINGS: Final = ("gzip", "deflate", "identity")
"""Content encodings that are passed on as wanted: those that a recording can take off."""


class Upstream:
    """Passes requests to the Tiledesk at `url`, and returns its answers as they are.

    `url` is what a client would be configured with, prefix included: the prefix of a request is replaced by
    its. Redirects are not followed, proxies of the environment not used. Raises SettingsError for what is no
    http URL. Safe to use from many threads.
    """

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise SettingsError("upstream", url, "an http or https URL")
        self.origin: Final = f"{parts.scheme}://{parts.netloc}"
        self._host: Final = parts.netloc.rpartition("@")[2]
        self._base: Final = parts.path.rstrip("/")
        self._timeout: Final = timeout
        self._sessions: Final = threading.local()
        self._opened: Final[list[requests.Session]] = []

    def close(self) -> None:
        """Close the connections."""
        while self._opened:
            self._opened.pop().close()

    def target(self, target: str) -> str:
        """Return the target that the upstream is asked for in place of a client's."""
        return self._base + without_prefix(target)

    def answer(self, request: RecordedRequest) -> RecordedAnswer:
        """Return the upstream's answer; 502 or 504 with a line of JSON if it gives none."""
        try:
            return self.ask(request)
        except UpstreamError as error:
            body = json.dumps({"err": "upstream", "reason": error.reason}).encode()
            return RecordedAnswer(error.status, _FAILURE, body)

    def ask(self, request: RecordedRequest) -> RecordedAnswer:
        """Return the upstream's answer; raise UpstreamError if it gives none."""
        try:
            return self._sent(request)
        except requests.Timeout as error:
            reason = f"{self.origin} did not answer within {self._timeout:g} s"
            raise UpstreamError(504, reason) from error
        except (requests.RequestException, HTTPError) as error:
            raise UpstreamError(502, f"{self.origin} cannot be reached: {_cause(error)}") from error

    def _sent(self, request: RecordedRequest) -> RecordedAnswer:
        session = self._session()
        prepared = requests.Request(request.method, self.origin).prepare()
        # Written down after preparing, which would tidy it up.
        prepared.url = self.origin + self.target(request.target)
        prepared.headers.clear()
        for name, value in self._headers(request):
            prepared.headers[name] = value
        prepared.body = request.body or None
        with session.send(
            prepared, stream=True, timeout=self._timeout, allow_redirects=False, verify=True
        ) as answer:
            body = answer.raw.read(decode_content=False)
            fields = tuple((name, value) for name, value in answer.raw.headers.items())
        return RecordedAnswer(answer.status_code, _kept(fields), body)

    def _headers(self, request: RecordedRequest) -> Fields:
        headers = [
            (name, _acceptable(value) if name.lower() == "accept-encoding" else value)
            for name, value in request.headers
            if name.lower() not in _HOP_BY_HOP and name.lower() not in ("host", "content-length")
        ]
        headers.append(("Host", self._host))
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            headers.append(("Content-Length", str(len(request.body))))
        if request.header("Accept-Encoding") is None:
            headers.append(("Accept-Encoding", "identity"))
        return tuple(headers)

    def _session(self) -> requests.Session:
        """Return this thread's session, which keeps its connection open."""
        session: requests.Session | None = getattr(self._sessions, "session", None)
        if session is None:
            session = self._sessions.session = requests.Session()
            session.trust_env = False
            self._opened.append(session)
        return session


def _kept(fields: Fields) -> Fields:
    return tuple((name, value) for name, value in fields if name.lower() not in _HOP_BY_HOP)


def _acceptable(wanted: str) -> str:
    """Return the content encodings of those wanted that can be taken off again."""
    words = [word.strip() for word in wanted.split(",")]
    kept = [word for word in words if word.partition(";")[0].strip().lower() in _ENCODINGS]
    return ", ".join(kept) or "identity"


def _cause(error: Exception) -> str:
    """Return the innermost reason in a few words."""
    reason = getattr(error.args[0], "reason", error) if error.args else error
    text = str(reason).rpartition(": ")[2] or type(error).__name__
    return " ".join(text.split())
