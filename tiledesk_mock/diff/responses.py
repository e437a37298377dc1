"""The differences of two responses to one request: in status, in the headers that matter, and in the body."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ..comparison.id_map import IdMap
from ..comparison.json_diff import Difference, DifferenceKind, JsonDiff
from ..http.encodings import weak_etag
from ..http.exchange import RecordedRequest, RecordedResponse
from ..node.json import ABSENT, Json
from ..tiledesk.drifts import EVENTS_EXPIRE
from .bodies import BodyDiff, CompareOptions
from .known_drifts import ResponsePair, explaining_drift

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
"""The headers of a response that a client can depend on."""

_NOT_EMULATED: Final = "X-Tiledesk-Mock"
_MAX_BODY_LENGTH: Final = 2000


class ExchangeDiff(Struct, frozen=True):
    """A request and the differences of both responses. `label` says where the request comes from."""

    label: str
    request: RecordedRequest
    differences: tuple[Difference, ...] = ()

    @property
    def unknown(self) -> tuple[Difference, ...]:
        """Return the differences that no drift explains."""
        return tuple(difference for difference in self.differences if difference.drift is None)

    @property
    def drifts(self) -> tuple[str, ...]:
        """Return the ids of the drifts that explain a difference, each once."""
        return tuple(dict.fromkeys(difference.drift for difference in self.differences if difference.drift))


class ResponseComparer:
    """Compares the responses of two sides over a session.

    Args:
        id_map: ids that are known to be the same; what is compared adds to them.
        options: how exactly responses are compared.
    """

    def __init__(self, id_map: IdMap | None = None, options: CompareOptions | None = None) -> None:
        self.id_map: Final = id_map or IdMap()
        self.options: Final = options or CompareOptions()
        self._aged: frozenset[str] = frozenset()

    def compare(
        self,
        request: RecordedRequest,
        left: RecordedResponse | None,
        right: RecordedResponse | None,
        *,
        label: str = "",
        own_only: bool = False,
        now: float | None = None,
    ) -> ExchangeDiff:
        """Return the differences of two responses to `request`; None is no response at all.

        `own_only` sets that option for this comparison. `now` is when the responses were sent, in seconds
        since 1970, if that was at another time.
        """
        options = replace(self.options, own_only=self.options.own_only or own_only)
        pair = ResponsePair(request, left, right, self.id_map, now or time.time(), self._aged)
        differences = tuple(_explained(difference, pair) for difference in _differences(pair, options))
        if pair.events_path and any(difference.drift == EVENTS_EXPIRE for difference in differences):
            # Later pages show the number of old events only.
            self._aged |= {pair.events_path[1]}
        return ExchangeDiff(label, request, differences)


def _explained(difference: Difference, pair: ResponsePair) -> Difference:
    kind = DifferenceKind.VALUE if difference.kind is DifferenceKind.LENGTH else difference.kind
    return replace(difference, kind=kind, drift=explaining_drift(difference, pair))


def _differences(pair: ResponsePair, options: CompareOptions) -> Iterator[Difference]:
    left, right = pair.left, pair.right
    if left is None or right is None:
        if not (_is_unanswered(left) and _is_unanswered(right)):
            yield Difference(("status",), _status(left), _status(right))
        return
    if left.status != right.status:
        note = left.header(_NOT_EMULATED)
        yield Difference(("status",), f"{left.status}, {note}" if note else left.status, right.status)
        yield Difference(("body",), *map(_shortened, pair.bodies))
        return
    diff = BodyDiff(pair.id_map, options)
    for name in HEADERS:
        mine, other = (left.header(name), right.header(name))
        yield from diff.values(
            ABSENT if mine is None else mine, ABSENT if other is None else other, ("headers", name)
        )
    yield from JsonDiff().values(_etag(left, options), _etag(right, options), ("headers", "etag"))
    yield from diff.values(*pair.bodies, ("body",))


def _etag(response: RecordedResponse, options: CompareOptions) -> str:
    """Describe the ETag of a response: its value is another one for every body."""
    etag = response.header("etag")
    if etag is None:
        return "none"
    if not response.body or not options.etags:
        return "an ETag"
    return "the body's" if etag == weak_etag(response.body) else "not the body's"


def _is_unanswered(response: RecordedResponse | None) -> bool:
    """Return whether there is no response, or the 504 of the emulator that stands for none."""
    return response is None or (response.status == 504 and b'"never answered"' in response.body)


def _status(response: RecordedResponse | None) -> Json:
    return "no response" if response is None else response.status


def _shortened(body: Json) -> Json:
    text = json.dumps(body)
    return body if len(text) <= _MAX_BODY_LENGTH else f"{text[:_MAX_BODY_LENGTH]}..."
