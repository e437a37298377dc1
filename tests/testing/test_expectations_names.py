"""Whom an expectation is about has to be somebody."""

from __future__ import annotations

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import SetupError


def test_expecting_something_of_nobody_is_a_mistake(tiledesk_mock: TiledeskMock) -> None:
    """A misspelt role would make `count=0` pass for ever; the error tells which roles there are."""
    with pytest.raises(SetupError, match=r"'agnt': the roles are .*agent"):
        tiledesk_mock.expect_event("order.paid", by="agnt", count=0)
    with pytest.raises(SetupError, match="'agnt'"):
        tiledesk_mock.expect_frame(name="order.paid", to="agnt", count=0)
