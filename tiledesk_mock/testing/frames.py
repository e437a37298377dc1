"""Expectations of WebSocket frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict, overload

from ..expectations.event import ExpectedEvent, ExpectedFrame
from ..tiledesk.wire import Document
from .expectations import TIMEOUT, Expectations, PersonName

if TYPE_CHECKING:
    from typing_extensions import Unpack

_MOST_REFUSED: Final = 5
"""How many refused topics a message has at most."""


class FrameFields(TypedDict, total=False):
    """The keywords of `expect_frame`, beside `count`."""

    exact: Any
    method: Any
    message: Any
    by: PersonName
    to: PersonName
    live: bool


class FrameExpectations(Expectations):
    """`expect_frame` and `wait_for_frame`, beside the expectations of events, requests and deliveries."""

    @overload
    def expect_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        count: None = ...,
        **fields: Unpack[FrameFields],
    ) -> Document: ...
    @overload
    def expect_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        count: int,
        **fields: Unpack[FrameFields],
    ) -> list[Document]: ...
    def expect_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        count: int | None = None,
        **fields: Unpack[FrameFields],
    ) -> Document | list[Document]:
        """Return the first WebSocket frame that matches, or exactly `count` of them.

        Args:
            topic: the topic it was published on.
            name: the name of its event.
            attributes: a subset of the event's attributes, nested too.
            exact: all of the event's attributes.
            method: `CREATE` or `UPDATE`; frames that clients publish have none.
            message: the message of a frame, or a subset of it.
            by: the client who published it: a person, role, e-mail address or id.
            to: who received it.
            live: False for what a new subscriber gets first.
            count: how many frames have to match; by default any number but none.
        """
        __tracebackhide__ = True
        expected = self._frame(topic, name, attributes, fields)
        return self._expect(expected, self.realtime.frames, self._frame_details, count)

    @overload
    def wait_for_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        timeout: float = ...,
        count: None = ...,
        **fields: Unpack[FrameFields],
    ) -> Document: ...
    @overload
    def wait_for_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        timeout: float = ...,
        count: int,
        **fields: Unpack[FrameFields],
    ) -> list[Document]: ...
    def wait_for_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        timeout: float = TIMEOUT,
        count: int | None = None,
        **fields: Unpack[FrameFields],
    ) -> Document | list[Document]:
        """Return the first WebSocket frame that matches, or `count` of them, within `timeout` seconds.

        The other arguments are those of `expect_frame`.
        """
        __tracebackhide__ = True
        expected = self._frame(topic, name, attributes, fields)
        return self._wait(expected, lambda: self.realtime.frames, timeout, self._frame_details, count)

    def _frame(self, topic: Any, name: Any, attributes: Any, fields: FrameFields) -> ExpectedFrame:
        by, to = fields.get("by"), fields.get("to")
        event = ExpectedEvent(name=name, attributes=attributes, exact=fields.get("exact", ...))
        return ExpectedFrame(
            topic=topic,
            event=event,
            method=fields.get("method", ...),
            message=fields.get("message", ...),
            live=fields.get("live", True),
            by=None if by is None else str(by),
            publishers=self._client_names(by),
            to=None if to is None else str(to),
            people=self._client_names(to),
        )

    def _client_names(self, person: PersonName) -> frozenset[str]:
        """Return what frames call the people with that role, e-mail address or id."""
        return frozenset(
            name for one in self._find_people(person) for name in (one.email, one.id_user) if name
        )

    def _frame_details(self, _: Document | None) -> list[str]:
        """Return the open connections with their topics, and the topics that were refused."""
        lines = [
            f"  - {connection['person']}: {', '.join(connection['topics']) or 'no topics'}"
            for connection in self.realtime.connections
        ]
        refused = map(refusal_line, self.realtime.refused[-_MOST_REFUSED:])
        connected = ["connected now:", *lines] if lines else ["no client is connected now"]
        return [*connected, *dict.fromkeys(refused)]


def refusal_line(refused: Document) -> str:
    """Return who was refused which topic, and why."""
    return f"{refused['person']} was refused the topic {refused['topic']}: {refused['reason']}"
