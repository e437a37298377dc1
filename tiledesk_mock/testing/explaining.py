"""What a message of a failed expectation adds to the nearest miss: where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..http.exchange import Exchange
from ..journal.rendering import body_excerpt, curl_command, exchange_line
from ..tiledesk.wire import Document

_OK: Final = 200
_REFUSED: Final = 3
"""Refused requests that a message shows at most."""


def about_event(event: Document | None, posts: Sequence[Exchange]) -> list[str]:
    """Tell which of the requests that fire events fired this one, and which were refused."""
    answered = [one for one in posts if one.response]
    key = event["_id"].encode() if event else None
    origins = [one for one in answered if key and one.response and key in one.response.body]
    refused = [one for one in answered if one.response and one.response.status != _OK]
    if event is None and any(one.response and one.response.status == _OK for one in answered):
        return ["requests were answered 200: by a cassette, an upstream or a fault, which store nothing here"]
    told = [f"it came by\n  {exchange_line(one)}\n  {curl_command(one.request)}" for one in origins]
    return told + [
        f"refused:\n  {exchange_line(one)}\n  {body_excerpt(one.response)}\n  {curl_command(one.request)}"
        for one in refused[-_REFUSED:]
    ]


def about_request(exchange: Exchange | None) -> list[str]:
    """Tell what a request was answered, and how to send it again."""
    return (
        []
        if exchange is None
        else [f"answered {body_excerpt(exchange.response)}", curl_command(exchange.request)]
    )


def about_delivery(delivery: Document | None) -> list[str]:
    """Tell each attempt of a delivery."""
    return [_attempt(one) for one in delivery["attempts"]] if delivery else []


def _attempt(attempt: Document) -> str:
    again = f", again at {attempt['next_at']}" if attempt["next_at"] else ""
    came = attempt["error"] or f"answered {attempt['status']}"
    return f"  attempt {attempt['number']} at {attempt['at']}: {came}{again}"
