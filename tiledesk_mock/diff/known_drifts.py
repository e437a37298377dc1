"""Which differences are known: each drift that shows in answers, and how it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct

from ..comparison.differences import DifferenceKind, Finding
from ..comparison.identities import IdMap
from ..http.exchange import RecordedRequest, RecordedResponse
from ..http.paths import without_prefix
from ..node.json import Json
from ..node.qs import parse_query
from ..settings import EVENTS_TTL
from ..tiledesk import drifts as drift
from ..tiledesk.clock import to_milliseconds

_EVENTS: Final = re.compile(r"/([^/]+)/events(?:/([^/]+))?/?", re.IGNORECASE)
_EVENT_KEYS: Final = {"_id", "name", "id_project", "createdBy"}
_ONE_SIDED: Final = frozenset({DifferenceKind.ONLY_HERE, DifferenceKind.ONLY_THERE})
_ANSWER: Final = frozenset({"status", "body"})


class Call(Struct, frozen=True, dict=True):
    """A request as it was sent here, both answers, and what is known of both sides.

    `aged` are the projects in which one side has shown events that the real server deletes.
    """

    request: RecordedRequest
    here: RecordedResponse | None
    there: RecordedResponse | None
    identities: IdMap
    now: float
    aged: frozenset[str] = frozenset()

    @cached_property
    def body_here(self) -> Json:
        """Return the body of the answer here, as JSON if it is."""
        return _body(self.here)

    @cached_property
    def body_there(self) -> Json:
        """Return the body of the answer there, as JSON if it is."""
        return _body(self.there)

    @cached_property
    def events_path(self) -> re.Match[str] | None:
        """Return project and id in the path, if it reads events."""
        if self.request.method not in ("GET", "HEAD"):
            return None
        return _EVENTS.fullmatch(without_prefix(self.request.path))

    @cached_property
    def statuses(self) -> set[int]:
        """Return the status of both answers."""
        return {answer.status for answer in (self.here, self.there) if answer}

    @cached_property
    def shows_aged(self) -> bool:
        """Tell whether one side shows an event that the real server has deleted."""
        return any(self._is_aged(event) for event in (*_events(self.body_here), *_events(self.body_there)))

    def _is_aged(self, event: Mapping[str, Json]) -> bool:
        try:
            created = to_milliseconds(event["createdAt"])
        except (KeyError, TypeError, ValueError):
            return False
        return created < (self.now - EVENTS_TTL) * 1000


def explanation(finding: Finding, call: Call) -> str | None:
    """Return the id of the drift that explains a difference, or None."""
    return next((name for name, explains in _RULES.items() if explains(finding, call)), None)


def _is_id_field(finding: Finding, _: Call) -> bool:
    difference = finding.difference
    if finding.place.key != "id" or difference.kind not in _ONE_SIDED:
        return False
    one = finding.place.here if difference.kind is DifferenceKind.ONLY_HERE else finding.place.there
    return _is_event(one) and one["id"] == one["_id"]


def _is_member_form(finding: Finding, _: Call) -> bool:
    place = finding.place
    return finding.difference.kind is DifferenceKind.FORM and _is_event(place.here) and _is_event(place.there)


def _is_undocumented(key: str) -> Callable[[Finding, Call], bool]:
    """Return the rule for a field that only the real server's events have."""

    def explains(finding: Finding, _: Call) -> bool:
        place = finding.place
        one_sided = finding.difference.kind in _ONE_SIDED
        return place.key == key and one_sided and _is_event(place.here) and _is_event(place.there)

    return explains


def _is_sort_field(finding: Finding, call: Call) -> bool:
    if not call.events_path or "sortField" not in parse_query(call.request.query):
        return False
    in_list = finding.difference.path.startswith("body.events")
    return in_list and finding.difference.kind in _ONE_SIDED | {DifferenceKind.ORDER}


def _is_expiry(finding: Finding, call: Call) -> bool:
    difference = finding.difference
    if not call.events_path:
        return False
    if difference.path == "body.count":
        return call.shows_aged or call.events_path[1] in call.aged
    if difference.path.startswith("body.events["):
        return call.shows_aged and difference.kind in _ONE_SIDED
    return call.shows_aged and difference.path in _ANSWER and call.statuses == {200, 404}


def _is_foreign_event(finding: Finding, call: Call) -> bool:
    path, difference = call.events_path, finding.difference
    if not path or not path[2] or difference.path not in _ANSWER or call.statuses != {200, 404}:
        return False
    return any(
        _is_event(body) and body["id_project"] != project
        for body, project in (
            (call.body_here, path[1].lower()),
            (call.body_there, call.identities.right_of(path[1]) or path[1].lower()),
        )
    )


def _is_shared_secret(finding: Finding, _: Call) -> bool:
    return finding.difference.kind is DifferenceKind.IDENTITY and finding.place.key in (
        "secret",
        "x-hook-secret",
    )


def _is_rate_limit(finding: Finding, call: Call) -> bool:
    return finding.difference.path in _ANSWER and 429 in call.statuses and len(call.statuses) > 1


_RULES: Final[Mapping[str, Callable[[Finding, Call], bool]]] = {
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


def _body(answer: RecordedResponse | None) -> Json:
    """Return a body as JSON if its type says so, otherwise as text."""
    if answer is None:
        return None
    if "json" in (answer.header("content-type") or "") and answer.body:
        try:
            return answer.json()
        except ValueError:
            pass
    return answer.body.decode("utf-8", "replace")
