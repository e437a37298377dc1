"""Parts of the handle: clock, faults, requests. They work on an emulator here or elsewhere alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, overload

from ..control.callers import request_like
from ..control.operations import Controls
from ..errors import SettingsError
from ..expectations.request import ExpectedRequest
from ..expectations.verdict import find_matches
from ..faults.faults import FaultShortcuts
from ..http.exchange import Exchange
from ..journal.rendering import exchange_line
from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from ..faults.rule import Fault

Moment = str | datetime
"""A time: ISO 8601 text with `Z` or an offset, or an aware datetime."""


class HandleClock:
    """The emulator's time. Created times, expiry, retries and rate windows follow it."""

    def __init__(self, controls: Controls) -> None:
        self._controls: Final = controls

    def freeze(self, moment: Moment | None = None) -> None:
        """Stand still at `moment`, or where the clock is."""
        self._controls.set_clock({"freeze": True if moment is None else _text(moment)})

    def set(self, moment: Moment) -> None:
        """Run on from `moment`."""
        self._controls.set_clock({"now": _text(moment)})

    def advance(self, seconds: float) -> None:
        """Jump ahead by `seconds`, frozen or running."""
        self._controls.advance_clock(seconds)

    def reset(self) -> None:
        """Go back to the machine's time."""
        self._controls.set_clock({})

    def now(self) -> datetime:
        """Return the time."""
        return datetime.fromisoformat(self.iso().replace("Z", "+00:00"))

    def iso(self) -> str:
        """Return the time as Tiledesk writes it: `2026-01-31T23:59:59.123Z`."""
        now: str = self._controls.clock()["now"]
        return now

    @property
    def is_frozen(self) -> bool:
        """Tell whether the clock stands still."""
        return bool(self._controls.clock()["frozen"])


class HandleFaults(FaultShortcuts):
    """The rules by which answers are disturbed; `add` and its shorter forms are explained at `Faults`."""

    def __init__(self, controls: Controls) -> None:
        self._controls: Final = controls

    def add(self, /, **rule: Any) -> Fault:
        """Add a rule; return it with its `id`. Raises SettingsError for a wrong one."""
        # Here and not above: most tests disturb nothing, and none shall wait for how rules are read.
        from ..faults.rule import fault_document, read_fault

        fault = read_fault(rule, "fault")
        return _fault(self._controls.add_fault({**fault_document(fault), "body": fault.body}))

    def remove(self, fault: Fault | str) -> None:
        """Take a rule away; raise SetupError if it is not there."""
        self._controls.remove_fault(fault if isinstance(fault, str) else fault.id)

    def clear(self) -> None:
        """Take all rules away."""
        self._controls.clear_faults()

    def hits(self, fault: Fault | str) -> int:
        """Return how many requests a rule has disturbed."""
        wanted = fault if isinstance(fault, str) else fault.id
        return next((rule["hits"] for rule in self._controls.faults() if rule["id"] == wanted), 0)

    def __iter__(self) -> Iterator[Fault]:
        return iter([_fault(rule) for rule in self._controls.faults()])

    def __len__(self) -> int:
        return len(self._controls.faults())


class HandleRequests(Sequence[Exchange]):
    """What was asked and answered, oldest first; as many as the journal keeps."""

    def __init__(self, controls: Controls) -> None:
        self._controls: Final = controls

    def __len__(self) -> int:
        return len(self._controls.requests())

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Exchange]: ...
    def __getitem__(self, index: int | slice) -> Exchange | Sequence[Exchange]:
        return self._controls.requests()[index]

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._controls.requests())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it changes with every request

    def __repr__(self) -> str:
        return f"[{', '.join(exchange_line(exchange) for exchange in self)}]"

    def matching(self, method: str | None = None, path: Any = None, **wanted: Any) -> list[Exchange]:
        """Return the exchanges that `expect_request` would take, by the same words."""
        expected = request_like({"method": method, "path": path, **wanted}, self._controls)
        return find_matches(expected, self._controls.requests())

    @property
    def unmatched(self) -> list[Exchange]:
        """Return the requests to paths that the emulator does not serve."""
        return find_matches(ExpectedRequest(emulated=False), self._controls.requests())

    def clear(self) -> None:
        """Forget them."""
        self._controls.clear_requests()


def _fault(rule: Document) -> Fault:
    from ..faults.rule import read_fault  # as in `HandleFaults.add`

    known = {name: value for name, value in rule.items() if name not in ("id", "seen", "hits")}
    return replace(read_fault(known, "fault"), id=rule["id"])


def _text(moment: Moment) -> str:
    if not isinstance(moment, (str, datetime)):
        raise SettingsError("a time", moment, "an ISO 8601 text or an aware datetime")
    return moment if isinstance(moment, str) else moment.isoformat()
