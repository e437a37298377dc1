"""Two answers to one request, compared: status, the headers that matter, and the body field by field."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ..comparison.differences import CompareOptions, Difference, DifferenceKind, Finding, Place
from ..comparison.identities import IdMap
from ..comparison.walk import Walk
from ..http.encodings import weak_etag
from ..http.exchange import RecordedRequest, RecordedResponse
from ..node.json import Json
from ..tiledesk.drifts import EVENTS_EXPIRE
from .known_drifts import Call, explanation

HEADERS: Final = (
    "content-type",
    "x-powered-by",
    "www-authenticate",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "vary",
    "allow",
    "location",
    "content-security-policy",
    "x-content-type-options",
    "x-hook-secret",
)
"""The headers of an answer that a client can depend on."""

_NOT_EMULATED: Final = "X-Tiledesk-Mock"


class ExchangeDiff(Struct, frozen=True):
    """A request and how its answers differ; `label` says where it comes from."""

    label: str
    request: RecordedRequest
    differences: tuple[Difference, ...] = ()

    @property
    def unknown(self) -> tuple[Difference, ...]:
        """Return the differences that no drift explains."""
        return tuple(difference for difference in self.differences if difference.drift is None)

    @property
    def drifts(self) -> tuple[str, ...]:
        """Return the known drifts that show, each once."""
        return tuple(dict.fromkeys(difference.drift for difference in self.differences if difference.drift))


class ResponseComparer:
    """Compares answers of two sides over a session.

    Args:
        identities: which ids are known to be which; what is compared adds to them.
        rigor: how exactly.
        now: the time in seconds since 1970, by which an event is too old for a server that deletes them.
    """

    def __init__(
        self,
        id_map: IdMap | None = None,
        options: CompareOptions | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.id_map: Final = id_map or IdMap()
        self.options: Final = options or CompareOptions()
        self._now: Final = now
        self._aged: frozenset[str] = frozenset()

    def compare(
        self,
        request: RecordedRequest,
        here: RecordedResponse | None,
        there: RecordedResponse | None,
        *,
        label: str = "",
        own_only: bool = False,
        now: float | None = None,
    ) -> ExchangeDiff:
        """Return how the answers to `request` differ; None is no answer at all.

        With `own_only`, of listed documents only those count that the session has met. `now` is when the
        answers were given, if that was at another time.
        """
        rigor = replace(self.options, own_only=self.options.own_only or own_only)
        call = Call(request, here, there, self.id_map, now or self._now(), self._aged)
        found = list(_findings(call, rigor))
        explained = [replace(finding.difference, drift=explanation(finding, call)) for finding in found]
        if call.events_path and any(difference.drift == EVENTS_EXPIRE for difference in explained):
            # Later pages tell of old events by their number only.
            self._aged |= {call.events_path[1]}
        return ExchangeDiff(label, request, tuple(explained))


def _findings(call: Call, rigor: CompareOptions) -> Iterator[Finding]:
    here, there = call.here, call.there
    if here is None or there is None:
        if not (_is_unanswered(here) and _is_unanswered(there)):
            yield _differ("status", _status(here), _status(there))
        return
    if here.status != there.status:
        note = here.header(_NOT_EMULATED)
        yield _differ("status", f"{here.status}, {note}" if note else here.status, there.status)
        yield _differ("body", _shown(call.body_here), _shown(call.body_there))
        return
    walk = Walk(call.identities, rigor)
    yield from _headers(here, there, walk)
    yield from _etags(here, there, rigor)
    yield from walk.values(call.body_here, call.body_there, Place("body"))


def _headers(here: RecordedResponse, there: RecordedResponse, walk: Walk) -> Iterator[Finding]:
    for name in HEADERS:
        mine, other = here.header(name), there.header(name)
        place = Place(f"headers.{name}", name)
        if mine is not None and other is not None:
            yield from walk.texts(mine, other, place)
        elif mine != other:
            kind = DifferenceKind.ONLY_THERE if mine is None else DifferenceKind.ONLY_HERE
            yield Finding(Difference(place.path, mine, other, kind), place)


def _etags(here: RecordedResponse, there: RecordedResponse, rigor: CompareOptions) -> Iterator[Finding]:
    mine, other = _etag(here, rigor), _etag(there, rigor)
    if mine != other:
        yield _differ("headers.etag", mine, other)


def _etag(answer: RecordedResponse, rigor: CompareOptions) -> str:
    """Say what an answer's ETag is worth: its value is another one for every body."""
    etag = answer.header("etag")
    if etag is None:
        return "none"
    if not answer.body or not rigor.etags:
        return "an ETag"
    return "the body's" if etag == weak_etag(answer.body) else "not the body's"


def _is_unanswered(answer: RecordedResponse | None) -> bool:
    """Tell whether nothing came, or the 504 that stands for it."""
    return answer is None or (answer.status == 504 and b'"never answered"' in answer.body)


def _status(answer: RecordedResponse | None) -> Json:
    return "no answer" if answer is None else answer.status


def _shown(body: Json) -> Json:
    return body if len(json.dumps(body)) <= 2000 else f"{json.dumps(body)[:2000]}..."


def _differ(path: str, here: Json, there: Json) -> Finding:
    return Finding(Difference(path, here, there), Place(path))
