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
    """GET returns the event as POST did."""
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
def test_every_prefix_is_routed(tiledesk_mock: TiledeskMock, prefix: str) -> None:
    """Old, new and self-hosted addresses have the same responses."""
    root = tiledesk_mock.url.removesuffix("/v3")

    response = requests.get(
        f"{root}{prefix}/{tiledesk_mock.project_id}/events", auth=tiledesk_mock.owner.basic, timeout=5
    )

    assert response.json() == {"perPage": 40, "count": 0, "events": []}


def test_keys_that_look_like_indexes_come_first(tiledesk_mock: TiledeskMock) -> None:
    """JavaScript and the real server order keys like that."""
    body = '{"name":"t","attributes":{"b":1,"10":2,"9":3}}'

    fired = requests.post(
        _events(tiledesk_mock),
        data=body,
        headers={"Content-Type": "application/json"},
        auth=tiledesk_mock.owner.basic,
        timeout=5,
    )

    assert '"attributes":{"9":3,"10":2,"b":1}' in fired.text


def test_numbers_are_printed_as_in_javascript(tiledesk_mock: TiledeskMock) -> None:
    """Numbers are doubles in the response and in the file."""
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


def test_half_a_surrogate_pair_is_replaced_once_stored(tiledesk_mock: TiledeskMock) -> None:
    """The response to the POST still has it, the database does not."""
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
def test_request_without_response_gets_504_at_once(tiledesk_mock: TiledeskMock, query: str) -> None:
    """The body has the reason."""
    response = requests.get(f"{_events(tiledesk_mock)}?{query}", auth=tiledesk_mock.owner.basic, timeout=5)

    assert response.status_code == 504
    assert "never answers this request" in response.json()["reason"]


def test_sixteen_threads_fire_at_once(tiledesk_mock: TiledeskMock) -> None:
    """No event is lost or doubled, and each is listed."""
    auth = tiledesk_mock.owner.basic

    def fire(number: int) -> str:
        response = requests.post(_events(tiledesk_mock), json={"name": f"n{number}"}, auth=auth, timeout=10)
        return str(response.json()["_id"])

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(fire, range(160)))

    assert len(set(ids)) == 160
    assert requests.get(_events(tiledesk_mock), auth=auth, timeout=5).json()["count"] == 160
    assert sorted(event["_id"] for event in tiledesk_mock.events) == sorted(ids)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_get_the_page_of_express(tiledesk_mock: TiledeskMock, method: str) -> None:
    """The page names the method, and the path without the prefix that a proxy removes."""
    response = requests.request(method, _events(tiledesk_mock), auth=tiledesk_mock.owner.basic, timeout=5)

    assert response.status_code == 404
    assert f"<pre>Cannot {method} /{tiledesk_mock.project_id}/events</pre>" in response.text


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_malformed_escape_fails_for_every_method(tiledesk_mock: TiledeskMock, method: str) -> None:
    """Express decodes an id before it looks at the method."""
    response = requests.request(method, f"{_events(tiledesk_mock)}/%E0%A4", timeout=5)

    assert (response.status_code, response.json()) == (500, {"err": "error"})


def test_word_instead_of_a_project_is_printed_unchanged(tiledesk_mock: TiledeskMock) -> None:
    """Tiledesk takes its own words for project ids where no route has them."""
    response = requests.get(f"{tiledesk_mock.url}/AUTH/SignIn", timeout=5)

    assert response.json() == {"error": "Invalid project id: AUTH"}


def test_route_that_is_not_emulated_is_marked(tiledesk_mock: TiledeskMock) -> None:
    """The page is that of a wrong path; a header marks it."""
    response = requests.get(f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/requests", timeout=5)

    assert response.status_code == 404
    assert response.headers["X-Tiledesk-Mock"] == "not emulated"


@pytest.mark.parametrize("header", ["*", "etag", '"x", etag', "strong", "W/etag"])
def test_unchanged_response_is_304(tiledesk_mock: TiledeskMock, header: str) -> None:
    """A GET with the current tag gets no body and no type."""
    auth = tiledesk_mock.owner.basic
    tag = requests.get(_events(tiledesk_mock), auth=auth, timeout=5).headers["ETag"]
    tags = header.replace("etag", tag).replace("strong", tag.removeprefix("W/"))

    response = requests.get(_events(tiledesk_mock), auth=auth, headers={"If-None-Match": tags}, timeout=5)

    assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", tag)
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize(
    "headers", [{"Cache-Control": "no-cache"}, {"If-Modified-Since": "Sun, 22 Nov 2026 07:30:25 GMT"}]
)
def test_client_can_insist_on_a_response(tiledesk_mock: TiledeskMock, headers: dict[str, str]) -> None:
    """`no-cache` requires the whole response; so does a date, since there is no Last-Modified."""
    response = requests.get(
        _events(tiledesk_mock),
        auth=tiledesk_mock.owner.basic,
        headers={"If-None-Match": "*", **headers},
        timeout=5,
    )

    assert response.status_code == 200


def test_name_that_is_no_text_fails_behind_cors(tiledesk_mock: TiledeskMock) -> None:
    """The check of the name fails, not the parsing of the body."""
    name = {"toString": 0}

    response = requests.post(
        _events(tiledesk_mock), json={"name": name}, auth=tiledesk_mock.agent.basic, timeout=5
    )

    assert (response.status_code, response.json()) == (500, {"err": "error"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("rest", ["unknown/%zz", "%zz", "x%2", "events/a/%E0%A4%A"])
def test_malformed_escape_fails_on_every_path(tiledesk_mock: TiledeskMock, rest: str) -> None:
    """A path without a route has the headers, too."""
    client = http.client.HTTPConnection(urlsplit(tiledesk_mock.url).netloc, timeout=5)
    with closing(client):
        client.request("GET", f"/{tiledesk_mock.project_id}/{rest}")  # requests would mend it
        response = client.getresponse()
        body = response.read()

    assert (response.status, body) == (500, b'{"err":"error"}')
