"""The differences that known drifts explain."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct

from ..comparison.id_map import IdMap
from ..comparison.json_diff import Difference, DifferenceKind
from ..http.exchange import RecordedRequest, RecordedResponse
from ..http.paths import without_prefix
from ..node.json import Json
from ..node.qs import parse_query
from ..settings import EVENTS_TTL
from ..tiledesk import drifts as drift
from ..tiledesk.clock import to_milliseconds

_EVENTS: Final = re.compile(r"/([^/]+)/events(?://?([^/]+))?/{0,2}", re.IGNORECASE)
_EVENT_KEYS: Final = {"_id", "name", "id_project", "createdBy"}
_ONE_SIDED: Final = frozenset({DifferenceKind.ONLY_LEFT, DifferenceKind.ONLY_RIGHT})
_WHOLE_RESPONSE: Final = frozenset({("status",), ("body",)})


class ResponsePair(Struct, frozen=True, dict=True):
    """A request as the left side gets it, the responses of both sides, and what is known of the sides.

    `aged` are the projects in which one side has shown events that the real server deletes. `now` is in
    seconds since 1970.
    """

    request: RecordedRequest
    left: RecordedResponse | None
    right: RecordedResponse | None
    id_map: IdMap
    now: float
    aged: frozenset[str] = frozenset()

    @cached_property
    def bodies(self) -> tuple[Json, Json]:
        """Return the bodies of both responses: as JSON if they are JSON, else as text."""
        return _body(self.left), _body(self.right)

    @cached_property
    def events_path(self) -> re.Match[str] | None:
        """Return project and id in the path, if the request reads events."""
        is_read = self.request.method in ("GET", "HEAD")
        return _EVENTS.fullmatch(without_prefix(self.request.path)) if is_read else None

    @property
    def statuses(self) -> set[int]:
        """Return the status of both responses."""
        return {response.status for response in (self.left, self.right) if response}

    @cached_property
    def shows_aged(self) -> bool:
        """Return whether one side shows an event that the real server has deleted."""
        return any(self._is_aged(event) for body in self.bodies for event in _events(body))

    def _is_aged(self, event: Mapping[str, Json]) -> bool:
        try:
            return to_milliseconds(event["createdAt"]) < (self.now - EVENTS_TTL) * 1000
        except (KeyError, TypeError, ValueError):
            return False


def explaining_drift(difference: Difference, pair: ResponsePair) -> str | None:
    """Return the id of the drift that explains a difference, or None."""
    return next((name for name, explains in _RULES.items() if explains(difference, pair)), None)


def _is_id_field(difference: Difference, _: ResponsePair) -> bool:
    if difference.path[-1] != "id" or difference.kind not in _ONE_SIDED:
        return False
    event = difference.parents[difference.kind is DifferenceKind.ONLY_RIGHT]
    return _is_event(event) and event["id"] == event["_id"]


def _is_member_form(difference: Difference, _: ResponsePair) -> bool:
    return difference.kind is DifferenceKind.FORM and all(map(_is_event, difference.parents))


def _is_undocumented(key: str) -> Callable[[Difference, ResponsePair], bool]:
    """Return the rule for a field that only the real server's events have."""

    def explains(difference: Difference, _: ResponsePair) -> bool:
        is_one_sided = difference.path[-1] == key and difference.kind in _ONE_SIDED
        return is_one_sided and all(map(_is_event, difference.parents))

    return explains


def _is_sort_field(difference: Difference, pair: ResponsePair) -> bool:
    if not pair.events_path or "sortField" not in parse_query(pair.request.query):
        return False
    is_order = difference.kind in _ONE_SIDED or difference.kind is DifferenceKind.ORDER
    return is_order and difference.path[:2] == ("body", "events")


def _is_expiry(difference: Difference, pair: ResponsePair) -> bool:
    if not pair.events_path:
        return False
    if difference.path == ("body", "count"):
        return pair.shows_aged or pair.events_path[1] in pair.aged
    if difference.path[:2] == ("body", "events") and len(difference.path) > 2:
        return pair.shows_aged and difference.kind in _ONE_SIDED
    return pair.shows_aged and difference.path in _WHOLE_RESPONSE and pair.statuses == {200, 404}


def _is_foreign_event(difference: Difference, pair: ResponsePair) -> bool:
    path = pair.events_path
    if not path or not path[2] or difference.path not in _WHOLE_RESPONSE or pair.statuses != {200, 404}:
        return False
    projects = (path[1], pair.id_map.right_of(path[1]) or path[1])
    return any(
        _is_event(body) and body["id_project"] != project.lower()
        for body, project in zip(pair.bodies, projects, strict=True)
    )


def _is_shared_secret(difference: Difference, _: ResponsePair) -> bool:
    return difference.kind is DifferenceKind.IDENTITY and difference.path[-1] in ("secret", "x-hook-secret")


def _is_rate_limit(difference: Difference, pair: ResponsePair) -> bool:
    return difference.path in _WHOLE_RESPONSE and 429 in pair.statuses and len(pair.statuses) > 1


_RULES: Final[Mapping[str, Callable[[Difference, ResponsePair], bool]]] = {
    drift.ID_FIELD: _is_id_field,
    drift.PROJECT_USER_OBJECT: _is_member_form,
    drift.STATUS_FIELD: _is_undocumented("status"),
    drift.VERSION_FIELD: _is_undocumented("__v"),
    drift.SORT_FIELD: _is_sort_field,
    drift.CROSS_PROJECT_READ: _is_foreign_event,
    drift.EVENTS_EXPIRE: _is_expiry,
    drift.SHARED_SECRET: _is_shared_secret,
    drift.RATE_LIMIT: _is_rate_limit,
}


def _is_event(value: Json) -> bool:
    return isinstance(value, dict) and value.keys() >= _EVENT_KEYS


def _events(body: Json) -> Iterator[dict[str, Json]]:
    listed = body.get("events") if isinstance(body, dict) else None
    yield from filter(_is_event, listed if isinstance(listed, list) else [body])


def _body(response: RecordedResponse | None) -> Json:
    if response is None:
        return None
    if "json" in (response.header("content-type") or "") and response.body:
        try:
            return response.json()
        except ValueError:
            pass
    return response.body.decode("utf-8", "replace")
