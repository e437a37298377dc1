"""Expectations of what was told over WebSockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ..control.callers import called_so
from ..emulator.people import Person
from ..expectations.event import ExpectedEvent
from ..tiledesk.wire import Document
from .expecting import TIMEOUT, Expecting

if TYPE_CHECKING:
    from ..expectations.frame import ExpectedFrame


class FrameExpecting(Expecting):
    """`expect_frame` and `wait_for_frame`, beside what is expected of events, requests and deliveries."""

    @overload
    def expect_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        to: Person | str | None = ...,
        live: bool = ...,
        count: None = ...,
    ) -> Document: ...
    @overload
    def expect_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        to: Person | str | None = ...,
        live: bool = ...,
        count: int,
    ) -> list[Document]: ...
    def expect_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        to: Person | str | None = None,
        live: bool = True,
        count: int | None = None,
    ) -> Document | list[Document]:
        """Return the first frame like that which was sent, or exactly `count` of them.

        Args:
            topic: the topic it was published on.
            name: the name of the event in it.
            attributes: the event has at least these, nested too.
            exact: the event has these and no others.
            to: who was sent it: a person, role, e-mail address or id.
            live: True for what was published when an event was fired, False for the history.
            count: how many there are to be.

        Raises ExpectationError, whose message has the nearest miss.
        """
        __tracebackhide__ = True
        expected = self._frame(topic, name, attributes, exact, to, live)
        return self._expect(expected, self.realtime.frames, self._about_frame, count)

    @overload
    def wait_for_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        to: Person | str | None = ...,
        live: bool = ...,
        timeout: float = ...,
        count: None = ...,
    ) -> Document: ...
    @overload
    def wait_for_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        to: Person | str | None = ...,
        live: bool = ...,
        timeout: float = ...,
        count: int,
    ) -> list[Document]: ...
    def wait_for_frame(
        self,
        topic: Any = ...,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        to: Person | str | None = None,
        live: bool = True,
        timeout: float = TIMEOUT,
        count: int | None = None,
    ) -> Document | list[Document]:
        """Return the first frame like that, or `count` of them, as soon as so many are sent.

        The words are those of `expect_frame`. Raises ExpectationError if none is within `timeout` seconds.
        """
        __tracebackhide__ = True
        expected = self._frame(topic, name, attributes, exact, to, live)
        return self._wait(expected, lambda: self.realtime.frames, timeout, self._about_frame, count)

    def _frame(
        self, topic: Any, name: Any, attributes: Any, exact: Any, to: Person | str | None, live: bool
    ) -> ExpectedFrame:
        # Here and not above: few tests expect one, and none shall wait for it.
        from ..expectations.frame import ExpectedFrame

        called = [] if to is None else called_so(to, self.controls.people())
        return ExpectedFrame(
            topic=topic,
            event=ExpectedEvent(name=name, attributes=attributes, exact=exact),
            live=live,
            to=None if to is None else str(to),
            people=frozenset(name for one in called for name in (one.email, one.id_user) if name),
        )

    def _about_frame(self, _: Document | None) -> list[str]:
        """Tell who listens to what."""
        listening = [
            f"  - {connection['person']}: {', '.join(connection['topics']) or 'no topics'}"
            for connection in self.realtime.connections
        ]
        return ["connected now:", *listening] if listening else ["nobody is connected now"]
