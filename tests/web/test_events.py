"""Firing, reading and listing events over HTTP, beyond what the recorded exchanges show."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import requests

from tiledesk_mock import TiledeskMock


def _events(mock: TiledeskMock) -> str:
    return f"{mock.url}/{mock.project_id}/events"


def test_post_and_get_by_id(tiledesk_mock: TiledeskMock) -> None:
    """What was fired is read back as it was answered."""
    fired = requests.post(
        _events(tiledesk_mock),
        json={"name": "order.paid", "attributes": {"total": 42}},
        auth=tiledesk_mock.owner.basic,
        timeout=5,
    ).json()

    read = requests.get(
        f"{_events(tiledesk_mock)}/{fired['_id']}", headers=tiledesk_mock.agent.headers, timeout=5
    )

    assert read.json() == fired
    assert fired["attributes"] == {"total": 42}


@pytest.mark.parametrize("prefix", ["", "/v1", "/v2", "/v3", "/api", "/V3"])
def test_every_prefix_is_served(tiledesk_mock: TiledeskMock, prefix: str) -> None:
    """Old, new and self-hosted addresses answer alike."""
    root = tiledesk_mock.url.removesuffix("/v3")

    answer = requests.get(
        f"{root}{prefix}/{tiledesk_mock.project_id}/events", auth=tiledesk_mock.owner.basic, timeout=5
    )

    assert answer.json() == {"perPage": 40, "count": 0, "events": []}


def test_keys_that_look_like_indexes_come_first(tiledesk_mock: TiledeskMock) -> None:
    """JavaScript orders them so, and with it the real server."""
    body = '{"name":"t","attributes":{"b":1,"10":2,"9":3}}'

    fired = requests.post(
        _events(tiledesk_mock),
        data=body,
        headers={"Content-Type": "application/json"},
        auth=tiledesk_mock.owner.basic,
        timeout=5,
    )

    assert '"attributes":{"9":3,"10":2,"b":1}' in fired.text


def test_numbers_are_printed_as_javascript_prints_them(tiledesk_mock: TiledeskMock) -> None:
    """Doubles all the way: in the answer, and after the file."""
    body = '{"name":"t","attributes":[1e-7,1e21,0.00001,-0,1e400,9007199254740993]}'
    fired = requests.post(
        _events(tiledesk_mock),
        data=body,
        headers={"Content-Type": "application/json"},
        auth=tiledesk_mock.owner.basic,
        timeout=5,
    )

    read = requests.get(
        f"{_events(tiledesk_mock)}/{fired.json()['_id']}", auth=tiledesk_mock.owner.basic, timeout=5
    )

    assert '"attributes":[1e-7,1e+21,0.00001,0,null,9007199254740992]' in fired.text
    assert read.text == fired.text


def test_half_a_surrogate_is_replaced_once_stored(tiledesk_mock: TiledeskMock) -> None:
    """The answer to the POST has it still; the database does not."""
    fired = requests.post(
        _events(tiledesk_mock),
        data='{"name":"t","attributes":"\\ud83d"}',
        headers={"Content-Type": "application/json"},
        auth=tiledesk_mock.owner.basic,
        timeout=5,
    )

    read = requests.get(
        f"{_events(tiledesk_mock)}/{fired.json()['_id']}", auth=tiledesk_mock.owner.basic, timeout=5
    )

    assert '"attributes":"\\ud83d"' in fired.text
    assert read.json()["attributes"] == "\ufffd"


@pytest.mark.parametrize(
    "query", ["page=-1", "page=Infinity", "project_user=nope", "sort=$where", "sort=a..b"]
)
def test_what_is_never_answered_is_504_at_once(tiledesk_mock: TiledeskMock, query: str) -> None:
    """The body says what it is, and why."""
    answer = requests.get(f"{_events(tiledesk_mock)}?{query}", auth=tiledesk_mock.owner.basic, timeout=5)

    assert answer.status_code == 504
    assert "never answers this request" in answer.json()["reason"]


def test_sixteen_threads_fire_at_once(tiledesk_mock: TiledeskMock) -> None:
    """None is lost, none is doubled, and each is listed."""
    auth = tiledesk_mock.owner.basic

    def fire(number: int) -> str:
        answer = requests.post(_events(tiledesk_mock), json={"name": f"n{number}"}, auth=auth, timeout=10)
        return str(answer.json()["_id"])

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(fire, range(160)))

    assert len(set(ids)) == 160
    assert requests.get(_events(tiledesk_mock), auth=auth, timeout=5).json()["count"] == 160
    assert sorted(event["_id"] for event in tiledesk_mock.events) == sorted(ids)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_get_express_page(tiledesk_mock: TiledeskMock, method: str) -> None:
    """The page names the method and the path without the prefix that a proxy takes off."""
    answer = requests.request(method, _events(tiledesk_mock), auth=tiledesk_mock.owner.basic, timeout=5)

    assert answer.status_code == 404
    assert f"<pre>Cannot {method} /{tiledesk_mock.project_id}/events</pre>" in answer.text


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_a_malformed_escape_fails_whatever_the_method(tiledesk_mock: TiledeskMock, method: str) -> None:
    """Express decodes an id before it looks at the method."""
    answer = requests.request(method, f"{_events(tiledesk_mock)}/%E0%A4", timeout=5)

    assert (answer.status_code, answer.json()) == (500, {"err": "error"})


def test_a_word_in_the_place_of_a_project_is_told_as_it_came(tiledesk_mock: TiledeskMock) -> None:
    """Tiledesk's own words are project ids too, where no route of theirs is meant."""
    answer = requests.get(f"{tiledesk_mock.url}/AUTH/SignIn", timeout=5)

    assert answer.json() == {"error": "Invalid project id: AUTH"}


