"""`deliveries` and `resend`: the webhooks that a running emulator sends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import click

from ..control.controls import Controls
from ..expectations.delivery import DeliveryFields, delivery_line, expected_delivery
from ..expectations.verdict import find_matches
from ..http.stopwatch import stopwatch
from ..node.json import ABSENT
from ..redaction.masking import masked_text
from ..text import name_condition, visible
from ..tiledesk.deliveries import DeliveryState
from ..tiledesk.wire import Document
from .connection import remote_controls, url_option
from .options import check_count, count_option, examples, json_option
from .requests import message_lines
from .table import Cell, Column, Row, print_table
from .terminal import local_time, print_json, print_lines
from .values import StatusType, find_by_id, object_values

_COLOURS: Final = {
    DeliveryState.DELIVERED.value: "green",
    DeliveryState.QUEUED.value: "yellow",
    DeliveryState.WAITING.value: "yellow",
}

_COLUMNS: Final = (
    Column("id", is_right=True),
    Column("time"),
    Column("event", 12),
    Column("target", 16),
    Column("state"),
    Column("result", 12, is_optional=True),
    Column("attempts", is_right=True, is_optional=True),
    Column("drift", 8, is_optional=True),
    Column("reason", 20, is_optional=True),
)

_ERROR_CODE: Final = re.compile(r"\bE[A-Z]{4,}\b")

_LONGEST_ATTEMPT: Final = 70.0
"""Seconds that `resend` waits by default: a target has 60 seconds for its response (`webhook_timeout`)."""


@click.command(
    "deliveries",
    epilog=examples(
        "tiledesk-mock deliveries --event order.paid --state 'given up'",
        "tiledesk-mock deliveries --status 5xx --json",
    ),
)
@click.argument("id_delivery", required=False, metavar="[ID]")
@click.option("--event", metavar="NAME", help="The event's name; * stands for any text.")
@click.option("--target", metavar="URL", help="Where it goes; * stands for any text.")
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]), help="How it stands.")
@click.option("--status", type=StatusType(), help="Of the target's last response: 200, 4xx, or none.")
@click.option("--payload", multiple=True, metavar="KEY=VALUE|JSON", help="A part of the webhook's payload.")
@click.option("-n", "--limit", type=click.IntRange(1), metavar="N", help="The last N that match.")
@count_option
@json_option
@url_option
def deliveries_command(
    id_delivery: str | None, limit: int | None, count: int | None, as_json: bool, url: str, **options: Any
) -> None:
    """Print the deliveries of webhooks, oldest first; with ID one in full, with its attempts.

    The options are those of expect_delivery.
    """
    controls = remote_controls(url)
    if id_delivery is not None:
        delivery = find_by_id(controls.deliveries(), id_delivery, "delivery")
        _print_delivery(delivery, as_json=as_json)
        return
    fields = _fields(options)
    found = find_matches(expected_delivery(..., fields), controls.deliveries())
    shown = found[-limit:] if limit else found
    if as_json:
        print_json(shown)
    elif shown:
        print_table(_COLUMNS, map(_row, shown), "")
    else:
        _explain(controls, options)
    check_count(len(found), count, "delivery")


def _fields(options: dict[str, Any]) -> DeliveryFields:
    fields: dict[str, Any] = {name: value for name, value in options.items() if value not in (None, ())}
    for name in fields.keys() & {"event", "target"}:
        fields[name] = _name(fields[name])
    if fields.get("status") is ABSENT:
        fields["status"] = lambda status: status in (None, ABSENT)
    if "payload" in fields:
        fields["payload"] = object_values(fields["payload"])
    return cast(DeliveryFields, fields)


def _name(pattern: str) -> str | Callable[[str], bool]:
    return name_condition(pattern) if "*" in pattern else pattern


def _explain(controls: Controls, options: dict[str, Any]) -> None:
    """Print to standard error that there is no such delivery, and why."""
    event = options["event"] if options["event"] and "*" not in options["event"] else None
    is_filtered = any(value not in (None, ()) for value in options.values())
    click.echo(f"no delivery{' like that' if is_filtered else ''}", err=True)
    for hint in controls.delivery_hints(event):
        click.echo(visible(hint), err=True)


def _row(delivery: Document) -> Row:
    attempts = delivery["attempts"]
    return (
        delivery["id"],
        local_time(delivery["fired_at"]),
        str(delivery["event"]["name"]),
        masked_text(str(delivery["target"])),
        Cell(delivery["state"], _COLOURS.get(delivery["state"], "red")),
        _result_cell(attempts[-1]) if attempts else "",
        str(len(attempts)),
        Cell(", ".join(delivery["drifts"]), "yellow"),
        delivery["reason"] or "",
    )


def _result_cell(attempt: Document) -> Cell:
    """Return the last status or error, of which only the code stands in a narrow table."""
    code = _ERROR_CODE.search(attempt["error"] or "")
    return Cell(_result(attempt), short=code and code[0])


def _result(attempt: Document) -> str:
    return str(attempt["status"] or masked_text(attempt["error"]))


def _print_delivery(delivery: Document, *, as_json: bool) -> None:
    if as_json:
        print_json([delivery])
    else:
        print_lines(delivery_lines(delivery))


def delivery_lines(delivery: Document) -> Iterator[str]:
    """Yield a delivery in full: its state, its attempts, and what is sent."""
    state = click.style(delivery["state"], fg=_COLOURS.get(delivery["state"], "red"), bold=True)
    event = delivery["event"]
    yield f"delivery {delivery['id']} of {visible(str(event['name']))} {event['_id'] or ''}: {state}"
    yield visible(f"to {masked_text(str(delivery['target']))}, fired at {local_time(delivery['fired_at'])}")
    if delivery.get("resends"):
        yield f"resends delivery {delivery['resends']}"
    if delivery["reason"]:
        yield f"reason: {visible(delivery['reason'])}"
    for drift in delivery["drifts"]:
        yield f"drift: {drift}"
    for attempt in delivery["attempts"]:
        retry = f", again at {local_time(attempt['next_at'])}" if attempt["next_at"] else ""
        yield visible(
            f"attempt {attempt['number']} at {local_time(attempt['at'])}: {_result(attempt)}, "
            f"{attempt['milliseconds']:.1f} ms{retry}"
        )
    if "request" in delivery:
        yield ""
        request = delivery["request"]
        yield from message_lines({"headers": request["headers"].items(), "body": {"json": request["body"]}})


@click.command("resend", epilog=examples("tiledesk-mock resend 3 --to http://127.0.0.1:5000/hook"))
@click.argument("id_delivery", metavar="ID")
@click.option("--to", "target", metavar="URL", help="Send it there. [where it went]")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 3600),
    default=_LONGEST_ATTEMPT,
    metavar="SECONDS",
    help=f"How long to wait for the response. [{_LONGEST_ATTEMPT:g}]",
)
@json_option
@url_option
def resend_command(id_delivery: str, target: str | None, timeout: float, as_json: bool, url: str) -> None:
    """Send the delivery ID again, as a new one, and print how its first attempt ends.

    The exit code is 1 if it is not delivered.
    """
    controls = remote_controls(url)
    find_by_id(controls.deliveries(), id_delivery, "delivery")
    id_new = controls.resend(id_delivery, target)["id"]
    delivery = _attempted(controls, id_new, timeout)
    if as_json:
        print_json([delivery])
    else:
        print_lines([visible(f"{id_new}  {delivery_line(delivery)}")])
    if delivery["state"] != DeliveryState.DELIVERED.value:
        raise click.exceptions.Exit(1)


def _attempted(controls: Controls, id_delivery: str, timeout: float) -> Document:
    """Return a delivery after its first attempt, or as it is after so many seconds."""
    deadline = stopwatch() + timeout
    changes = controls.changes()
    while True:
        delivery = find_by_id(controls.deliveries(), id_delivery, "delivery")
        remaining = deadline - stopwatch()
        if delivery["state"] != DeliveryState.QUEUED.value or delivery["attempts"] or remaining <= 0:
            return delivery
        changes = controls.changes(changes, remaining)
