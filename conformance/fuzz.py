"""Random cases, played on the real server and on an emulator, and the kinds of their differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

import msgspec
from msgspec import Struct

from tiledesk_mock.node.json import Json

from .differences import Difference, differences
from .generators import GENERATORS
from .grounds import Case, module_of
from .known import KnownDifference
from .servers import Server

_TIMEOUT: Final = 1.0
"""Seconds after which the real server is taken never to answer."""

_LONG_TIMEOUT: Final = 5.0
"""The same, before a difference is reported."""


class Kind(Struct):
    """A kind of difference: how often it came, and its smallest example."""

    step: str
    text: str
    count: int
    case: Case
    difference: Difference
    name: str
    """Seed and number of the case, by which it is made again."""


class Fuzzed(Struct):
    """What was compared: exchanges that were equal, that differ as is known, and the kinds of the rest."""

    equal: int = 0
    listed: int = 0
    kinds: dict[tuple[str, str], Kind] = msgspec.field(default_factory=dict)

    @property
    def compared(self) -> int:
        """Return the number of exchanges that were compared."""
        return self.equal + self.listed + sum(kind.count for kind in self.kinds.values())


class Fuzzer:
    """Plays random cases of a ground on both servers.

    After a difference that is not known, the rest of a case is not compared: the servers' states may differ.
    """

    def __init__(self, real: Server, emulator: Server, ground: str, known: Sequence[KnownDifference]) -> None:
        self._real: Final = real
        self._emulator: Final = emulator
        self._ground: Final = ground
        self._module: Final = module_of(ground)
        self._known: Final = known
        self.result: Final = Fuzzed()

    def run(self, seed: int, exchanges: int, say: Callable[[str], None]) -> Fuzzed:
        """Compare at least a number of exchanges; the cases follow from the seed."""
        generate, number = GENERATORS[self._ground], 0
        while self.result.compared < exchanges:
            name = f"{seed}/{number}"
            self._compare(generate(Random(name)), name, say)  # noqa: S311  (must be the same each time)
            number += 1
        return self.result

    def _compare(self, case: Case, name: str, say: Callable[[str], None]) -> None:
        for step, found in self._played(case):
            unknown = [one for one in found if not self._is_known(step, one)]
            if unknown:
                self._add(case, step, unknown[0], name, say)
                return
            if found:
                self.result.listed += 1
            else:
                self.result.equal += 1

    def _played(self, case: Case) -> Iterator[tuple[str, list[Difference]]]:
        """Yield the kind of each step of a case, and the differences of its answers."""
        case = {"timeout": _TIMEOUT, **case}
        for server in (self._real, self._emulator):
            server.reset()
        answers = [self._module.play(server, case) for server in (self._real, self._emulator)]
        for step, real, emulator in zip(case["steps"], *answers, strict=True):
            yield step_kind(step), list(differences(real, emulator))

    def _is_known(self, step: str, difference: Difference) -> bool:
        return any(known.explains(self._ground, step, difference) for known in self._known)

    def _add(
        self, case: Case, step: str, difference: Difference, name: str, say: Callable[[str], None]
    ) -> None:
        key = (step, difference.kind)
        if kind := self.result.kinds.get(key):
            kind.count += 1
            return
        if self._difference({**case, "timeout": _LONG_TIMEOUT}, key) is None:
            return  # the real server took longer than the timeout, only once
        smallest, found = self._shrunk(case, key, difference)
        self.result.kinds[key] = Kind(*key, 1, smallest, found, name)
        say(described(self.result.kinds[key]))

    def _shrunk(self, case: Case, key: tuple[str, str], found: Difference) -> tuple[Case, Difference]:
        """Return a case with as few steps as show a kind of difference, and the difference."""
        index = len(case["steps"])
        while index:
            index -= 1
            smaller = {**case, "steps": case["steps"][:index] + case["steps"][index + 1 :]}
            if smaller["steps"] and (difference := self._difference(smaller, key)):
                case, found = smaller, difference
        return case, found

    def _difference(self, case: Case, key: tuple[str, str]) -> Difference | None:
        """Return the first unknown difference of a case if it is of a kind."""
        for step, found in self._played(case):
            unknown = [one for one in found if not self._is_known(step, one)]
            if unknown:
                return unknown[0] if (step, unknown[0].kind) == key else None
        return None


def step_kind(step: dict[str, Json]) -> str:
    """Return what a step does, without its values: `POST /auth/signup`, `say subscribe`, or its first key."""
    if isinstance(said := step.get("say"), dict):
        return f"say {said.get('action')}"
    method = next(iter(step))
    path = step[method]
    if not isinstance(path, str) or not path.startswith("/"):
        return method
    return f"{method.upper()} {path.partition('?')[0].lower()}"


def described(kind: Kind) -> str:
    """Return a kind as text: count, step, difference and the smallest example."""
    people = {name: kind.case["people"][name] for name in _senders(kind.case)}
    lines = [f"{kind.count}x {kind.step}: {kind.difference}   (case {kind.name})"]
    lines += [f"    {name}: {msgspec.json.encode(person).decode()}" for name, person in people.items()]
    lines += [f"    {msgspec.json.encode(step).decode()}" for step in kind.case["steps"]]
    return "\n".join(lines)


def _senders(case: Case) -> list[str]:
    """Return the names of the case's own people who send a request."""
    used = {step.get("as") for step in case["steps"]}
    return [name for name in case.get("people", {}) if name in used]
