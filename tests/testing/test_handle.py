"""The handle, local and remote."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import requests

from tiledesk_mock import Settings, TiledeskMock, mock_tiledesk
from tiledesk_mock.errors import ExpectationError, SeedError, SetupError, StorageFull, StoreError
from tiledesk_mock.http.connections import is_readable
from tiledesk_mock.server import Server
from tiledesk_mock.settings import Dialect
from tiledesk_mock.testing.expectations import Expectations

ROLES = ["owner", "admin", "supervisor", "agent", "teammate", "user", "guest", "bot"]


def _post(mock: Expectations, name: str = "order.paid", **credentials: object) -> requests.Response:
    url = f"{mock.url}/{mock.project_id}/events"
    return requests.post(url, json={"name": name}, timeout=10, **(credentials or {"auth": mock.owner.basic}))  # type: ignore[arg-type]


def test_keep_alive_timeout_closes_idle_connections() -> None:
    """The connection is closed a second later than announced, as by Node."""
    with TiledeskMock(keep_alive_timeout=1) as mock, requests.Session() as session:
        response = session.get(mock.url, stream=True, timeout=10)
        connection = response.raw.connection.sock
        assert response.headers["Keep-Alive"] == "timeout=1"
        response.content  # noqa: B018  (reads it)

        assert is_readable(connection, 10)
        assert connection.recv(1) == b""


@pytest.mark.parametrize("role", ROLES)
def test_person_of_every_role_can_call(mock: Expectations, role: str) -> None:
    """With the headers of the handle."""
    person = getattr(mock, role)

    response = _post(mock, headers=person.headers)

    assert response.status_code == 200
    assert response.json()["createdBy"] == person.id_user


def test_person_is_found_by_role_address_or_id(mock: Expectations) -> None:
    """All of them return the same person."""
    owner = mock.owner

    found = [mock.person(name) for name in ("owner", "owner@example.com", owner.id, owner.id_user)]

    assert {person.id for person in found} == {owner.id}
    assert str(owner) == "owner owner@example.com"


def test_unknown_person_is_refused(mock: Expectations) -> None:
    """The message has the name."""
    with pytest.raises(SetupError, match=r"'nobody@example\.com'"):
        mock.person("nobody@example.com")


def test_people_are_all_who_can_call(mock: Expectations) -> None:
    """With their credentials."""
    people = {person.role: person for person in mock.people}

    assert set(people) == set(ROLES)
    assert people["owner"].basic == mock.owner.basic
    assert people["guest"].basic is None


@pytest.mark.parametrize("role", ROLES)
def test_event_is_fired_by_a_person_without_a_request(mock: Expectations, role: str) -> None:
    """As if the person had called."""
    person = mock.person(role)

    event = mock.fire("order.paid", {"total": 42}, by=person)

    assert mock.events == [event]
    assert (event["createdBy"], event["attributes"]) == (person.id_user, {"total": 42})
    assert ("project_user" in event) is (role != "bot")
    assert len(mock.requests) == 0


def test_event_is_fired_without_attributes(mock: Expectations) -> None:
    """It has none then."""
    assert "attributes" not in mock.fire("order.paid")


@pytest.mark.parametrize(("name", "by"), [("", "owner"), ("order.paid", "nobody")])
def test_event_that_tiledesk_would_refuse_is_refused(mock: Expectations, name: str, by: str) -> None:
    """Nothing is stored."""
    with pytest.raises(SetupError):
        mock.fire(name, by=by)

    assert mock.events == []


def test_platform_event_is_fired(mock: Expectations) -> None:
    """With attributes of the test."""
    event = mock.emit_standard("typing.start", data="hello")

    assert mock.expect_event("typing.start", {"data": "hello"})["_id"] == event["_id"]


def test_seed_adds_to_what_is_stored(mock: Expectations, tmp_path: Path) -> None:
    """As lists, as a document, as a file."""
    event = {"name": "a", "id_project": mock.project_id, "createdBy": mock.owner.id_user}
    file = tmp_path / "seed.yaml"
    file.write_text("events: [{name: c, id_project: %s, createdBy: x}]" % mock.project_id)  # noqa: UP031

    mock.seed(events=[event])
    mock.seed({"events": [{**event, "name": "b"}]})
    mock.seed(file)

    assert [event["name"] for event in mock.events] == ["a", "b", "c"]


def test_wrong_seed_adds_nothing(mock: Expectations) -> None:
    """The message has the place."""
    with pytest.raises(SetupError, match=r"events\[0\]"):
        mock.seed(events=[{"name": 1}])

    assert mock.events == []


def test_reset_goes_back_to_the_seed(mock: Expectations) -> None:
    """Data, clock, faults, journal and snapshots."""
    mock.fire("order.paid")
    mock.clock.freeze()
    mock.snapshot("before")
    mock.faults.status(503)
    _post(mock)

    mock.reset()

    assert (mock.events, len(mock.requests), len(mock.faults)) == ([], 0, 0)
    assert not mock.clock.is_frozen
    with pytest.raises(SetupError):
        mock.restore("before")


def test_clock_is_frozen_and_advanced(mock: Expectations) -> None:
    """Created times follow it."""
    mock.clock.freeze("2026-01-31T12:00:00Z")
    first = mock.fire("a")
    mock.clock.advance(61.5)
    second = mock.fire("b")

    assert (first["createdAt"], second["createdAt"]) == (
        "2026-01-31T12:00:00.000Z",
        "2026-01-31T12:01:01.500Z",
    )
    assert mock.clock.now() == datetime(2026, 1, 31, 12, 1, 1, 500_000, timezone.utc)


def test_clock_runs_on_from_a_time(mock: Expectations) -> None:
    """Until it is reset."""
    mock.clock.set(datetime(2030, 1, 1, tzinfo=timezone.utc))
    put = mock.clock.now().year

    mock.clock.reset()

    assert (put, mock.clock.is_frozen) == (2030, False)
    assert abs((mock.clock.now() - datetime.now(timezone.utc)).total_seconds()) < 60


@pytest.mark.parametrize("time", ["yesterday", "2026-01-31T12:00:00", "x"])
def test_malformed_time_is_refused(mock: Expectations, time: str) -> None:
    """A time without an offset is ambiguous."""
    with pytest.raises(SetupError, match="ISO 8601"):
        mock.clock.freeze(time)


def test_faults_are_added_counted_and_removed(mock: Expectations) -> None:
    """The shorter methods add the same rule."""
    fault = mock.faults.status(503, path="/events", person=mock.owner)
    statuses = [_post(mock).status_code, _post(mock, auth=mock.agent.basic).status_code]

    rules = list(mock.faults)
    hits = mock.faults.hits(fault)
    mock.faults.remove(fault)

    assert (statuses, rules, hits) == ([503, 200], [fault], 1)
    assert _post(mock).status_code == 200


def test_unknown_fault_cannot_be_removed(mock: Expectations) -> None:
    """The message has its id."""
    with pytest.raises(SetupError, match="fault-7"):
        mock.faults.remove("fault-7")


def test_requests_have_responses_and_callers(mock: Expectations) -> None:
    """Oldest first, and they can be filtered."""
    _post(mock)
    _post(mock, headers={"Authorization": "JWT nonsense"})

    fired, refused = mock.requests

    assert (fired.number, fired.request.method, fired.response and fired.response.status) == (1, "POST", 200)
    assert (fired.role, fired.principal and fired.principal.id) == ("owner", mock.owner.id_user)
    assert (refused.response and refused.response.status, refused.principal) == (401, None)
    assert mock.requests[-1] == refused
    assert mock.requests.matching(status=401) == [refused]


def test_refused_request_has_the_role_of_its_caller(mock: Expectations) -> None:
    """It is the reason of the refusal."""
    url = f"{mock.url}/{mock.project_id}/events"

    requests.get(url, headers=mock.guest.headers, timeout=10)

    assert mock.expect_request("GET", "/events", person="guest", status=403)


def test_requests_are_cleared(mock: Expectations) -> None:
    """So that a test can look at later ones only."""
    _post(mock)

    mock.requests.clear()

    assert list(mock.requests) == []


def test_drifts_are_counted() -> None:
    """Those that requests depended on."""
    with TiledeskMock() as mock:
        url = f"{mock.url}/{mock.project_id}/events"
        requests.get(url, params={"sortField": "name"}, auth=mock.owner.basic, timeout=10)

        assert mock.drifts == TiledeskMock.connect(mock.url).drifts == {"sort-field": 1}


def test_paths_that_are_not_emulated_are_found() -> None:
    """A strict test fails with them, and a command to try."""
    with TiledeskMock() as mock:
        mock.check_strict()
        requests.get(f"{mock.url}/{mock.project_id}/leads", auth=mock.owner.basic, timeout=10)

        for handle in (mock, TiledeskMock.connect(mock.url)):
            with pytest.raises(ExpectationError, match=r"/leads  404 .*\n    curl -u") as failure:
                handle.check_strict()
            assert "owner-secret" not in str(failure.value)
            assert [exchange.number for exchange in handle.requests.unmatched] == [1]


def test_connecting_to_nothing_is_refused() -> None:
    """In a line."""
    with pytest.raises(SetupError, match=r"no emulator responds at http://127\.0\.0\.1:9"):
        TiledeskMock.connect("http://127.0.0.1:9/v3")


@pytest.mark.parametrize("url", ["127.0.0.1:8900", "ftp://host", "http://"])
def test_malformed_address_is_refused(url: str) -> None:
    """Before anything is sent."""
    with pytest.raises(SetupError, match="is not an address of an emulator"):
        TiledeskMock.connect(url)


def test_remote_handle_has_the_same_addresses(tiledesk_mock: TiledeskMock) -> None:
    """Clients are configured with them."""
    remote = TiledeskMock.connect(tiledesk_mock.url.removesuffix("/v3") + "/")

    assert (remote.url, remote.ws_url) == (tiledesk_mock.url, tiledesk_mock.ws_url)


def test_seed_error_has_its_path(tiledesk_mock: TiledeskMock) -> None:
    """As an attribute."""
    with pytest.raises(SeedError) as error:
        tiledesk_mock.seed(events=[{"name": 1}])

    assert error.value.path.startswith("events[0]")


@pytest.mark.tiledesk_mock(events_ttl=60)
def test_expired_events_are_deleted(tiledesk_mock: TiledeskMock) -> None:
    """In the handle as in the API, on the emulator's clock."""
    tiledesk_mock.fire("order.paid")

    tiledesk_mock.clock.advance(61)

    assert tiledesk_mock.events == []


