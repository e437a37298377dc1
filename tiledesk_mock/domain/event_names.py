"""What events are called for those who subscribe to them."""

from __future__ import annotations

from typing import Final

EVERY_EVENT: Final = "event.emit"
"""The subscription to all events that are fired."""

PREFIX: Final = f"{EVERY_EVENT}."
"""What stands before an event's name in the subscription to it alone."""
