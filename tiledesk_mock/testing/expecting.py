"""Expectations of a handle: what has come, or comes in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from ..control.callers import ids_of, names_of, request_like
from ..emulator.people import Person
from ..errors import SettingsError, SetupError
from ..expectations.event import ExpectedEvent
from ..expectations.expected import Expected
from ..expectations.request import ExpectedRequest
from ..expectations.verdict import find_matches, require_matches
from ..http.exchange import Exchange
from ..http.paths import PathPattern
from ..http.stopwatch import stopwatch
from ..tiledesk.wire import Document
from .explaining import about_delivery, about_event, about_request
from .words import Words

if TYPE_CHECKING:
    from ..expectations.delivery import ExpectedDelivery

Item = TypeVar("Item")

TIMEOUT: Final = 5.0
"""Seconds that `wait_for_*` wait if nothing else is said."""


class Expecting(Words):
    """`expect_*` looks at what has come, `wait_for_*` waits for it; both raise ExpectationError without it.

    Values may be given as `tiledesk_mock.expectations.matching` explains: a dict is "at least these", and a
    type, a regular expression or a function stands for what it takes. Without `count` at least one is
    expected, and returned; with one exactly so many, in a list. With a count of 0, waiting looks once.
    """

    @overload
    def expect_event(
        self,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        by: Person | str | None = ...,
        count: None = ...,
    ) -> Document: ...
    @overload
    def expect_event(
        self,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        by: Person | str | None = ...,
        count: int,
    ) -> list[Document]: ...
    def expect_event(
        self,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        by: Person | str | None = None,
        count: int | None = None,
    ) -> Document | list[Document]:
        """Return the first event like that, or exactly `count` of them.

        Args:
            name: its name.
            attributes: at least these, nested too.
            exact: these and no others.
            by: who fired it: a person, role, e-mail address or id.
            count: how many there are to be.

        Raises ExpectationError, whose message has the nearest miss.
        """
        __tracebackhide__ = True
        expected = self._event(name, attributes, exact, by)
        return self._expect(expected, self.events, self._about_event, count)

    @overload
    def wait_for_event(
        self,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        by: Person | str | None = ...,
        timeout: float = ...,
        count: None = ...,
    ) -> Document: ...
    @overload
    def wait_for_event(
        self,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        by: Person | str | None = ...,
        timeout: float = ...,
        count: int,
    ) -> list[Document]: ...
    def wait_for_event(
        self,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        by: Person | str | None = None,
        timeout: float = TIMEOUT,
        count: int | None = None,
    ) -> Document | list[Document]:
        """Return the first event like that, or `count` of them, as soon as there are so many.

        The words are those of `expect_event`. Raises ExpectationError if none comes within `timeout` seconds.
        """
        __tracebackhide__ = True
        expected = self._event(name, attributes, exact, by)
        return self._wait(expected, lambda: self.events, timeout, self._about_event, count)

    @overload
    def expect_request(
        self, method: str | None = ..., path: PathPattern | None = ..., *, count: None = ..., **wanted: Any
    ) -> Exchange: ...
    @overload
    def expect_request(
        self, method: str | None = ..., path: PathPattern | None = ..., *, count: int, **wanted: Any
    ) -> list[Exchange]: ...
    def expect_request(
        self,
        method: str | None = None,
        path: PathPattern | None = None,
        *,
        count: int | None = None,
        **wanted: Any,
    ) -> Exchange | list[Exchange]:
        """Return the first request like that with its answer, or exactly `count` of them.

        Args:
            method: as in HTTP.
            path: a pattern: `/events` in any project, `/auth/*`, or a regular expression.
            count: how many there are to be.
            wanted: `json` (the body has at least that), `exact` (the body is that), `query`, `headers`
                (at least these), `person` (who sent it: a person, role, e-mail address or id), `status` (of
                the answer), `served` (whether the emulator serves that path).

        Raises ExpectationError, whose message has the nearest miss.
        """
        __tracebackhide__ = True
        expected = self._request(method, path, wanted)
        return self._expect(expected, self._asked(count), about_request, count)

    @overload
    def wait_for_request(
        self,
        method: str | None = ...,
        path: PathPattern | None = ...,
        *,
        timeout: float = ...,
        count: None = ...,
        **wanted: Any,
    ) -> Exchange: ...
    @overload
    def wait_for_request(
        self,
        method: str | None = ...,
        path: PathPattern | None = ...,
        *,
        timeout: float = ...,
        count: int,
        **wanted: Any,
    ) -> list[Exchange]: ...
    def wait_for_request(
        self,
        method: str | None = None,
        path: PathPattern | None = None,
        *,
        timeout: float = TIMEOUT,
        count: int | None = None,
        **wanted: Any,
    ) -> Exchange | list[Exchange]:
        """Return the first request like that, or `count` of them, as soon as there are so many.

        The words are `expect_request`'s. Raises ExpectationError if none comes within `timeout` seconds.
        """
        __tracebackhide__ = True
        expected = self._request(method, path, wanted)
        return self._wait(expected, lambda: self._asked(count), timeout, about_request, count)

    @overload
    def expect_delivery(
        self,
        event: Any = ...,
        *,
        target: Any = ...,
        state: Any = ...,
        status: Any = ...,
        count: None = ...,
        **fields: Any,
    ) -> Document: ...
    @overload
    def expect_delivery(
        self,
        event: Any = ...,
        *,
        target: Any = ...,
        state: Any = ...,
        status: Any = ...,
        count: int,
        **fields: Any,
    ) -> list[Document]: ...
    def expect_delivery(
        self,
        event: Any = ...,
        *,
        target: Any = ...,
        state: Any = ...,
        status: Any = ...,
        count: int | None = None,
        **fields: Any,
    ) -> Document | list[Document]:
        """Return the first webhook delivery like that, or exactly `count` of them.

        Args:
            event: the event's name.
            target: where to.
            state: what has become of it: `delivered`, `waiting for a retry`, `given up`, ...
            status: of the target's last answer.
            count: how many there are to be.
            fields: anything else that a delivery is shown with, as `attempts` or `request`.

        Raises ExpectationError, whose message has the nearest miss.
        """
        __tracebackhide__ = True
        expected = _delivery(event=event, target=target, state=state, status=status, fields=fields)
        return self._expect(expected, self.deliveries, about_delivery, count)

    @overload
    def wait_for_delivery(
        self,
        event: Any = ...,
        *,
        target: Any = ...,
        state: Any = ...,
        status: Any = ...,
        timeout: float = ...,
        count: None = ...,
        **fields: Any,
    ) -> Document: ...
    @overload
    def wait_for_delivery(
        self,
        event: Any = ...,
        *,
        target: Any = ...,
        state: Any = ...,
        status: Any = ...,
        timeout: float = ...,
        count: int,
        **fields: Any,
    ) -> list[Document]: ...
    def wait_for_delivery(
        self,
        event: Any = ...,
        *,
        target: Any = ...,
        state: Any = None,
        status: Any = ...,
        timeout: float = TIMEOUT,
        count: int | None = None,
        **fields: Any,
    ) -> Document | list[Document]:
        """Return the first webhook delivery like that, or `count` of them, as soon as there are so many.

        The words are `expect_delivery`'s; with neither state nor status it is one that was delivered. Raises
        ExpectationError if none comes within `timeout` seconds.
        """
        __tracebackhide__ = True
        if state is None:
            state = "delivered" if status is ... else ...
        expected = _delivery(event=event, target=target, state=state, status=status, fields=fields)
        return self._wait(expected, lambda: self.deliveries, timeout, about_delivery, count)

    def _event(self, name: Any, attributes: Any, exact: Any, by: Person | str | None) -> ExpectedEvent:
        if attributes is not ... and exact is not ...:
            raise SettingsError("exact", exact, "given beside attributes: it is the attributes, all of them")
        return ExpectedEvent(
            name=name,
            attributes=attributes,
            exact=exact,
            by=None if by is None else str(by),
            ids=frozenset() if by is None else ids_of(by, self.controls.people()),
            names=cache(lambda: names_of(self.controls.people())),
        )

    def _request(
        self, method: str | None, path: PathPattern | None, wanted: Mapping[str, Any]
    ) -> ExpectedRequest:
        return request_like({"method": method, "path": path, **wanted}, self.controls)

    def _asked(self, count: int | None) -> tuple[Exchange, ...]:
        """Return what was asked; raise SetupError where it is to be counted, and not all of it is known."""
        asked = tuple(self.requests)
        forgotten = asked[0].number - 1 if asked else 0
        if forgotten and count is not None:
            raise SetupError(
                f"{forgotten} requests were forgotten before these {len(asked)}, so that nobody can count: "
                "set a larger journal_size, or clear the requests"
            )
        return asked

    def _expect(
        self,
        expected: Expected[Item],
        items: Sequence[Item],
        more: Callable[[Item | None], Sequence[str]],
        count: int | None,
        within: float | None = None,
    ) -> Item | list[Item]:
        """Return the first item like that, or `count` of them."""
        __tracebackhide__ = True
        found = require_matches(expected, items, more, count=count, within=within)
        return found[0] if count is None else found

    def _wait(
        self,
        expected: Expected[Item],
        items: Callable[[], Sequence[Item]],
        timeout: float,
        more: Callable[[Item | None], Sequence[str]],
        count: int | None,
    ) -> Item | list[Item]:
        """Return the same, as soon as there are so many."""
        __tracebackhide__ = True
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
            raise SettingsError("timeout", timeout, "a number of seconds")
        deadline = stopwatch() + timeout
        seen = self.controls.changes()
        while len(find_matches(expected, items())) < (1 if count is None else count):
            left = deadline - stopwatch()
            if left <= 0:
                break
            seen = self.controls.changes(seen, left)
        return self._expect(expected, items(), more, count, within=timeout)

    def _about_event(self, event: Document | None) -> list[str]:
        return about_event(event, self.requests.matching("POST", "/events"))


def _delivery(**wanted: Any) -> ExpectedDelivery:
    # Here and not above: few tests expect one, and none shall wait for it.
    from ..expectations.delivery import ExpectedDelivery

    return ExpectedDelivery(**wanted)
