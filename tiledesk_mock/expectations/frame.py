"""What a test expects to be sent over WebSockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from msgspec import Struct, field

from ..tiledesk.wire import Document
from .event import ExpectedEvent
from .matching import Mismatch, describe_expected, find_mismatches, format_value
from .verdict import find_matches

_KIND_COST: Final = 20.0


class ExpectedFrame(Struct, frozen=True, kw_only=True):
    """A frame: its topic, the event in it, and its receivers.

    Args:
        topic: the topic it was published on.
        event: the event in it, or in the history that it has.
        live: whether it was published when the event was fired; otherwise it is the history that a new
            subscriber gets.
        to: what messages call the people of whom one received it.
        people: what frames call these people.
    """

    noun: ClassVar[str] = "frame"

    topic: Any = ...
    event: ExpectedEvent = field(default_factory=ExpectedEvent)
    live: bool = True
    to: str | None = None
    people: frozenset[str] = frozenset()

    def description(self) -> str:
        """Return in one line what is expected."""
        parts = ["frame" if self.live else "frame of the history"]
        parts += [f"on {describe_expected(self.topic)}"] if self.topic is not ... else []
        parts += [f"with the {self.event.description()}"] if self.event != ExpectedEvent() else []
        parts += [f"to {self.to}"] if self.to else []
        return " ".join(parts)

    def mismatches(self, item: Document, /) -> Iterator[Mismatch]:
        """Yield where a frame is not as expected."""
        if self.topic is not ...:
            yield from find_mismatches(self.topic, item["topic"], "topic")
        if self.to and not self.people & set(item["to"]):
            yield Mismatch("to", self.to, ", ".join(item["to"]) or "nobody")
        if self.live is not item["live"]:
            yield Mismatch("live", format_value(self.live), format_value(item["live"]), _KIND_COST)
        elif self.live:
            yield from self.event.mismatches(item["message"])
        elif self.event != ExpectedEvent():
            history = item["message"] or ()
            if not find_matches(self.event, history):
                yield Mismatch("history", self.event.description(), f"{len(history)} others")

    def describe(self, item: Document, /) -> str:
        """Return a frame in one line."""
        message = item["message"]
        if item["live"]:
            attributes = f" {format_value(message['attributes'])}" if "attributes" in message else ""
            what = f"{format_value(message['name'])}{attributes}"
        else:
            what = "null" if message is None else f"history of {len(message)}"
        return f"{item['topic']}: {what} to {', '.join(item['to']) or 'nobody'}"
