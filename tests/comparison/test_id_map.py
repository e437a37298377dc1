"""Which id is which is learned, and requests are rewritten by it."""

from __future__ import annotations

import base64

import pytest

from tiledesk_mock.comparison.id_map import IdMap
from tiledesk_mock.http.exchange import RecordedRequest

HERE, THERE = "65f000000000000000000001", "66f00000000000000000000a"
TOKEN, OTHER_TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.aaa", "eyJhbGciOiJIUzI1NiJ9.e30.bbb"


@pytest.fixture
def identities() -> IdMap:
    """Return what knows an id, a token, an address and a password of both sides."""
    known = IdMap([("owner@example.com", "mia@shop.example"), ("owner-secret", "s3cret:x")])
    known.pair(HERE, THERE)
    known.set_pair(TOKEN, OTHER_TOKEN)
    return known


def basic(text: str) -> str:
    """Return a header of Basic authentication."""
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_request_is_sent_with_the_ids_of_the_other_side(identities: IdMap) -> None:
    """Path, query and body have theirs; what nobody knows stays."""
    request = RecordedRequest(
        "POST", f"/v3/{HERE}/events/nope?project_user={HERE}", (), f'{{"a": "{HERE}", "b": 1}}'.encode()
    )

    sent = identities.request_to_right(request)

    assert sent.target == f"/v3/{THERE}/events/nope?project_user={THERE}"
    assert sent.json() == {"a": THERE, "b": 1}
    assert identities.request_to_left(sent) == request


def test_credentials_are_those_of_the_other_side(identities: IdMap) -> None:
    """Basic ones are taken apart for it, tokens replaced."""
    by_password = RecordedRequest("GET", "/", (("Authorization", basic("owner@example.com:owner-secret")),))
    by_token = RecordedRequest("GET", "/", (("authorization", f"JWT {TOKEN}"),))

    assert identities.request_to_right(by_password).header("Authorization") == basic(
        "mia@shop.example:s3cret:x"
    )
    assert identities.request_to_right(by_token).header("Authorization") == f"JWT {OTHER_TOKEN}"


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("email=owner%40example.com", "email=mia%40shop.example"),
        ("to owner@example.com.", "to mia@shop.example."),
        ("xowner@example.com", "xowner@example.com"),
        ("the owner-secretive", "the owner-secretive"),
    ],
)
def test_word_is_replaced_where_it_stands_for_itself(identities: IdMap, here: str, there: str) -> None:
    """Percent-encoded too, but not within another word."""
    assert identities.to_right(here) == there


def test_body_that_is_no_text_is_left_as_it_is(identities: IdMap) -> None:
    """There is no id to find in it."""
    request = RecordedRequest("POST", "/", (), b"\xff" + HERE.encode())

    assert identities.request_to_right(request).body == request.body


def test_header_fields_that_frame_a_request_are_left_out(identities: IdMap) -> None:
    """Host and length are those of the request that is sent."""
    request = RecordedRequest("GET", "/", (("Host", "a"), ("Content-Length", "3"), ("X-Mine", "b")))

    assert identities.request_to_right(request).headers == (("X-Mine", "b"),)


@pytest.mark.parametrize("pair", [(HERE, "66f00000000000000000000b"), ("65f000000000000000000002", THERE)])
def test_pair_that_contradicts_another_is_refused(identities: IdMap, pair: tuple[str, str]) -> None:
    """And what was learned before stays."""
    assert not identities.pair(*pair)
    assert identities.right_of(HERE) == THERE
    assert identities.left_of(THERE) == HERE
