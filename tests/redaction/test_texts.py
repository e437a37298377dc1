"""Secrets in texts of any form are found, and ordinary texts stay."""

from __future__ import annotations

import pytest

from tiledesk_mock.http.encodings import decompressed
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.http.stopwatch import stopwatch
from tiledesk_mock.redaction.masking import masked_text
from tiledesk_mock.redaction.redactor import RedactedExchange, Redactor

from .places import Place, places

ORDINARY = [
    "The shipping: free, the compass: north, the passenger: Joe, the option: a",
    "secretary: Ann, pinned: yes, tokenizer: fast, obsession=none",
    "no password was given",
    "Incorrect user name or password.",
    "Authentication failed. User not found.",
    "the token is expired",
    "token: expired",
    "password: required",
    "a bearer of good news",
    "Bearer authentication",
    "basic training",
    'Basic realm="Users"',
    "http://127.0.0.1:8900/v3/65b000000000000000000001/events?page=1&limit=20",
    "https://token-service:8080/health",
    "12:30:45, 2026-01-31T12:00:00.000Z",
    "total=42&page=2&sort=name",
    "a = b; c -> d; e => f; g: h",
    "token_count: 3, session_timeout=60, tokens: 17",
    '{"token_type": "Bearer", "expires_in": 3600, "tokens": 5,}',
    "<shipping>free</shipping><option value='a'>b</option>",
    "send a <token> in the header",
    '<input type="text" name="city" value="Rome">',
    "name: Ann\ntown: Rome\ntags:\n  - a\n  - b\n",
    "4be578d4-8ff4-492b-9ed8-2a2b9964632b 65f0000000000000000000ff",
    "dGhpcyBpcyBqdXN0IGEgdGV4dCBpbiBiYXNlNjQ=",
    "/files/a%20b/caf%C3%A9?next=%2Fhome%3Fpage%3D1",
    '{"keyboard": "de", "monkey": 1, "author": "x", "side": "left"',
    "x" * 300 + "=1",
    "it's {a} [b] \"c\" 'd'",
    "passed: 12, failed: 0, passive: yes, passport photo",
]


def _redact(place: Place) -> tuple[RecordedRequest, RecordedResponse, RedactedExchange]:
    request = decompressed(RecordedRequest("POST", place.target, place.headers, place.body))
    response = RecordedResponse(200, place.response_headers, place.response_body)
    return request, response, Redactor().exchanges([(request, response)])[0]


@pytest.mark.parametrize("place", list(places()), ids=lambda place: place.name)
def test_secret_in_any_place_is_redacted(place: Place) -> None:
    """A second redaction changes nothing."""
    _, _, redacted = _redact(place)

    sent, received = redacted.request, redacted.response
    bodies = sent.body.replace(b"\0", b""), received.body
    everything = repr((sent.target, sent.headers, received.headers, bodies))
    again = Redactor().exchange(redacted.request, redacted.response)
    assert place.secret not in everything
    assert "REDACTED" in everything or place.name == "Basic"
    assert again[:2] == redacted[:2]


@pytest.mark.parametrize("text", ORDINARY, ids=lambda text: text[:20])
def test_ordinary_text_stays(text: str) -> None:
    """It is neither masked nor redacted."""
    assert masked_text(text) == text
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password: hunter2, user: joe", "password: REDACTED-password-1, user: joe"),
        ("sent (pin=4711).", "sent (pin=REDACTED-secret-1)."),
        ("a; password=hunter2; b=c", "a; password=REDACTED-password-1; b=c"),
        ("a\npassword: my dog's name\nb: c", "a\npassword: REDACTED-password-1\nb: c"),
        ('{password: "x1", b: 1}', '{password: "REDACTED-password-1", b: 1}'),
        ('x = {"password": null, "token": ""}', 'x = {"password": null, "token": ""}'),
        ("<password/><name>x</name>", "<password/><name>x</name>"),
        ("Cookie: a=1; b=2\nHost: h", "Cookie: REDACTED-secret-1\nHost: h"),
        (r"say \"password\": \"x1\", \"b\"", r"say \"password\": \"REDACTED-password-1\", \"b\""),
        ("<p>&quot;pin&quot;: &quot;x1&quot;</p>", "<p>&quot;pin&quot;: &quot;REDACTED-secret-1&quot;</p>"),
        ("http://h/a#id=1&access_token=x1", "http://h/a#id=1&access_token=REDACTED-token-1"),
        (
            "u=http%3A%2F%2Fjoe%3Apw1234%40h%2F",
            "u=http%3A%2F%2Fperson-1%2540redacted.example%3AREDACTED-password-1%40h%2F",
        ),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_not_secret_stays(text: str, expected: str) -> None:
    """Punctuation, quotes, encodings and other fields are as they were."""
    assert Redactor().text(text) == expected


def test_encodings_in_each_other_are_no_recursion() -> None:
    """A text that is encoded hundreds of times is decoded only a few times."""
    percent = ",".join("%" + "25" * number + "3D" for number in range(500))
    entities = ",".join("&" + "amp;" * number + "lt;" for number in range(400))

    assert [Redactor().text(text) for text in (percent, entities)] == [percent, entities]


PIECES = ["a", "password", "password:", 'token="', 'token=\\"', "<token><![CDATA[", "{", '{"token":', "[1,"]
PIECES += [
    "--pin ",
    "%253D",
    "x=%22",
    "a@b.",
    "://a:b@",
    "basic aaaa ",
    "eyJa.b.",
    "PRIVATE KEY-----",
    "pin=;",
]
PIECES += ['form-data; name="pin"\r\n\r\n', "aGVsbG8gd29ybGQ", "[[pin]]", "PRIVATE KEY-----", "  pin:\n "]


@pytest.mark.parametrize("piece", PIECES)
def test_time_grows_with_the_text(piece: str) -> None:
    """A long repetition of anything that may begin a secret takes seconds and not minutes."""
    start = stopwatch()

    Redactor().text((piece * 100_000)[:100_000])

    assert stopwatch() - start < 20
