"""What a test holds in its hand: `TiledeskMock`, and the people who call."""

from .handle import API_PREFIX, TiledeskMock
from .people import Person
from .receiver import Received, Receiver

__all__ = ["API_PREFIX", "Person", "Received", "Receiver", "TiledeskMock"]
