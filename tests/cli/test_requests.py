"""`requests`."""

from __future__ import annotations

import pytest
import requests

from tiledesk_mock import TiledeskMock

from .conftest import Run, Verb


@pytest.fixture(autouse=True)
def came(mock: TiledeskMock) -> None:
    """Let four requests come: a POST, one with a wrong password, one with a drift, and an unknown path."""
    events = f"{mock.url}/{mock.project_id}/events"
    body = {"name": "order.paid", "attributes": {"order": 7}}
    mock.faults.status(503, path="/testauth")
    requests.post(events, json=body, auth=mock.agent.basic, headers={"X-Trace": "a:b"}, timeout=5)
    requests.get(events, auth=("agent@example.com", "wrong"), timeout=5)
    requests.get(events, params={"sortField": "name"}, auth=mock.owner.basic, timeout=5)
    requests.get(f"{mock.url}/{mock.project_id}/leads", timeout=5)
    requests.get(f"{mock.url}/testauth", auth=mock.agent.basic, timeout=5)


def test_requests_are_a_table(verb: Verb, mock: TiledeskMock) -> None:
    """A line has what came, who sent it, and how it ended."""
    header, first, *_ = (line.split() for line in verb("requests").out.splitlines())

    assert header[:6] == ["number", "time", "method", "target", "status", "ms"]
    assert header[6:] == ["person", "event", "drift", "fault", "reason"]
    assert first[0] == "1"
    assert first[2:5] == ["POST", f"/v3/{mock.project_id}/events", "200"]
    assert first[6:] == ["agent", "agent@example.com", "order.paid"]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("--method", "post"), [1]),
        (("--path", "/events"), [1, 2, 3]),
        (("--path", "/events", "--query", "sortField=name"), [3]),
        (("--person", "agent"), [1]),
        (("--person", "owner@example.com"), [3]),
        (("--status", "401"), [2]),
        (("--status", "4xx"), [2, 4]),
        (("--status", "none"), []),
        (("--drift", "sort-field"), [3]),
        (("--drift", "*"), [3]),
        (("--fault", "fault-1"), [5]),
        (("--fault", "*"), [5]),
        (("--unmatched",), [4]),
        (("--emulated", "--status", "4xx"), [2]),
        (("--headers", "x-trace: a:b"), [1]),
        (("--body", "attributes.order=7"), [1]),
        (("--body", '{"name": "order.paid"}', "--body", "attributes.order=8"), []),
        (("-n", "2"), [4, 5]),
    ],
    ids=str,
)
def test_requests_are_filtered(verb: Verb, words: tuple[str, ...], numbers: list[int]) -> None:
    """By the words of expect_request."""
    found = verb("requests", *words, "--json")

    assert [one["number"] for one in found.documents] == numbers
    assert found.code == 0


def test_request_is_printed_in_full(verb: Verb) -> None:
    """Both sides, JSON laid out, and a command that sends it again; secrets are masked."""
    printed = verb("requests", "1").out

    assert printed.startswith("request 1 at ")
    assert '\n  "attributes": {\n    "order": 7\n' in printed
    assert "\n200  " in printed
    assert 'curl -u "agent@example.com:$PASSWORD"' in printed
    assert "agent-secret" not in printed


def test_full_request_says_all_that_its_line_in_the_log_says(verb: Verb) -> None:
    """The event that it fired, drifts, and the reason of an error."""
    assert "\nfired order.paid\n" in verb("requests", "1").out
    assert "\nwhy: the password of agent@example.com is wrong" in verb("requests", "2").out
    assert "\ndrift sort-field\n" in verb("requests", "3").out
    assert "\nnot emulated\nwhy: " in verb("requests", "4").out


def test_request_is_found_by_the_id_of_its_entry(verb: Verb, mock: TiledeskMock) -> None:
    """The numbers begin again after a reset, but not these ids."""
    entries = requests.get(mock.url.replace("/v3", "/__admin/timeline"), timeout=5).json()["entries"]
    by_kind = {entry["kind"]: entry["id"] for entry in entries if entry.get("number") in (None, 2)}

    (found,) = verb("requests", by_kind["request"], "--json").documents

    assert found["number"] == 2
    assert f"{by_kind['event']} is no request, but of kind event" in verb("requests", by_kind["event"]).err


def test_count_is_checked(verb: Verb) -> None:
    """What matched is printed all the same."""
    ended = verb("requests", "--path", "/events", "--count", "2", "-n", "1", "--json")

    assert (ended.code, len(ended.documents)) == (1, 1)
    assert ended.err == "Error: expected exactly 2 requests, but 3 matched\n"
    assert verb("requests", "--path", "/events", "--count", "3").code == 0


def test_without_requests_a_line_says_so(verb: Verb) -> None:
    """On standard error, with exit code 0."""
    assert verb("requests", "--path", "/nowhere") == (0, "", "no request like that came\n")

    verb("requests", "--clear")

    assert verb("requests") == (0, "", "no request came\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("99",), "there is no request 99: 1 to 5 are kept"),
        (("t-1",), "there is no entry 't-1' in the timeline"),
        (("--drift", "sort-fields"), "drift: there is no 'sort-fields': did you mean sort-field?"),
        (("--status", "4x"), "'4x' is not a status, as 200, 4xx or none"),
        (("--path", "/events?a=b"), "is not a path like /events; what follows ? is the query"),
        (("--query", "a"), "'a' is not KEY=VALUE"),
        (("--person", "agnt"), "no person has the role, e-mail address or id 'agnt'"),
    ],
    ids=str,
)
def test_mistake_is_explained(verb: Verb, words: tuple[str, ...], message: str) -> None:
    """The exit code is not 0."""
    ended = verb("requests", *words)

    assert (ended.code in (1, 2), ended.out) == (True, "")
    assert message in ended.err


def test_emulator_that_does_not_run_is_one_line(verb: Verb) -> None:
    """It says how to start one."""
    ended = verb("requests", "--url", "http://127.0.0.1:1")

    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert "no emulator responds at http://127.0.0.1:1: start one with `tiledesk-mock serve`" in ended.err


def test_token_is_required_where_others_can_reach_it(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from the environment."""
    with TiledeskMock(host="0.0.0.0", admin_token="a-long-secret") as mock:
        url = mock.url.replace("127.0.0.1", "0.0.0.0")
        refused = verb("requests", "--url", url)
        monkeypatch.setenv("TILEDESK_MOCK_ADMIN_TOKEN", "a-long-secret")
        allowed = verb("requests", "--url", url)

    assert (refused.code, allowed.code) == (1, 0)
    assert "needs a bearer token: the printed one, or TILEDESK_MOCK_ADMIN_TOKEN" in refused.err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_output_that_cannot_encode_a_character_has_an_escape(
    mock: TiledeskMock, encoding: str, run: Run
) -> None:
    """Halves of surrogate pairs, too."""
    mock.fire("snow \u2603 \ud83d")

    printed = run("events", "--url", mock.url, PYTHONIOENCODING=encoding)

    assert (printed.returncode, printed.stderr) == (0, "")
    assert "snow " in printed.stdout
