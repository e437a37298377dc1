"""The emulator: what Tiledesk does with requests, and what a tester does with the emulator."""

from __future__ import annotations

from .emulator import Emulator, Outcome

__all__ = ["Emulator", "Outcome"]