def test_a_route_that_is_not_emulated_says_so(tiledesk_mock: TiledeskMock) -> None:
    """It is the same page, with a header that tells it from a wrong path."""
    answer = requests.get(f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/requests", timeout=5)

    assert answer.status_code == 404
    assert answer.headers["X-Tiledesk-Mock"] == "not emulated"


@pytest.mark.parametrize("header", ["*", "etag", '"x", etag', "strong", "W/etag"])
def test_unchanged_answers_are_304(tiledesk_mock: TiledeskMock, header: str) -> None:
    """A GET with the tag of what it would get again has no body and no type."""
    auth = tiledesk_mock.owner.basic
    tag = requests.get(_events(tiledesk_mock), auth=auth, timeout=5).headers["ETag"]
    wanted = header.replace("etag", tag).replace("strong", tag.removeprefix("W/"))

    answer = requests.get(_events(tiledesk_mock), auth=auth, headers={"If-None-Match": wanted}, timeout=5)

    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert "Content-Type" not in answer.headers


@pytest.mark.parametrize(
    "headers", [{"Cache-Control": "no-cache"}, {"If-Modified-Since": "Sun, 22 Nov 2026 07:30:25 GMT"}]
)
def test_a_client_that_insists_gets_the_answer(tiledesk_mock: TiledeskMock, headers: dict[str, str]) -> None:
    """`no-cache`, and a date where there is none to compare with, ask for it again."""
    answer = requests.get(
        _events(tiledesk_mock),
        auth=tiledesk_mock.owner.basic,
        headers={"If-None-Match": "*", **headers},
        timeout=5,
    )

    assert answer.status_code == 200


def test_name_without_a_text_fails_behind_cors(tiledesk_mock: TiledeskMock) -> None:
    """It is the check of the name that stumbles, and not the reading of the body."""
    name = {"toString": 0}

    answer = requests.post(
        _events(tiledesk_mock), json={"name": name}, auth=tiledesk_mock.agent.basic, timeout=5
    )

    assert (answer.status_code, answer.json()) == (500, {"err": "error"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("rest", ["unknown/%zz", "%zz", "x%2", "events/a/%E0%A4%A"])
def test_escape_that_is_malformed_fails_wherever_it_is(tiledesk_mock: TiledeskMock, rest: str) -> None:
    """Such a path is not served, and not looked for either."""
    client = http.client.HTTPConnection(urlsplit(tiledesk_mock.url).netloc, timeout=5)
    with closing(client):
        client.request("GET", f"/{tiledesk_mock.project_id}/{rest}")  # requests would mend it
        answer = client.getresponse()
        body = answer.read()

    assert (answer.status, body) == (500, b'{"err":"error"}')
