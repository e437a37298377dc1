"""What a test expects of events, requests and deliveries, as values that tell how near something comes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs

from ..domain.exchange import Exchange, goes_by
from ..domain.model import ABSENT, Json
from ..domain.wire import Document
from .masking import MASK, is_secret_name
from .matching import Difference, described, differences, shown
from .routes import Pattern, fits
from .showing import line, who

Item = TypeVar("Item", contravariant=True)

_NAME_WEIGHT = 10.0


class Expected(Protocol[Item]):
    """Something expected of items of one kind."""

    @property
    def kind(self) -> str:
        """Return what the items are called: `event`, `request`, `delivery`."""

    def description(self) -> str:
        """Say in a line what is expected, after "a" or "an"."""

    def misses(self, item: Item, /) -> list[Difference]:
        """Return where an item is not as expected; empty if it is."""

    def told(self, item: Item, /) -> str:
        """Say in a line what an item is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedEvent:
    """An event: its name, its attributes (at least those, or `exact`ly those), and who fired it.

    `by` is who, as messages name them, and `ids` what they go by in events; `names` tells, when a message
    needs it, what to call whom an event is by.
    """

    name: Any = ...
    attributes: Any = ...
    exact: Any = ...
    by: str | None = None
    names: Callable[[], Mapping[str, str]] = dict
    ids: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """Return what the items are called."""
        return "event"

    def description(self) -> str:
        """Say in a line what is expected."""
        parts = ["event"] if self.name is ... else [f"event {described(self.name)}"]
        parts += _with("attributes", self.attributes, self.exact)
        parts += [f"by {self.by}"] if self.by else []
        return " ".join(parts)

    def misses(self, item: Document, /) -> list[Difference]:
        """Return where an event is not as expected."""
        found = [] if self.name is ... else _named(self.name, item["name"])
        came = item.get("attributes", ABSENT)
        if self.attributes is not ...:
            empty = came is ABSENT and self.attributes == {}
            found += [] if empty else differences(self.attributes, came, "attributes")
        if self.exact is not ...:
            found += differences(self.exact, {} if came is ABSENT else came, "attributes", exact=True)
        if self.by and not self.ids & _ids_of(item):
            found.append(Difference("by", self.by, self._author(item)))
        return found

    def told(self, item: Document, /) -> str:
        """Say in a line what an event is."""
        attributes = f" {shown(item['attributes'])}" if "attributes" in item else ""
        return f"{shown(item['name'])}{attributes} by {self._author(item)} at {item['createdAt']}"

    def _author(self, item: Document) -> str:
        names = self.names()
        known = (names[name] for name in sorted(_ids_of(item)) if name in names)
        return next(known, str(item["createdBy"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRequest:
    """A request: method, path pattern, query, body, header fields, who sent it, and the answer's status.

    `json` is what the body has at least, `exact` what it is; `query` and `headers` hold texts.
    """

    method: str | None = None
    path: Pattern | None = None
    json: Any = ...
    exact: Any = ...
    query: Mapping[str, Any] | None = None
    headers: Mapping[str, Any] | None = None
    person: str | None = None
    status: Any = ...
    served: bool | None = None

    @property
    def kind(self) -> str:
        """Return what the items are called."""
        return "request"

    def description(self) -> str:
        """Say in a line what is expected."""
        path = f"/{self.path.pattern}/" if isinstance(self.path, re.Pattern) else self.path
        parts = [word for word in ("request", self.method, path) if word]
        parts += [f"with the query {described(self.query)}"] if self.query is not None else []
        parts += _with("JSON", self.json, self.exact)
        parts += [f"with headers {described(self.headers)}"] if self.headers is not None else []
        parts += [f"by {self.person}"] if self.person else []
        parts += [f"answered {described(self.status)}"] if self.status is not ... else []
        return " ".join(parts)

    def misses(self, item: Exchange, /) -> list[Difference]:
        """Return where an exchange is not as expected."""
        request = item.request
        found = []
        if self.method and self.method.upper() != request.method:
            found.append(Difference("method", self.method, request.method, 2.0))
        if self.path and not fits(self.path, request.path):
            found.append(Difference("path", str(self.path), request.path, _distance(self.path, request.path)))
        if self.person and not goes_by(self.person, item.principal, item.role):
            found.append(Difference("by", self.person, who(item)))
        if self.served is not None and self.served is not item.is_served:
            found.append(Difference("served", shown(self.served), shown(item.is_served)))
        return found + self._contents(item)

    def told(self, item: Exchange, /) -> str:
        """Say in a line what an exchange is."""
        return line(item)

    def _contents(self, item: Exchange) -> list[Difference]:
        found: list[Difference] = []
        if self.query is not None:
            found += _covered(differences(self.query, _query(item), "query"))
        if self.headers is not None:
            came = _lowered(dict(item.request.headers))
            found += _covered(differences(_lowered(self.headers), came, "headers"))
        if self.json is not ...:
            found += _covered(differences(self.json, _body(item), "json"))
        if self.exact is not ...:
            found += _covered(differences(self.exact, _body(item), "json", exact=True))
        if self.status is not ...:
            status = item.answer.status if item.answer else ABSENT
            found += differences(self.status, status, "status")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedDelivery:
    """A webhook delivery: of which event, where to, what has become of it, and any field it is shown with."""

    event: Any = ...
    target: Any = ...
    state: Any = ...
    status: Any = ...
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Return what the items are called."""
        return "delivery"

    def description(self) -> str:
        """Say in a line what is expected."""
        parts = ["delivery"] if self.event is ... else [f"delivery of {described(self.event)}"]
        parts += [f"to {described(self.target)}"] if self.target is not ... else []
        parts += [f"that is {described(self.state)}"] if self.state is not ... else []
        parts += [f"answered {described(self.status)}"] if self.status is not ... else []
        parts += [f"with {described(self.fields)}"] if self.fields else []
        return " ".join(parts)

    def misses(self, item: Document, /) -> list[Difference]:
        """Return where a delivery is not as expected."""
        found = [] if self.event is ... else _named(self.event, item["event"]["name"], "event")
        for name, wanted in (("target", self.target), ("state", self.state)):
            found += [] if wanted is ... else differences(wanted, item[name], name)
        if self.status is not ...:
            found += differences(self.status, _last_status(item), "status")
        return found + differences(self.fields, item)

    def told(self, item: Document, /) -> str:
        """Say in a line what a delivery is."""
        tries = len(item["attempts"])
        return f"{shown(item['event']['name'])} to {item['target']}: {item['state']} after {tries} attempts"


def _with(noun: str, subset: Any, exact: Any) -> list[str]:
    if exact is not ...:
        return [f"with exactly the {noun} {described(exact)}"]
    return [] if subset is ... else [f"with at least the {noun} {described(subset)}"]


def _named(expected: Any, came: Json, path: str = "name") -> list[Difference]:
    """Compare names: the more alike they are, the nearer is the miss."""
    found = differences(expected, came, path)
    if found and isinstance(expected, str):
        alike = SequenceMatcher(None, expected, str(came)).ratio()
        return [Difference(path, found[0].expected, found[0].came, _NAME_WEIGHT * (1 - alike))]
    return found


def _covered(found: list[Difference]) -> list[Difference]:
    """Return differences without the secrets that came."""
    return [replace(one, came=MASK) if is_secret_name(one.path.rpartition(".")[2]) else one for one in found]


def _distance(pattern: Pattern, path: str) -> float:
    if isinstance(pattern, re.Pattern):
        return _NAME_WEIGHT
    return _NAME_WEIGHT * (1 - SequenceMatcher(None, pattern, path).ratio())


def _ids_of(event: Document) -> frozenset[str]:
    """Return the ids of who fired an event: the user's and the project user's."""
    member = event.get("project_user")
    ids = (event["createdBy"], member.get("_id") if isinstance(member, dict) else member)
    return frozenset(one for one in ids if one)


def _query(item: Exchange) -> dict[str, str]:
    parsed = parse_qs(item.request.query, keep_blank_values=True)
    return {name: values[-1] for name, values in parsed.items()}


def _body(item: Exchange) -> Json:
    try:
        return item.request.json()
    except ValueError:
        return ABSENT if not item.request.body else item.request.body.decode("utf-8", "backslashreplace")


def _lowered(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in fields.items()}


def _last_status(delivery: Document) -> Json:
    attempts = delivery["attempts"]
    return attempts[-1]["status"] if attempts else ABSENT
