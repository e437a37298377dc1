"""An id map pairs the ids of two sides, and translates requests."""

from __future__ import annotations

import base64

import pytest

from tiledesk_mock.comparison.id_map import IdMap, translate_request
from tiledesk_mock.http.exchange import RecordedRequest

HERE, THERE = "65f000000000000000000001", "66f00000000000000000000a"
TOKEN, OTHER_TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.aaa", "eyJhbGciOiJIUzI1NiJ9.e30.bbb"


@pytest.fixture
def id_map() -> IdMap:
    """Return a map with an id, a token, an address and a password of both sides."""
    pairs = IdMap([("owner@example.com", "mia@shop.example"), ("owner-secret", "s3cret:x")])
    pairs.pair(HERE, THERE)
    pairs.set_pair(TOKEN, OTHER_TOKEN)
    return pairs


def basic(text: str) -> str:
    """Return a header of Basic authentication."""
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_request_is_sent_with_the_ids_of_the_other_side(id_map: IdMap) -> None:
    """In path, query and body; unknown ids stay."""
    request = RecordedRequest(
        "POST", f"/v3/{HERE}/events/nope?project_user={HERE}", (), f'{{"a": "{HERE}", "b": 1}}'.encode()
    )

    sent = translate_request(request, id_map.to_right)

    assert sent.target == f"/v3/{THERE}/events/nope?project_user={THERE}"
    assert sent.json() == {"a": THERE, "b": 1}
    assert translate_request(sent, id_map.to_left) == request


def test_credentials_are_those_of_the_other_side(id_map: IdMap) -> None:
    """Basic credentials are decoded for that, tokens replaced."""
    by_password = RecordedRequest("GET", "/", (("Authorization", basic("owner@example.com:owner-secret")),))
    by_token = RecordedRequest("GET", "/", (("authorization", f"JWT {TOKEN}"),))

    assert translate_request(by_password, id_map.to_right).header("Authorization") == basic(
        "mia@shop.example:s3cret:x"
    )
    assert translate_request(by_token, id_map.to_right).header("Authorization") == f"JWT {OTHER_TOKEN}"


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("email=owner%40example.com", "email=mia%40shop.example"),
        ("to owner@example.com.", "to mia@shop.example."),
        ("xowner@example.com", "xowner@example.com"),
        ("the owner-secretive", "the owner-secretive"),
    ],
)
def test_whole_word_is_replaced(id_map: IdMap, here: str, there: str) -> None:
    """Percent-encoded too, but not as a part of another word."""
    assert id_map.to_right(here) == there


def test_body_that_is_no_text_stays(id_map: IdMap) -> None:
    """It has no ids."""
    request = RecordedRequest("POST", "/", (), b"\xff" + HERE.encode())

    assert translate_request(request, id_map.to_right).body == request.body


def test_header_fields_of_the_connection_are_left_out(id_map: IdMap) -> None:
    """Host and length belong to the request as it was sent."""
    request = RecordedRequest("GET", "/", (("Host", "a"), ("Content-Length", "3"), ("X-Mine", "b")))

    assert translate_request(request, id_map.to_right).headers == (("X-Mine", "b"),)


@pytest.mark.parametrize("pair", [(HERE, "66f00000000000000000000b"), ("65f000000000000000000002", THERE)])
def test_pair_that_contradicts_another_is_not_learned(id_map: IdMap, pair: tuple[str, str]) -> None:
    """The pair that was learned before stays."""
    assert not id_map.pair(*pair)
    assert id_map.right_of(HERE) == THERE
    assert id_map.left_of(THERE) == HERE
