"""The use cases: what Tiledesk does, and what a tester does with it. The one place where rooms meet."""

from __future__ import annotations

from .emulator import EVENT_PREFIX, Emulator, Outcome

__all__ = ["EVENT_PREFIX", "Emulator", "Outcome"]
