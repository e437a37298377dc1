"""Fault rules: which requests they match, and what they do to the responses."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from ..http.encodings import parsed_body
from ..http.exchange import Principal, RecordedRequest, caller_matches
from ..http.paths import path_matches
from ..node.bson import cast_string
from ..node.json import Json, well_formed
from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from .rule import Fault

_REQUEST_EFFECTS: Final = ("status", "drop", "hang")
"""What happens to a request. One rule decides it."""

_RESPONSE_EFFECTS: Final = ("truncate", "garble", "drip")
"""What happens to a response. One rule decides each."""

CallerLookup = Callable[[], tuple[Principal | None, str | None, str | None]]
"""Returns the principal of a request, its role and its member's id. Called only if a rule needs them."""


class _Rule(Struct):
    """A fault in force: how many requests it matched (`seen`), and how many of them it affected (`hits`)."""

    fault: Fault
    random: random.Random
    seen: int = 0
    hits: int = 0

    def is_due(self, request: RecordedRequest, caller: CallerLookup) -> bool:
        """Return whether the fault affects this request, and count the request if it matches."""
        fault = self.fault
        if not _matches(fault, request, caller):
            return False
        self.seen += 1
        if fault.nth is not None and self.seen != fault.nth:
            return False
        if self.seen <= fault.after or (fault.count is not None and self.hits >= fault.count):
            return False
        return fault.probability >= 1 or self.random.random() < fault.probability


class FaultShortcuts:
    """One method for each effect, over `add`."""

    def add(self, /, **rule: Any) -> Fault:
        """Add a rule; return it with its `id`."""
        raise NotImplementedError

    def latency(self, seconds: float, **when: Any) -> Fault:
        """Delay the response by that many seconds."""
        return self.add(latency=seconds, **when)

    def status(self, status: int, *, body: Json = None, headers: Any = None, **when: Any) -> Fault:
        """Respond with a status, and with Tiledesk's own body for it unless `body` is passed."""
        return self.add(status=status, body=body, headers=headers, **when)

    def drop(self, at: str = "request", **when: Any) -> Fault:
        """Reset the connection at the `"request"`, at the `"response"`, or `"midway"` through it."""
        return self.add(drop=at, **when)

    def truncate(self, keep: int | None = None, **when: Any) -> Fault:
        """Send only the first half of the body, or its first `keep` bytes, as if that were all."""
        return self.add(truncate=True if keep is None else keep, **when)

    def garble(self, **when: Any) -> Fault:
        """Send wrong bytes in the body."""
        return self.add(garble=True, **when)

    def drip(self, bytes_per_second: float, **when: Any) -> Fault:
        """Send the body slowly."""
        return self.add(drip=bytes_per_second, **when)

    def hang(self, **when: Any) -> Fault:
        """Never respond."""
        return self.add(hang=True, **when)


