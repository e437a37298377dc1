"""`requests`: the requests that came with their responses, and the options that choose some of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import click

from ..control.controls import Controls
from ..expectations.verdict import find_matches
from ..http.exchange import Exchange
from ..journal.rendering import (
    caller_name,
    curl_command,
    exchange_document,
    exchange_from_document,
    exchange_remarks,
)
from ..redaction.masking import masked_target
from ..text import visible
from ..tiledesk.clock import format_time
from ..tiledesk.wire import Document
from .connection import remote_controls, url_option
from .options import check_count, count_option, examples, json_option
from .table import Cell, Column, Row, print_table
from .terminal import local_time, print_json, print_lines, status_colour
from .values import StatusType, object_values, text_values

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

_ID: Final = re.compile(r"\b([0-9a-f]{4})[0-9a-f]{16}([0-9a-f]{4})\b")

_COLUMNS: Final = (
    Column("number", is_right=True),
    Column("time"),
    Column("method"),
    Column("target", 24),
    Column("status"),
    Column("ms", is_right=True, is_optional=True),
    Column("person", 8, is_optional=True),
    Column("event", 8, is_optional=True),
    Column("drift", 8, is_optional=True),
    Column("fault", 8, is_optional=True),
    Column("reason", 20, is_optional=True),
)

_SERVER_FILTERS: Final = ("method", "path", "person", "status")
"""What the control API filters by; the others are matched here, so that all are sent."""


def request_options(command: CommandT) -> CommandT:
    """Add the options that choose requests, but for those about headers and bodies."""
    options = (
        click.option("--method", metavar="METHOD", help="As in HTTP."),
        click.option("--path", metavar="PATTERN", help="As /events (in any project) or /auth/*."),
        click.option("--query", multiple=True, metavar="KEY=VALUE", help="A parameter of the query."),
        click.option("--person", metavar="WHO", help="Who sent it: role, e-mail address or id."),
        click.option("--status", type=StatusType(), help="Of the response: 200, 4xx, or none."),
        click.option("--drift", metavar="ID", help="A drift that it depends on; '*' is any."),
        click.option("--fault", metavar="ID", help="A fault that took effect; '*' is any."),
        click.option(
            "--emulated/--unmatched", "emulated", default=None, help="Whether its path is emulated."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def request_fields(options: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of ExpectedRequest for the options that are used."""
    fields = {name: value for name, value in options.items() if value not in (None, ())}
    for name, separators in (("query", "="), ("headers", ":=")):
        if name in fields:
            fields[name] = text_values(fields[name], separators)
    if "body" in fields:
        fields["json"] = object_values(fields.pop("body"))
    return fields


@click.command(
    "requests",
    epilog=examples(
        "tiledesk-mock requests --path /events --status 4xx",
        "tiledesk-mock requests --method POST --body name=order.paid --count 1",
    ),
)
@click.argument("id_request", required=False, metavar="[NUMBER|ID]")
@request_options
@click.option("--headers", multiple=True, metavar="NAME:VALUE", help="A header field of the request.")
@click.option("--body", multiple=True, metavar="KEY=VALUE|JSON", help="A part of the request's body.")
@click.option("-n", "--limit", type=click.IntRange(1), metavar="N", help="The last N that match.")
@count_option
@click.option("--clear", "is_clear", is_flag=True, help="Remove all requests.")
@json_option
@url_option
def requests_command(
    id_request: str | None,
    limit: int | None,
    count: int | None,
    is_clear: bool,
    as_json: bool,
    url: str,
    **options: Any,
) -> None:
    """Print the requests that came since the last reset, oldest first.

    With NUMBER, or an ID as `logs --json` has it, one request in full. The options are those of
    expect_request.
    """
    controls = remote_controls(url)
    if is_clear:
        controls.clear_requests()
        return
    if id_request is not None:
        exchange = _request(controls, id_request)
        _print_exchange(exchange, as_json=as_json)
        return
    fields = request_fields(options)
    exchanges = _matching(controls, fields)
    shown = exchanges[-limit:] if limit else exchanges
    if as_json:
        print_json(map(exchange_document, shown))
    else:
        print_table(
            _COLUMNS,
            map(_row, shown),
            "no request like that came" if any(options.values()) else "no request came",
        )
    check_count(len(exchanges), count, "request")


