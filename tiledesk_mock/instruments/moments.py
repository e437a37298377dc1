"""Times as recordings write them."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Final

_FRACTION: Final = re.compile(r"\.(\d+)")


def moment(text: object) -> datetime | None:
    """Return an ISO time, with any number of decimals, UTC's without an offset; None for another text."""
    written = _FRACTION.sub(lambda match: "." + match[1][:6].ljust(6, "0"), str(text))
    try:
        found = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", written))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