def test_regular_expression_of_a_fault_keeps_its_flags(mock: Expectations) -> None:
    """Through the control API, too."""
    made = mock.faults.add(status=503, path=re.compile("EVENTS", re.IGNORECASE))

    response = requests.get(f"{mock.url}/{mock.project_id}/events", auth=mock.owner.basic, timeout=10)

    (fault,) = mock.faults
    assert response.status_code == 503
    assert made.path == fault.path == re.compile("EVENTS", re.IGNORECASE)


def test_settings_are_changed_by_keyword_arguments() -> None:
    """The others stay."""
    mock = TiledeskMock(Settings(dialect="server", seed="busy"), id_seed="1")  # type: ignore[arg-type]  # as text
    mock.stop()

    assert (mock.settings.dialect, mock.settings.id_seed) == (Dialect.SERVER, "1")
    assert mock.settings.seed == ("busy",)


def test_person_is_equal_each_time(mock: Expectations) -> None:
    """Whatever the token; and its repr has no password."""
    assert mock.agent == mock.agent
    assert "agent-secret" not in repr(mock.agent)


def test_stopped_handle_can_be_read() -> None:
    """It cannot be started again, and has no address if it had none."""
    with TiledeskMock() as mock:
        mock.fire("order.paid")
    silent = TiledeskMock()
    silent.stop()

    assert mock.expect_event("order.paid")
    with pytest.raises(SetupError, match="was stopped: make another one"):
        mock.start()
    with pytest.raises(SetupError, match="was stopped, and never had an address"):
        silent.url  # noqa: B018  (a property)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not delete an open file")
