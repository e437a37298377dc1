"""Expectations: what passes, and what the message says when it does not."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ExpectationError, SettingsError, SetupError
from tiledesk_mock.expectations.delivery import DeliveryFields
from tiledesk_mock.expectations.request import ExpectedRequest
from tiledesk_mock.testing.accessors import RequestFields
from tiledesk_mock.testing.expectations import Expectations

NOON = "2026-01-31T12:00:00.000Z"


def _post(mock: Expectations, body: Any, role: str = "owner") -> requests.Response:
    url = f"{mock.url}/{mock.project_id}/events"
    return requests.post(url, json=body, auth=mock.person(role).basic, timeout=10)


def _message(call: Any, *arguments: Any, **more: Any) -> list[str]:
    with pytest.raises((ExpectationError, SetupError)) as failure:
        call(*arguments, **more)
    return str(failure.value).splitlines()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": "order.paid"},
        {"name": re.compile("^order")},
        {"attributes": {"total": 42}},
        {"attributes": {"customer": {"vip": bool}}},
        {"exact": {"total": int, "customer": {"vip": True, "name": "Ada"}}},
        {"attributes": lambda attributes: len(attributes) == 2},
        {"by": "agent"},
        {"by": "agent@example.com"},
        {"name": "order.paid", "attributes": {"total": 42}, "by": "agent"},
    ],
)
def test_matching_event_is_returned(mock: Expectations, fields: dict[str, Any]) -> None:
    """By any of its fields, and by all of them."""
    event = mock.fire("order.paid", {"total": 42, "customer": {"vip": True, "name": "Ada"}}, by="agent")

    assert mock.expect_event(**fields) == event


def test_event_is_expected_of_a_person(mock: Expectations) -> None:
    """Guests and bots included."""
    for person in (mock.guest, mock.bot, mock.owner):
        mock.fire("order.paid", by=person)

        assert mock.expect_event(by=person)["createdBy"] == person.id_user


def test_exact_count_of_events_is_expected(mock: Expectations) -> None:
    """Not more and not less; 0 is a count as well."""
    for number in range(3):
        mock.fire("order.paid", {"number": number})

    assert len(mock.expect_event("order.paid", count=3)) == 3
    assert mock.expect_event("order.lost", count=0) == []
    assert _message(mock.expect_event, "order.paid", count=2)[:2] == [
        'expected event "order.paid", exactly 2 of them',
        "3 events like that came:",
    ]


def test_message_has_the_nearest_miss_field_by_field(mock: Expectations) -> None:
    """The expectation, the events, their differences, and a command that sends the event again."""
    mock.clock.freeze(NOON)
    mock.fire("other", {"total": 42}, by="guest")
    _post(mock, {"name": "order.payed", "attributes": {"total": "42", "items": [1, 2]}}, "agent")

    lines = _message(
        mock.expect_event,
        "order.paid",
        {"total": 42, "items": [re.compile("a")], "currency": str},
        by=mock.owner,
    )

    expected = (
        'expected event "order.paid" with at least the attributes {"total": 42, "items": [text with /a/], '
        '"currency": text} by owner owner@example.com'
    )
    payed = f'"order.payed" {{"total": "42", "items": [1, 2]}} by agent agent@example.com at {NOON}'
    assert lines[:11] == [
        expected,
        "2 events came, none like that:",
        f'  - "other" {{"total": 42}} by guest {mock.guest.id_user} at {NOON}',
        f"  - {payed}",
        f"nearest miss: {payed}",
        '  name                 expected "order.paid", came "order.payed"',
        '  attributes.total     expected 42, came "42" (text, not a number)',
        "  attributes.items     expected 1 item, came 2 items",
        "  attributes.items[0]  expected text with /a/, came 1",
        "  attributes.currency  expected text, came nothing",
        "  by                   expected owner owner@example.com, came agent agent@example.com",
    ]
    assert lines[-1].startswith('  curl -u "agent@example.com:$PASSWORD" -H ')


def test_message_has_the_refused_event(mock: Expectations) -> None:
    """With the response that says why."""
    _post(mock, {"name": ""})

    lines = _message(mock.expect_event, "order.paid")

    assert lines[:3] == ['expected event "order.paid"', "no event came at all", "refused:"]
    assert "422  by owner" in lines[3]
    assert '"Invalid value"' in lines[4]


def test_long_list_is_cut(mock: Expectations) -> None:
    """The newest events are shown."""
    for number in range(30):
        mock.fire("order.paid", {"number": number})

    lines = _message(mock.expect_event, "order.lost")

    assert lines[1:3] == ["30 events came, none like that:", "  ... 20 earlier ones"]
    assert len(lines) < 20


@pytest.mark.parametrize(
    "fields",
    [
        {"method": "POST", "path": "/events"},
        {"path": "/v3/*/events"},
        {"path": re.compile("events$")},
        {"json": {"attributes": {"total": 42}}},
        {"exact": {"name": "order.paid", "attributes": {"total": 42, "of": "x"}}},
        {"headers": {"content-type": re.compile("json")}},
        {"person": "owner"},
        {"person": "owner@example.com"},
        {"status": 200},
        {"status": lambda status: status < 300},
        {"emulated": True},
    ],
)
def test_matching_request_is_returned(mock: Expectations, fields: dict[str, Any]) -> None:
    """With its response."""
    _post(mock, {"name": "order.paid", "attributes": {"total": 42, "of": "x"}})

    exchange = mock.expect_request(**fields)

    assert exchange.response
    assert exchange.response.json()["name"] == "order.paid"


def test_request_is_expected_by_its_query(mock: Expectations) -> None:
    """The values are texts."""
    url = f"{mock.url}/{mock.project_id}/events?page=2&sort=name"
    requests.get(url, auth=mock.owner.basic, timeout=10)

    assert mock.expect_request("GET", "/events", query={"page": "2"}, person=mock.owner)
    assert '  query.page  expected 3, came "2" (text, not a number)' in _message(
        mock.expect_request, query={"page": 3}
    )


def test_message_has_the_nearest_request(mock: Expectations) -> None:
    """With its response and a command."""
    requests.get(f"{mock.url}/{mock.project_id}/events", auth=mock.owner.basic, timeout=10)
    _post(mock, {"name": "order.payed"}, "agent")

    lines = _message(mock.expect_request, "POST", "/events", json={"name": "order.paid"}, person=mock.owner)

    assert lines[0] == (
        'expected request POST /events with at least the JSON {"name": "order.paid"} by owner@example.com'
    )
    assert lines[5:7] == [
        "  by         expected owner@example.com, came agent agent@example.com",
        '  json.name  expected "order.paid", came "order.payed"',
    ]
    assert lines[-1].startswith("curl ")


@pytest.mark.parametrize(
    "fields",
    [
        {"json": [1]},
        {"exact": {}},
        {"json": {"user": 5}},
        {"exact": {"user": {}}},
        {"json": {"user": {"token": {"of": "guest"}}}},
        {"headers": {"cookie": "a=b"}},
        {"headers": {"x-auth-token": "a"}},
        {"query": {"token": "a"}},
    ],
)
@pytest.mark.parametrize("send", ["json", "data"])
def test_no_secret_is_in_differences_of_requests(
    mock: Expectations, fields: dict[str, Any], send: str
) -> None:
    """However much of the body is shown."""
    body = {
        "password": "hunter2",
        "user": {"token": {"of": "hunter2"}, "secret": ["hunter2", {"a": "hunter2"}]},
    }
    content = body if send == "json" else {"password": "hunter2", "token": "hunter2"}
    headers = {"Cookie": "sid=hunter2", "X-Auth-Token": "hunter2"}
    url = f"{mock.url}/auth/signin?token=hunter2"
    requests.post(url, headers=headers, timeout=10, **{send: content})

    lines = _message(mock.expect_request, "POST", "/auth/signin", **fields)

    assert "hunter2" not in "\n".join(lines)
    assert "hunter2" not in str(
        requests.get(f"{mock.url.removesuffix('/v3')}/__admin/requests", timeout=10).text
    )


def test_no_secret_is_in_a_message(mock: Expectations) -> None:
    """Messages go into logs that many people can read."""
    email, password = mock.owner.basic or ("", "")
    requests.post(f"{mock.url}/auth/signin", json={"email": email, "password": password}, timeout=10)

    text = "\n".join(_message(mock.expect_request, json={"password": "other"}))

    assert "/auth/signin" in text or "of remote requests is masked" in text
    assert password not in text
    assert "eyJ" not in text


def test_exact_count_of_requests_is_expected(mock: Expectations) -> None:
    """A client that retries too often is found."""
    for _ in range(3):
        _post(mock, {"name": ""})

    assert len(mock.expect_request("POST", "/events", status=422, count=3)) == 3
    assert "exactly 1 of them" in _message(mock.expect_request, "POST", count=1)[0]


def test_event_is_waited_for(mock: Expectations, tiledesk_mock: TiledeskMock) -> None:
    """The client works in the background."""
    timer = threading.Timer(0.2, tiledesk_mock.fire, ["order.paid", {"total": 42}])
    timer.start()

    event = mock.wait_for_event("order.paid", {"total": int}, timeout=10)

    timer.join()
    assert event["attributes"] == {"total": 42}


def test_request_is_waited_for(mock: Expectations) -> None:
    """With its response."""
    timer = threading.Timer(0.2, _post, [mock, {"name": "order.paid"}])
    timer.start()

    exchange = mock.wait_for_request("POST", "/events", timeout=10)

    timer.join()
    assert exchange.response
    assert exchange.response.status == 200


def test_message_has_the_timeout_of_a_wait(mock: Expectations) -> None:
    """With the nearest miss."""
    mock.fire("order.payed")

    lines = _message(mock.wait_for_event, "order.paid", timeout=0.05)

    assert lines[0] == 'expected event "order.paid", within 0.05 s'
    assert lines[3] == '  name  expected "order.paid", came "order.payed"'


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (
            "request",
            {"method": "/events"},
            "method: '/events' is not an HTTP method; the path comes after it",
        ),
        ("request", {"method": "PSOT"}, "method: 'PSOT' is not an HTTP method"),
        ("request", {"person": "agnet"}, "no person has the role, e-mail address or id 'agnet'"),
        ("request", {"status": "200"}, "status: '200' is not a number"),
        ("delivery", {"state": "failed"}, "state: there is no 'failed': expected one of queued"),
        ("delivery", {"evnt": "a"}, "a delivery has no 'evnt': did you mean event?"),
        ("delivery", {"statuss": 200}, "a delivery has no 'statuss': did you mean status?"),
        ("delivery", {"status": "200"}, "status: '200' is not a number"),
        ("event", {"by": "agnet"}, "no person has the role, e-mail address or id 'agnet'"),
    ],
)
def test_impossible_expectation_is_refused(
    mock: Expectations, kind: str, fields: dict[str, Any], message: str
) -> None:
    """With a count of 0 it would always pass."""
    with pytest.raises(SetupError, match=re.escape(message)):
        getattr(mock, f"expect_{kind}")(**fields, count=0)


def test_person_may_come_later(mock: Expectations) -> None:
    """Guests sign in, and people sign up, while the test runs."""
    for person in ("guest", "external", "new@example.com", "0" * 24):
        assert mock.expect_request(person=person, count=0) == []


def test_condition_may_raise_on_other_values(mock: Expectations) -> None:
    """A missing key or a value of another type does not match."""
    mock.fire("order.paid", {"total": None})
    _post(mock, {"name": "a"})

    assert mock.expect_event(attributes={"total": lambda total: total > 5}, count=0) == []
    assert mock.expect_request("POST", json=lambda body: body["total"] > 5, count=0) == []


def test_message_has_no_token_of_a_long_text(mock: Expectations) -> None:
    """Nor a part of it, where two texts differ inside of it."""
    link = "https://shop.example/?" + "x" * 300 + "&token="
    token = mock.owner.jwt.removeprefix("JWT ")
    mock.fire("handover", {"link": link + token})

    text = "\n".join(_message(mock.expect_event, "handover", {"link": link + token[:-3] + "abc"}))

    assert token[-20:-3] not in text
    assert token[60:90] not in text


def test_broken_condition_fails_with_a_count_of_0(mock: Expectations) -> None:
    """Unless the event differs in something else."""
    mock.fire("order.paid", {"order": 7})
    mistaken = {"order": lambda order: order.no_such_word}

    assert mock.expect_event("order.refunded", mistaken, count=0) == []
    lines = _message(mock.expect_event, attributes=mistaken, count=0)
    assert lines[0].endswith("exactly 0 of them, but a condition is mistaken")
    assert "it raised AttributeError" in "\n".join(lines)


def test_count_of_events_is_waited_for(mock: Expectations, tiledesk_mock: TiledeskMock) -> None:
    """They are returned as soon as there are enough; another count fails."""
    for pause in (0.1, 0.2):
        threading.Timer(pause, tiledesk_mock.fire, ["order.paid"]).start()

    events = mock.wait_for_event("order.paid", timeout=10, count=2)

    assert [event["name"] for event in events] == ["order.paid", "order.paid"]
    assert "exactly 3 of them, within 0.05 s" in _message(mock.wait_for_event, timeout=0.05, count=3)[0]
    assert _message(mock.wait_for_event, timeout=0.05, count=1)[1] == "2 events like that came:"


def test_nearest_miss_has_the_most_fields(mock: Expectations) -> None:
    """An event without attributes misses all of them, though that is one place."""
    mock.fire("order.paid", {"a": 1, "b": 2, "c": 0})
    mock.fire("order.paid")

    lines = _message(mock.expect_event, "order.paid", {"a": 1, "b": 3, "c": 3})

    assert "  attributes.b  expected 3, came 2" in lines
    assert "  attributes.c  expected 3, came 0" in lines


def test_message_has_the_error_of_a_condition(mock: Expectations) -> None:
    """A mistake in the condition is not one of the client."""
    mock.fire("order.paid", {"total": "42"})

    lines = _message(mock.expect_event, attributes={"total": lambda total: total > 1})

    assert any("came \"42\" (it raised TypeError: '>' not supported" in line for line in lines)


def test_message_has_long_texts_where_they_differ(mock: Expectations) -> None:
    """That may be far behind the beginning."""
    mock.fire("order.paid", {"note": "x" * 500 + "here"})

    lines = _message(mock.expect_event, attributes={"note": "x" * 500 + "there"})

    assert f'  attributes.note  expected ..."{"x" * 40}there", came ..."{"x" * 40}here"' in lines


def test_forms_and_repeated_parameters_are_matched(mock: Expectations) -> None:
    """As Tiledesk reads a form; a repeated parameter is a list."""
    url, auth = f"{mock.url}/{mock.project_id}/events", mock.owner.basic
    requests.post(url, data={"name": "order.paid"}, auth=auth, timeout=10)
    requests.get(f"{url}?page=0&tag=a&tag=b", auth=auth, timeout=10)

    assert mock.expect_request("POST", json={"name": "order.paid"})
    assert mock.expect_request("GET", query={"page": "0", "tag": ["a", "b"]})


def test_person_of_a_request_is_matched_by_every_id(mock: Expectations) -> None:
    """By that of the project user, too, in expectations and in faults."""
    fault = mock.faults.status(503, person=mock.agent.id)

    assert _post(mock, {"name": "a"}, "agent").status_code == 503
    assert _post(mock, {"name": "a"}, "owner").status_code == 200
    assert mock.faults.hits(fault) == 1
    assert mock.expect_request(person=mock.agent.id, status=503)
    assert mock.expect_request(person=mock.agent.id_user, count=1)


def test_waiting_ends_while_time_is_frozen(
    tiledesk_mock: TiledeskMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tools that freeze the time of a test replace functions of the module `time`."""
    for name in ("time", "monotonic", "perf_counter"):
        monkeypatch.setattr(time, name, lambda: 0.0)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_message, tiledesk_mock.wait_for_event, "order.paid", timeout=0.05)

        assert waiting.result(timeout=10)[0] == 'expected event "order.paid", within 0.05 s'


