"""WebSockets in a tester's hand: who is connected to what, and what they were told."""

from __future__ import annotations

from typing import Final

from ..control.operations import Controls
from ..tiledesk.wire import Document


class HandleRealtime:
    """What `tiledesk_mock.realtime` is."""

    def __init__(self, controls: Controls) -> None:
        self._controls: Final = controls

    @property
    def connections(self) -> list[Document]:
        """Return who is connected: `id`, `person`, `topics`, and how many frames they were `sent`."""
        return list(self._controls.realtime()["connections"])

    @property
    def frames(self) -> list[Document]:
        """Return what was published last, oldest first: `topic`, `live`, `message`, and `to` whom.

        A live frame's message is an event, any other's the history that a subscriber began with.
        """
        return list(self._controls.realtime()["frames"])

    def subscribers(self, topic: str) -> list[Document]:
        """Return the connections that listen to a topic."""
        return [connection for connection in self.connections if topic in connection["topics"]]

    def topics(self) -> list[str]:
        """Return the topics that somebody listens to."""
        return sorted({topic for connection in self.connections for topic in connection["topics"]})