def test_deleted_file_is_an_error_of_the_handle(tmp_path: Path) -> None:
    """It says what happened to which file, and where everything is now."""
    path = tmp_path / "events.json"
    with TiledeskMock(db=path, durability="always") as mock:
        mock.fire("order.paid")
        path.unlink()

        with pytest.raises(StorageFull, match=r"events\.json was deleted by another program"):
            mock.fire("order.sent")

        assert [event["name"] for event in mock.events] == ["order.paid"]


def test_file_of_a_stopped_handle_is_closed(tmp_path: Path) -> None:
    """It is neither read nor written any more; the error is one line."""
    with TiledeskMock(db=tmp_path / "events.json") as mock:
        mock.fire("order.paid")

    for use in (mock.controls.events, lambda: mock.fire("order.paid")):
        with pytest.raises(StoreError, match="the file was closed, with its emulator"):
            use()


@pytest.mark.parametrize("attributes", [{"at": datetime.now(timezone.utc)}, {"them": {1, 2}}])
def test_attributes_that_are_no_json_are_refused(mock: Expectations, attributes: dict[str, object]) -> None:
    """Wherever the emulator runs."""
    with pytest.raises(SetupError, match="this is not JSON: "):
        mock.fire("order.paid", attributes)

    assert mock.events == []


def test_repr_of_an_exchange_has_no_secret(tiledesk_mock: TiledeskMock) -> None:
    """A failed assertion shows it, and many people read logs."""
    email, password = tiledesk_mock.owner.basic or ("", "")
    requests.post(
        f"{tiledesk_mock.url}/auth/signin?token=precious", json={"email": email, "password": password}
    )

    (exchange,) = tiledesk_mock.requests

    assert re.fullmatch(
        r"<Exchange 1: <POST /v3/auth/signin, \d+ bytes> answered <200, \d+ bytes>>", repr(exchange)
    )


