"""Which id of a recording is which id of this run, and what else may differ between two runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ..redaction.secrets import JWT, PLACEHOLDER
from .wildcards import Known, with_unknown_parts

_ID: Final = r"(?<![0-9a-fA-F])[0-9a-fA-F]{24}(?![0-9a-fA-F])"
_UUID: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_TIME: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
_VARIABLE: Final = re.compile(
    f"(?P<hidden>{PLACEHOLDER.pattern})|(?P<jwt>{JWT.pattern})"
    f"|(?P<uuid>{_UUID})|(?P<time>{_TIME})|(?P<id>{_ID})"
)
_ANOTHER: Final = {"jwt": r"\S+", "uuid": _UUID, "time": _TIME, "id": _ID}
_IDS: Final = re.compile(f"{_UUID}|{_ID}")

Pair = tuple[str, str]
"""A recorded value, and what stands for it in this run."""


def ids_in(text: str) -> Iterator[str]:
    """Yield the ObjectIds and uuids in a text."""
    return (match[0] for match in _IDS.finditer(text))


def without_ids(text: str) -> str:
    """Return a text with a star for each ObjectId and uuid."""
    return _IDS.sub("*", text)


class Correspondence:
    """A one-to-one map of recorded values to this run's, learned in the course of a session."""

    def __init__(self) -> None:
        self._given: Final[dict[str, str]] = {}
        self._recorded: Final[dict[str, str]] = {}

    def trial(self) -> Trial:
        """Return an attempt to read one more request, which leaves this as it is."""
        return Trial(self)

    @property
    def pairs(self) -> Iterable[Pair]:
        """Return what was learned."""
        return self._given.items()

    def given(self, recorded: str) -> str | None:
        """Return what stands for a recorded value."""
        return self._given.get(recorded)

    def recorded(self, given: str) -> str | None:
        """Return what a value of this run stood for."""
        return self._recorded.get(given)

    def learn(self, pairs: Iterable[Pair]) -> None:
        """Take over pairs, but for those that contradict what is known."""
        for recorded, given in pairs:
            if recorded not in self._given and given not in self._recorded:
                self._given[recorded] = given
                self._recorded[given] = recorded

    def translated(self, text: str) -> str:
        """Return recorded text with the ids and addresses of this run."""
        return _TRANSLATED.sub(lambda match: self._given.get(match[0], match[0]), text)


_TRANSLATED: Final = re.compile(f"{_UUID}|{_ID}|person-\\d+@redacted\\.example")


class Trial:
    """An attempt to read a request as a recorded one: the pairs that it takes, and how far-fetched it is."""

    def __init__(self, known: Correspondence) -> None:
        self._known: Final = known
        self._given: Final[dict[str, str]] = {}
        self._recorded: Final[dict[str, str]] = {}
        self.cost = 0

    @property
    def pairs(self) -> Iterable[Pair]:
        """Return the pairs that this attempt takes."""
        return self._given.items()

    def alike(self, recorded: str, given: str) -> bool:
        """Tell whether a text says the same, but for ids, times and secrets of another run."""
        if recorded == given:
            self._keep(recorded)
            return True
        pattern, kinds = _pattern(recorded)
        match = re.fullmatch(pattern, given, re.DOTALL) if kinds else None
        if match is None:
            return False
        return all(self._fits(kind, was, now) for (kind, was), now in zip(kinds, match.groups(), strict=True))

    def secret(self, recorded: str, given: str) -> None:
        """Take `given` for a recorded secret; if another was taken for it before, that counts against it."""
        if recorded != given and not self._pair(recorded, given):
            self.cost += 2

    def _keep(self, text: str) -> None:
        for found in ids_in(text):
            self._pair(found, found)

    def _fits(self, kind: str, recorded: str, given: str) -> bool:
        if kind in ("id", "uuid"):
            return recorded == given or self._pair(recorded, given)
        if kind == "hidden":
            self.secret(recorded, given)
        return True

    def _pair(self, recorded: str, given: str) -> bool:
        """Take a pair, unless either is known to belong to another; one that is new and unlike costs."""
        was = self._known.given(recorded) or self._given.get(recorded)
        now = self._known.recorded(given) or self._recorded.get(given)
        if was is not None or now is not None:
            return was == given and now == recorded
        self._given[recorded], self._recorded[given] = given, recorded
        self.cost += int(recorded != given)
        return True


def _pattern(recorded: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a regular expression for what may stand for a text, and kind and text of each of its groups."""
    known, kinds, end = [Known("", "")], [], 0
    for match in _VARIABLE.finditer(recorded):
        kind = match.lastgroup or ""
        kinds.append((kind, match[0]))
        known[-1] = _longer(known[-1], re.escape(recorded[end : match.start()]))
        if kind == "hidden":
            known.append(Known("", ""))
        else:
            known[-1] = _longer(known[-1], _ANOTHER[kind], is_group=True)
        end = match.end()
    known[-1] = _longer(known[-1], re.escape(recorded[end:]))
    return with_unknown_parts(known), kinds


def _longer(known: Known, pattern: str, *, is_group: bool = False) -> Known:
    grouped = f"({pattern})" if is_group else pattern
    return Known(known.grouped + grouped, f"{known.plain}(?:{pattern})")
