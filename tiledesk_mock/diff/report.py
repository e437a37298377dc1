"""The report of a comparison, as text and as JSON."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Final

from ..comparison.json_diff import DifferenceKind
from ..node.json import Json
from ..redaction.masking import masked_target
from ..text import number_of
from .responses import ExchangeDiff

_MAX_LENGTH: Final = 160
_LISTED: Final = 8
_NOTES: Final = {DifferenceKind.IDENTITY: " (another id before)", DifferenceKind.ORDER: " (another order)"}


class DiffReport:
    """The differences of the exchanges that were compared. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._exchanges: Final[list[ExchangeDiff]] = []
        self._skipped: Final[dict[str, str]] = {}

    def add(self, exchange: ExchangeDiff) -> None:
        """Add an exchange."""
        with self._lock:
            self._exchanges.append(exchange)

    def skip(self, name: str, reason: str) -> None:
        """Add what was not compared, and why."""
        with self._lock:
            self._skipped[name] = reason

    @property
    def exchanges(self) -> tuple[ExchangeDiff, ...]:
        """Return the exchanges, in order."""
        with self._lock:
            return tuple(self._exchanges)

    @property
    def unknown(self) -> int:
        """Return the number of differences that no drift explains."""
        return sum(len(exchange.unknown) for exchange in self.exchanges)

    @property
    def drifts(self) -> dict[str, int]:
        """Return the number of exchanges in which each known drift shows."""
        counts: dict[str, int] = {}
        for exchange in self.exchanges:
            for drift in exchange.drifts:
                counts[drift] = counts.get(drift, 0) + 1
        return counts

    @property
    def summary(self) -> str:
        """Return the result in one line."""
        exchanges, drifts = self.exchanges, self.drifts
        equal = sum(not exchange.unknown for exchange in exchanges)
        named = f" ({', '.join(drifts)})" if drifts else ""
        return (
            f"{equal} of {len(exchanges)} exchanges equal; {number_of(len(drifts), 'known drift')}{named}; "
            f"{number_of(self.unknown, 'difference')}"
        )

    def lines(self) -> list[str]:
        """Return the unknown differences of each exchange, and the closing lines."""
        unequal = (exchange for exchange in self.exchanges if exchange.unknown)
        return [*(line for exchange in unequal for line in exchange_lines(exchange)), *self.closing()]

    def closing(self) -> list[str]:
        """Return the known drifts, what was skipped, and the summary."""
        drifts = [
            f"known drift {name}: in {number_of(count, 'exchange')}, such as {self._example_of(name)}"
            for name, count in self.drifts.items()
        ]
        skipped = [f"skipped {name}: {reason}" for name, reason in self._skipped.items()]
        return [*drifts, *skipped, self.summary]

    def document(self) -> Json:
        """Return the report as JSON."""
        return {
            "exchanges": len(self.exchanges),
            "equal": sum(not exchange.unknown for exchange in self.exchanges),
            "drifts": self.drifts,
            "differences": [_exchange_document(exchange) for exchange in self.exchanges if exchange.unknown],
            "skipped": dict(self._skipped),
        }

    def _example_of(self, drift: str) -> str:
        return next(
            f"{difference.path_text} of {_title(exchange)}"
            for exchange in self.exchanges
            for difference in exchange.differences
            if difference.drift == drift
        )


def exchange_lines(exchange: ExchangeDiff) -> Iterator[str]:
    """Yield the lines about one exchange: its first unknown differences, and the drifts that it shows."""
    yield _title(exchange)
    for difference in exchange.unknown[:_LISTED]:
        left, right = (
            difference.masked_text(value, _MAX_LENGTH) for value in (difference.left, difference.right)
        )
        yield f"  {difference.path_text}: here {left}, there {right}{_NOTES.get(difference.kind, '')}"
    if len(exchange.unknown) > _LISTED:
        yield f"  ... and {len(exchange.unknown) - _LISTED} more"
    if exchange.drifts:
        yield f"  known: {', '.join(exchange.drifts)}"


def _title(exchange: ExchangeDiff) -> str:
    request = f"{exchange.request.method} {masked_target(exchange.request.target)}"
    return f"{exchange.label}: {request}" if exchange.label else request


def _exchange_document(exchange: ExchangeDiff) -> dict[str, Any]:
    return {
        "label": exchange.label,
        "method": exchange.request.method,
        "target": masked_target(exchange.request.target),
        "differences": [
            {
                "path": difference.path_text,
                "kind": difference.kind.value,
                "here": difference.masked(difference.left),
                "there": difference.masked(difference.right),
                "drift": difference.drift,
            }
            for difference in exchange.differences
        ],
    }
