"""The handle of a test on an emulator: `TiledeskMock`, and the people who call."""

from ..control.people import Person
from .handle import API_PREFIX, TiledeskMock

__all__ = ["API_PREFIX", "Person", "TiledeskMock"]
