"""Messages of the plugin: warnings, failures, the section of a failed test's report, the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ..http.exchange import Exchange
from ..interception.guard import BlockedLookup
from ..journal.rendering import body_excerpt, curl_command, exchange_line
from ..redaction.masking import masked_target
from ..testing import TiledeskMock
from ..testing.frames import refusal_line
from ..text import number_of
from ..tiledesk.drifts import DRIFTS, SERVER_VERSION, DriftKind

_MAX_EXCHANGES: Final = 5
"""How many exchanges the report of a failed test shows."""

_MAX_DELIVERIES: Final = 5
"""How many webhook deliveries it shows."""

_MAX_REFUSED: Final = 5
"""How many topics that a WebSocket was refused it shows."""

_MAX_BODY: Final = 200
"""How many characters of a response's body it shows."""

_FIRST_ERROR: Final = 400


def drift_message(drift: str, exchange: Exchange | None) -> str:
    """Return what is documented and what the real server does, with the request that relies on it."""
    row = next((row for row in DRIFTS if row.id == drift), None)
    text = f"documented: {row.documented}; tiledesk-server {SERVER_VERSION}: {row.server}" if row else ""
    request = f" ({exchange.request.method} {masked_target(exchange.request.target)})" if exchange else ""
    return f"{drift}: {text}{request}"


def not_emulated_message(exchanges: Iterable[Exchange]) -> str:
    """Return a list of requests that are not emulated."""
    lines = [f"  {exchange_line(exchange)}" for exchange in exchanges]
    return "\n".join(["requests to paths that tiledesk-mock does not emulate:", *lines])


def guard_message(blocked: Iterable[BlockedLookup], handle: TiledeskMock | None) -> str:
    """Return where the real Tiledesk was called from, and how to configure the client."""
    lines = [f"  {lookup.host} from {lookup.location}" for lookup in blocked]
    if handle and handle.is_intercepted:
        hint = (
            "tiledesk_mock_intercept intercepts requests and httpx: configure others with tiledesk_mock.url"
        )
    else:
        address = f" ({handle.url})" if handle else ""
        hint = f"configure the client with tiledesk_mock.url{address}, or use tiledesk_mock_intercept"
    return "\n".join(["the test tried to reach the real Tiledesk:", *lines, hint])


def last_exchanges(handles: Iterable[TiledeskMock]) -> str:
    """Return what came last in each emulator: exchanges, deliveries and refused topics, newest last."""
    parts = (_exchange_lines, _delivery_lines, _refusal_lines)
    return "\n".join(line for handle in handles for part in parts for line in part(handle))


def summary(tests: int) -> str:
    """Return the line on drifts of shape, which cannot be seen in requests."""
    shapes = ", ".join(row.id for row in DRIFTS if row.kind is DriftKind.SHAPE)
    return (
        f"{number_of(tests, 'test')} in the documented dialect, whose responses differ from "
        f"tiledesk-server {SERVER_VERSION}'s in: {shapes} (--tiledesk-mock-dialect=both runs each in both)"
    )


def _exchange_lines(handle: TiledeskMock) -> Iterator[str]:
    """Yield the last exchanges, with the bodies of error responses and with curl commands."""
    exchanges = handle.emulator.journal.exchanges()
    last = exchanges[-_MAX_EXCHANGES:]
    if last:
        count = f"the last {len(last)} of {len(exchanges)} exchanges"
        yield f"{count if len(exchanges) > len(last) else 'exchanges'} with {handle.url}:"
    for exchange in last:
        response = exchange.response
        yield exchange_line(exchange)
        if response is not None and response.status >= _FIRST_ERROR and response.body:
            yield f"   response {body_excerpt(response, _MAX_BODY)}"
        yield f"   {curl_command(exchange.request)}"


def _delivery_lines(handle: TiledeskMock) -> Iterator[str]:
    """Yield the last webhook deliveries, each with its state and the last response."""
    deliveries = handle.emulator.notifications.deliveries()
    last = deliveries[-_MAX_DELIVERIES:]
    if not last:
        return
    from ..expectations.delivery import delivery_line  # here, since few tests have deliveries

    count = f"the last {len(last)} of {len(deliveries)} deliveries"
    yield f"{count if len(deliveries) > len(last) else 'webhook deliveries'} of {handle.url}:"
    yield from map(delivery_line, last)


def _refusal_lines(handle: TiledeskMock) -> Iterator[str]:
    """Yield the last topics that WebSockets were refused."""
    yield from dict.fromkeys(map(refusal_line, handle.realtime.refused[-_MAX_REFUSED:]))
