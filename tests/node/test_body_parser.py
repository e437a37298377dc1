"""Request bodies; `data/bodies.json` holds what body-parser made of them."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest

from tiledesk_mock.errors import BodyTooLarge, UnreadableBody
from tiledesk_mock.node.body_parser import BODY_LIMIT, parse_body
from tiledesk_mock.node.json import stringify

from .answers import answers

JSON = "application/json"


@pytest.mark.parametrize(("given", "expected"), answers("bodies"))
def test_read_body(given: dict[str, Any], expected: Any) -> None:
    """A body is read, passed over or refused by its type, charset and encoding."""
    raw = base64.b64decode(given["raw"])
    if expected == {"error": "unreadable"}:
        with pytest.raises(UnreadableBody):
            parse_body(raw, given["type"], given["encoding"])
    else:
        assert stringify(parse_body(raw, given["type"], given["encoding"])) == expected


@pytest.mark.parametrize("content_type", [JSON, "application/x-www-form-urlencoded", "text/plain", None])
def test_read_body_of_nothing(content_type: str | None) -> None:
    """An empty body is an empty object, whatever its type."""
    assert parse_body(b"", content_type, None) == {}


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [(f"{JSON}; charset=latin1", None), (JSON, "zstd9"), (JSON, "gzip"), (JSON, "deflate")],
)
def test_empty_body_with_headers_that_are_refused(content_type: str, encoding: str | None) -> None:
    """Charset and encoding are looked at before the body, and nothing at all is no gzip."""
    with pytest.raises(UnreadableBody):
        parse_body(b"", content_type, encoding)


def test_read_body_of_the_limit_is_read() -> None:
    """Exactly the limit passes, in characters that mean nothing too."""
    assert parse_body(b" " * (BODY_LIMIT - 2) + b"{}", JSON, None) == {}


@pytest.mark.parametrize("content_type", [JSON, "application/x-www-form-urlencoded"])
def test_read_body_over_the_limit_is_too_large(content_type: str) -> None:
    """One byte more does not, and the error tells the limit."""
    with pytest.raises(BodyTooLarge) as refused:
        parse_body(b"a" * (BODY_LIMIT + 1), content_type, None)

    assert refused.value.limit == BODY_LIMIT


def test_read_body_of_another_type_may_be_of_any_size() -> None:
    """What is not read is not measured."""
    assert parse_body(b" " * (BODY_LIMIT + 1), "text/plain", None) == {}


def test_read_body_that_unpacks_over_the_limit_is_too_large() -> None:
    """A small archive of much is refused like much."""
    with pytest.raises(BodyTooLarge):
        parse_body(gzip.compress(b" " * 50_000_000), JSON, "gzip")


def test_read_body_that_unpacks_to_the_limit_is_read() -> None:
    """The limit holds for the unpacked body."""
    assert parse_body(gzip.compress(b" " * (BODY_LIMIT - 2) + b"{}"), JSON, "gzip") == {}


def test_read_body_nested_without_end_is_unreadable() -> None:
    """Nothing overflows."""
    with pytest.raises(UnreadableBody):
        parse_body(b"[" * 100_000, JSON, None)
