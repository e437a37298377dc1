"""A request beside a recorded one: whether it asks the same, and where it deviates if not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

from msgspec import Struct

from ..comparison.correspondence import Correspondence, Pair, Trial, without_ids
from ..comparison.deviations import Deviation, Place, deviations, same
from ..http.encodings import decompressed, possible_texts
from ..http.exchange import RecordedRequest
from ..http.paths import without_prefix
from ..node.json import ABSENT, MAX_DEPTH, Absent, Json, json_depth
from ..node.json_text import is_json
from ..redaction.secrets import PLACEHOLDER, credentials_holder, is_secret_name

FORM: Final = "application/x-www-form-urlencoded"

_MILLISECONDS: Final = range(10**12, 10**13)
"""Whole numbers that are taken for times: from 2001 to 2286 in milliseconds."""

_WEIGHTS: Final = {"method": 8, "path": 6, "query": 2}

_OTHER_PRESENCE: Final = 4
"""What it costs that one of the two requests came with credentials, and the other without."""


class ComparableRequest(Struct, frozen=True):
    """A request taken apart: what of it counts when it is compared, and who sent it."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Json | Absent
    bearer: str | None

    @property
    def key(self) -> tuple[str, str]:
        """Return method and path with stars for ids: requests of another key are never alike."""
        return self.method, without_ids(self.path)

    @property
    def text(self) -> str:
        """Return all of it that counts, but for who sent it."""
        body = None if self.body is ABSENT else [self.body]
        return json.dumps([self.method, self.path, self.query, body], sort_keys=True)

    @property
    def signs_in(self) -> bool:
        """Tell whether its body holds credentials."""
        return self.path.startswith("/auth/")


class Candidate(Struct, frozen=True):
    """Where a request deviates from a recorded one.

    Where it does not, `pairs` are what it takes for one another, and `cost` is how far-fetched that is.
    """

    deviations: tuple[Deviation, ...]
    pairs: tuple[Pair, ...] = ()
    cost: int = 0

    @property
    def distance(self) -> int:
        """Return how much of the request deviates."""
        return sum(_WEIGHTS.get(str(found.place[0]), 1) for found in self.deviations)


def comparable(request: RecordedRequest, sender: Mapping[str, Json] | None = None) -> ComparableRequest:
    """Take a request apart; `sender` is what a redacted recording tells of who sent it."""
    path = unquote(without_prefix(request.path)).casefold()
    who = (sender or {}).get("_id") or credentials_holder(request.header("Authorization"))
    return ComparableRequest(
        request.method,
        path.rstrip("/") or "/",
        _fields(request.query),
        _body(request),
        None if who is None else str(who),
    )


def compare_requests(
    recorded: ComparableRequest, given: ComparableRequest, known: Correspondence, *, by_person: bool
) -> Candidate:
    """Compare a request with a recorded one.

    Prefixes, times, secrets and ids of another run may differ, as far as `known` ids allow. With `by_person`
    it counts against two requests that only one of them has credentials.
    """
    trial = known.trial()
    found = tuple(_deviations(recorded, given, trial))
    if not found:
        _consider_people(recorded.bearer, given.bearer, trial, by_person=by_person)
    return Candidate(found, tuple(trial.pairs), trial.cost)


def _deviations(recorded: ComparableRequest, given: ComparableRequest, trial: Trial) -> Iterator[Deviation]:
    def alike(place: Place, was: Json, now: Json) -> bool:
        return _alike(place, was, now, trial, signs_in=recorded.signs_in)

    if recorded.method != given.method:
        yield Deviation(("method",), recorded.method, given.method)
    if not trial.alike(recorded.path, given.path):
        yield Deviation(("path",), recorded.path, given.path)
    yield from deviations(recorded.query, given.query, ("query",), alike)
    yield from deviations(recorded.body, given.body, ("body",), alike)


def _alike(place: Place, recorded: Json, given: Json, trial: Trial, *, signs_in: bool) -> bool:
    if _is_told(recorded) and _is_told(given) and _is_hidden(place, recorded, signs_in=signs_in):
        trial.secret(str(recorded), str(given))
        return True
    if isinstance(recorded, str) and isinstance(given, str):
        return trial.alike(recorded, given)
    if isinstance(recorded, int) and isinstance(given, int) and recorded in _MILLISECONDS:
        return given in _MILLISECONDS
    return same(recorded, given)


def _is_told(value: Json) -> bool:
    """Tell whether a value is a text or a number: what a placeholder may stand for."""
    return value != "" and isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _is_hidden(place: Place, recorded: Json, *, signs_in: bool) -> bool:
    if PLACEHOLDER.fullmatch(str(recorded)):
        return True
    names = [part for part in place[1:] if isinstance(part, str)]
    return any(is_secret_name(name) for name in names) or (signs_in and names[-1:] == ["email"])


def _consider_people(recorded: str | None, given: str | None, trial: Trial, *, by_person: bool) -> None:
    """Count against a pair of requests that somebody else sends the second, or nobody."""
    if recorded is not None and given is not None:
        trial.secret(recorded, given)
    elif by_person and recorded is not given:
        trial.cost += _OTHER_PRESENCE


def _body(request: RecordedRequest) -> Json | Absent:
    """Return a body as what it means: JSON, the fields of a form, or text."""
    if not request.body:
        return ABSENT
    kind = request.header("Content-Type") or ""
    text, _ = possible_texts(decompressed(request).body, kind)[0]
    if kind.lower().startswith(FORM):
        return _fields(text)
    value = json.loads(text) if is_json(text) else text
    return value if json_depth(value) <= MAX_DEPTH else text


def _fields(form: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return fields
