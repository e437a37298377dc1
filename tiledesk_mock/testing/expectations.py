"""Expectations of a handle: what has come, or comes in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar, overload

from ..control.arguments import check_seconds
from ..control.people import Person, ids_in_events
from ..errors import SettingsError, SetupError
from ..expectations.event import ExpectedEvent
from ..expectations.request import ExpectedRequest
from ..expectations.verdict import Expected, find_matches, require_matches
from ..http.exchange import Exchange
from ..http.paths import PathPattern
from ..http.stopwatch import stopwatch
from ..journal.rendering import body_excerpt, curl_command, exchange_line
from ..tiledesk.wire import Document
from .base import BaseHandle

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..expectations.delivery import DeliveryFields, ExpectedDelivery
    from .accessors import RequestFields

Item = TypeVar("Item")
PersonName = Person | str | None
"""A person, a role, an e-mail address or an id; None matches every person."""

TIMEOUT: Final = 5.0
"""Seconds that `wait_for_*` wait by default."""

_OK: Final = 200
_MOST_REFUSED: Final = 3
"""Refused requests that a message has at most."""


class EventFields(TypedDict, total=False):
    """The keywords of `expect_event`, beside `count`."""

    exact: Any
    by: PersonName


class Expectations(BaseHandle):
    """`expect_*` looks at what has come, `wait_for_*` waits for it; both raise ExpectationError without it.

    The message of the error has the nearest miss. Values are matched as in
    `tiledesk_mock.expectations.matching`: a dict is a subset, and a type, a regular expression or a function
    stands for the values that it accepts. Without `count` the first match is returned; with it, exactly so
    many have to match, and a list is returned. With a count of 0, waiting looks once.
    """

    # `...` is a value that is not expected, since None is one that can be.

    @overload
    def expect_event(
        self, name: Any = ..., attributes: Any = ..., *, count: None = ..., **fields: Unpack[EventFields]
    ) -> Document: ...
    @overload
    def expect_event(
        self, name: Any = ..., attributes: Any = ..., *, count: int, **fields: Unpack[EventFields]
    ) -> list[Document]: ...
    def expect_event(
        self,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        by: PersonName = None,
        count: int | None = None,
    ) -> Document | list[Document]:
        """Return the first event that matches, or exactly `count` of them.

        Args:
            name: its name.
            attributes: a subset of its attributes, nested too.
            exact: all of its attributes.
            by: who fired it: a person, role, e-mail address or id.
            count: how many events have to match.
        """
        __tracebackhide__ = True
        expected = self._event(name, attributes, exact, by)
        return self._expect(expected, self.events, self._event_details(expected), count)

    @overload
    def wait_for_event(
        self,
        name: Any = ...,
        attributes: Any = ...,
        *,
        timeout: float = ...,
        count: None = ...,
        **fields: Unpack[EventFields],
    ) -> Document: ...
    @overload
    def wait_for_event(
        self,
        name: Any = ...,
        attributes: Any = ...,
        *,
        timeout: float = ...,
        count: int,
        **fields: Unpack[EventFields],
    ) -> list[Document]: ...
    def wait_for_event(
        self,
        name: Any = ...,
        attributes: Any = ...,
        *,
        exact: Any = ...,
        by: PersonName = None,
        timeout: float = TIMEOUT,
        count: int | None = None,
    ) -> Document | list[Document]:
        """Return the first event that matches, or `count` of them, within `timeout` seconds.

        The other arguments are those of `expect_event`.
        """
        __tracebackhide__ = True
        expected = self._event(name, attributes, exact, by)
        return self._wait(expected, lambda: self.events, timeout, self._event_details(expected), count)

    @overload
    def expect_request(
        self,
        method: str | None = ...,
        path: PathPattern | None = ...,
        *,
        count: None = ...,
        **fields: Unpack[RequestFields],
    ) -> Exchange: ...
    @overload
    def expect_request(
        self,
        method: str | None = ...,
        path: PathPattern | None = ...,
        *,
        count: int,
        **fields: Unpack[RequestFields],
    ) -> list[Exchange]: ...
    def expect_request(
        self,
        method: str | None = None,
        path: PathPattern | None = None,
        *,
        count: int | None = None,
        **fields: Unpack[RequestFields],
    ) -> Exchange | list[Exchange]:
        """Return the first request that matches, with its response, or exactly `count` of them.

        Args:
            method: as in HTTP.
            path: a pattern: `/events` in any project, `/auth/*`, or a regular expression.
            count: how many requests have to match.
            fields: `json` (a subset of the body), `exact` (all of the body), `query`, `headers` (subsets),
                `person` (who sent it: a person, role, e-mail address or id), `status` (of the response),
                `emulated` (whether the path is), `drift` and `fault` (the id of one that it met).
        """
        __tracebackhide__ = True
        expected = self._request(method, path, fields)
        return self._expect(expected, self._exchanges(count), _request_details, count)

    @overload
    def wait_for_request(
        self,
        method: str | None = ...,
        path: PathPattern | None = ...,
        *,
        timeout: float = ...,
        count: None = ...,
        **fields: Unpack[RequestFields],
    ) -> Exchange: ...
    @overload
    def wait_for_request(
        self,
        method: str | None = ...,
        path: PathPattern | None = ...,
        *,
        timeout: float = ...,
        count: int,
        **fields: Unpack[RequestFields],
    ) -> list[Exchange]: ...
    def wait_for_request(
        self,
        method: str | None = None,
        path: PathPattern | None = None,
        *,
        timeout: float = TIMEOUT,
        count: int | None = None,
        **fields: Unpack[RequestFields],
    ) -> Exchange | list[Exchange]:
        """Return the first request that matches, or `count` of them, within `timeout` seconds.

        The other arguments are those of `expect_request`.
        """
        __tracebackhide__ = True
        expected = self._request(method, path, fields)
        return self._wait(expected, lambda: self._exchanges(count), timeout, _request_details, count)

    @overload
    def expect_delivery(
        self, event: Any = ..., /, *, count: None = ..., **fields: Unpack[DeliveryFields]
    ) -> Document: ...
    @overload
    def expect_delivery(
        self, event: Any = ..., /, *, count: int, **fields: Unpack[DeliveryFields]
    ) -> list[Document]: ...
    def expect_delivery(
        self,
        event: Any = ...,
        /,  # so that `event=`, which may be meant as the payload, is no second value of the argument
        *,
        count: int | None = None,
        **fields: Unpack[DeliveryFields],
    ) -> Document | list[Document]:
        """Return the first webhook delivery that matches, or exactly `count` of them.

        Args:
            event: the event's name.
            count: how many deliveries have to match.
            fields: `payload` (a part of the webhook's), `target` (its URL), `state` (`delivered`,
                `waiting for a retry`, `given up`, ...), `status` (of the target's last response), or any
                other field of a delivery, as `attempts`.
        """
        __tracebackhide__ = True
        expected = _delivery(event, fields)
        return self._expect(expected, self.deliveries, self._delivery_details(expected), count)

    @overload
    def wait_for_delivery(
        self,
        event: Any = ...,
        /,
        *,
        timeout: float = ...,
        count: None = ...,
        **fields: Unpack[DeliveryFields],
    ) -> Document: ...
    @overload
    def wait_for_delivery(
        self, event: Any = ..., /, *, timeout: float = ..., count: int, **fields: Unpack[DeliveryFields]
    ) -> list[Document]: ...
    def wait_for_delivery(
        self,
        event: Any = ...,
        /,  # as in `expect_delivery`
        *,
        timeout: float = TIMEOUT,
        count: int | None = None,
        **fields: Unpack[DeliveryFields],
    ) -> Document | list[Document]:
        """Return the first webhook delivery that matches, or `count` of them, within `timeout` seconds.

        The other arguments are those of `expect_delivery`; with neither `state` nor `status`, the delivery
        has to be `delivered`.
        """
        __tracebackhide__ = True
        if not fields.keys() & {"state", "status"}:
            fields["state"] = "delivered"
        expected = _delivery(event, fields)
        details = self._delivery_details(expected)
        return self._wait(expected, lambda: self.deliveries, timeout, details, count)

    def _event(self, name: Any, attributes: Any, exact: Any, by: PersonName) -> ExpectedEvent:
        if attributes is not ... and exact is not ...:
            raise SettingsError("exact", exact, "compatible with `attributes`: it stands for all of them")
        found = self._find_people(by)
        return ExpectedEvent(
            name=name,
            attributes=attributes,
            exact=exact,
            by=None if by is None else str(by),
            ids=ids_in_events(found),
            names=cache(self._names_by_id),
        )

    def _request(
        self, method: str | None, path: PathPattern | None, fields: RequestFields
    ) -> ExpectedRequest:
        return self.controls.expected_request({"method": method, "path": path, **fields})

    def _find_people(self, person: PersonName) -> list[Person]:
        """Return the people with that role, e-mail address or id; raise SetupError if a name has none."""
        if person is None:
            return []
        if isinstance(person, Person):
            return list(self.controls.people(person.id))
        return self.controls.find_people(person)

    def _names_by_id(self) -> dict[str, str]:
        """Return the names of the people by their ids: `owner owner@example.com`; the first one counts."""
        people = reversed(list(self.controls.people()))
        return {key: str(one) for one in people for key in (one.id, one.id_user)}

    def _exchanges(self, count: int | None) -> tuple[Exchange, ...]:
        """Return the exchanges; raise SetupError if they are to be counted and some are no longer there."""
        exchanges = tuple(self.requests)
        forgotten = exchanges[0].number - 1 if exchanges else 0
        if forgotten and count is not None:
            raise SetupError(
                f"{forgotten} requests were forgotten before these {len(exchanges)}, so they cannot be "
                "counted: set a larger journal_size, or clear the requests"
            )
        return exchanges

    def _expect(
        self,
        expected: Expected[Item],
        items: Sequence[Item],
        details: Callable[[Item | None], Sequence[str]],
        count: int | None,
        within: float | None = None,
    ) -> Item | list[Item]:
        """Return the first item that matches, or `count` of them."""
        __tracebackhide__ = True
        found = require_matches(expected, items, details, count=count, within=within)
        return found[0] if count is None else found

    def _wait(
        self,
        expected: Expected[Item],
        items: Callable[[], Sequence[Item]],
        timeout: float,
        details: Callable[[Item | None], Sequence[str]],
        count: int | None,
    ) -> Item | list[Item]:
        """Return the same, as soon as enough items match."""
        __tracebackhide__ = True
        check_seconds(timeout)
        deadline = stopwatch() + timeout
        changes = self.controls.changes()
        while len(find_matches(expected, items())) < (1 if count is None else count):
            remaining = deadline - stopwatch()
            if remaining <= 0:
                break
            changes = self.controls.changes(changes, remaining)
        return self._expect(expected, items(), details, count, within=timeout)

    def _delivery_details(self, expected: ExpectedDelivery) -> Callable[[Document | None], list[str]]:
        """Return a function that returns the attempts of a delivery, and why none that is expected came."""
        name = expected.event if isinstance(expected.event, str) else None
        return lambda delivery: [
            *map(_attempt_line, delivery["attempts"] if delivery else ()),
            *self.controls.delivery_hints(name),
        ]

    def _event_details(self, expected: ExpectedEvent) -> Callable[[Document | None], list[str]]:
        """Return a function that returns the requests about an event, and whether it is no stored event."""
        return lambda event: [*self._requests_about(event), *_platform_note(expected.name)]

    def _requests_about(self, event: Document | None) -> list[str]:
        """Return which requests fired the event (those in question, without one), and which were refused."""
        posts = [(one, one.response) for one in self.requests.matching("POST", "/events") if one.response]
        if event is None and any(response.status == _OK for _, response in posts):
            return [
                "responses with 200 came from a cassette, an upstream or a fault, which store nothing here"
            ]
        id_event = event["_id"].encode() if event else None
        fired = [one for one, response in posts if id_event and id_event in response.body]
        refused = [(one, response) for one, response in posts if response.status != _OK]
        return [f"it came by\n  {exchange_line(one)}\n  {curl_command(one.request)}" for one in fired] + [
            f"refused:\n  {exchange_line(one)}\n  {body_excerpt(response)}\n  {curl_command(one.request)}"
            for one, response in refused[-_MOST_REFUSED:]
        ]


def _delivery(event: Any, fields: DeliveryFields) -> ExpectedDelivery:
    from ..expectations.delivery import expected_delivery  # here, since few tests expect one

    return expected_delivery(event, fields)


def _request_details(exchange: Exchange | None) -> list[str]:
    """Return the response of a request, and a command that sends it again."""
    if exchange is None:
        return []
    return [f"response {body_excerpt(exchange.response)}", curl_command(exchange.request)]


def _platform_note(name: Any) -> Sequence[str]:
    """Return that a name is one of the platform's own events, which are webhooks only."""
    from ..tiledesk.platform_events import own_webhook  # here, since tests that pass need none

    if not isinstance(name, str) or own_webhook(name) is None:
        return ()
    return [f"{name} is one of the platform's own events, which are not stored: use expect_delivery"]


def _attempt_line(attempt: Document) -> str:
    retry = f", again at {attempt['next_at']}" if attempt["next_at"] else ""
    outcome = attempt["error"] or f"status {attempt['status']}"
    return f"  attempt {attempt['number']} at {attempt['at']}: {outcome}{retry}"
