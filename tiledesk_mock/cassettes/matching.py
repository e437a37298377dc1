"""Whether a request matches a recorded one, and how they differ if it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from msgspec import Struct

from ..comparison.id_map import IdMap, Pair
from ..comparison.json_diff import Difference, JsonDiff, is_same
from ..comparison.text_parts import IDENTIFIERS, PartKind, match_parts, without_ids
from ..http.encodings import decompressed, possible_texts
from ..http.exchange import RecordedRequest
from ..http.paths import without_prefix
from ..node.body_parser import FORM_TYPE
from ..node.json import ABSENT, MAX_DEPTH, Absent, Json, json_depth
from ..node.json_text import JsonPath, is_json
from ..redaction.names import PLACEHOLDER, is_secret_name, may_be_secret
from ..redaction.secrets import credentials_holder

_MILLISECONDS: Final = range(10**12, 10**13)
"""Whole numbers that may be times: 2001 to 2286 in milliseconds since 1970."""

_COSTS: Final = {"method": 8, "path": 6, "query": 2}
"""The cost of a difference by the first part of its path; of any other it is 1."""

_OTHER_SECRET: Final = 2
"""The cost of a secret that another one was paired with before."""

_OTHER_AUTHENTICATION: Final = 4
"""The cost if only one of the two requests has credentials."""

_ANY_BODY: Final = 16
"""The cost of a recorded body that is one placeholder, which any text matches."""


class ComparableRequest(Struct, frozen=True):
    """The parts of a request that are compared, and who sent it."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Json | Absent
    sender: str | None

    @property
    def key(self) -> tuple[str, str]:
        """Return method and path with stars for ids. Requests with different keys never match."""
        return self.method, without_ids(self.path)

    @property
    def text(self) -> str:
        """Return everything that is compared, except the sender, as text."""
        body = None if self.body is ABSENT else [self.body]
        return json.dumps([self.method, self.path, self.query, body], sort_keys=True)


class Candidate(Struct, frozen=True):
    """A recorded request compared with another one.

    Without differences it matches: `pairs` are the ids that have to be paired for that, and `cost` says how
    unlikely it is that both requests are the same.
    """

    differences: tuple[Difference, ...]
    pairs: tuple[Pair, ...] = ()
    cost: int = 0

    @property
    def distance(self) -> int:
        """Return the cost of all differences."""
        return sum(_COSTS.get(str(difference.path[0]), 1) for difference in self.differences)


def comparable(request: RecordedRequest, sender: Mapping[str, Json] | None = None) -> ComparableRequest:
    """Return what is compared of a request; `sender` has the claims that a redacted recording kept."""
    path = unquote(without_prefix(request.path)).casefold()
    holder = (sender or {}).get("_id") or credentials_holder(request.header("Authorization"))
    return ComparableRequest(
        request.method,
        path.rstrip("/") or "/",
        parse_qs(request.query, keep_blank_values=True),
        _body(request),
        None if holder is None else str(holder),
    )


def compare_requests(
    recorded: ComparableRequest, request: ComparableRequest, id_map: IdMap, *, by_sender: bool
) -> Candidate:
    """Compare a request with a recorded one.

    Prefixes, times, secrets and ids may differ, as far as the ids agree with `id_map`, which is not changed.
    With `by_sender` it costs something if only one of the requests has credentials.
    """
    diff = _RequestDiff(id_map, has_credentials=recorded.path.startswith("/auth/"))
    differences = tuple(diff.requests(recorded, request))
    if not differences:
        diff.compare_senders(recorded.sender, request.sender, by_sender=by_sender)
    return Candidate(differences, diff.id_map.pairs, diff.cost)


