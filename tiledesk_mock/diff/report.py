"""What a comparison came to, for people and as JSON."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from typing import Any, Final

from ..comparison.differences import Difference, DifferenceKind
from ..node.json import Json
from ..redaction.masking import MASK, masked_json, masked_target
from ..redaction.secrets import is_secret_name
from ..text import number_of, shorten
from .responses import ExchangeDiff

_SHOWN: Final = 160
_LISTED: Final = 8
_NOTHING: Final = "nothing"


class DiffReport:
    """Collects what was compared. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._compared: Final[list[ExchangeDiff]] = []
        self._skipped: Final[dict[str, str]] = {}

    def add(self, compared: ExchangeDiff) -> None:
        """Take in one more exchange."""
        with self._lock:
            self._compared.append(compared)

    def skip(self, what: str, reason: str) -> None:
        """Note what was not compared, and why."""
        with self._lock:
            self._skipped[what] = reason

    @property
    def exchanges(self) -> tuple[ExchangeDiff, ...]:
        """Return what was compared, in order."""
        with self._lock:
            return tuple(self._compared)

    @property
    def unknown(self) -> int:
        """Return how many differences no drift explains."""
        return sum(len(compared.unknown) for compared in self.exchanges)

    @property
    def drifts(self) -> dict[str, int]:
        """Return in how many exchanges each known drift shows."""
        counts: dict[str, int] = {}
        for compared in self.exchanges:
            for drift in compared.drifts:
                counts[drift] = counts.get(drift, 0) + 1
        return counts

    @property
    def summary(self) -> str:
        """Return the whole in one line."""
        exchanges, drifts = self.exchanges, self.drifts
        equal = sum(not compared.unknown for compared in exchanges)
        named = f" ({', '.join(drifts)})" if drifts else ""
        return (
            f"{equal} of {len(exchanges)} exchanges equal; {number_of(len(drifts), 'known drift')}{named}; "
            f"{number_of(self.unknown, 'difference')}"
        )

    def lines(self) -> list[str]:
        """Return everything for people: differences by exchange, then what closes the report."""
        told = [line for compared in self.exchanges if compared.unknown for line in exchange_lines(compared)]
        return [*told, *self.closing()]

    def closing(self) -> list[str]:
        """Return the known drifts, what was skipped, and the summary."""
        drifts = [
            f"known drift {name}: in {number_of(count, 'exchange')}, such as {self._first(name)}"
            for name, count in self.drifts.items()
        ]
        skipped = [f"skipped {what}: {reason}" for what, reason in self._skipped.items()]
        return [*drifts, *skipped, self.summary]

    def document(self) -> Json:
        """Return everything as JSON."""
        return {
            "exchanges": len(self.exchanges),
            "equal": sum(not compared.unknown for compared in self.exchanges),
            "drifts": self.drifts,
            "differences": [_entry(compared) for compared in self.exchanges if compared.unknown],
            "skipped": dict(self._skipped),
        }

    def _first(self, drift: str) -> str:
        """Say where a drift showed first."""
        return next(
            f"{difference.path} of {_title(compared)}"
            for compared in self.exchanges
            for difference in compared.differences
            if difference.drift == drift
        )


def exchange_lines(compared: ExchangeDiff) -> Iterator[str]:
    """Yield what is to be told of one exchange: its unknown differences, and which drifts it shows."""
    yield _title(compared)
    for difference in compared.unknown[:_LISTED]:
        yield f"  {difference_line(difference)}"
    if len(compared.unknown) > _LISTED:
        yield f"  ... and {len(compared.unknown) - _LISTED} more"
    if compared.drifts:
        yield f"  known: {', '.join(compared.drifts)}"


def difference_line(difference: Difference) -> str:
    """Return a difference in one line."""
    here = _shown(_covered(difference, difference.here), missing=difference.kind is DifferenceKind.ONLY_THERE)
    there = _shown(
        _covered(difference, difference.there), missing=difference.kind is DifferenceKind.ONLY_HERE
    )
    notes = {DifferenceKind.IDENTITY: "another id before", DifferenceKind.ORDER: "another order"}
    note = f" ({notes[difference.kind]})" if difference.kind in notes else ""
    return f"{difference.path}: here {here}, there {there}{note}"


def _title(compared: ExchangeDiff) -> str:
    request = f"{compared.request.method} {masked_target(compared.request.target)}"
    return f"{compared.label}: {request}" if compared.label else request


def _entry(compared: ExchangeDiff) -> dict[str, Any]:
    return {
        "label": compared.label,
        "method": compared.request.method,
        "target": masked_target(compared.request.target),
        "differences": [
            {
                "path": difference.path,
                "kind": difference.kind.value,
                "here": _covered(difference, difference.here),
                "there": _covered(difference, difference.there),
                "drift": difference.drift,
            }
            for difference in compared.differences
        ],
    }


def _covered(difference: Difference, value: Json) -> Json:
    """Return what one side has, without secrets."""
    is_secret = value and any(map(is_secret_name, re.split(r"[.\[\]: ]+", difference.path)))
    return MASK if is_secret else masked_json(value)


def _shown(value: Json, *, missing: bool) -> str:
    if missing:
        return _NOTHING
    return shorten(json.dumps(value, ensure_ascii=False), _SHOWN)
