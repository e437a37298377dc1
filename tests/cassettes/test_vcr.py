"""Cassettes of VCR.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tiledesk_mock.cassettes.cassette import Entry, Selection
from tiledesk_mock.cassettes.files import read_cassette
from tiledesk_mock.errors import CassetteError

YAML = """\
interactions:
- request:
    body: '{"name": "order.paid"}'
    headers:
      Accept: ['*/*']
      Content-Type: [application/json]
    method: POST
    uri: https://api.tiledesk.com/v3/65b000000000000000000001/events?a=1
  response:
    body: {string: '{"_id": "65f000000000000000000001"}'}
    headers:
      Content-Type: [application/json; charset=utf-8]
      Set-Cookie: [a=1, b=2]
    status: {code: 200, message: OK}
- request:
    body: null
    headers: {}
    method: GET
    uri: https://other.example/x
  response:
    body:
      string: !!binary |
        H4sIAAAAAAAC/6uuBQBDv6ajAgAAAA==
    headers:
      Content-Encoding: [gzip]
    status: {code: 404, message: Not Found}
version: 1
"""


def _read(tmp_path: Path, text: str, name: str = "session.yaml") -> tuple[Entry, ...]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_cassette(tmp_path / name).entries


def test_interactions_are_read(tmp_path: Path) -> None:
    """Each header has its values one by one."""
    first, _ = _read(tmp_path, YAML)

    assert (first.request.method, first.request.path, first.request.query) == (
        "POST",
        "/v3/65b000000000000000000001/events",
        "a=1",
    )
    assert first.request.json() == {"name": "order.paid"}
    assert first.response.headers[1:] == (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
    assert first.response.json() == {"_id": "65f000000000000000000001"}


def test_binary_body_is_unpacked(tmp_path: Path) -> None:
    """VCR.py keeps compressed bodies."""
    _, second = _read(tmp_path, YAML)

    assert second.response.body == b"{}"
    assert second.response.status == 404


def test_json_serialised_cassette_is_read(tmp_path: Path) -> None:
    """VCR.py can write JSON instead of YAML."""
    interaction = {
        "request": {"method": "GET", "uri": "http://h/p", "body": "", "headers": {"A": ["1"]}},
        "response": {"status": {"code": 200}, "headers": {}, "body": {"string": "ok"}},
    }

    (entry,) = _read(tmp_path, json.dumps({"version": 1, "interactions": [interaction]}), "session.json")

    assert (entry.url, entry.response.body) == ("http://h/p", b"ok")


def test_responses_to_httpx_are_read(tmp_path: Path) -> None:
    """Older versions wrote responses to httpx in another form."""
    text = YAML.partition("  response:")[0] + (
        "  response:\n    content: ok\n    headers: {}\n    http_version: HTTP/1.1\n    status_code: 201\n"
        "version: 1\n"
    )

    (entry,) = _read(tmp_path, text)

    assert (entry.response.status, entry.response.body) == (201, b"ok")


def test_base64_string_is_decoded(tmp_path: Path) -> None:
    """Bodies may be in base64."""
    text = YAML.replace('{string: \'{"_id": "65f000000000000000000001"}\'}', "{base64_string: 'b2s='}")

    first, _ = _read(tmp_path, text)

    assert first.response.body == b"ok"


def test_yaml_of_recorders_is_read_leniently(tmp_path: Path) -> None:
    """Texts of Python 2, numbers as names, times, and a repeated key are what recorders write."""
    text = YAML.replace(
        "Accept: ['*/*']", "7: !!python/unicode 'b'\n      At: 2026-01-01T00:00:00Z\n      At: c"
    )

    first, _ = _read(tmp_path, text)

    assert first.request.headers[:2] == (("7", "b"), ("At", "c"))


def test_hosts_are_selected(tmp_path: Path) -> None:
    """Entries of other hosts are left out."""
    (tmp_path / "session.yaml").write_text(YAML)

    entries = read_cassette(tmp_path / "session.yaml", Selection(hosts=("api.tiledesk.com",))).entries

    assert len(entries) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("interactions: [\n", "line 2, column 1: expected YAML"),
        ("- a\n", "expected a HAR (an object with log) or VCR.py's"),
        ("interactions: 1\nversion: 1\n", "interactions: expected a list"),
        ("interactions: []\nversion: 2\n", "version: expected version 1"),
        ("http_interactions: []\nrecorded_with: VCR 6.0\n", "not those of Ruby's VCR"),
        (
            YAML.replace("code: 200", "code: good"),
            "interactions[0].response.status.code: expected a whole number",
        ),
        (
            YAML.replace("uri: https://other.example/x", "uri: /x"),
            "interactions[1].request.uri: expected a whole URL",
        ),
        (
            YAML.replace("H4sIAAAAAAAC/6uuBQBDv6ajAgAAAA==", "H4sIAAAA"),
            "interactions[1].response.body: expected a body",
        ),
        (YAML.replace("body: null", "body: [1]"), "interactions[1].request.body: expected text"),
        ("interactions: !!python/object:os.system {}\n", "line 1, column 15: expected YAML"),
    ],
)
def test_broken_cassette_is_refused_with_file_and_entry(tmp_path: Path, text: str, expected: str) -> None:
    """The error has the file, the path in it, and what was expected."""
    with pytest.raises(CassetteError) as caught:
        _read(tmp_path, text)

    assert str(caught.value).startswith(str(tmp_path / "session.yaml"))
    assert expected in str(caught.value)