class _RequestDiff(JsonDiff):
    """Finds the differences of a recorded request, on the left, and another one."""

    def __init__(self, id_map: IdMap, *, has_credentials: bool) -> None:
        self.id_map: Final = IdMap(base=id_map)
        self._has_credentials: Final = has_credentials
        self._penalty = 0

    @property
    def cost(self) -> int:
        """Return the cost of what was paired, and of what could not be."""
        return self._penalty + sum(left != right for left, right in self.id_map.pairs)

    def requests(self, recorded: ComparableRequest, request: ComparableRequest) -> Iterator[Difference]:
        """Yield the differences of two requests."""
        if recorded.method != request.method:
            yield Difference(("method",), recorded.method, request.method)
        if not self._texts_match(recorded.path, request.path):
            yield Difference(("path",), recorded.path, request.path)
        yield from self.values(recorded.query, request.query, ("query",))
        yield from self.values(recorded.body, request.body, ("body",))
        if isinstance(recorded.body, str) and PLACEHOLDER.fullmatch(recorded.body):
            self._penalty += _ANY_BODY

    def compare_senders(self, recorded: str | None, sender: str | None, *, by_sender: bool) -> None:
        """Add the cost of another sender, or of a missing one."""
        if recorded is not None and sender is not None:
            self._pair_secret(recorded, sender)
        elif by_sender and recorded is not sender:
            self._penalty += _OTHER_AUTHENTICATION

    def lists(self, left: Sequence[Any], right: Sequence[Any], path: JsonPath) -> Iterator[Difference]:
        """Yield the differences of two lists; an item without a counterpart is one of them."""
        for index in range(max(len(left), len(right))):
            mine, other = (items[index] if index < len(items) else ABSENT for items in (left, right))
            yield from self.values(mine, other, (*path, index))

    def scalars(self, left: Any, right: Any, path: JsonPath) -> Iterator[Difference]:
        """Yield the difference of two values that are not both objects or both lists."""
        if not self._is_match(left, right, path):
            yield Difference(path, left, right)

    def _is_match(self, left: Json, right: Json, path: JsonPath) -> bool:
        if is_same(left, right):
            if isinstance(left, str):
                self.id_map.learn_common(left)
            return True
        if _is_text_or_number(left) and _is_text_or_number(right) and self._is_secret(left, path):
            self._pair_secret(str(left), str(right))
            return True
        if isinstance(left, str) and isinstance(right, str):
            return self._texts_match(left, right)
        is_time = isinstance(left, int) and isinstance(right, int)
        return is_time and left in _MILLISECONDS and right in _MILLISECONDS

    def _is_secret(self, recorded: Json, path: JsonPath) -> bool:
        if PLACEHOLDER.fullmatch(str(recorded)):
            return True
        names = [part for part in path[1:] if isinstance(part, str)]
        if self._has_credentials and names[-1:] == ["email"]:
            return True
        return any(map(is_secret_name, names)) and may_be_secret(recorded, *names)

    def _texts_match(self, recorded: str, text: str) -> bool:
        """Return whether two texts differ only in ids, times and secrets; pair their ids."""
        if recorded == text:
            self.id_map.learn_common(text)
            return True
        matches = match_parts(recorded, text)
        if matches is None:
            return False
        for part, found in matches:
            if part.kind in IDENTIFIERS and part.text != found and not self.id_map.pair(part.text, found):
                return False
            if part.kind is PartKind.PLACEHOLDER:
                self._pair_secret(part.text, found)
        return True

    def _pair_secret(self, recorded: str, secret: str) -> None:
        if recorded != secret and not self.id_map.pair(recorded, secret):
            self._penalty += _OTHER_SECRET


def _is_text_or_number(value: Json) -> bool:
    """Return whether a value is one that redaction replaces with a placeholder."""
    return value != "" and isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _body(request: RecordedRequest) -> Json | Absent:
    """Return a body as JSON or as the fields of a form; else as text."""
    if not request.body:
        return ABSENT
    content_type = request.header("Content-Type") or ""
    text, _ = possible_texts(decompressed(request).body, content_type)[0]
    if content_type.lower().startswith(FORM_TYPE):
        return parse_qs(text, keep_blank_values=True)
    value = json.loads(text) if is_json(text) else text
    return value if json_depth(value) <= MAX_DEPTH else text
