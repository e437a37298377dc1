"""Exchanges as JSON, as a line and as a curl command."""

from __future__ import annotations

import json
import shlex

import pytest

from tiledesk_mock.http.exchange import Exchange, Principal, PrincipalKind, RecordedRequest, RecordedResponse
from tiledesk_mock.journal.rendering import (
    curl_command,
    exchange_document,
    exchange_from_document,
    exchange_line,
)

BASIC = ("Authorization", "Basic b3duZXJAZXhhbXBsZS5jb206c2VjcmV0")
OWNER = Principal(PrincipalKind.USER, "65a0000000000000000000a1", {"email": "owner@example.com"})


def _exchange(body: bytes = b'{"name": "a"}', target: str = "/v3/p/events") -> Exchange:
    headers = (("Host", "127.0.0.1:1"), BASIC, ("Content-Type", "application/json"))
    request = RecordedRequest("POST", target, headers, body)
    response = RecordedResponse(422, (("Content-Type", "text/plain"),), b"no")
    return Exchange(
        3, 0, request, response, 0.25, OWNER, "owner", ("sort-field",), "fault-1", is_emulated=False,
        ignored=("event-name-prefix",), stub="stub-1",
    )  # fmt: skip


def test_document_has_no_secret() -> None:
    """The JSON of the control API can be pasted into an issue."""
    document = exchange_document(_exchange(b'{"password": "hunter2"}', "/a?token=hunter2"))

    assert "hunter2" not in json.dumps(document)
    assert BASIC[1] not in json.dumps(document)


@pytest.mark.parametrize("body", [b"", b"text", b'{"a": [1, null]}', b"\xff\x00", b"null"])
def test_document_is_converted_back(body: bytes) -> None:
    """A remote handle returns the same exchange as a local one, except for secrets."""
    exchange = _exchange(body)

    back = exchange_from_document(json.loads(json.dumps(exchange_document(exchange))))

    assert back.request.body == body
    assert back.request.headers == (("Host", "127.0.0.1:1"), (BASIC[0], "Basic owner@example.com:***"),
                                    ("Content-Type", "application/json"))  # fmt: skip
    assert (back.number, back.response, back.seconds) == (
        exchange.number,
        exchange.response,
        exchange.seconds,
    )
    assert (back.principal, back.role, back.drifts) == (OWNER, "owner", ("sort-field",))
    assert (back.fault, back.is_emulated) == ("fault-1", False)
    assert (back.ignored, back.stub) == (("event-name-prefix",), "stub-1")


def test_line_describes_the_exchange() -> None:
    """The line has the request, the status, the caller, drifts, the fault and whether it is emulated."""
    assert exchange_line(_exchange()) == (
        "3  POST /v3/p/events  422  by owner owner@example.com  drift sort-field  "
        "asks for what the server ignores: event-name-prefix  fault fault-1  stub-1  not emulated"
    )


def test_command_has_variables_instead_of_secrets() -> None:
    """The command works once the variables are set."""
    words = shlex.split(curl_command(_exchange().request))

    assert words == [
        "curl",
        "-u",
        "owner@example.com:$PASSWORD",
        "-H",
        "Content-Type: application/json",
        "--data-raw",
        '{"name": "a"}',
        "http://127.0.0.1:1/v3/p/events",
    ]


def test_command_of_a_masked_request_is_the_same() -> None:
    """A remote handle prints the same command."""
    exchange = _exchange()

    back = exchange_from_document(exchange_document(exchange))

    assert curl_command(back.request) == curl_command(exchange.request)


def test_command_escapes_what_the_shell_would_run() -> None:
    """A client's request cannot run commands in the tester's shell."""
    header = ("Authorization", "Basic JCh0b3VjaCBwd25lZCk6cA==")  # $(touch pwned):p

    command = curl_command(RecordedRequest("GET", "/`id`", (header,)))

    assert '"\\$(touch pwned):$PASSWORD"' in command
    assert "'https://127.0.0.1/`id`'" in command or "'http://127.0.0.1/`id`'" in command


def test_credentials_without_a_scheme_are_not_in_the_command() -> None:
    """A client may send a bare token."""
    command = curl_command(RecordedRequest("GET", "/events", (("Authorization", "opaque-token-1"),)))

    assert '-H "Authorization: $TOKEN"' in command
    assert "opaque" not in command


@pytest.mark.parametrize("levels", [500, 100_000])
def test_deeply_nested_body_is_in_the_command(levels: int) -> None:
    """The body is treated as text."""
    request = RecordedRequest("POST", "/events", (), b"[" * levels + b"]" * levels)

    assert curl_command(request).count("[") == levels
