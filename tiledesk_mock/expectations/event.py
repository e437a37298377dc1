"""What a test expects of events, and of the WebSocket frames that have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Final

from msgspec import Struct, field

from ..node.json import ABSENT
from ..tiledesk.wire import Document
from .matching import (
    Mismatch,
    describe_expected,
    describe_item,
    find_mismatches,
    format_value,
    name_mismatches,
)
from .verdict import find_matches

_KIND_COST: Final = 20.0
"""The cost of a frame of the history where a live one is expected, and the reverse."""


class ExpectedEvent(Struct, frozen=True, kw_only=True):
    """An event: its name, at least these `attributes` or `exact` ones, and who fired it.

    `ids` are those of the people who may have fired it, and `by` is what messages call them. `names` returns
    the names of people by their ids; it is called when a message needs them.
    """

    noun: ClassVar[str] = "event"

    name: Any = ...
    attributes: Any = ...
    exact: Any = ...
    by: str | None = None
    names: Callable[[], Mapping[str, str]] = dict
    ids: frozenset[str] = frozenset()

    def description(self) -> str:
        """Return in one line what is expected."""
        noun = "event" if self.name is ... else f"event {describe_expected(self.name)}"
        attributes = ("with at least the attributes", self.attributes)
        text = describe_item(noun, attributes, ("with exactly the attributes", self.exact))
        return f"{text} by {self.by}" if self.by else text

    def mismatches(self, item: Document, /) -> Iterator[Mismatch]:
        """Yield where an event is not as expected."""
        if self.name is not ...:
            yield from name_mismatches(self.name, item["name"])
        came = item.get("attributes", ABSENT)
        if self.attributes is not ... and not (came is ABSENT and self.attributes == {}):
            yield from find_mismatches(self.attributes, came, "attributes")
        if self.exact is not ...:
            attributes = {} if came is ABSENT else came
            yield from find_mismatches(self.exact, attributes, "attributes", exact=True)
        if self.by and not self.ids & _ids_of(item):
            yield Mismatch("by", self.by, self._author(item))

    def describe(self, item: Document, /) -> str:
        """Return an event in one line."""
        attributes = f" {format_value(item['attributes'])}" if "attributes" in item else ""
        return f"{format_value(item['name'])}{attributes} by {self._author(item)} at {item['createdAt']}"

    def _author(self, item: Document) -> str:
        names = self.names()
        found = (names[name] for name in sorted(_ids_of(item)) if name in names)
        return next(found, str(item["createdBy"]))


def _ids_of(event: Document) -> frozenset[str]:
    """Return the ids of the user and the project user who fired an event."""
    member = event.get("project_user")
    ids = (event["createdBy"], member.get("_id") if isinstance(member, dict) else member)
    return frozenset(one for one in ids if one)


class ExpectedFrame(Struct, frozen=True, kw_only=True):
    """A frame: its topic, its method, the event or the message in it, who published it, and its receivers.

    It is `live` if it was published when an event was fired, or by a client; otherwise it is what a new
    subscriber gets first. `by` and `to` are what messages call a client that published it and one that
    received it; `publishers` and `people` are what frames call them.
    """

    noun: ClassVar[str] = "frame"

    topic: Any = ...
    method: Any = ...
    event: ExpectedEvent = field(default_factory=ExpectedEvent)
    message: Any = ...
    live: bool = True
    by: str | None = None
    publishers: frozenset[str] = frozenset()
    to: str | None = None
    people: frozenset[str] = frozenset()

    def description(self) -> str:
        """Return in one line what is expected."""
        text = describe_item(
            "frame" if self.live else "frame of the history",
            ("on", self.topic),
            ("with the method", self.method),
            ("with the message", self.message),
        )
        text += f" with the {self.event.description()}" if self.event != ExpectedEvent() else ""
        text += f" by {self.by}" if self.by else ""
        return f"{text} to {self.to}" if self.to else text

    def mismatches(self, item: Document, /) -> Iterator[Mismatch]:
        """Yield where a frame is not as expected."""
        if self.topic is not ...:
            yield from find_mismatches(self.topic, item["topic"], "topic")
        if self.method is not ...:
            yield from find_mismatches(self.method, item.get("method", ABSENT), "method")
        if self.to and not self.people & set(item["to"]):
            yield Mismatch("to", self.to, ", ".join(item["to"]) or "no client")
        if self.by and item.get("by") not in self.publishers:
            yield Mismatch("by", self.by, item.get("by", "Tiledesk"))
        if self.message is not ...:
            yield from find_mismatches(self.message, item.get("message", ABSENT), "message")
        if self.live is not item["live"]:
            yield Mismatch("live", format_value(self.live), format_value(item["live"]), _KIND_COST)
        elif self.event != ExpectedEvent():
            yield from self._event_mismatches(item)

    def _event_mismatches(self, item: Document) -> Iterator[Mismatch]:
        """Yield where the event of a live frame, or all of those of a history, are not as expected."""
        if "by" in item:
            yield Mismatch("by", "Tiledesk", item["by"], _KIND_COST)
        elif self.live and not _has_event(item):
            yield Mismatch("frame", self.event.description(), self._shown(item), _KIND_COST)
        elif self.live:
            yield from self.event.mismatches(item["message"])
        else:
            message = item["message"]
            history = message if isinstance(message, list) else ()
            if not find_matches(self.event, history):
                yield Mismatch("history", self.event.description(), f"{len(history)} others")

    def describe(self, item: Document, /) -> str:
        """Return a frame in one line."""
        return f"{item['topic']}: {self._shown(item)} to {', '.join(item['to']) or 'no client'}"

    def _shown(self, item: Document) -> str:
        message = item.get("message", ABSENT)
        if "by" in item:
            published = "no message" if message is ABSENT else format_value(message)
            return f"{published} by {item['by']}"
        if item["live"] and _has_event(item):
            attributes = f" {format_value(message['attributes'])}" if "attributes" in message else ""
            return f"{format_value(message['name'])}{attributes}"
        if item["live"]:
            return f"{item['method']} {format_value(message)}"
        return f"history of {len(message)}" if isinstance(message, list) else format_value(message)


def _has_event(item: Document) -> bool:
    """Return whether a frame that the server published has an event, and not a request, message or member."""
    from ..tiledesk.topics import Resource  # here: it is not needed without WebSockets

    return Resource.EVENTS.value in item["topic"]
