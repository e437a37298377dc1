"""Faults: rules that disturb the answers to chosen requests."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from ..http.encodings import parsed_body
from ..http.exchange import RecordedRequest
from ..http.paths import path_matches
from ..http.principal import Principal, caller_matches
from ..node.json import Json
from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from .rule import Fault

_DECIDING: Final = ("status", "drop", "hang")
_CHANGING: Final = ("truncate", "garble", "drip")
"""What becomes of a request, and of its answer: of the first one rule decides, of the others one each."""

Caller = Callable[[], tuple[Principal | None, str | None, str | None]]
"""Tells who sends a request, in which role, and as which member; asked only if a rule wants to know."""


class _Rule(Struct):
    """A fault with its memory: how many requests it was about, and how many of them it disturbed."""

    fault: Fault
    random: random.Random
    seen: int = 0
    hits: int = 0

    def is_due(self, request: RecordedRequest, caller: Caller) -> bool:
        """Tell whether it would disturb this request, and remember that it was asked."""
        fault = self.fault
        if not _is_about(fault, request, caller):
            return False
        self.seen += 1
        if fault.nth is not None and self.seen != fault.nth:
            return False
        if self.seen <= fault.after or (fault.count is not None and self.hits >= fault.count):
            return False
        return fault.probability >= 1 or self.random.random() < fault.probability


class FaultShortcuts:
    """Shorter words for `add`."""

    def add(self, /, **rule: Any) -> Fault:
        """Add a rule; return it with its `id`."""
        raise NotImplementedError

    def latency(self, seconds: float, **when: Any) -> Fault:
        """Answer that much later."""
        return self.add(latency=seconds, **when)

    def status(self, status: int, *, body: Json = None, headers: Any = None, **when: Any) -> Fault:
        """Answer with a status, and Tiledesk's own body for it unless another is given."""
        return self.add(status=status, body=body, headers=headers, **when)

    def drop(self, at: str = "request", **when: Any) -> Fault:
        """Reset the connection at the `"request"`, at the `"answer"`, or `"midway"` through it."""
        return self.add(drop=at, **when)

    def truncate(self, keep: int | None = None, **when: Any) -> Fault:
        """Send the first half of the body, or its first `keep` bytes, as if that were all."""
        return self.add(truncate=True if keep is None else keep, **when)

    def garble(self, **when: Any) -> Fault:
        """Send wrong bytes in the body."""
        return self.add(garble=True, **when)

    def drip(self, bytes_per_second: float, **when: Any) -> Fault:
        """Send the body slowly."""
        return self.add(drip=bytes_per_second, **when)

    def hang(self, **when: Any) -> Fault:
        """Never answer."""
        return self.add(hang=True, **when)