def test_message_has_the_response_of_a_fault_where_an_event_is_missing(tiledesk_mock: TiledeskMock) -> None:
    """Where a fault, a cassette or an upstream responds, no event is stored."""
    tiledesk_mock.faults.status(200, body={"_id": "1"})
    _post(tiledesk_mock)

    with pytest.raises(
        ExpectationError, match="responses with 200 came from a cassette, an upstream or a fault"
    ):
        tiledesk_mock.expect_event("order.paid")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TiledeskMock("busy"), "settings: 'busy' is not Settings; a seed is a keyword argument"),  # type: ignore[arg-type]
        (lambda: TiledeskMock(sed="busy"), "unknown setting sed: did you mean seed?"),
        (lambda: mock_tiledesk(hosts=""), "hosts: [] is not a list of host names"),
        (lambda: mock_tiledesk(passthrough="maybe"), "passthrough: 'maybe' is not true, false or a list"),  # type: ignore[call-overload]
    ],
)
def test_wrong_setting_is_refused_with_one_line(make: Callable[[], object], message: str) -> None:
    """With what was expected."""
    with pytest.raises(SetupError, match=re.escape(message)):
        make()


def test_token_of_a_person_stays_the_same_for_a_minute(mock: Expectations) -> None:
    """A test can expect it; later there is a fresh one."""
    token = mock.agent.jwt

    assert mock.agent.jwt == token
    mock.clock.advance(3600)
    assert mock.agent.jwt != token


def test_null_is_fired_as_attributes(mock: Expectations) -> None:
    """It is a value like any other."""
    assert mock.fire("order.paid", None)["attributes"] is None


def test_requests_are_equal_to_a_list(mock: Expectations) -> None:
    """And have the repr of one."""
    assert mock.requests == []
    assert repr(mock.requests) == "[]"
    requests.get(f"{mock.url}/testauth", timeout=5)
    assert mock.requests != []
    assert "GET /v3/testauth  401" in repr(mock.requests)


def test_fault_for_an_unknown_person_is_refused(mock: Expectations) -> None:
    """It would never match."""
    with pytest.raises(SetupError, match="no person has the role, e-mail address or id 'boss'"):
        mock.faults.status(503, person="boss")


def test_event_by_an_unknown_person_is_refused(mock: Expectations) -> None:
    """The message has the roles, as that of an expectation."""
    with pytest.raises(SetupError) as fired:
        mock.fire("order.paid", by="ceo")
    with pytest.raises(SetupError) as expected:
        mock.expect_event("order.paid", by="ceo")

    assert str(fired.value) == str(expected.value)
    assert "'ceo': the roles are owner, admin, supervisor, agent," in str(fired.value)


def test_event_by_a_disabled_user_is_refused(mock: Expectations) -> None:
    """The message says who it is, and why."""
    mock.seed(
        users=[{"email": "off@example.com", "password": "x", "status": 0}],
        project_users=[{"id_user": "off@example.com", "role": "agent"}],
    )

    with pytest.raises(SetupError, match=r"agent off@example\.com cannot fire events: the user is disabled"):
        mock.fire("order.paid", by="off@example.com")


def test_platform_event_is_about_a_person(mock: Expectations) -> None:
    """A person of the handle."""
    event = mock.emit_standard("typing.start", by=mock.agent)

    assert event["createdBy"] == mock.agent.id_user


@pytest.mark.parametrize("call", ["freeze", "set"])
def test_time_of_another_type_is_refused(mock: Expectations, call: str) -> None:
    """In a line."""
    with pytest.raises(SetupError, match="5 is not an ISO 8601 text"):
        getattr(mock.clock, call)(5)


def test_connecting_to_another_server_is_refused(httpd_url: str) -> None:
    """Even if it responds with 200."""
    with pytest.raises(SetupError, match="is that an emulator"):
        TiledeskMock.connect(httpd_url)


def test_control_api_ignores_proxies_and_netrc(
    tiledesk_mock: TiledeskMock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The emulator is at its address."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)

    assert TiledeskMock.connect(tiledesk_mock.url).project_id == tiledesk_mock.project_id


@pytest.fixture
def httpd_url() -> Iterator[str]:
    """Return the address of a web server that responds to everything with a page."""

    def page(_: object, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<html>"]

    with Server(page) as server:
        yield server.url


def test_token_is_signed_with_the_current_secret(tiledesk_mock: TiledeskMock) -> None:
    """However recent the last token is."""
    state = tiledesk_mock.emulator.state.export()
    before = tiledesk_mock.bot.jwt
    for bot in state["bots"]:
        bot["secret"] = "another"

    tiledesk_mock.emulator.state.replace(state, "seed")

    assert tiledesk_mock.bot.jwt != before
    url = f"{tiledesk_mock.url}/testauth"
    assert requests.get(url, headers=tiledesk_mock.bot.headers, timeout=5).status_code == 200
