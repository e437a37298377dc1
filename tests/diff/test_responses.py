"""Two answers are compared: what always differs by identity, everything else by value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tiledesk_mock.comparison.json_diff import DifferenceKind
from tiledesk_mock.diff.bodies import CompareOptions
from tiledesk_mock.diff.responses import ResponseComparer
from tiledesk_mock.http.encodings import weak_etag
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.scenarios.credentials import sign

LIST = RecordedRequest("GET", "/v3/65b000000000000000000001/events")
ONE = "65f000000000000000000001"
TWO = "65f000000000000000000002"
OTHER_ONE = "66f00000000000000000000a"
OTHER_TWO = "66f00000000000000000000b"
JSON = ("Content-Type", "application/json; charset=utf-8")


def answer(body: Any, status: int = 200, *headers: tuple[str, str]) -> RecordedResponse:
    """Return an answer of JSON."""
    raw = json.dumps(body).encode()
    return RecordedResponse(status, (JSON, ("ETag", weak_etag(raw)), *headers), raw)


def found(here: Any, there: Any, comparison: ResponseComparer | None = None) -> list[tuple[str, str]]:
    """Return place and kind of each difference of two bodies."""
    compared = (comparison or ResponseComparer()).compare(LIST, answer(here), answer(there))
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
        ({"token": "JWT " + sign({"_id": ONE}, "a")}, {"token": "JWT " + sign({"_id": OTHER_ONE}, "b")}),
    ],
)
def test_what_always_differs_is_no_difference(here: Any, there: Any) -> None:
    """Ids, times, uuids, made-up names and tokens are another in each run."""
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
            {"token": "JWT " + sign({"sub": "user"}, "a")},
            {"token": "JWT " + sign({"sub": "bot"}, "a")},
            [("body.token.claims.sub", "value")],
        ),
    ],
)
def test_what_differs_is_found_with_its_place(here: Any, there: Any, expected: list[tuple[str, str]]) -> None:
    """Type and order count, at any depth, in tokens too."""
    assert found(here, there) == expected


def test_same_id_has_to_stay_the_same() -> None:
    """An id is one thing for the whole session, on both sides."""
    comparison = ResponseComparer()
    found({"_id": ONE}, {"_id": OTHER_ONE}, comparison)

    assert found({"_id": ONE}, {"_id": OTHER_TWO}, comparison) == [("body._id", "identity")]
    assert found({"_id": TWO}, {"_id": OTHER_ONE}, comparison) == [("body._id", "identity")]
    assert found({"_id": ONE.upper()}, {"_id": OTHER_ONE}, comparison) == []


def test_listed_documents_are_compared_with_those_that_they_are() -> None:
    """Another order is one difference, and not one in each field."""
    comparison = ResponseComparer()
    found({"_id": ONE}, {"_id": OTHER_ONE}, comparison)
    here = {"events": [{"_id": ONE, "name": "a"}, {"_id": TWO, "name": "b"}]}
    there = {"events": [{"_id": OTHER_TWO, "name": "b"}, {"_id": OTHER_ONE, "name": "a"}]}

    assert found(here, there, comparison) == [("body.events", "order")]


def test_document_that_one_side_lacks_is_named() -> None:
    """The others are compared all the same."""
    comparison = ResponseComparer()
    found({"_id": TWO}, {"_id": OTHER_TWO}, comparison)
    here = {"events": [{"_id": ONE, "name": "a"}, {"_id": TWO, "name": "b"}]}
    there = {"events": [{"_id": OTHER_TWO, "name": "c"}]}

    assert found(here, there, comparison) == [
        ("body.events[1].name", "value"),
        ("body.events[0]", "only here"),
    ]


def test_others_documents_do_not_count_where_only_own_do() -> None:
    """In a project that others use too, a list has more than the session knows of."""
    comparison = ResponseComparer()
    found({"_id": ONE}, {"_id": OTHER_ONE}, comparison)
    here = answer({"count": 1, "events": [{"_id": ONE, "name": "a"}]})
    there = answer({"count": 9, "events": [{"_id": OTHER_TWO, "name": "x"}, {"_id": OTHER_ONE, "name": "a"}]})

    assert comparison.compare(LIST, here, there, own_only=True).differences == ()
    assert comparison.compare(LIST, here, there).differences != ()


def test_settled_times_have_to_be_equal() -> None:
    """What was there before the session began has the same times on both sides."""
    comparison = ResponseComparer(options=CompareOptions(settled="2026-02"))

    later = found({"at": "2026-03-01T10:00:00.000Z"}, {"at": "2026-03-02T10:00:00.000Z"}, comparison)
    before = found({"at": "2026-01-01T10:00:00.000Z"}, {"at": "2026-01-02T10:00:00.000Z"}, comparison)

    assert later == []
    assert before == [("body.at", "value")]


def test_status_is_a_difference_with_both_bodies() -> None:
    """Fields of two different outcomes say nothing."""
    compared = ResponseComparer().compare(LIST, answer({"a": 1}), answer({"err": "error"}, 500))

    assert [(found.path_text, found.left, found.right) for found in compared.differences] == [
        ("status", 200, 500),
        ("body", {"a": 1}, {"err": "error"}),
    ]


@pytest.mark.parametrize("header", ["X-Powered-By", "WWW-Authenticate", "Location", "X-Hook-Secret"])
def test_header_that_one_side_lacks_is_a_difference(header: str) -> None:
    """Headers that a client can depend on have to be there."""
    compared = ResponseComparer().compare(LIST, answer({}, 200, (header, "x")), answer({}))

    (difference,) = compared.differences
    assert difference.path_text == f"headers.{header.lower()}"
    assert difference.kind is DifferenceKind.ONLY_LEFT


def test_header_that_only_frames_is_no_difference() -> None:
    """Date, length and a proxy's own headers are nobody's business."""
    compared = ResponseComparer().compare(
        LIST, answer({}, 200, ("Date", "now"), ("Server", "nginx")), answer({})
    )

    assert compared.differences == ()


def test_etag_has_to_be_that_of_the_body_on_both_sides() -> None:
    """Its value differs as the bodies do; whether it is right does not."""
    wrong = RecordedResponse(200, (JSON, ("ETag", 'W/"2-x"')), b"{}")

    compared = ResponseComparer().compare(LIST, answer({}), wrong)

    assert [(found.path_text, found.left, found.right) for found in compared.differences] == [
        ("headers.etag", "the body's", "not the body's")
    ]


def test_no_answer_is_as_good_as_the_504_that_stands_for_it() -> None:
    """What the real server never answers, the emulator answers at once."""
    told = answer({"err": "never answered"}, 504)

    assert ResponseComparer().compare(LIST, told, None).differences == ()
    assert ResponseComparer().compare(LIST, answer({}), None).differences[0].right == "no response"


def test_secret_that_was_taken_out_is_any_secret_but_always_the_same() -> None:
    """A recording without its secrets can be compared with."""
    comparison = ResponseComparer()
    uuid, other = "3f0c8f0a-0000-4000-8000-000000000001", "3f0c8f0a-0000-4000-8000-000000000002"

    assert found({"secret": uuid}, {"secret": "REDACTED-secret-1"}, comparison) == []
    assert found({"secret": other}, {"secret": "REDACTED-secret-1"}, comparison) == [
        ("body.secret", "identity")
    ]
    assert found({"token": "JWT eyJhbGciOiJI.e.x"}, {"token": "JWT REDACTED-token-1"}, comparison) == []
    assert found({"token": "eyJhbGciOiJI.e.x"}, {"token": "JWT REDACTED-token-1"}) == [
        ("body.token", "value")
    ]
