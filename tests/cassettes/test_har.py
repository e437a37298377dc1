"""HAR 1.2 of any writer: read and written."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tiledesk_mock.cassettes.cassette import Entry, Selection
from tiledesk_mock.cassettes.files import read_cassette, read_cassettes, write_cassette
from tiledesk_mock.errors import CassetteError
from tiledesk_mock.http.encodings import UNPACKED_LIMIT

from .recordings import CHROMIUM, EVENTS, PLAYWRIGHT, SERVER, cassette, har, request, response


def _read(tmp_path: Path, text: str, selection: Selection | None = None) -> tuple[Entry, ...]:
    path = tmp_path / "session.har"
    path.write_text(text, encoding="utf-8")
    return read_cassette(path, selection or Selection()).entries


def test_recorded_session_is_read_entry_for_entry() -> None:
    """A HAR of the real server has eleven exchanges, in order."""
    entries = read_cassette(SERVER).entries

    assert [entry.response.status for entry in entries] == [200] * 3 + [422] + [200] * 3 + [
        404,
        401,
        200,
        200,
    ]
    assert entries[1].request.json()["name"] == "order.paid"
    assert entries[1].origin == "https://api.tiledesk.com"
    assert entries[8].response.body == b"Unauthorized"


@pytest.mark.parametrize("file", [CHROMIUM, PLAYWRIGHT], ids=lambda file: file.stem)
def test_calls_of_a_page_are_read_without_the_page(file: Path) -> None:
    """A browser also saves document, style and script, which are left out."""
    entries = read_cassette(file, Selection(paths=("/auth", "/65b*"))).entries
    calls = [entry for entry in entries if entry.request.method != "OPTIONS"]

    assert [entry.response.status for entry in calls] == [200, 200, 200, 200, 404, 200, 401]
    assert calls[1].response.json()["attributes"] == {"path": "/café", "tags": ["a", "b"]}
    assert calls[-1].response.body == b"Unauthorized"


def test_parts_of_a_page_are_left_out_without_a_filter() -> None:
    """The calls in a Playwright recording are recognized without a filter."""
    entries = read_cassette(PLAYWRIGHT).entries

    assert {entry.request.path.split("/")[1] for entry in entries} == {"v3"}


def test_entries_are_sorted_by_their_time(tmp_path: Path) -> None:
    """HAR allows writers any order."""
    late = {"request": {"url": "http://h/late"}, "response": {}, "startedDateTime": "2026-01-31T13:00:00.1Z"}
    soon = {
        "request": {"url": "http://h/soon"},
        "response": {},
        "startedDateTime": "2026-01-31T14:00:00+02:00",
    }

    entries = _read(tmp_path, har(late, soon))

    assert [entry.request.target for entry in entries] == ["/soon", "/late"]


def test_base64_content_is_decoded(tmp_path: Path) -> None:
    """Bodies that are not text are in base64."""
    content = {"text": base64.b64encode(b"\xff\x00").decode(), "encoding": "base64", "size": 2}

    (entry,) = _read(tmp_path, har({"request": {}, "response": {"content": content}}))

    assert entry.response.body == b"\xff\x00"


def test_fields_of_a_form_become_its_body(tmp_path: Path) -> None:
    """Writers may write a form as parameters instead of text."""
    params = [{"name": "name", "value": "a b"}, {"name": "attributes[n]", "value": "1"}]
    sent = {
        "method": "POST",
        "postData": {"mimeType": "application/x-www-form-urlencoded", "params": params},
    }

    (entry,) = _read(tmp_path, har({"request": sent, "response": {}}))

    assert entry.request.body == b"name=a+b&attributes%5Bn%5D=1"


def test_query_beside_the_url_becomes_part_of_it(tmp_path: Path) -> None:
    """Some writers write the query beside the URL only."""
    sent = {"url": "http://h/p", "queryString": [{"name": "page", "value": "1"}]}

    (entry,) = _read(tmp_path, har({"request": sent, "response": {}}))

    assert entry.request.target == "/p?page=1"


def test_headers_of_http2_and_joined_cookies_are_split(tmp_path: Path) -> None:
    """Chromium writes pseudo-headers, and several Set-Cookie in one field."""
    sent = {"headers": [{"name": ":authority", "value": "h"}, {"name": "accept", "value": "*/*"}]}
    received = {"headers": [{"name": "set-cookie", "value": "a=1\nb=2"}]}

    (entry,) = _read(tmp_path, har({"request": sent, "response": received}))

    assert entry.request.headers == (("accept", "*/*"),)
    assert entry.response.headers == (("set-cookie", "a=1"), ("set-cookie", "b=2"))


def test_attached_files_are_read_from_beside_the_har(tmp_path: Path) -> None:
    """Playwright can keep bodies in files of their own."""
    (tmp_path / "0a1b.json").write_bytes(b'{"name":"x"}')
    (tmp_path / "2c3d.dat").write_bytes(b"ok")
    sent = {"method": "POST", "postData": {"mimeType": "application/json", "text": "", "_file": "0a1b.json"}}
    received = {"content": {"size": 2, "_file": "2c3d.dat"}}

    (entry,) = _read(tmp_path, har({"request": sent, "response": received}))

    assert (entry.request.body, entry.response.body) == (b'{"name":"x"}', b"ok")


def test_missing_fields_have_defaults(tmp_path: Path) -> None:
    """Headers, times, sizes and content may be absent."""
    bare = {"request": {"method": "get", "url": "http://h"}, "response": {"status": 204}}

    (entry,) = _read(tmp_path, json.dumps({"log": {"entries": [bare]}}))

    assert (entry.request.method, entry.request.target, entry.started) == ("GET", "/", "")
    assert entry.response.headers == ()
    assert entry.response.body == b""


def test_cached_body_beside_304_is_the_response(tmp_path: Path) -> None:
    """A browser writes 304 and the body from its cache, which a client of a replay lacks."""
    received = {"status": 304, "content": {"size": 2, "text": "{}"}}

    (entry,) = _read(tmp_path, har({"request": {}, "response": received}))

    assert (entry.response.status, entry.response.body) == (200, b"{}")


@pytest.mark.parametrize("status", [0, -1, 101])
def test_requests_without_a_response_are_left_out(tmp_path: Path, status: int) -> None:
    """Blocked requests and WebSockets cannot be replayed."""
    assert _read(tmp_path, har({"request": {}, "response": {"status": status}})) == ()


def test_content_that_unpacks_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    """A small file must not fill the memory; the entry is named."""
    packed = base64.b64encode(gzip.compress(b"\0" * (UNPACKED_LIMIT + 1))).decode()
    received = {
        "headers": [{"name": "Content-Encoding", "value": "gzip"}],
        "content": {"text": packed, "encoding": "base64"},
    }

    with pytest.raises(CassetteError, match=r"log\.entries\[0\]\.response\.content\.text.*33,554,432 bytes"):
        _read(tmp_path, har({"request": {}, "response": received}))


def test_entries_that_unpack_beyond_the_limit_together_are_refused(tmp_path: Path) -> None:
    """Many small entries must not fill the memory, either."""
    packed = base64.b64encode(gzip.compress(b"\0" * UNPACKED_LIMIT)).decode()
    received = {
        "headers": [{"name": "Content-Encoding", "value": "gzip"}],
        "content": {"text": packed, "encoding": "base64"},
    }

    with pytest.raises(CassetteError, match=r"log\.entries\[4\]: expected at most 134,217,728 bytes"):
        _read(tmp_path, har(*[{"request": {}, "response": received}] * 9))


def test_compressed_content_is_unpacked(tmp_path: Path) -> None:
    """A writer may keep the compressed body."""
    packed = base64.b64encode(gzip.compress(b"{}")).decode()
    received = {
        "headers": [{"name": "Content-Encoding", "value": "gzip"}],
        "content": {"text": packed, "encoding": "base64"},
    }

    (entry,) = _read(tmp_path, har({"request": {}, "response": received}))

    assert entry.response.body == b"{}"


@pytest.mark.parametrize(
    ("selection", "targets"),
    [
        (Selection(hosts=("api.tiledesk.com",)), ["/v3/auth/signin"]),
        (Selection(hosts=("*.example",)), ["/v3/p/events", "/x"]),
        (Selection(hosts=("localhost:3000",)), []),
        (Selection(paths=("/auth",)), ["/v3/auth/signin"]),
        (Selection(paths=("/*/events*",)), ["/v3/p/events"]),
        (Selection(hosts=("*.example",), paths=("/x",)), ["/x"]),
    ],
)
def test_selection_takes_hosts_and_paths(tmp_path: Path, selection: Selection, targets: list[str]) -> None:
    """Entries of other hosts and paths are left out."""
    urls = ["https://api.tiledesk.com/v3/auth/signin", "http://a.example/v3/p/events", "http://a.example/x"]

    entries = _read(tmp_path, har(*({"request": {"url": url}, "response": {}} for url in urls)), selection)

    assert [entry.request.target for entry in entries] == targets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "expected JSON"),
        ("[]", "expected a HAR"),
        ('{"log": []}', "log: expected an object"),
        ('{"log": {}}', "log.entries: missing; expected a list"),
        ('{"log": {"entries": [1]}}', "log.entries[0]: expected an object, not 1"),
        (har({"request": {"url": 1}, "response": {}}), "log.entries[0].request.url: expected text"),
        (har({"request": {"url": "/v3/x"}, "response": {}}), "request.url: expected a whole URL"),
        (har({"request": {"url": "http://[/v3/x"}, "response": {}}), "request.url: expected a whole URL"),
        (har({"request": {}, "response": {"status": "200"}}), "response.status: expected a whole number"),
        (har({"request": {}, "response": {"content": {"size": 9}}}), "expected the content"),
        (har({"request": {}, "response": {"content": {"_file": "../x"}}}), "expected a file beside the HAR"),
        (
            har({"request": {}, "response": {"content": {"text": "x", "encoding": "base64"}}}),
            "content.text: expected base64",
        ),
        (
            har({"request": {"headers": [{"value": "x"}]}, "response": {}}),
            "headers[0].name: missing",
        ),
    ],
)
def test_broken_har_is_refused_with_file_and_entry(tmp_path: Path, text: str, expected: str) -> None:
    """The error has the file, the path in it, and what was expected."""
    with pytest.raises(CassetteError) as caught:
        _read(tmp_path, text)

    assert str(caught.value).startswith(str(tmp_path / "session.har"))
    assert expected in str(caught.value)


def test_har_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(CassetteError, match=r"session\.har: nested too deeply"):
        _read(tmp_path, "[" * 100_000)


def test_zip_archive_is_refused(tmp_path: Path) -> None:
    """The error says that Playwright's .zip has to be unpacked."""
    path = tmp_path / "session.har.zip"
    path.write_bytes(b"PK\x03\x04rest")

    with pytest.raises(CassetteError, match="not a zip archive: unpack it"):
        read_cassette(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A missing file is a CassetteError."""
    with pytest.raises(CassetteError, match="cannot be read: No such file"):
        read_cassette(tmp_path / "none.har")


def test_written_har_is_read_unchanged(tmp_path: Path) -> None:
    """Writing loses nothing of the real recording."""
    before = read_cassette(SERVER).entries

    write_cassette(tmp_path / "copy.har", before)
    after = read_cassette(tmp_path / "copy.har").entries

    assert [(entry.request, entry.response, entry.url) for entry in after] == [
        (entry.request, entry.response, entry.url) for entry in before
    ]


def test_binary_bodies_survive_writing(tmp_path: Path) -> None:
    """Requests and responses may have any bytes."""
    session = cassette(
        (request("POST", EVENTS, b"\xff\xfe", Content_Type="image/png"), response(b"\x00\xff"))
    )

    write_cassette(tmp_path / "bytes.har", session.entries)
    (entry,) = read_cassette(tmp_path / "bytes.har").entries

    assert (entry.request.body, entry.response.body) == (b"\xff\xfe", b"\x00\xff")


def test_written_har_has_every_required_field(tmp_path: Path) -> None:
    """HAR 1.2 has required fields with types."""
    session = cassette(
        (request("POST", f"{EVENTS}?page=0", {"name": "x"}, Cookie="a=1"), response({"ok": True}))
    )

    write_cassette(tmp_path / "written.har", session.entries)
    log = json.loads((tmp_path / "written.har").read_text())["log"]
    entry = log["entries"][0]

    assert log["version"] == "1.2"
    assert set(log["creator"]) == {"name", "version"}
    assert _kinds(entry) == {
        "startedDateTime": str,
        "time": float,
        "request": dict,
        "response": dict,
        "cache": dict,
        "timings": dict,
    }
    assert _kinds(entry["request"]) == {
        "method": str,
        "url": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "queryString": list,
        "headersSize": int,
        "bodySize": int,
        "postData": dict,
    }
    assert _kinds(entry["response"]) == {
        "status": int,
        "statusText": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "content": dict,
        "redirectURL": str,
        "headersSize": int,
        "bodySize": int,
    }
    assert _kinds(entry["response"]["content"]) == {"size": int, "mimeType": str, "text": str}
    assert entry["request"]["queryString"] == [{"name": "page", "value": "0"}]
    assert entry["request"]["cookies"] == [{"name": "a", "value": "1"}]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other devices, and few links")
def test_link_and_device_are_written_through(tmp_path: Path) -> None:
    """A link and a device are not replaced by a file."""
    link, device = tmp_path / "link.har", tmp_path / "null.har"
    link.symlink_to(tmp_path / "real.har")
    device.symlink_to("/dev/null")

    write_cassette(link, ())
    write_cassette(device, ())

    assert link.is_symlink()
    assert (tmp_path / "real.har").is_file()
    assert device.is_char_device()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_full_disk_leaves_the_last_cassette(tmp_path: Path) -> None:
    """The error is one line, and no other file is left."""
    path = tmp_path / "session.har"
    path.write_text("precious")
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "from tiledesk_mock.cassettes.files import read_cassette, write_cassette\n"
        "write_cassette(sys.argv[1], read_cassette(sys.argv[2]).entries)"
    )

    failed = subprocess.run(
        [sys.executable, "-c", code, str(path), str(SERVER)], capture_output=True, text=True, check=False
    )

    assert "CassetteError: " in failed.stderr
    assert "expected a file that can be written: File too large" in failed.stderr
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"session.har": "precious"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_new_cassette_is_for_its_owner_only(tmp_path: Path) -> None:
    """The file contains the traffic of a person."""
    write_cassette(tmp_path / "session.har", ())

    assert (tmp_path / "session.har").stat().st_mode & 0o777 == 0o600


def test_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    """A cassette is replaced in one step or not at all."""
    (tmp_path / "folder").mkdir()

    with pytest.raises(CassetteError, match="expected a file that can be written"):
        write_cassette(tmp_path / "folder", ())

    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_several_files_are_one_cassette() -> None:
    """Entries follow each other in the order of the files."""
    both = read_cassettes([SERVER, PLAYWRIGHT])

    assert len(both.entries) == 18
    assert both.source == f"{SERVER}, {PLAYWRIGHT}"


def _kinds(document: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in document.items()}
