"""The report of a comparison has a few lines."""

from __future__ import annotations

import json

from tiledesk_mock.comparison.json_diff import Difference, DifferenceKind
from tiledesk_mock.diff.report import DiffReport
from tiledesk_mock.diff.responses import ExchangeDiff
from tiledesk_mock.http.exchange import RecordedRequest
from tiledesk_mock.node.json import ABSENT

GET = RecordedRequest("GET", "/a/events")


def report(*differences: Difference) -> DiffReport:
    """Return the report of two exchanges, of which the second has differences."""
    made = DiffReport()
    made.add(ExchangeDiff("first", GET))
    made.add(ExchangeDiff("second", GET, differences))
    return made


def test_summary_counts_exchanges_drifts_and_differences() -> None:
    """A known drift is not a failure."""
    drift = Difference(("body", "id"), "x", ABSENT, DifferenceKind.ONLY_LEFT, drift="id-field")

    known, unknown = report(drift), report(drift, Difference(("status",), 1, 2))

    assert known.summary == "2 of 2 exchanges equal; 1 known drift (id-field); 0 differences"
    assert unknown.summary == "1 of 2 exchanges equal; 1 known drift (id-field); 1 difference"


def test_difference_shows_both_sides_and_its_kind() -> None:
    """An absent value is called nothing, and null is null."""
    lines = report(
        Difference(("body", "a"), None, 1),
        Difference(("body", "b"), "x", ABSENT, DifferenceKind.ONLY_LEFT),
        Difference(("body", "c"), "x", "y", DifferenceKind.IDENTITY),
        Difference(("body",), ["a", "b"], ["b", "a"], DifferenceKind.ORDER),
    ).lines()

    assert lines == [
        "second: GET /a/events",
        "  body.a: here null, there 1",
        '  body.b: here "x", there nothing',
        '  body.c: here "x", there "y" (another id before)',
        '  body: here ["a", "b"], there ["b", "a"] (another order)',
        "1 of 2 exchanges equal; 0 known drifts; 4 differences",
    ]


def test_report_masks_secrets() -> None:
    """A secret is masked under its name, within a text, and in the request."""
    body = {"token": "JWT eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.hunter2", "user": {"password": "hunter2"}}
    made = report(Difference(("body",), None, body), Difference(("body", "token"), "hunter2", "hunter3"))
    request = RecordedRequest("GET", "/ws?token=hunter2")
    made.add(ExchangeDiff("third", request, (Difference(("status",), 1, 2),)))

    text = "\n".join(made.lines()) + json.dumps(made.document())

    assert "hunter" not in text
    assert "body.token" in text


def test_many_differences_of_one_exchange_are_cut() -> None:
    """The lines show eight; JSON has them all."""
    made = report(*(Difference(("body", str(number)), 1, 2) for number in range(10)))

    assert made.lines()[9:11] == [
        "  ... and 2 more",
        "1 of 2 exchanges equal; 0 known drifts; 10 differences",
    ]
    assert len(made.document()["differences"][0]["differences"]) == 10


def test_skipped_scenario_is_reported() -> None:
    """The reason is reported with it."""
    made = DiffReport()
    made.skip("by an agent", "needs agent")

    assert made.lines() == [
        "skipped by an agent: needs agent",
        "0 of 0 exchanges equal; 0 known drifts; 0 differences",
    ]
    assert made.document()["skipped"] == {"by an agent": "needs agent"}
