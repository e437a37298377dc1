"""Secrets do not reach the disk."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledesk_mock.cassettes.cassette import Entry
from tiledesk_mock.cassettes.files import read_cassette
from tiledesk_mock.cassettes.record import redact_entries
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.http.stopwatch import stopwatch
from tiledesk_mock.redaction.redactor import Redaction, Redactor

from ..cassettes.recordings import EVENTS, SERVER, cassette, request, response

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJfaWQiOiI2NWEwMDAwMDAwMDAwMDAwMDAwMDAwMDEiLCJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl"
BASIC = "Basic " + base64.b64encode(b"owner@example.com:owner-secret").decode()
LATIN_1_BASIC = "Basic " + base64.b64encode("owner@example.com:größe-9".encode("latin-1")).decode()
ENCRYPTED = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..48V1_ALb6US04U3b.5eym8TW_c8Su.XFBoMYUZodetZdvTiFvSkQ"
REDACTED_BASIC = "Basic cGVyc29uLTFAcmVkYWN0ZWQuZXhhbXBsZTpSRURBQ1RFRC1wYXNzd29yZC0x"


def _redacted(
    sent: RecordedRequest, got: RecordedResponse | None = None, redaction: Redaction | None = None
) -> Entry:
    session = cassette((sent, got or response({})))
    return redact_entries(session.entries, redaction or Redaction())[0]


def _attributes(attributes: Any, redaction: Redaction | None = None) -> Any:
    body = {"name": "x", "attributes": attributes}
    return _redacted(request("POST", EVENTS, body), redaction=redaction).request.json()["attributes"]


def test_sign_in_has_placeholders_that_belong_together() -> None:
    """A person has the same placeholder in the request, in the response, and in Basic credentials later."""
    session = cassette(
        (
            request("POST", "/auth/signin", {"email": "owner@example.com", "password": "owner-secret"}),
            response({"token": f"JWT {JWT}", "user": {"email": "owner@example.com"}}),
        ),
        (request("GET", EVENTS, Authorization=f"JWT {JWT}"), response([])),
        (request("GET", EVENTS, Authorization=BASIC), response([])),
    )

    first, second, third = redact_entries(session.entries)

    assert first.request.json() == {"email": "person-1@redacted.example", "password": "REDACTED-password-1"}
    assert first.response.json()["token"] == "JWT REDACTED-jwt-1"
    assert first.response.json()["user"]["email"] == "person-1@redacted.example"
    assert second.request.header("Authorization") == "JWT REDACTED-jwt-1"
    credentials = (third.request.header("Authorization") or "").removeprefix("Basic ")
    assert base64.b64decode(credentials) == b"person-1@redacted.example:REDACTED-password-1"


def test_sender_of_a_token_is_kept_beside_it() -> None:
    """The sender of a request is not secret, and a seed needs it."""
    entry = _redacted(request("GET", EVENTS, Authorization=f"JWT {JWT}"))

    assert entry.sender == {"_id": "65a000000000000000000001", "sub": "user"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Authorization", f"Bearer {JWT}", "Bearer REDACTED-jwt-1"),
        ("Authorization", "Bearer opaque", "Bearer REDACTED-credentials-1"),
        ("Authorization", "Basic %%%", "Basic REDACTED-credentials-1"),
        ("Authorization", "opaque", "REDACTED-credentials-1"),
        ("Cookie", "a=1; connect.sid=s%3Axyz", "a=REDACTED-cookie-1; connect.sid=REDACTED-cookie-2"),
        ("Cookie", "without-a-name; a=1", "REDACTED-cookie-1; a=REDACTED-cookie-2"),
        ("Set-Cookie", "without-a-name; Path=/", "REDACTED-cookie-1; Path=/"),
        ("X-Text", f"see {ENCRYPTED}.", "see REDACTED-jwt-1."),
        ("X-Text", f"see {JWT[:30]}{'x' * 40_000}.x", "see REDACTED-jwt-1"),
        ("X-Text", f"use {LATIN_1_BASIC}", f"use {REDACTED_BASIC}"),
        ("X-Text", "the basic training", "the basic training"),
        ("x-hook-secret", "1d0ab331-c316", "REDACTED-secret-1"),
        ("X-Api-Key", "k", "REDACTED-secret-1"),
        ("X-Auth-Token", f"JWT {JWT}", "JWT REDACTED-jwt-1"),
        ("Referer", "http://h/p?token=abc&page=1", "http://h/p?token=REDACTED-token-1&page=1"),
        ("Referer", "http://joe:pw-of-joe@h/p", "http://person-1%40redacted.example:REDACTED-password-1@h/p"),
        (
            "Referer",
            "http://joe:pw-{of}[joe]@h/p",
            "http://person-1%40redacted.example:REDACTED-password-1@h/p",
        ),
        (
            "Referer",
            "http://joe:pw@h.example",
            "http://person-1%40redacted.example:REDACTED-password-1@h.example",
        ),
        ("Location", "http://h/p#id_token=abc&page=1", "http://h/p#id_token=REDACTED-token-1&page=1"),
        ("Location", "http://h/#to=a?id_token=b", "http://h/#to=a?id_token=REDACTED-token-1"),
        (
            "Location",
            "http://h/p?token=a#b;c\\d#id_token=e",
            "http://h/p?token=REDACTED-token-1#id_token=REDACTED-token-2",
        ),
        ("Referer", "http://joe:p?#\\w@h", "http://person-1%40redacted.example:REDACTED-password-1@h"),
        ("Referer", "http://h:8900?of=joe@", "http://h:8900?of=joe@"),
        ("X-Forwarded-User", "jo@shop.example", "person-1@redacted.example"),
        ("WWW-Authenticate", 'Basic realm="Users"', 'Basic realm="Users"'),
        ("ETag", 'W/"249-33YtaDi/dDN/tzZdOvBiFV9osJ4"', 'W/"249-33YtaDi/dDN/tzZdOvBiFV9osJ4"'),
        ("Content-Type", "application/json", "application/json"),
    ],
)
def test_header_is_redacted(name: str, value: str, expected: str) -> None:
    """Credentials, cookies and fields with secret names are redacted; other header fields stay."""
    assert Redactor().header(name, value) == expected


def test_set_cookie_keeps_its_attributes() -> None:
    """Only the value of a cookie is secret."""
    value = "connect.sid=s%3A6A_MHV; Path=/; HttpOnly"

    assert Redactor().header("Set-Cookie", value) == "connect.sid=REDACTED-cookie-1; Path=/; HttpOnly"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/p/events?page=1&token=JWT%20" + JWT, "/p/events?page=1&token=JWT+REDACTED-jwt-1"),
        ("/p/events?access_token=abc", "/p/events?access_token=REDACTED-token-1"),
        ("/p/users/jo%40shop.example", "/p/users/person-1%40redacted.example"),
        ("/p/events?sort=attributes.a%20b&x", "/p/events?sort=attributes.a%20b&x"),
        ("/p/events?token=", "/p/events?token="),
    ],
)
def test_target_is_redacted(target: str, expected: str) -> None:
    """Secrets in path and query are redacted; everything else keeps its encoding."""
    assert _redacted(request("GET", target)).request.target == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"password": "p", "n": 1.50}, {"password": "REDACTED-password-1", "n": 1.5}),
        ({"jwtSecret": "s"}, {"jwtSecret": "REDACTED-secret-1"}),
        ({"api_key": 12345}, {"api_key": "REDACTED-secret-1"}),
        ({"token": {"value": "t", "ok": True}}, {"token": {"value": "REDACTED-token-1", "ok": True}}),
        ({"secret": None, "password": ""}, {"secret": None, "password": ""}),
        ({"note": f"see {JWT}."}, {"note": "see REDACTED-jwt-1."}),
        ({"note": f"use {BASIC}"}, {"note": f"use {REDACTED_BASIC}"}),
        (["jo@shop.example", "JO@shop.example"], ["person-1@redacted.example"] * 2),
        ({"jo@shop.example": 1}, {"person-1@redacted.example": 1}),
        ({"raw": '{"password": "p"}'}, {"raw": '{"password": "REDACTED-password-1"}'}),
        ({"tokens": 3, "total": 42, "secretary": "Ann"}, {"tokens": 3, "total": 42, "secretary": "Ann"}),
    ],
)
def test_json_body_is_redacted(attributes: Any, expected: Any) -> None:
    """Secrets are found by name and by form, at any depth."""
    assert _attributes(attributes) == expected


@pytest.mark.parametrize(
    "charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]
)
@pytest.mark.parametrize("announced", ["", "; charset=utf-16", "; charset=UTF-8", "; charset=nonsense"])
@pytest.mark.parametrize("text", ['{"password": "hunter2"}', "mail hunter2@shop.example", "password=hunter2"])
def test_body_in_any_character_set_is_redacted(text: str, charset: str, announced: str) -> None:
    """Whatever is announced."""
    body = text.encode(charset)

    redacted = Redactor().body((("Content-Type", f"text/plain{announced}"),), body)

    assert redacted.decode(charset) == text.replace(
        "hunter2@shop.example", "person-1@redacted.example"
    ).replace("hunter2", "REDACTED-password-1")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"value": "ab", "name": "DB_PASSWORD"}, {"value": "REDACTED-password-1", "name": "DB_PASSWORD"}),
        ({"param": "password", "value": "ab"}, {"param": "password", "value": "REDACTED-password-1"}),
        ({"path": "/a/pin", "value": [1]}, {"path": "/a/pin", "value": ["REDACTED-secret-1"]}),
        ({"key": "card", "value": {"number": 1}}, {"key": "card", "value": {"number": "REDACTED-secret-1"}}),
        ({"name": "tokens", "value": 3}, {"name": "tokens", "value": 3}),
        ({"name": "The pin board", "value": "x"}, {"name": "The pin board", "value": "x"}),
        ({"name": "size", "value": "x"}, {"name": "size", "value": "x"}),
    ],
)
def test_name_and_value_may_be_two_fields(fields: Any, expected: Any) -> None:
    """So forms, environments and the errors of express-validator are written; `cassette check` sees them."""
    redactor, body = Redactor(Redaction(names=["card"])), json.dumps([fields, {"value": "x"}])

    redacted = redactor.body((), body.encode())

    assert json.loads(redacted) == [expected, {"value": "x"}]
    assert redactor.text(f"broken: {body[:-1]}") == f"broken: {redacted.decode()[:-1]}"


def test_form_is_redacted() -> None:
    """Fields of forms have the same names."""
    body = b"email=owner%40example.com&password=p%26q&user[token]=t&x=%7E"
    sent = request("POST", "/auth/signin", body, Content_Type="application/x-www-form-urlencoded")

    redacted = _redacted(sent).request.body

    assert redacted == (
        b"email=person-1%40redacted.example&password=REDACTED-password-1&user[token]=REDACTED-token-1&x=%7E"
    )


def test_secret_is_replaced_in_earlier_entries_too() -> None:
    """A later entry shows that an earlier text was a secret."""
    session = cassette(
        (request("POST", EVENTS, {"name": "n", "attributes": {"note": "it is owner-secret"}}), response({})),
        (request("GET", EVENTS, Authorization=BASIC), response([])),
    )

    first, _ = redact_entries(session.entries)

    assert first.request.json()["attributes"]["note"] == "it is REDACTED-password-1"


@pytest.mark.parametrize("word", ["password", "string", "Secret", "redacted.example"])
def test_password_that_is_an_ordinary_word_changes_nothing_else(word: str) -> None:
    """Names and placeholders in the recording stay, so it still matches."""
    texts = {"name": "x", "password": word, "user": "a@b.example", "types": ["password", "string", "Secret"]}
    session = cassette((request("POST", EVENTS, texts), response({})))

    entry, *_ = redact_entries((*session.entries, *session.entries))

    redacted = {"password": "REDACTED-password-1", "user": "person-1@redacted.example"}
    assert entry.request.json() == {**texts, **redacted}


def test_time_does_not_grow_with_the_number_of_known_secrets() -> None:
    """A session with a thousand tokens is redacted in seconds (it was minutes)."""
    sent = [request("POST", EVENTS, {"token": f"token-{n}", "note": f"it is token-{n}"}) for n in range(2000)]
    start = stopwatch()

    entries = redact_entries(cassette(*((one, response({})) for one in sent)).entries)

    assert stopwatch() - start < 30
    assert entries[-1].request.json()["note"] == "it is REDACTED-token-2000"


def test_longest_known_secret_is_replaced() -> None:
    """A secret may be the beginning of another one."""
    texts = [f"it is {secret}." for secret in ("hunter2", "hunter2-and-more", "shunter2")]
    session = cassette(
        (request("POST", EVENTS, {"a_token": "hunter2", "b_token": "hunter2-and-more"}), response({})),
        (request("POST", EVENTS, {"attributes": texts}), response({})),
    )

    _, entry = redact_entries(session.entries)

    assert entry.request.json()["attributes"] == [
        "it is REDACTED-token-1.",
        "it is REDACTED-token-2.",
        "it is sREDACTED-token-1.",
    ]


@pytest.mark.parametrize(
    "piece",
    ["http://user:password{}@host.example/", "token=secret{}", "a%40a.", "a" * 64, "a@" + "a1." * 126],
)
def test_time_of_redaction_grows_with_the_text(piece: str) -> None:
    """200 kB of what looks like secrets or addresses take less than two seconds of computing."""
    text = json.dumps([piece.format(f"{number:06}") for number in range(200_000 // len(piece))])
    began = time.process_time()

    Redactor().body((("Content-Type", "application/json"),), text.encode())
    Redactor().text(text)

    assert time.process_time() - began < 2


def test_addresses_side_by_side_are_redacted() -> None:
    """An address may begin where another one ends; of a long user name the end is redacted."""
    text = "a@x.example-b@x.example+" + "c" * 70 + "@x.example"

    redacted = Redactor().text(text)

    people = "person-1@redacted.example", "person-2@redacted.example", "person-3@redacted.example"
    assert redacted == f"{people[0]}{people[1]}+cccccc{people[2]}"


def test_bytes_that_are_not_text_stay() -> None:
    """A picture stays a picture."""
    assert _redacted(request("POST", EVENTS, b"\xff\x00\xfe")).request.body == b"\xff\x00\xfe"


def test_content_length_is_that_of_the_redacted_body() -> None:
    """With another length it could not be sent again."""
    sent = request("POST", EVENTS, {"password": "p"}, Content_Length="17")

    redacted = _redacted(sent).request

    assert redacted.header("Content-Length") == str(len(redacted.body))


def test_redacting_twice_changes_nothing() -> None:
    """Placeholders stand for themselves."""
    once = redact_entries(read_cassette(SERVER).entries)

    assert redact_entries(once) == once


def test_real_recording_has_no_secret_left() -> None:
    """Passwords, tokens and cookies are nowhere in the entries."""
    text = repr(redact_entries(read_cassette(SERVER).entries))

    secrets = ("owner-secret", "agent-secret", "owner@", "agent@", "eyJ", "s%3A", "1d0ab331-c316")
    assert [secret for secret in secrets if secret in text] == []


def test_more_names_and_paths_are_redacted() -> None:
    """A tester may name the secret attributes of their events."""
    redaction = Redaction(names=["Card-Number"], paths=["attributes.items[*].pin", "**.phone"])
    attributes = {"cardNumber": "4111", "items": [{"pin": "1", "sku": "2"}], "by": {"phone": "3"}, "fax": "4"}

    assert _attributes(attributes, redaction) == {
        "cardNumber": "REDACTED-secret-1",
        "items": [{"pin": "REDACTED-secret-2", "sku": "2"}],
        "by": {"phone": "REDACTED-secret-3"},
        "fax": "4",
    }


def test_function_is_called_first() -> None:
    """What it returns is redacted as usual."""

    def shorten(sent: RecordedRequest, got: RecordedResponse) -> tuple[RecordedRequest, RecordedResponse]:
        return replace(sent, body=json.dumps({"password": "p"}).encode()), replace(got, body=b"cut")

    entry = _redacted(request("POST", EVENTS, {"name": "long"}), redaction=Redaction(function=shorten))

    assert entry.request.json() == {"password": "REDACTED-password-1"}
    assert entry.response.body == b"cut"


def test_redaction_can_be_switched_off() -> None:
    """Invented data may be recorded unchanged."""
    entry = _redacted(request("GET", EVENTS, Authorization=BASIC), redaction=Redaction(enabled=False))

    assert entry.request.header("Authorization") == BASIC


TEXTS = st.text(max_size=12) | st.sampled_from(
    [JWT, BASIC, "jo@shop.example", "token=abc", "65f0000000000000000000ff"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.just("password"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_second_redaction_changes_nothing(value: Any) -> None:
    """Whatever is posted, the first one leaves no token, address or password."""
    session = cassette((request("POST", EVENTS, {"value": value, "password": "Tr0ub4dor"}), response({})))

    once = redact_entries(session.entries)
    text = repr(once)

    assert not [secret for secret in (JWT, "jo@shop.example", "Tr0ub4dor", BASIC) if secret in text]
    assert redact_entries(once) == once
