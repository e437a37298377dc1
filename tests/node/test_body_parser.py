"""Request bodies; `data/bodies.json` has the results of body-parser."""

from __future__ import annotations

import base64
import gzip
import time
from typing import Any

import pytest

from tiledesk_mock.errors import BodyTooLarge, UnreadableBody
from tiledesk_mock.node.body_parser import BODY_LIMIT, parse_body
from tiledesk_mock.node.json import stringify

from .library_results import library_results

JSON = "application/json"


@pytest.mark.parametrize(("body", "expected"), library_results("bodies"))
def test_parse_body(body: dict[str, Any], expected: Any) -> None:
    """A body is parsed, ignored or refused by its type, charset and encoding."""
    raw = base64.b64decode(body["raw"])
    if expected == {"error": "unreadable"}:
        with pytest.raises(UnreadableBody):
            parse_body(raw, body["type"], body["encoding"])
    else:
        assert stringify(parse_body(raw, body["type"], body["encoding"])) == expected


@pytest.mark.parametrize("content_type", [JSON, "application/x-www-form-urlencoded", "text/plain", None])
def test_parse_body_empty(content_type: str | None) -> None:
    """An empty body is an empty object, whatever its type is."""
    assert parse_body(b"", content_type, None) == {}


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [(f"{JSON}; charset=latin1", None), (JSON, "zstd9"), (JSON, "gzip"), (JSON, "deflate")],
)
def test_parse_body_empty_with_unsupported_headers_raises(content_type: str, encoding: str | None) -> None:
    """Charset and encoding are checked before the body, and an empty body is not valid gzip."""
    with pytest.raises(UnreadableBody):
        parse_body(b"", content_type, encoding)


def test_parse_body_of_the_limit_is_parsed() -> None:
    """A body of exactly the limit passes, white space included."""
    assert parse_body(b" " * (BODY_LIMIT - 2) + b"{}", JSON, None) == {}


@pytest.mark.parametrize("content_type", [JSON, "application/x-www-form-urlencoded"])
def test_parse_body_over_the_limit_raises(content_type: str) -> None:
    """One byte more raises an error that has the limit."""
    with pytest.raises(BodyTooLarge) as refused:
        parse_body(b"a" * (BODY_LIMIT + 1), content_type, None)

    assert refused.value.limit == BODY_LIMIT


def test_parse_body_of_another_type_may_be_of_any_size() -> None:
    """A body of another type is not read, so it has no limit."""
    assert parse_body(b" " * (BODY_LIMIT + 1), "text/plain", None) == {}


def test_parse_body_decompressed_over_the_limit_raises() -> None:
    """A small body that decompresses to a large one is too large."""
    with pytest.raises(BodyTooLarge):
        parse_body(gzip.compress(b" " * 50_000_000), JSON, "gzip")


@pytest.mark.parametrize("content", [b"", b" "])
def test_parse_body_of_many_members_takes_linear_time(content: bytes) -> None:
    """200,000 members of gzip, in 4 MB, take less than five seconds of computing."""
    body = gzip.compress(content) * 200_000 + gzip.compress(b"{}")
    began = time.process_time()

    assert parse_body(body, JSON, "gzip") == {}
    assert time.process_time() - began < 5


def test_parse_body_decompressed_to_the_limit_is_parsed() -> None:
    """The limit applies to the decompressed body."""
    assert parse_body(gzip.compress(b" " * (BODY_LIMIT - 2) + b"{}"), JSON, "gzip") == {}


def test_parse_body_nested_without_end_raises() -> None:
    """Deep nesting does not overflow the stack."""
    with pytest.raises(UnreadableBody):
        parse_body(b"[" * 100_000, JSON, None)
