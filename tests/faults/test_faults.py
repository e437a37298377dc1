"""When a fault strikes, and how rules are read."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tiledesk_mock.errors import SettingsError, SetupError
from tiledesk_mock.faults.faults import Faults
from tiledesk_mock.faults.rule import fault_document, read_fault
from tiledesk_mock.http.exchange import RecordedRequest
from tiledesk_mock.http.principal import Principal, PrincipalKind

EVENTS = "/v3/65b0000000000000000000a1/events"
JSON = (("Content-Type", "application/json"),)
POST = RecordedRequest("POST", EVENTS, JSON, b'{"name": "order.paid"}')
LIST = RecordedRequest("GET", f"{EVENTS}?page=1")
AGENT = Principal(PrincipalKind.USER, "65a0000000000000000000a4", {"email": "agent@example.com"})


def _agent() -> tuple[Principal | None, str | None]:
    return AGENT, "agent"


def _nobody() -> tuple[Principal | None, str | None]:
    return None, None


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"method": "post"},
        {"path": "/events"},
        {"path": re.compile("events$")},
        {"person": "agent"},
        {"person": "Agent@example.com"},
        {"person": AGENT.id},
        {"name": "order.paid"},
        {"method": "POST", "path": "/events", "person": "agent", "name": "order.paid"},
    ],
)
def test_a_rule_strikes_the_requests_it_is_about(when: dict[str, Any]) -> None:
    """By each of its conditions, and by all of them."""
    faults = Faults()
    fault = faults.add(status=503, **when)

    assert faults.match(POST, _agent) == fault


@pytest.mark.parametrize(
    "when",
    [
        {"method": "POST"},
        {"path": "/events/*"},
        {"person": "owner"},
        {"name": "order.paid"},
    ],
)
def test_a_rule_leaves_other_requests_alone(when: dict[str, Any]) -> None:
    """One condition that does not hold is enough."""
    faults = Faults()
    faults.add(status=503, **when)

    assert faults.match(LIST, _nobody) is None


@pytest.mark.parametrize(
    ("often", "struck"),
    [
        ({"nth": 2}, [2]),
        ({"after": 3}, [4, 5, 6]),
        ({"count": 2}, [1, 2]),
        ({"after": 1, "count": 2}, [2, 3]),
        ({"probability": 0}, []),
        ({"probability": 1}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_rule_strikes_as_often_as_it_says(often: dict[str, Any], struck: list[int]) -> None:
    """Counted over the requests that it is about."""
    faults = Faults()
    faults.add(latency=1, **often)

    found = [number for number in range(1, 7) if faults.match(POST, _nobody)]

    assert found == struck


def test_chance_repeats_itself() -> None:
    """A run that failed fails again."""
    runs = []
    for _ in range(2):
        faults = Faults()
        faults.add(status=500, probability=0.5, seed=7)
        runs.append([faults.match(POST, _nobody) is not None for _ in range(50)])

    assert runs[0] == runs[1]
    assert 10 < sum(runs[0]) < 40


def test_rules_that_strike_together_are_combined() -> None:
    """Latencies add up, and of answers the first counts."""
    faults = Faults()
    faults.latency(1)
    faults.latency(2, count=1)
    faults.status(503)
    faults.status(500)
    faults.garble()

    fault = faults.match(POST, _nobody)

    assert fault
    assert (fault.latency, fault.status, fault.garble) == (3, 503, True)
    assert fault.id == "fault-1, fault-2, fault-3, fault-5"


def test_rules_with_a_count_take_turns() -> None:
    """One that has nothing to add to those before it keeps its count for later."""
    faults = Faults()
    faults.status(503, count=2)
    faults.status(500, count=1)
    faults.drop(count=1)

    struck = [faults.match(POST, _nobody) for _ in range(4)]

    assert [(fault.status, fault.drop) if fault else None for fault in struck] == [
        (503, None),
        (503, None),
        (500, None),
        (None, "request"),
    ]


def test_rule_without_an_effect_waits() -> None:
    """Of an answer that nobody gets, nothing can be changed."""
    faults = Faults()
    faults.garble(count=1)
    faults.truncate(0, count=1)
    faults.drop("answer", count=1)
    faults.status(500, count=1)

    struck = [faults.match(POST, _nobody) for _ in range(3)]

    assert [fault and fault.id for fault in struck] == ["fault-3", "fault-1, fault-2, fault-4", None]


def test_name_of_an_event_in_a_form_is_read() -> None:
    """As Tiledesk reads it."""
    faults = Faults()
    faults.status(503, name="order.paid")
    form = (("Content-Type", "application/x-www-form-urlencoded"),)

    assert faults.match(RecordedRequest("POST", EVENTS, form, b"name=order.paid"), _nobody)
    assert not faults.match(RecordedRequest("POST", EVENTS, JSON, b"name=order.paid"), _nobody)


def test_rules_are_told_with_what_they_did() -> None:
    """The tester sees whether a rule was met at all."""
    faults = Faults()
    faults.drop("answer", method="POST", nth=2)

    for _ in range(3):
        faults.match(POST, _nobody)

    assert faults.documents() == [
        {"id": "fault-1", "method": "POST", "nth": 2, "drop": "answer", "seen": 3, "hits": 1}
    ]


def test_restarting_brings_back_what_was_given() -> None:
    """And forgets what was added and counted since."""
    faults = Faults([{"status": 503, "count": 1}])
    faults.match(POST, _nobody)
    faults.hang()

    faults.reset()

    assert [(rule["id"], rule["hits"]) for rule in faults.documents()] == [("fault-1", 0)]
    assert faults.match(POST, _nobody)


def test_removed_rules_strike_no_more() -> None:
    """One by one, or all at once."""
    faults = Faults()
    fault = faults.garble()
    faults.truncate()

    assert faults.remove(fault.id)
    assert not faults.remove(fault.id)
    faults.clear()

    assert len(faults) == 0
    assert faults.match(POST, _nobody) is None


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"stattus": 503}, "fault: there is no 'stattus': did you mean status?"),
        ({"status": "503"}, "fault.status: '503' is not a status from 200 to 599"),
        ({"status": 503, "path": 3}, "fault.path: 3 is not a path like /events or /auth/"),
        ({"status": 503, "nth": 0}, "fault.nth: 0 is not a number from 1"),
        ({"status": 503, "probability": 2}, "fault.probability: 2 is not a number from 0 to 1"),
        ({"drop": "never"}, "fault.drop: 'never' is not one of request, answer, midway"),
        ({"status": 503, "body": {1, 2}}, r"fault.body: \{1, 2\} is not JSON, text or bytes"),
        ({"status": 503, "headers": {"X A": "b"}}, "fault.headers: .* is not an object of Latin-1 texts"),
        ({"status": 503, "headers": {"a": 1}}, "fault.headers: .* is not an object of Latin-1 texts"),
        ({"status": 503, "headers": {"X-A": "b\r\nX-B: c"}}, "fault.headers: "),
        ({"status": 503, "headers": {"X-A": "\u20ac"}}, "fault.headers: "),
        ({"status": 503, "headers": {"Transfer-Encoding": "chunked"}}, "fault.headers: "),
        ({"status": 503, "seed": "\ud800"}, "fault.seed: "),
        ({"status": 503, "path": {"regex": "["}}, "fault.path: "),
        ({"status": 503, "path": {"regex": "/events", "flags": "q"}}, "fault.path: "),
        ({"path": "/events"}, "fault: .* is not a rule that does something"),
        ({"hang": False}, "fault: .* is not a rule that does something"),
    ],
)
def test_a_wrong_rule_is_refused_in_a_line(rule: dict[str, Any], complaint: str) -> None:
    """It says what was expected there."""
    with pytest.raises(SetupError, match=complaint):
        Faults().add(**rule)


def test_rules_given_at_the_start_are_refused_by_their_number() -> None:
    """They come from a marker or the environment."""
    with pytest.raises(SettingsError, match=r"faults\[1\]\.status"):
        Faults([{"status": 500}, {"status": 5}])


def test_a_rule_goes_through_json_and_back() -> None:
    """So do its expressions."""
    fault = read_fault({"status": 503, "path": re.compile("^/v3"), "body": {"a": 1}, "truncate": 0}, "fault")

    assert read_fault(fault_document(fault), "fault") == fault
