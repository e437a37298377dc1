"""Expectations of WebSocket frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, overload

from ..expectations.event import ExpectedEvent, ExpectedFrame
from ..tiledesk.wire import Document
from .expectations import TIMEOUT, Expectations, PersonName

if TYPE_CHECKING:
    from typing_extensions import Unpack


class FrameFields(TypedDict, total=False):
    """The keywords of `expect_frame`, beside `count`."""

    exact: Any
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
        exact: Any = ...,
        to: PersonName = None,
        live: bool = True,
        count: int | None = None,
    ) -> Document | list[Document]:
        """Return the first WebSocket frame that matches, or exactly `count` of them.

        Args:
            topic: the topic it was published on.
            name: the name of its event.
            attributes: a subset of the event's attributes, nested too.
            exact: all of the event's attributes.
            to: who received it: a person, role, e-mail address or id.
            live: True for an event that was fired, False for the history.
            count: how many frames have to match.
        """
        __tracebackhide__ = True
        expected = self._frame(topic, name, attributes, exact, to, live)
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
        exact: Any = ...,
        to: PersonName = None,
        live: bool = True,
        timeout: float = TIMEOUT,
        count: int | None = None,
    ) -> Document | list[Document]:
        """Return the first WebSocket frame that matches, or `count` of them, within `timeout` seconds.

        The other arguments are those of `expect_frame`.
        """
        __tracebackhide__ = True
        expected = self._frame(topic, name, attributes, exact, to, live)
        return self._wait(expected, lambda: self.realtime.frames, timeout, self._frame_details, count)

    def _frame(
        self, topic: Any, name: Any, attributes: Any, exact: Any, to: PersonName, live: bool
    ) -> ExpectedFrame:
        return ExpectedFrame(
            topic=topic,
            event=ExpectedEvent(name=name, attributes=attributes, exact=exact),
            live=live,
            to=None if to is None else str(to),
            people=frozenset(
                name for one in self._find_people(to) for name in (one.email, one.id_user) if name
            ),
        )

    def _frame_details(self, _: Document | None) -> list[str]:
        """Return the open connections with their topics."""
        lines = [
            f"  - {connection['person']}: {', '.join(connection['topics']) or 'no topics'}"
            for connection in self.realtime.connections
        ]
        return ["connected now:", *lines] if lines else ["no client is connected now"]
