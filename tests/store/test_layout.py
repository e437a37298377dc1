"""Documents as lines of a file."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tiledesk_mock.node.json import load_json
from tiledesk_mock.store.layout import encode, encode_plain

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


@given(st.dictionaries(st.text(), VALUES, min_size=1))
def test_plain_encoding_means_the_same(document):
    """The fast encoder and decoder agree with those of Python, in text that is ASCII and one line."""
    body = encode_plain(document)

    assert json.loads(body) == json.loads(encode(document))
    assert load_json(body) == json.loads(body)
    assert body.isascii()
    assert b"\n" not in body


def test_plain_encoding_of_what_json_lacks():
    """An infinity, half of a surrogate pair and a large integer are written as `encode` writes them."""
    document = {"a": float("inf"), "b": "\ud800", "c": 2**70, "d": None}

    assert encode_plain(document) == encode(document)
    assert load_json(encode_plain(document)) == document
