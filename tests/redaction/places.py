"""Forty places of a request or a response, each with a secret."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import jwt

from tiledesk_mock.http.exchange import Headers


class Place(NamedTuple):
    """A secret, and the request or response that contains it."""

    name: str
    secret: str
    target: str = "/v3/p/events"
    headers: Headers = ()
    body: bytes = b""
    response_headers: Headers = ()
    response_body: bytes = b""


_FORM: Final = (("Content-Type", "application/x-www-form-urlencoded"),)
_JSON: Final = (("Content-Type", "application/json"),)
_TEXT: Final = (("Content-Type", "text/plain"),)
_MULTIPART: Final = (("Content-Type", "multipart/form-data; boundary=x1"),)
_DEEP: Final = 5000

BODIES: Final[Mapping[str, str]] = {
    "trailing comma": '{"a": [1, 2,], "password": "SECRET",}',
    "broken off": '{"a": 1, "user": {"password": "SECRET',
    "NDJSON": '{"a": 1}\n{"user": {"client_secret": "SECRET"}}\n{"b": 2}\n',
    "JSONP": 'callback({"accessToken": "SECRET"});',
    "deep nesting": "[" * _DEEP + '{"token": {"value": "SECRET"}}' + "]" * _DEEP,
    "multipart": '--x1\r\nContent-Disposition: form-data; name="user_password"\r\n\r\nSECRET\r\n--x1--\r\n',
    "JSON in multipart": '--x1\r\nContent-Disposition: form-data; name="a"\r\n\r\n{"pin": "SECRET"}\r\n--x1',
    "XML": '<a><ns:password type="x">SECRET</ns:password></a>',
    "nested XML": "<token><value>SECRET</value></token>",
    "CDATA": "<apiKey><![CDATA[SECRET]]></apiKey>",
    "HTML": '<form><input type="hidden" name="csrf-token" value="SECRET"></form>',
    "text": "the password: SECRET",
    "text in parentheses": "signed in (password=SECRET) today",
    "quoted text": "\"password\" : 'SECRET'",
    "arrow": "password -> SECRET",
    "Python": "{'tokens': ['SECRET', 'x'], 'n': b'1'}",
    "header in text": "POST / HTTP/1.1\r\nAuthorization: Bearer SECRET\r\nHost: h\r\n",
    "YAML": "user:\n  tokens:\n    - SECRET\n  name: x\n",
    "YAML block": "password: |\n  SECRET\nname: x\n",
    "INI": "[db]\nclient_secret = SECRET\nname = x\n",
    "command": "curl --api-key SECRET http://h/",
    "encoded twice": "a=1&next=%252Fcb%253Ftoken%253DSECRET%2526b%253D1",
    "JSON in JSON": json.dumps({"a": json.dumps({"b": json.dumps({"session_id": "SECRET"})})}),
    "base64": base64.b64encode(b'{"password": "SECRET-of-base64"}').decode(),
    "private key": "-----BEGIN RSA PRIVATE KEY-----\nSECRET\n-----END RSA PRIVATE KEY-----\n",
}
"""Bodies that are not exactly one JSON text, by name."""


def _token() -> str:
    return jwt.encode({"sub": "user", "_id": "65a000000000000000000001"}, "a key of more than 32 characters!")


def _basic() -> str:
    return "Basic " + base64.b64encode(b"joe:b4sic-pw").decode()


def _headers(name: str) -> Headers:
    if "multipart" in name:
        return _MULTIPART
    return _FORM if name == "encoded twice" else _TEXT


def places() -> Iterator[Place]:
    """Yield forty secrets in forty places."""
    for number, (name, body) in enumerate(BODIES.items()):
        secret = "SECRET-of-base64" if name == "base64" else f"s3cr-{number:02}-Xyz"
        text = body if name == "base64" else body.replace("SECRET", secret)
        yield Place(name, secret, headers=_headers(name), body=text.encode())
    yield Place("Basic", "b4sic-pw", headers=(("Authorization", _basic()),))
    yield Place("Bearer", "b3arer-opaque", headers=(("Authorization", "Bearer b3arer-opaque"),))
    yield Place("header", "h3ader-key", headers=(("X-Client-ApiKey", "h3ader-key"),))
    yield Place("JSON in a header", "h3ader-json", headers=(("X-Data", '{"otp": "h3ader-json"}'),))
    yield Place("cookie", "c00kie-value", headers=(("Cookie", "a=c00kie-value"),))
    yield Place("query", "qu3ry-value", "/v3/p/events?sessionId=qu3ry-value&page=1")
    yield Place("nested query", "n3sted-query", "/v3/login?next=%2Fcb%3Ftoken%3Dn3sted-query%26a%3D1")
    yield Place("JSON in a query", "qu3ry-json", "/v3/p/events?q=%7B%22pwd%22%3A%22qu3ry-json%22%7D")
    yield Place("form", "f0rm-value", headers=_FORM, body=b"user[passwd]=f0rm-value&a=1")
    json_in_form = b"data=%7B%22secretKey%22%3A+%22f0rm-json%22%7D"
    yield Place("JSON in a form", "f0rm-json", headers=_FORM, body=json_in_form)
    packed, gzipped = gzip.compress(b'{"password": "c0mpressed-pw"}'), (("Content-Encoding", "gzip"), *_JSON)
    yield Place("compressed", "c0mpressed-pw", headers=gzipped, body=packed)
    utf16 = (("Content-Type", "text/plain; charset=utf-16"),)
    yield Place("UTF-16", "utf16-pw", headers=utf16, body="password: utf16-pw".encode("utf-16"))
    yield Place("JWT in text", _token(), headers=_TEXT, body=f"see {_token()}.".encode())
    set_cookie = (("Set-Cookie", "sid=s3t-cookie; Path=/"),)
    yield Place("Set-Cookie", "s3t-cookie", response_headers=set_cookie)
    location = (("Location", "/login?next=/cb?token=l0cation-token"),)
    yield Place("Location", "l0cation-token", response_headers=location)