class Faults(FaultShortcuts):
    """The rules in force. Safe to use from many threads. Those that match a request are combined.

    Latencies add up. The first rule with a `status`, a `drop` or a `hang` decides what happens to the
    request. Of the rules that change the response, the first of each kind does. A rule that would have no
    effect beside the others does not hit, and keeps its `count` for later.

    A rule says **when** with `method` (any but OPTIONS by default, which browsers send first), `path` (a
    pattern: `/events`, `/auth/*`), `person` (a role, an e-mail address, an id), `name` (of the event in the
    request), `nth` (only that matching request), `after` (the matching requests before the first hit),
    `count` (the most hits), `probability` (with `seed`); and **what** with

    * `latency`: seconds before anything else happens;
    * `status`: sent instead of the emulator's response, with Tiledesk's body for it, or `body` and `headers`;
    * `hang`: no response;
    * `drop`: the connection is reset at the `"request"` (before it has an effect), at the `"response"` (the
      request has its effect, the client gets no response), or `"midway"` through the response;
    * `truncate`: the body ends after its first half, or after that many bytes, as if that were all of it;
    * `garble`: bytes of the body are wrong;
    * `drip`: the body is sent at that many bytes a second.

    Args:
        initial: the rules in force from the start and after a reset. Raises SettingsError for a wrong one.
    """

    def __init__(self, initial: Iterable[Mapping[str, Any]] = ()) -> None:
        self._lock: Final = threading.Lock()
        self._rules: dict[str, _Rule] = {}
        self.set_initial(initial)

    def set_initial(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Replace all rules, and those of later resets, by these. Raises SettingsError for a wrong one."""
        self._initial: tuple[Fault, ...] = tuple(
            _read(rule, f"faults[{index}]") for index, rule in enumerate(rules)
        )
        self.reset()

    def reset(self) -> None:
        """Replace all rules by the initial ones, without any hits."""
        with self._lock:
            self._ids = count(1)
            self._rules = {}
            for fault in self._initial:
                self._put(fault)

    def add(self, /, **rule: Any) -> Fault:
        """Add a rule with the fields above; return it with its `id`. Raises SettingsError for a wrong one."""
        fault = _read(rule, "fault")
        with self._lock:
            return self._put(fault)

    def remove(self, id_fault: str) -> bool:
        """Remove a rule; return whether one had that id."""
        with self._lock:
            return self._rules.pop(id_fault, None) is not None

    def clear(self) -> None:
        """Remove all rules, the initial ones too; a reset brings these back."""
        with self._lock:
            self._rules = {}

    def documents(self) -> list[Document]:
        """Return the rules as JSON, with the numbers of matching (`seen`) and affected requests (`hits`)."""
        from .rule import fault_document

        with self._lock:
            return [
                {**fault_document(rule.fault), "seen": rule.seen, "hits": rule.hits}
                for rule in self._rules.values()
            ]

    def match(self, request: RecordedRequest, caller: CallerLookup) -> Fault | None:
        """Return the combined fault of all rules that affect a request; None if no rule does."""
        if not self._rules:
            return None
        with self._lock:
            due = [rule for rule in self._rules.values() if rule.is_due(request, caller)]
            hitting = _with_effect(due)
            for rule in hitting:
                rule.hits += 1
        return reduce(_combined, [rule.fault for rule in hitting]) if hitting else None

    def _put(self, fault: Fault) -> Fault:
        fault = replace(fault, id=f"fault-{next(self._ids)}")
        seed = well_formed(fault.seed) if isinstance(fault.seed, str) else fault.seed
        self._rules[fault.id] = _Rule(fault, random.Random(seed))  # noqa: S311  (for repeatable runs)
        return fault


def _read(rule: Mapping[str, Any], path: str) -> Fault:
    # Imported on first use: most tests have no faults, and importing how rules are read takes time.
    from .rule import read_fault

    return read_fault(rule, path)


def _matches(fault: Fault, request: RecordedRequest, caller: CallerLookup) -> bool:
    if (fault.method or "").upper() not in ("", request.method):
        return False
    if fault.method is None and request.method == "OPTIONS":  # a browser's preflight request
        return False
    if fault.path is not None and not path_matches(fault.path, request.path):
        return False
    if fault.name is not None and _event_name(request) != fault.name:
        return False
    return fault.person is None or caller_matches(fault.person, *caller())


def _event_name(request: RecordedRequest) -> str | None:
    """Return the name of the event that a request fires, as Tiledesk casts it; None for any other request."""
    if request.method != "POST" or not path_matches("/events", request.path):
        return None
    body = parsed_body(request)
    name = body.get("name") if isinstance(body, dict) else None
    try:
        return None if name is None else cast_string(name)
    except TypeError:  # refused by Tiledesk
        return None


def _with_effect(due: list[_Rule]) -> list[_Rule]:
    """Return the rules that have an effect together: of those with the same effect, the first.

    If no response is sent, the rules that change responses keep their hits for another request.
    """
    deciding = next((rule.fault for rule in due if _effects(rule.fault, _REQUEST_EFFECTS)), None)
    done = set(_REQUEST_EFFECTS) if deciding else set[str]()
    if deciding and (deciding.hang or deciding.drop in ("request", "response")):
        done |= set(_RESPONSE_EFFECTS)
    found = []
    for rule in due:
        effects = _effects(rule.fault, (*_REQUEST_EFFECTS, *_RESPONSE_EFFECTS))
        if rule.fault is deciding or rule.fault.latency or effects - done:
            found.append(rule)
            done |= effects
    return found


def _effects(fault: Fault, names: Iterable[str]) -> set[str]:
    values = {name: getattr(fault, name) for name in names}
    return {name for name, value in values.items() if value is not None and value is not False}


def _combined(first: Fault, other: Fault) -> Fault:
    """Return one fault with the effects of both. If both have the same effect, the first one's counts."""
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
