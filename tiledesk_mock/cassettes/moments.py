"""Times as recordings write them."""

from __future__ import annotations

from datetime import datetime, timezone

from ..tiledesk.clock import parse_time


def moment(text: object) -> datetime | None:
    """Return an ISO time, with any number of decimals, UTC's without an offset; None for another text."""
    try:
        found = parse_time(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