def test_keywords_of_requests_are_those_of_the_expectation() -> None:
    """Editors suggest them, and type checkers know no others."""
    names = {"method", "path", *RequestFields.__annotations__}

    assert names == set(ExpectedRequest.__struct_fields__)


def test_delivery_is_expected_and_waited_for(mock: Expectations, tiledesk_mock: TiledeskMock) -> None:
    """As soon as the target has responded."""
    receiver = tiledesk_mock.webhooks.receiver("event.emit")
    mock.fire("order.paid")

    delivery = mock.wait_for_delivery("order.paid", target=receiver.url, timeout=10)

    assert delivery == mock.expect_delivery(state="delivered", status=200)
    assert set(delivery) <= {"event", *DeliveryFields.__annotations__}
    receiver.stop()


def test_message_has_the_attempts_of_another_delivery(
    mock: Expectations, tiledesk_mock: TiledeskMock
) -> None:
    """As the nearest miss."""
    receiver = tiledesk_mock.webhooks.receiver("event.emit")
    mock.fire("order.paid")
    mock.wait_for_delivery("order.paid", timeout=10)

    lines = _message(mock.expect_delivery, "order.paid", status=201)

    receiver.stop()
    assert "  status  expected 201, came 200" in lines
    assert any(line.startswith("  attempt") for line in lines)


