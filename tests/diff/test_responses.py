"""Two responses are compared: ids by identity, times by form, everything else by value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tiledesk_mock.comparison.json_diff import DifferenceKind
from tiledesk_mock.diff.bodies import CompareOptions
from tiledesk_mock.diff.responses import ResponseComparer
from tiledesk_mock.http.encodings import weak_etag
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.tiledesk.auth import sign_token

LIST = RecordedRequest("GET", "/v3/65b000000000000000000001/events")
ONE = "65f000000000000000000001"
TWO = "65f000000000000000000002"
OTHER_ONE = "66f00000000000000000000a"
OTHER_TWO = "66f00000000000000000000b"
JSON = ("Content-Type", "application/json; charset=utf-8")


def response(body: Any, status: int = 200, *headers: tuple[str, str]) -> RecordedResponse:
    """Return a response with a JSON body."""
    raw = json.dumps(body).encode()
    return RecordedResponse(status, (JSON, ("ETag", weak_etag(raw)), *headers), raw)


def found(here: Any, there: Any, comparer: ResponseComparer | None = None) -> list[tuple[str, str]]:
    """Return path and kind of each difference of two bodies."""
    compared = (comparer or ResponseComparer()).compare(LIST, response(here), response(there))
    return [(difference.path_text, difference.kind.value) for difference in compared.differences]


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ({"_id": ONE}, {"_id": OTHER_ONE}),
        ({"at": "2026-03-01T10:00:00.000Z"}, {"at": "2026-03-02T11:11:11.111Z"}),
        ({"uuid": "3f0c8f0a-0000-4000-8000-000000000001"}, {"uuid": "9a0c8f0a-1111-4000-8000-000000000009"}),
        ({"firstname": "guest#0b6c"}, {"firstname": "guest#ffff"}),
        ({"iat": 1_800_000_000}, {"iat": 1_700_000_000}),
        ({"msg": f"no {ONE} in {TWO}"}, {"msg": f"no {OTHER_ONE} in {OTHER_TWO}"}),
        (
            {"token": "JWT " + sign_token({"_id": ONE}, "a")},
            {"token": "JWT " + sign_token({"_id": OTHER_ONE}, "b")},
        ),
    ],
)
def test_ids_times_and_tokens_may_differ(here: Any, there: Any) -> None:
    """Ids, times, UUIDs, generated names and tokens are new in each run."""
    assert found(here, there) == []


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ({"a": 1}, {"a": 2}, [("body.a", "value")]),
        ({"a": 1}, {"a": 1.0}, [("body.a", "value")]),
        ({"a": 1}, {"a": True}, [("body.a", "value")]),
        ({"a": 1}, {"a": "1"}, [("body.a", "value")]),
        ({"a": None}, {}, [("body.a", "only here")]),
        ({}, {"a": {"b": 1}}, [("body.a", "only there")]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, [("body", "order")]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [("body.a[1]", "value")]),
        ({"a": [1]}, {"a": [1, 2]}, [("body.a", "value")]),
        ({"a": ONE}, {"a": "nope"}, [("body.a", "value")]),
        ({"a": f"x{ONE}"}, {"a": f"y{ONE}"}, [("body.a", "value")]),
        ({"at": "2026-03-01T10:00:00.000Z"}, {"at": "2026-03-01T10:00:00Z"}, [("body.at", "value")]),
        ({"exp": 5}, {"exp": 6}, [("body.exp", "value")]),
        (
            {"token": "JWT " + sign_token({"sub": "user"}, "a")},
            {"token": "JWT " + sign_token({"sub": "bot"}, "a")},
            [("body.token.claims.sub", "value")],
        ),
    ],
)
def test_difference_is_found_with_its_path(here: Any, there: Any, expected: list[tuple[str, str]]) -> None:
    """Type and order count, at any depth and in tokens."""
    assert found(here, there) == expected


def test_password_hash_of_the_other_side_is_no_difference() -> None:
    """The real server shows the hash of a user whom it has just made; any other text counts."""
    assert found({"user": {}}, {"user": {"password": f"$2b$10${'a' * 53}"}}) == []
    assert found({"user": {}}, {"user": {"password": "plain"}}) == [("body.user.password", "only there")]


def test_same_id_has_to_stay_the_same() -> None:
    """An id is paired with one other for the whole session."""
    comparer = ResponseComparer()
    found({"_id": ONE}, {"_id": OTHER_ONE}, comparer)

    assert found({"_id": ONE}, {"_id": OTHER_TWO}, comparer) == [("body._id", "identity")]
    assert found({"_id": TWO}, {"_id": OTHER_ONE}, comparer) == [("body._id", "identity")]
    assert found({"_id": ONE.upper()}, {"_id": OTHER_ONE}, comparer) == []


def test_listed_documents_are_compared_by_id() -> None:
    """Another order is one difference, and not one in each field."""
    comparer = ResponseComparer()
    found({"_id": ONE}, {"_id": OTHER_ONE}, comparer)
    here = {"events": [{"_id": ONE, "name": "a"}, {"_id": TWO, "name": "b"}]}
    there = {"events": [{"_id": OTHER_TWO, "name": "b"}, {"_id": OTHER_ONE, "name": "a"}]}

    assert found(here, there, comparer) == [("body.events", "order")]


def test_document_of_one_side_is_a_difference() -> None:
    """The others are compared as usual."""
    comparer = ResponseComparer()
    found({"_id": TWO}, {"_id": OTHER_TWO}, comparer)
    here = {"events": [{"_id": ONE, "name": "a"}, {"_id": TWO, "name": "b"}]}
    there = {"events": [{"_id": OTHER_TWO, "name": "c"}]}

    assert found(here, there, comparer) == [
        ("body.events[1].name", "value"),
        ("body.events[0]", "only here"),
    ]


def test_documents_of_others_do_not_count_with_own_only() -> None:
    """In a project that others use too, a list has more than the session created."""
    comparer = ResponseComparer()
    found({"_id": ONE}, {"_id": OTHER_ONE}, comparer)
    here = response({"count": 1, "events": [{"_id": ONE, "name": "a"}]})
    there = response(
        {"count": 9, "events": [{"_id": OTHER_TWO, "name": "x"}, {"_id": OTHER_ONE, "name": "a"}]}
    )

    assert comparer.compare(LIST, here, there, own_only=True).differences == ()
    assert comparer.compare(LIST, here, there).differences != ()


def test_settled_times_have_to_be_equal() -> None:
    """Documents from before the session have the same times on both sides."""
    comparer = ResponseComparer(options=CompareOptions(settled="2026-02"))

    later = found({"at": "2026-03-01T10:00:00.000Z"}, {"at": "2026-03-02T10:00:00.000Z"}, comparer)
    before = found({"at": "2026-01-01T10:00:00.000Z"}, {"at": "2026-01-02T10:00:00.000Z"}, comparer)

    assert later == []
    assert before == [("body.at", "value")]


def test_status_is_a_difference_with_both_bodies() -> None:
    """Their fields are not compared."""
    compared = ResponseComparer().compare(LIST, response({"a": 1}), response({"err": "error"}, 500))

    assert [(found.path_text, found.left, found.right) for found in compared.differences] == [
        ("status", 200, 500),
        ("body", {"a": 1}, {"err": "error"}),
    ]


@pytest.mark.parametrize("header", ["X-Powered-By", "WWW-Authenticate", "Location", "X-Hook-Secret"])
def test_header_of_one_side_is_a_difference(header: str) -> None:
    """Headers that a client can depend on have to be there."""
    compared = ResponseComparer().compare(LIST, response({}, 200, (header, "x")), response({}))

    (difference,) = compared.differences
    assert difference.path_text == f"headers.{header.lower()}"
    assert difference.kind is DifferenceKind.ONLY_LEFT


def test_header_of_the_connection_may_differ() -> None:
    """Date, length and the header fields of a proxy do not count."""
    compared = ResponseComparer().compare(
        LIST, response({}, 200, ("Date", "now"), ("Server", "nginx")), response({})
    )

    assert compared.differences == ()


def test_etag_has_to_be_that_of_the_body_on_both_sides() -> None:
    """Its value differs, since the bodies do."""
    wrong = RecordedResponse(200, (JSON, ("ETag", 'W/"2-x"')), b"{}")

    compared = ResponseComparer().compare(LIST, response({}), wrong)

    assert [(found.path_text, found.left, found.right) for found in compared.differences] == [
        ("headers.etag", "the body's", "not the body's")
    ]


def test_no_response_is_equal_to_the_504_of_the_emulator() -> None:
    """The emulator responds at once where the real server never does."""
    timeout = response({"err": "never answered"}, 504)

    assert ResponseComparer().compare(LIST, timeout, None).differences == ()
    assert ResponseComparer().compare(LIST, response({}), None).differences[0].right == "no response"


def test_placeholder_is_any_secret_but_always_the_same() -> None:
    """A redacted recording can be compared."""
    comparer = ResponseComparer()
    uuid, other = "3f0c8f0a-0000-4000-8000-000000000001", "3f0c8f0a-0000-4000-8000-000000000002"

    assert found({"secret": uuid}, {"secret": "REDACTED-secret-1"}, comparer) == []
    assert found({"secret": other}, {"secret": "REDACTED-secret-1"}, comparer) == [
        ("body.secret", "identity")
    ]
    assert found({"token": "JWT eyJhbGciOiJI.e.x"}, {"token": "JWT REDACTED-token-1"}, comparer) == []
    assert found({"token": "eyJhbGciOiJI.e.x"}, {"token": "JWT REDACTED-token-1"}) == [
        ("body.token", "value")
    ]
