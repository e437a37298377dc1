"""What a test holds in its hand: `TiledeskMock`, and the people who call."""

from ..emulator.people import Person
from .handle import API_PREFIX, TiledeskMock

__all__ = ["API_PREFIX", "Person", "TiledeskMock"]