@pytest.mark.parametrize("fields", [{"attributes": {"password": "x"}}, {"exact": {"password": "x"}}])
def test_no_secret_is_in_differences_of_events(mock: Expectations, fields: dict[str, Any]) -> None:
    """Clients put any value into attributes."""
    mock.fire("order.paid", {"password": "hunter2"})

    lines = _message(mock.expect_event, "order.paid", **fields)

    assert '{"password": "***"}' in lines[0]
    assert "hunter2" not in "\n".join(lines)


def test_no_secret_is_in_messages_of_deliveries(mock: Expectations, tiledesk_mock: TiledeskMock) -> None:
    """The URL of a target may have a password."""
    tiledesk_mock.webhooks.subscribe("event.emit", "http://me:hunter2@127.0.0.1:9/")
    tiledesk_mock.webhooks.fail(error="refused")
    mock.fire("order.paid")
    tiledesk_mock.webhooks.drain()

    lines = _message(mock.expect_delivery, "order.paid", state="delivered")

    line = '  - "order.paid" to http://me:***@127.0.0.1:9/: given up after 3 attempts'
    assert f"{line} (Error: connect ECONNREFUSED 127.0.0.1:9)" in lines
    assert "hunter2" not in "\n".join(lines)


def test_forgotten_requests_cannot_be_counted() -> None:
    """Their number would be wrong."""
    with TiledeskMock(journal_size=3) as mock:
        for _ in range(5):
            requests.get(f"{mock.url}/testauth", timeout=5)

        assert mock.expect_request("GET", "/testauth").response
        with pytest.raises(SetupError, match="2 requests were forgotten"):
            mock.expect_request("GET", "/testauth", count=3)


