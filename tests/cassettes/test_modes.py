"""Cassettes in pytest: tests record and replay them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tiledesk_mock.cassettes.files import read_cassette
from tiledesk_mock.testing import TiledeskMock

pytest_plugins = ["pytester"]

CLIENT = """
    import pytest, requests

    @pytest.mark.tiledesk_mock(cassette="cassettes/paid.har", {options})
    def test_paid(tiledesk_mock):
        path = f"{{tiledesk_mock.url}}/65b0000000000000000000a1/events"
        response = requests.post(path, json={{"name": {name!r}}}, auth=("owner@example.com", "owner-secret"))
        assert response.status_code == {status}
"""


@pytest.fixture
def upstream() -> Iterator[TiledeskMock]:
    """Return a second emulator, which is recorded."""
    with TiledeskMock() as handle:
        yield handle


def _run(
    pytester: pytest.Pytester, *words: str, status: int = 200, name: str = "paid", **options: object
) -> str:
    written = ", ".join(f"{option}={value!r}" for option, value in options.items())
    pytester.makepyfile(CLIENT.format(options=written, name=name, status=status))
    result = pytester.runpytest_inprocess(
        "-pno:randomly", "-pno:hypothesispytest", "-pno:cacheprovider", *words
    )
    return str(result.stdout)


def test_first_run_records_and_the_second_replays(pytester: pytest.Pytester, upstream: TiledeskMock) -> None:
    """The cassette responds without its upstream, and contains no secrets."""
    recorded = _run(pytester, upstream=upstream.url)
    upstream.stop()
    replayed = _run(pytester, upstream=upstream.url)

    cassette = pytester.path / "cassettes" / "paid.har"
    assert "1 passed" in recorded
    assert "1 passed" in replayed
    assert len(read_cassette(cassette).entries) == 1
    assert "owner-secret" not in cassette.read_text()


def test_failed_test_leaves_the_old_cassette(pytester: pytest.Pytester, upstream: TiledeskMock) -> None:
    """A failed test does not write its cassette."""
    _run(pytester, upstream=upstream.url)
    before = (pytester.path / "cassettes" / "paid.har").read_bytes()

    failed = _run(pytester, upstream=upstream.url, record="all", status=201)

    assert "1 failed" in failed
    assert (pytester.path / "cassettes" / "paid.har").read_bytes() == before


def test_miss_fails_the_test_with_the_nearest(pytester: pytest.Pytester, upstream: TiledeskMock) -> None:
    """The test fails even if the client ignores the 502."""
    _run(pytester, upstream=upstream.url)

    missed = _run(pytester, record="none", name="sent", status=502)

    assert "1 failed" in missed
    assert 'body.name: "paid" recorded, "sent" requested' in missed


def test_unused_entries_fail_a_strict_test(pytester: pytest.Pytester) -> None:
    """Unused entries are reported at the end."""
    (pytester.path / "cassettes").mkdir()
    entry = {
        "request": {"method": "GET", "url": "http://h/unused"},
        "response": {"status": 200, "content": {"text": "ok"}},
    }
    (pytester.path / "cassettes" / "paid.har").write_text(json.dumps({"log": {"entries": [entry]}}))

    output = _run(pytester, strict=True, fallback=True)

    assert "unused entries:" in output
    assert "GET /unused" in output


def test_missing_cassette_is_refused_in_one_line(pytester: pytest.Pytester) -> None:
    """Without an upstream the test cannot record."""
    output = _run(pytester)

    assert "cassettes/paid.har: expected a cassette, or an upstream to record one from" in output


def test_cassette_is_set_on_the_command_line_too(pytester: pytest.Pytester, upstream: TiledeskMock) -> None:
    """Options make the test record the marker's cassette anew."""
    _run(pytester, upstream=upstream.url)

    output = _run(
        pytester, f"--tiledesk-mock-upstream={upstream.url}", "--tiledesk-mock-record=all", name="new"
    )

    (entry,) = read_cassette(pytester.path / "cassettes" / "paid.har").entries
    assert "1 passed" in output
    assert entry.request.json() == {"name": "new"}


def test_marker_redacts_more(pytester: pytest.Pytester, upstream: TiledeskMock) -> None:
    """The marker has names of fields, and JSON paths."""
    _run(pytester, upstream=upstream.url, redact=["createdBy", "id_proj*"])

    (entry,) = read_cassette(pytester.path / "cassettes" / "paid.har").entries
    redacted = {name for name, value in entry.response.json().items() if str(value).startswith("REDACTED")}
    assert redacted == {"createdBy", "id_project"}


def test_function_redacts(pytester: pytest.Pytester, upstream: TiledeskMock) -> None:
    """An option names the function."""
    pytester.makepyfile(
        hiding="""
            from dataclasses import replace

            def hide(request, response):
                return replace(request, body=b"hidden"), response
        """
    )
    pytester.syspathinsert()

    _run(pytester, "--tiledesk-mock-redact-with=hiding:hide", upstream=upstream.url)

    (entry,) = read_cassette(pytester.path / "cassettes" / "paid.har").entries
    assert entry.request.body == b"hidden"
