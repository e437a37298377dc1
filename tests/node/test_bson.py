"""ObjectIds as mongoose casts them."""

from __future__ import annotations

import pytest

from tiledesk_mock.node.bson import object_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("65F0000000000000000000FF", "65f0000000000000000000ff"),
        ("twelve-chars", "7477656c76652d6368617273"),
        ("nope", None),
        ("", None),
        ("65f0000000000000000000fg", None),
        ("65f0000000000000000000ff\n", None),
    ],
)
def test_object_id(text: str, expected: str | None) -> None:
    """An ObjectId is 24 hex digits in any case, or any twelve characters."""
    assert object_id(text) == expected