def _matching(controls: Controls, fields: dict[str, Any]) -> list[Exchange]:
    expected = controls.expected_request(fields)
    sent = {name: fields[name] for name in _SERVER_FILTERS if name in fields}
    if not isinstance(sent.get("status"), int):
        sent.pop("status", None)
    return find_matches(expected, controls.requests(**sent))


def _request(controls: Controls, id_request: str) -> Exchange:
    """Return the exchange with a number, or with the id of an entry of the timeline."""
    if not id_request.isdecimal():
        entry = controls.timeline_entry(id_request)
        if "exchange" not in entry:
            raise click.ClickException(f"{id_request} is no request, but of kind {entry['entry']['kind']}")
        return exchange_from_document(entry["exchange"])
    exchanges = controls.requests()
    found = next((one for one in exchanges if one.number == int(id_request)), None)
    if found is None:
        kept = f"{exchanges[0].number} to {exchanges[-1].number} are kept" if exchanges else "none came"
        raise click.ClickException(f"there is no request {id_request}: {kept}")
    return found


def _row(exchange: Exchange) -> Row:
    status = exchange.response.status if exchange.response else None
    target = masked_target(exchange.request.target)
    caller = caller_name(exchange) if exchange.principal else ""
    return (
        str(exchange.number),
        local_time(format_time(exchange.time)),
        exchange.request.method,
        Cell(target, short=short_ids(target)),
        Cell("none" if status is None else str(status), status_colour(status)),
        f"{exchange.seconds * 1000:.1f}",
        Cell(caller, short=exchange.role),
        exchange.event_name or "",
        Cell(", ".join((*exchange.drifts, *(f"{one} (ignored)" for one in exchange.ignored))), "yellow"),
        Cell(exchange.fault or "", "magenta"),
        exchange.reason or ("" if exchange.is_emulated else "not emulated"),
    )


def short_ids(text: str) -> str:
    """Return a text with only the beginning and the end of its ids: `65b0…00a1`."""
    return _ID.sub(r"\1…\2", text)


def _print_exchange(exchange: Exchange, *, as_json: bool) -> None:
    if as_json:
        print_json([exchange_document(exchange)])
    else:
        print_lines(exchange_lines(exchange))


def exchange_lines(exchange: Exchange) -> Iterator[str]:
    """Yield an exchange in full: what is known about it, both sides, and a command that sends it again."""
    document = exchange_document(exchange)
    request, response = document["request"], document["response"]
    yield f"request {exchange.number} at {local_time(document['time'])} by {visible(caller_name(exchange))}"
    yield from (visible(text) for kind, text in exchange_remarks(exchange) if kind != "person")
    yield ""
    yield click.style(visible(f"{request['method']} {request['target']}"), bold=True)
    yield from message_lines(request)
    yield ""
    if response is None:
        yield click.style("no response", fg="red")
    else:
        status = click.style(str(response["status"]), fg=status_colour(response["status"]), bold=True)
        yield f"{status}  {exchange.seconds * 1000:.1f} ms"
        yield from message_lines(response)
    yield ""
    yield visible(curl_command(exchange.request))


def message_lines(message: Document) -> Iterator[str]:
    """Yield the header fields of a message, and its body: JSON is laid out."""
    for name, value in message["headers"]:
        yield visible(f"{name}: {value}")
    body = message["body"]
    if body is not None:
        yield ""
        yield from body_lines(body)


def body_lines(body: Document) -> Iterator[str]:
    """Yield a body of the control API: JSON that is laid out, text, or base64."""
    if "json" in body:
        text = json.dumps(body["json"], ensure_ascii=False, indent=2)
    else:
        text = body.get("text") or f"base64: {body['base64']}"
    yield from map(visible, text.split("\n"))
