"""What a test expects to have been told over WebSockets."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct, field

from ..tiledesk.wire import Document
from .event import ExpectedEvent
from .matching import Difference, described, differences, shown

_KIND_WEIGHT: Final = 20.0


class ExpectedFrame(Struct, frozen=True, kw_only=True):
    """A frame: its topic, the event in it, and who was sent it.

    Args:
        topic: the topic it was published on.
        event: the event that it tells, or that its history has.
        live: whether it was published when the event was fired, or is what subscribers begin with.
        to: who, as messages name them; `people` are what those go by in frames.
    """

    topic: Any = ...
    event: ExpectedEvent = field(default_factory=ExpectedEvent)
    live: bool = True
    to: str | None = None
    people: frozenset[str] = frozenset()

    @property
    def noun(self) -> str:
        """Return what the items are called."""
        return "frame"

    def description(self) -> str:
        """Say in a line what is expected."""
        parts = ["frame" if self.live else "frame of the history"]
        parts += [f"on {described(self.topic)}"] if self.topic is not ... else []
        parts += [f"with the {self.event.description()}"] if self.event != ExpectedEvent() else []
        parts += [f"to {self.to}"] if self.to else []
        return " ".join(parts)

    def mismatches(self, item: Document, /) -> list[Difference]:
        """Return where a frame is not as expected."""
        found = [] if self.topic is ... else differences(self.topic, item["topic"], "topic")
        if self.to and not self.people & set(item["to"]):
            found.append(Difference("to", self.to, ", ".join(item["to"]) or "nobody"))
        if self.live is not item["live"]:
            found.append(Difference("live", shown(self.live), shown(item["live"]), _KIND_WEIGHT))
            return found
        return found + self._in_message(item["message"])

    def describe(self, item: Document, /) -> str:
        """Say in a line what a frame is."""
        message = item["message"]
        if item["live"]:
            attributes = f" {shown(message['attributes'])}" if "attributes" in message else ""
            what = f"{shown(message['name'])}{attributes}"
        else:
            what = "null" if message is None else f"history of {len(message)}"
        return f"{item['topic']}: {what} to {', '.join(item['to']) or 'nobody'}"

    def _in_message(self, message: Any) -> list[Difference]:
        if self.live:
            return self.event.mismatches(message)
        if self.event == ExpectedEvent() or any(not self.event.mismatches(one) for one in message or ()):
            return []
        return [Difference("history", self.event.description(), f"{len(message or ())} others")]
