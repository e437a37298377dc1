"""What the plugin says: in warnings, in a failed test's report, and at the end of the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ..http.exchange import Exchange
from ..interception.guard import BlockedLookup
from ..journal.rendering import body_excerpt, curl_command, exchange_line
from ..redaction.masking import masked_target
from ..testing import TiledeskMock
from ..text import number_of
from ..tiledesk.drifts import DRIFTS, SERVER_VERSION, DriftKind

_SHOWN: Final = 5
"""How many exchanges the report of a failed test shows."""

_REFUSED: Final = 400
_LONGEST: Final = 200


def drift_message(drift: str, asked: Exchange | None) -> str:
    """Say what a test relies on, and what the real server does instead."""
    row = next((row for row in DRIFTS if row.id == drift), None)
    told = f"documented: {row.documented}; tiledesk-server {SERVER_VERSION}: {row.server}" if row else ""
    where = f" ({asked.request.method} {masked_target(asked.request.target)})" if asked else ""
    return f"{drift}: {told}{where}"


def unserved_message(unserved: Iterable[Exchange]) -> str:
    """Say which requests went to paths that are not served."""
    lines = [f"  {exchange_line(exchange)}" for exchange in unserved]
    return "\n".join(["requests to paths that tiledesk-mock does not serve:", *lines])


def guard_message(attempts: Iterable[BlockedLookup], handle: TiledeskMock | None) -> str:
    """Say who tried to reach the real Tiledesk, and what to do about it."""
    lines = [f"  {attempt.host} from {attempt.location}" for attempt in attempts]
    if handle and handle.is_intercepted:
        hint = "tiledesk_mock_intercept answers requests and httpx: configure others with tiledesk_mock.url"
    else:
        address = f" ({handle.url})" if handle else ""
        hint = f"configure the client with tiledesk_mock.url{address}, or use tiledesk_mock_intercept"
    return "\n".join(["the test tried to reach the real Tiledesk:", *lines, hint])


def section(handles: Iterable[TiledeskMock]) -> str:
    """Return the last exchanges of each emulator, the newest last; empty if there were none."""
    return "\n".join(part for handle in handles if (part := _last(handle)))


def summary(tests: int) -> str:
    """Return the line on drifts that no request can ask for."""
    shapes = ", ".join(row.id for row in DRIFTS if row.kind is DriftKind.SHAPE)
    return (
        f"{number_of(tests, 'test')} in the documented dialect, whose answers differ from "
        f"tiledesk-server {SERVER_VERSION}'s in: {shapes} (--tiledesk-mock-dialect=both runs each in both)"
    )


def _last(handle: TiledeskMock) -> str:
    exchanges = handle.emulator.journal.exchanges()
    if not exchanges:
        return ""
    shown = exchanges[-_SHOWN:]
    head = f"the last {len(shown)} of {len(exchanges)} exchanges" if len(exchanges) > _SHOWN else "exchanges"
    return "\n".join([f"{head} with {handle.url}:", *(told for one in shown for told in _told(one))])


def _told(exchange: Exchange) -> Iterator[str]:
    """Yield the lines on an exchange: what it was, what was refused in it, how to send it again."""
    answer = exchange.response
    yield exchange_line(exchange)
    if answer is not None and answer.status >= _REFUSED and answer.body:
        yield f"   answered {body_excerpt(answer, _LONGEST)}"
    yield f"   {curl_command(exchange.request)}"
