"""Which requests a fault affects, and how rules are read."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tiledesk_mock.errors import SettingsError, SetupError
from tiledesk_mock.faults.faults import Faults
from tiledesk_mock.faults.rule import fault_document, fault_response, read_fault
from tiledesk_mock.http.exchange import Principal, PrincipalKind, RecordedRequest, RecordedResponse

EVENTS = "/v3/65b0000000000000000000a1/events"
JSON = (("Content-Type", "application/json"),)
POST = RecordedRequest("POST", EVENTS, JSON, b'{"name": "order.paid"}')
LIST = RecordedRequest("GET", f"{EVENTS}?page=1")
AGENT = Principal(PrincipalKind.USER, "65a0000000000000000000a4", {"email": "agent@example.com"})


def _agent() -> tuple[Principal | None, str | None]:
    return AGENT, "agent"


def _no_caller() -> tuple[Principal | None, str | None]:
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
def test_rule_affects_matching_requests(when: dict[str, Any]) -> None:
    """A rule matches by each condition, and by all of them."""
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
def test_rule_does_not_affect_other_requests(when: dict[str, Any]) -> None:
    """One condition that is not met is enough."""
    faults = Faults()
    faults.add(status=503, **when)

    assert faults.match(LIST, _no_caller) is None


@pytest.mark.parametrize(
    ("limits", "affected"),
    [
        ({"nth": 2}, [2]),
        ({"after": 3}, [4, 5, 6]),
        ({"count": 2}, [1, 2]),
        ({"after": 1, "count": 2}, [2, 3]),
        ({"probability": 0}, []),
        ({"probability": 1}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_rule_affects_requests_by_their_number(limits: dict[str, Any], affected: list[int]) -> None:
    """Only matching requests are counted."""
    faults = Faults()
    faults.add(latency=1, **limits)

    found = [number for number in range(1, 7) if faults.match(POST, _no_caller)]

    assert found == affected


@pytest.mark.parametrize("rule", [{"path": {"regex": "EVENTS", "flags": "ii"}}, {"seed": "\ud800"}])
def test_rule_with_odd_text_is_taken(rule: dict[str, Any]) -> None:
    """A flag may be repeated, and a text may have half of a surrogate pair."""
    faults = Faults()
    faults.add(status=503, body="\ud800", **rule)

    fault = faults.match(LIST, _no_caller)

    assert fault
    assert fault_response(fault, RecordedResponse(503)).body == "\ufffd".encode()


def test_probability_is_repeatable() -> None:
    """Two runs with the same seed affect the same requests."""
    runs = []
    for _ in range(2):
        faults = Faults()
        faults.add(status=500, probability=0.5, seed=7)
        runs.append([faults.match(POST, _no_caller) is not None for _ in range(50)])

    assert runs[0] == runs[1]
    assert 10 < sum(runs[0]) < 40


def test_matching_rules_are_combined() -> None:
    """Latencies add up; of statuses the first counts."""
    faults = Faults()
    faults.latency(1)
    faults.latency(2, count=1)
    faults.status(503)
    faults.status(500)
    faults.garble()

    fault = faults.match(POST, _no_caller)

    assert fault
    assert (fault.latency, fault.status, fault.garble) == (3, 503, True)
    assert fault.id == "fault-1, fault-2, fault-3, fault-5"


def test_rules_with_a_count_take_turns() -> None:
    """A rule without an effect beside those before it keeps its count for later."""
    faults = Faults()
    faults.status(503, count=2)
    faults.status(500, count=1)
    faults.drop(count=1)

    hits = [faults.match(POST, _no_caller) for _ in range(4)]

    assert [(fault.status, fault.drop) if fault else None for fault in hits] == [
        (503, None),
        (503, None),
        (500, None),
        (None, "request"),
    ]


def test_rule_without_an_effect_keeps_its_count() -> None:
    """A response that is not sent cannot be changed."""
    faults = Faults()
    faults.garble(count=1)
    faults.truncate(0, count=1)
    faults.drop("response", count=1)
    faults.status(500, count=1)

    hits = [faults.match(POST, _no_caller) for _ in range(3)]

    assert [fault and fault.id for fault in hits] == ["fault-3", "fault-1, fault-2, fault-4", None]


def test_event_name_in_a_form_matches() -> None:
    """The body is parsed as Tiledesk does."""
    faults = Faults()
    faults.status(503, name="order.paid")
    form = (("Content-Type", "application/x-www-form-urlencoded"),)

    assert faults.match(RecordedRequest("POST", EVENTS, form, b"name=order.paid"), _no_caller)
    assert not faults.match(RecordedRequest("POST", EVENTS, JSON, b"name=order.paid"), _no_caller)


@pytest.mark.parametrize(
    ("body", "is_affected"),
    [
        ('{"name": 5}', True),
        ('{"name": {"_id": "5"}}', True),
        ('{"name": [5]}', False),
        ('{"name": null}', False),
    ],
)
def test_event_name_is_cast(body: str, is_affected: bool) -> None:
    """A rule is for the name that the event gets."""
    faults = Faults()
    faults.status(503, name="5")

    assert bool(faults.match(RecordedRequest("POST", EVENTS, JSON, body.encode()), _no_caller)) is is_affected


def test_documents_count_requests() -> None:
    """The tester sees whether a rule matched at all."""
    faults = Faults()
    faults.drop("response", method="POST", nth=2)

    for _ in range(3):
        faults.match(POST, _no_caller)

    assert faults.documents() == [
        {"id": "fault-1", "method": "POST", "nth": 2, "drop": "response", "seen": 3, "hits": 1}
    ]


def test_reset_restores_the_initial_rules() -> None:
    """Added rules and counts are removed."""
    faults = Faults([{"status": 503, "count": 1}])
    faults.match(POST, _no_caller)
    faults.hang()

    faults.reset()

    assert [(rule["id"], rule["hits"]) for rule in faults.documents()] == [("fault-1", 0)]
    assert faults.match(POST, _no_caller)


def test_removed_rules_have_no_effect() -> None:
    """Rules are removed one by one, or all at once."""
    faults = Faults()
    fault = faults.garble()
    faults.truncate()

    assert faults.remove(fault.id)
    assert not faults.remove(fault.id)
    faults.clear()

    assert faults.documents() == []
    assert faults.match(POST, _no_caller) is None


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"stattus": 503}, "fault: there is no 'stattus': did you mean status?"),
        ({"status": "503"}, "fault.status: '503' is not a status from 200 to 599"),
        ({"status": 503, "path": 3}, "fault.path: 3 is not a path like /events or /auth/"),
        ({"status": 503, "nth": 0}, "fault.nth: 0 is not a number from 1"),
        ({"status": 503, "probability": 2}, "fault.probability: 2 is not a number from 0 to 1"),
        ({"drop": "never"}, "fault.drop: 'never' is not one of request, response, midway"),
        ({"status": 503, "body": {1, 2}}, r"fault.body: \{1, 2\} is not JSON, text or bytes"),
        ({"status": 503, "headers": {"X A": "b"}}, "fault.headers: .* is not an object of Latin-1 texts"),
        ({"status": 503, "headers": {"a": 1}}, "fault.headers: .* is not an object of Latin-1 texts"),
        ({"status": 503, "headers": {"X-A": "b\r\nX-B: c"}}, "fault.headers: "),
        ({"status": 503, "headers": {"X-A": "\u20ac"}}, "fault.headers: "),
        ({"status": 503, "headers": {"Transfer-Encoding": "chunked"}}, "fault.headers: "),
        ({"status": 503, "method": "PSOT"}, "fault.method: "),
        ({"status": 503, "methods": None}, "there is no 'methods'"),
        ({"status": 503, "path": {"regex": "a", "colour": 1}}, "fault.path: "),
        ({"status": 503, "path": {"regex": "a{99999999999}"}}, "fault.path: "),
        ({"status": 503, "path": {"regex": "["}}, "fault.path: "),
        ({"status": 503, "path": {"regex": "/events", "flags": "q"}}, "fault.path: "),
        ({"path": "/events"}, "fault: .* is not a rule with an effect"),
        ({"drip": 0}, "fault.drip: 0 is not a number of bytes per second"),
        ({"latency": float("nan")}, "fault.latency: nan is not a number of seconds"),
        ({"status": 503, "headers": {"\ud800": "a"}}, "fault.headers: "),
        ({"hang": False}, "fault: .* is not a rule with an effect"),
    ],
)
def test_wrong_rule_is_refused(rule: dict[str, Any], message: str) -> None:
    """The error has what was expected."""
    with pytest.raises(SetupError, match=message):
        Faults().add(**rule)


def test_wrong_initial_rule_is_named_by_its_index() -> None:
    """Initial rules come from a marker or the environment."""
    with pytest.raises(SettingsError, match=r"faults\[1\]\.status"):
        Faults([{"status": 500}, {"status": 5}])


def test_rule_is_converted_to_json_and_back() -> None:
    """Regular expressions are converted, too."""
    fault = read_fault({"status": 503, "path": re.compile("^/v3"), "body": {"a": 1}, "truncate": 0}, "fault")

    assert read_fault(fault_document(fault), "fault") == fault
