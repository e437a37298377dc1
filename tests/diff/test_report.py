"""What a comparison came to is told in a few lines."""

from __future__ import annotations

import json

from tiledesk_mock.comparison.differences import Difference, DifferenceKind
from tiledesk_mock.diff.report import DiffReport
from tiledesk_mock.diff.responses import ExchangeDiff
from tiledesk_mock.http.exchange import RecordedRequest

GET = RecordedRequest("GET", "/a/events")


def report(*differences: Difference) -> DiffReport:
    """Return the report of two exchanges, of which the second has differences."""
    made = DiffReport()
    made.add(ExchangeDiff("first", GET))
    made.add(ExchangeDiff("second", GET, differences))
    return made


def test_summary_counts_exchanges_drifts_and_differences() -> None:
    """A known drift is no failure."""
    drift = Difference("body.id", "x", None, DifferenceKind.ONLY_HERE, "id-field")

    known, unknown = report(drift), report(drift, Difference("status", 1, 2))

    assert known.summary == "2 of 2 exchanges equal; 1 known drift (id-field); 0 differences"
    assert unknown.summary == "1 of 2 exchanges equal; 1 known drift (id-field); 1 difference"


def test_difference_shows_both_sides_and_what_kind_it_is() -> None:
    """What is not there is called nothing, and null is null."""
    told = report(
        Difference("body.a", None, 1),
        Difference("body.b", "x", None, DifferenceKind.ONLY_HERE),
        Difference("body.c", "x", "y", DifferenceKind.IDENTITY),
        Difference("body", ["a", "b"], ["b", "a"], DifferenceKind.ORDER),
    ).lines()

    assert told == [
        "second: GET /a/events",
        "  body.a: here null, there 1",
        '  body.b: here "x", there nothing',
        '  body.c: here "x", there "y" (another id before)',
        '  body: here ["a", "b"], there ["b", "a"] (another order)',
        "1 of 2 exchanges equal; 0 known drifts; 4 differences",
    ]


def test_no_secret_is_in_a_report() -> None:
    """Neither under its name, nor within what is shown, nor in what was asked."""
    body = {"token": "JWT eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.hunter2", "user": {"password": "hunter2"}}
    made = report(Difference("body", None, body), Difference("body.token", "hunter2", "hunter3"))
    made.add(
        ExchangeDiff("third", RecordedRequest("GET", "/ws?token=hunter2"), (Difference("status", 1, 2),))
    )

    shown = "\n".join(made.lines()) + json.dumps(made.document())

    assert "hunter" not in shown
    assert "body.token" in shown


def test_many_differences_of_one_exchange_are_cut() -> None:
    """Eight say enough; JSON has them all."""
    made = report(*(Difference(f"body.{number}", 1, 2) for number in range(10)))

    assert made.lines()[9:11] == [
        "  ... and 2 more",
        "1 of 2 exchanges equal; 0 known drifts; 10 differences",
    ]
    assert len(made.document()["differences"][0]["differences"]) == 10


def test_what_was_skipped_is_said() -> None:
    """With its reason."""
    made = DiffReport()
    made.skip("by an agent", "needs agent")

    assert made.lines() == [
        "skipped by an agent: needs agent",
        "0 of 0 exchanges equal; 0 known drifts; 0 differences",
    ]
    assert made.document()["skipped"] == {"by an agent": "needs agent"}