@pytest.mark.parametrize("fields", [{"count": "1"}, {"count": -1}, {"path": "/events?page=1"}])
def test_impossible_request_is_refused(mock: Expectations, fields: dict[str, Any]) -> None:
    """Whatever requests there were."""
    with pytest.raises(SettingsError):
        mock.expect_request(**fields)


def test_wrong_timeout_is_refused(mock: Expectations) -> None:
    """Without waiting."""
    with pytest.raises(SettingsError, match="timeout: None is not a number of seconds"):
        mock.wait_for_event("a", timeout=None)  # type: ignore[call-overload]


def test_condition_that_returns_nothing_is_broken(mock: Expectations) -> None:
    """It may lack a `return`: with a count of 0 it would pass."""

    def check(total: int) -> None:
        assert total == 42

    mock.fire("order.paid", {"total": 42})

    assert (
        "(it returned None, not true or false)"
        in _message(mock.expect_event, attributes={"total": check})[-1]
    )
    assert "a condition is mistaken" in _message(mock.expect_event, attributes={"total": check}, count=0)[0]


def test_union_of_types_matches_either(mock: Expectations) -> None:
    """As in an annotation."""
    mock.fire("order.paid", {"total": 42, "note": None})

    mock.expect_event(attributes={"total": int | str, "note": str | None})
    assert (
        "expected text or null, came 42" in _message(mock.expect_event, attributes={"total": str | None})[3]
    )
    assert mock.expect_event(attributes={"total": str | None}, count=0) == []


