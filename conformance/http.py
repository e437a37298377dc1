"""HTTP: scenarios of `fixtures/scenario.schema.json`, each step with what the server answered."""

from __future__ import annotations

import base64
import hmac
import json
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tiledesk_mock.http.encodings import weak_etag
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.node.convert import convert
from tiledesk_mock.node.json import Json
from tiledesk_mock.redaction.secrets import header_and_claims
from tiledesk_mock.scenarios.credentials import Credentials, Person, read_credentials
from tiledesk_mock.scenarios.runner import Runner
from tiledesk_mock.scenarios.scenarios import Scenario

from .names import Names
from .servers import Server

CREDENTIALS: Final = Path(__file__).parents[1] / "fixtures" / "contract" / "credentials.yaml"
HEADERS: Final = (
    "content-type",
    "x-powered-by",
    "access-control-allow-origin",
    "www-authenticate",
    "x-hook-secret",
    "allow",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "vary",
    "location",
    "content-security-policy",
    "x-content-type-options",
)
"""The headers that are recorded."""

_TIMEOUT: Final = 10.0
GLOBAL_SECRET: Final = "tiledesk-global-secret"  # noqa: S105  (that of the recorded world)


def play(server: Server, case: dict[str, Any]) -> list[Json]:
    """Send the requests of a scenario; return what was answered to each step.

    An answer has `status`, `headers`, perhaps `etag`, and `json` or `text`; `token` describes the
    token in it. It is `{"status": "no answer"}` if nothing came within the step's timeout (10 s).
    A case may have `people` and a `timeout` of its own.
    """
    scenario: Scenario = convert({key: case[key] for key in ("name", "steps")}, Scenario)
    people = Credentials({}, convert(case.get("people", {}), dict[str, Person]))
    runner = Runner(credentials().joined(people), Sender(server.url, case.get("timeout", _TIMEOUT)))
    names = Names()
    results = [list(runner.run(step))[-1] for step in scenario.steps]
    return [names.replaced(_described(result.response)) for result in results]


def size(case: dict[str, Any], _recorded: Json) -> int:
    """Return the number of steps."""
    return len(case["steps"])


@cache
def credentials() -> Credentials:
    """Return the people of the recorded world."""
    return read_credentials(CREDENTIALS)


class Sender:
    """Sends each request on a connection of its own."""

    def __init__(self, url: str, timeout: float = _TIMEOUT) -> None:
        self._host: Final = urlsplit(url).netloc
        self._timeout: Final = timeout

    def __call__(self, request: RecordedRequest, timeout: float | None = None, /) -> RecordedResponse | None:
        """Return the response, or None if nothing came in time."""
        connection = HTTPConnection(self._host, timeout=timeout or self._timeout)
        try:
            connection.request(request.method, request.target, request.body or None, dict(request.headers))
            response = connection.getresponse()
            return RecordedResponse(response.status, tuple(response.getheaders()), response.read())
        except OSError:
            return None
        finally:
            connection.close()


def _described(response: RecordedResponse | None) -> Json:
    if response is None:
        return {"status": "no answer"}
    found = {name: response.header(name) for name in HEADERS}
    described: dict[str, Any] = {
        "status": response.status,
        "headers": {name: value for name, value in found.items() if value is not None},
    }
    if (etag := response.header("etag")) is not None:
        described["etag"] = _etag(etag, response.body)
    if response.body:
        described |= _body(response)
    return described


def _etag(etag: str, body: bytes) -> str:
    """Describe an ETag: its value is another one for every body."""
    if etag == weak_etag(body):
        return "express weak sha1"
    return "other" if body else "empty body"


def _body(response: RecordedResponse) -> dict[str, Json]:
    if "json" not in (response.header("content-type") or ""):
        return {"text": response.body.decode("utf-8", "replace")}
    body = json.loads(response.body)
    token = body.get("token") if isinstance(body, dict) else None
    described = _token(token) if isinstance(token, str) else None
    return {"json": body} | ({"token": described} if described else {})


def _token(token: str) -> Json:
    """Describe a token: header, claims by name, and whether the global secret has signed it."""
    raw = token.rpartition(" ")[2]
    parts = header_and_claims(raw)
    if parts is None:
        return None
    header, claims = parts
    described: Json = json.loads(json.dumps({"header": header, "claims": claims}, sort_keys=True))
    return {**described, "signed with the global secret": is_signed(raw, GLOBAL_SECRET)}


def is_signed(token: str, secret: str) -> bool:
    """Return whether a secret has signed a token with HS256."""
    signed, _, signature = token.rpartition(".")
    digest = hmac.digest(secret.encode(), signed.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == signature