class Faults(FaultShortcuts):
    """The rules in force. Those that strike a request are combined.

    Latencies add up. The first rule with a `status`, a `drop` or a `hang` decides what becomes of the
    request; of those that change the answer, the first of each kind does. A rule that would have no effect
    beside the others does not strike, and keeps its `count` for later.

    A rule says **when** with `method` (not given: any but OPTIONS, which browsers ask before), `path` (a
    pattern: `/events`, `/auth/*`), `person` (a role, an e-mail address, an id), `name` (of the event that is
    fired), `nth` (only that matching request), `after` (so many matching requests pass first), `count` (how
    often at most), `probability` (with `seed`); and **what** with

    * `latency`: seconds before anything else happens;
    * `status`: answered instead of the emulator, with Tiledesk's own body for it, or `body` and `headers`;
    * `hang`: never answered;
    * `drop`: the connection is reset at the `"request"` (before it has any effect), at the `"answer"` (it
      took effect, and nobody hears of it), or `"midway"` through the answer;
    * `truncate`: the body ends after its first half, or so many bytes, as if that were all of it;
    * `garble`: bytes of the body are wrong;
    * `drip`: the body comes at so many bytes a second.

    Safe to use from many threads. `given` are the rules that are in force from the start and after a reset.
    """

    _given: tuple[Fault, ...]

    def __init__(self, initial: Iterable[Mapping[str, Any]] = ()) -> None:
        self._lock: Final = threading.Lock()
        self._rules: dict[str, _Rule] = {}
        self.set_initial(initial)

    def set_initial(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Begin anew with these rules, which a restart brings back. Raises SettingsError for a wrong one."""
        self._given = tuple(_read(rule, f"faults[{index}]") for index, rule in enumerate(rules))
        self.reset()

    def reset(self) -> None:
        """Go back to the rules that were given at the start, as if nothing had happened."""
        with self._lock:
            self._ids = count(1)
            self._rules = {}
            for fault in self._given:
                self._put(fault)

    def add(self, /, **rule: Any) -> Fault:
        """Add a rule by the words above; return it with its `id`. Raises SettingsError for a wrong one."""
        fault = _read(rule, "fault")
        with self._lock:
            return self._put(fault)

    def remove(self, id_fault: str) -> bool:
        """Take a rule away; tell whether there was one with that id."""
        with self._lock:
            return self._rules.pop(id_fault, None) is not None

    def clear(self) -> None:
        """Take all rules away, those given at the start too (a reset brings them back)."""
        with self._lock:
            self._rules = {}

    def documents(self) -> list[Document]:
        """Return the rules as JSON; `seen` requests were what a rule is about, `hits` were disturbed."""
        from .rule import fault_document

        with self._lock:
            return [
                {**fault_document(rule.fault), "seen": rule.seen, "hits": rule.hits}
                for rule in self._rules.values()
            ]

    def match(self, request: RecordedRequest, caller: Caller) -> Fault | None:
        """Return what disturbs a request, combined of all rules that do; None if nothing does."""
        if not self._rules:
            return None
        with self._lock:
            due = [rule for rule in self._rules.values() if rule.is_due(request, caller)]
            struck = _taking_effect(due)
            for rule in struck:
                rule.hits += 1
        return reduce(_combined, [rule.fault for rule in struck]) if struck else None

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter([rule.fault for rule in self._rules.values()])

    def __len__(self) -> int:
        return len(self._rules)

    def _put(self, fault: Fault) -> Fault:
        fault = replace(fault, id=f"fault-{next(self._ids)}")
        self._rules[fault.id] = _Rule(fault, random.Random(fault.seed))  # noqa: S311  (for repeatable runs)
        return fault


def _read(rule: Mapping[str, Any], place: str) -> Fault:
    # Here and not above: most tests disturb nothing, and none shall wait for how rules are read.
    from .rule import read_fault

    return read_fault(rule, place)


def _is_about(fault: Fault, request: RecordedRequest, caller: Caller) -> bool:
    if (fault.method or "").upper() not in ("", request.method):
        return False
    if fault.method is None and request.method == "OPTIONS":  # a browser's question before the request
        return False
    if fault.path is not None and not path_matches(fault.path, request.path):
        return False
    if fault.name is not None and _event_name(request) != fault.name:
        return False
    return fault.person is None or caller_matches(fault.person, *caller())


def _event_name(request: RecordedRequest) -> Json:
    """Return the name of the event that a request fires, None if it is no such request."""
    if request.method != "POST" or not path_matches("/events", request.path):
        return None
    body = parsed_body(request)
    return body.get("name") if isinstance(body, dict) else None


def _taking_effect(due: list[_Rule]) -> list[_Rule]:
    """Return the rules that have an effect together: of those that do the same, the first.

    One decides what becomes of the request: a status, a lost connection, none at all. Where nothing is left
    to be changed then, those that change an answer wait for another one.
    """
    deciding = next((rule.fault for rule in due if _does(rule.fault, _DECIDING)), None)
    done = set(_DECIDING) if deciding else set[str]()
    if deciding and (deciding.hang or deciding.drop in ("request", "answer")):
        done |= set(_CHANGING)
    struck = []
    for rule in due:
        does = _does(rule.fault, (*_DECIDING, *_CHANGING))
        if rule.fault is deciding or rule.fault.latency or does - done:
            struck.append(rule)
            done |= does
    return struck


def _does(fault: Fault, effects: Iterable[str]) -> set[str]:
    values = {name: getattr(fault, name) for name in effects}
    return {name for name, value in values.items() if value is not None and value is not False}


def _combined(first: Fault, other: Fault) -> Fault:
    """Return one fault that does what both do; where they do the same, what the first does."""
    return replace(
        first,
        id=f"{first.id}, {other.id}",
        latency=first.latency + other.latency,
        status=first.status or other.status,
        body=first.body if first.status else other.body,
        headers=first.headers if first.status else other.headers,
        drop=first.drop or other.drop,
        truncate=other.truncate if first.truncate is None else first.truncate,
        garble=first.garble or other.garble,
        drip=first.drip or other.drip,
        hang=first.hang or other.hang,
    )