def test_time_without_a_zone_does_not_match(mock: Expectations) -> None:
    """It could be any of two dozen times."""
    mock.fire("order.paid", {"at": "2026-01-31T12:00:00Z"})

    with pytest.raises(SetupError, match="has no time zone"):
        mock.expect_event(attributes={"at": datetime(2026, 1, 31, 12)})


def test_secrets_of_remote_requests_cannot_be_expected(tiledesk_mock: TiledeskMock) -> None:
    """They are masked on the way; that they are there can be expected."""
    remote = TiledeskMock.connect(tiledesk_mock.url)
    requests.get(f"{tiledesk_mock.url}/testauth", headers=tiledesk_mock.agent.headers, timeout=5)

    remote.expect_request("GET", "/testauth", headers={"Authorization": ...})
    with pytest.raises(SetupError, match="Authorization of remote requests is masked"):
        remote.expect_request("GET", headers={"Authorization": tiledesk_mock.agent.jwt})


def test_delivery_of_a_status_is_waited_for_in_any_state(
    mock: Expectations, tiledesk_mock: TiledeskMock
) -> None:
    """The status was expected, and no state."""
    receiver = tiledesk_mock.webhooks.receiver("event.emit")
    receiver.respond_with(503)
    mock.fire("order.paid")

    assert mock.wait_for_delivery("order.paid", status=503, timeout=10)["state"] != "delivered"
    receiver.stop()


