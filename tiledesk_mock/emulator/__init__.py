"""The use cases: what Tiledesk does, and what a tester does with it. The one place where rooms meet."""

from __future__ import annotations

from .emulator import Emulator, Outcome

__all__ = ["Emulator", "Outcome"]