def test_message_says_that_secrets_differ(mock: Expectations) -> None:
    """Two sides that look the same would not help."""
    mock.fire("order.paid", {"hook": "http://me:one@host/"})

    text = "\n".join(_message(mock.expect_event, attributes={"hook": "http://me:two@host/"}))

    assert '"http://me:***@host/", came "http://me:***@host/" (another value)' in text


def test_unknown_arguments_are_refused(mock: Expectations) -> None:
    """With the known ones."""
    with pytest.raises(SetupError, match="a request has no 'jsn': did you mean json"):
        mock.expect_request("POST", jsn={})
    with pytest.raises(SetupError, match="a request has no 'jsn': did you mean json"):
        mock.requests.matching("POST", jsn={})
    with pytest.raises(SettingsError, match="compatible with `attributes`"):
        mock.expect_event("order.paid", {"total": 42}, exact=True)


def test_person_who_does_not_exist_is_refused(tiledesk_mock: TiledeskMock) -> None:
    """With a misspelt role, `count=0` would always pass; the error has the known roles."""
    with pytest.raises(SetupError, match=r"'agnt': the roles are .*agent"):
        tiledesk_mock.expect_event("order.paid", by="agnt", count=0)
    with pytest.raises(SetupError, match="'agnt'"):
        tiledesk_mock.expect_frame(name="order.paid", to="agnt", count=0)
