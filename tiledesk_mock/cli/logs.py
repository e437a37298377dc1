"""`logs`: what happened in a running emulator, and what happens: requests, events, webhooks, frames."""

from __future__ import annotations

import signal
import sys
import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final

import click

from ..control.controls import Controls
from ..control.remote import RemoteControls
from ..control.stream import follow_timeline
from ..expectations.request import ExpectedRequest
from ..http.exchange import Exchange
from ..journal.rendering import exchange_remarks
from ..journal.timeline import EntryKind
from ..journal.timeline_documents import exchange_from_summary
from ..text import name_condition, number_of, visible
from ..tiledesk.wire import Document
from .command import silence_stdout
from .connection import remote_controls, url_option
from .log import REMARK_COLOURS
from .options import examples, json_option
from .requests import request_fields, request_options, short_ids
from .terminal import (
    display_width,
    local_time,
    painted,
    print_json,
    print_lines,
    status_colour,
    terminal_width,
)

_KINDS: Final = tuple(kind.value for kind in EntryKind)
_INDENT: Final = " " * 14
"""What stands before further lines of an entry."""

_WORDS: Final = {
    EntryKind.EVENT: frozenset({"person", "event"}),
    EntryKind.ATTEMPT: frozenset({"event", "status", "drift"}),
    EntryKind.FRAME: frozenset[str](),
    EntryKind.RESET: frozenset[str](),
}
"""The words that apply to kinds other than requests. Where another one is used, such entries are left out."""

Remark = tuple[str, "str | None"]
"""A text and its colour."""


@click.command(
    "logs",
    epilog=examples(
        "tiledesk-mock logs -f --kind request --status 4xx",
        "tiledesk-mock logs -n 20 --event order.paid --json",
    ),
)
@click.option("-f", "--follow", "is_followed", is_flag=True, help="Go on until Ctrl-C, also after a restart.")
@click.option("-n", "--limit", type=click.IntRange(0), metavar="N", help="The last N that match. [all kept]")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only this kind. May be repeated."
)
@click.option("--event", metavar="NAME", help="The event's name; * stands for any text.")
@request_options
@json_option
@url_option
def logs_command(
    is_followed: bool,
    limit: int | None,
    kinds: tuple[str, ...],
    event: str | None,
    as_json: bool,
    url: str,
    **options: Any,
) -> None:
    """Print what happened, oldest first: requests, events, webhooks, frames and resets.

    The options of requests are those of expect_request; --person applies to events, and --status and --drift
    to webhooks, too.
    """
    controls = remote_controls(url)
    is_wanted = _condition(controls, request_fields(options), event)
    printer = _print_documents if as_json else _print_entries
    try:
        entries = controls.timeline()
        wanted = [one for one in entries if is_wanted(one) and (not kinds or one["kind"] in kinds)]
        printer(wanted[len(wanted) - limit :] if limit is not None and limit < len(wanted) else wanted)
        if is_followed:
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            _follow(controls, entries[-1]["id"] if entries else None, kinds, is_wanted, printer)
        elif not wanted:
            click.echo("nothing like that happened" if entries else "nothing happened", err=True)
    except BrokenPipeError:  # as in a pipe to `head`
        silence_stdout()
    except KeyboardInterrupt:
        if not is_followed:
            raise


def _follow(
    controls: RemoteControls,
    since: str | None,
    kinds: Collection[str],
    is_wanted: Callable[[Document], bool],
    printer: Callable[[Iterable[Document]], None],
) -> None:
    """Print entries as they come; standard error says what was missed."""
    sys.stdout.flush()
    for message in follow_timeline(controls, since, kinds):
        if message.event == "entries":
            printer(filter(is_wanted, message.data))
        elif message.event == "lost":
            click.echo("the emulator does not respond: waiting for it", err=True)
        elif message.event == "missed":
            missed = message.data["missed"]
            lost = "the emulator was restarted" if missed is None else f"missed {number_of(missed, 'entry')}"
            click.echo(lost, err=True)


def _condition(controls: Controls, fields: dict[str, Any], event: str | None) -> Callable[[Document], bool]:
    """Return whether an entry is wanted, as a function of its summary."""
    expected = controls.expected_request(fields)
    is_name = None if event is None else name_condition(event)
    words = fields.keys() | ({"event"} if event is not None else set())

    def is_wanted(summary: Document) -> bool:
        kind = EntryKind(summary["kind"])
        if kind in _WORDS and not words <= _WORDS[kind]:
            return False
        if is_name is not None and not is_name(str(summary.get("event") or "")):
            return False
        return not fields or _matches(expected, exchange_from_summary(summary))

    return is_wanted


def _matches(expected: ExpectedRequest, exchange: Exchange) -> bool:
    return next(expected.mismatches(exchange), None) is None


def _print_documents(entries: Iterable[Document]) -> None:
    print_json(entries)


def _print_entries(entries: Iterable[Document]) -> None:
    width = terminal_width()
    for entry in entries:
        print_lines(entry_lines(entry, width))


def entry_lines(entry: Document, width: int | None) -> Iterator[str]:
    """Yield the line of an entry; on a terminal so many columns wide, what does not fit stands below it."""
    remarks = [(visible(text), colour) for text, colour in _REMARKS[EntryKind(entry["kind"])](entry)]
    if width is not None:
        remarks = [(short_ids(text), colour) for text, colour in remarks]
    line, used = _head(entry)
    for text, colour in remarks:
        if width is None or used + 2 + display_width(text) <= width:
            line, used = f"{line}  {painted(text, colour)}", used + 2 + display_width(text)
            continue
        yield line
        *whole, last = textwrap.wrap(text, max(width - len(_INDENT), 20)) or [""]
        yield from (_INDENT + painted(part, colour) for part in whole)
        line, used = _INDENT + painted(last, colour), len(_INDENT) + display_width(last)
    yield line


def _head(entry: Document) -> tuple[str, int]:
    """Return the columns of a line that have one width, and how wide they are."""
    kind = EntryKind(entry["kind"])
    word = {EntryKind.REQUEST: entry.get("method"), EntryKind.ATTEMPT: "webhook"}.get(kind) or kind.value
    status, milliseconds = "", ""
    colour = None
    if "status" in entry:
        status, colour = str(entry["status"] or "-"), status_colour(entry["status"])
        milliseconds = f"{entry['milliseconds']:.1f} ms"
    start = f"{local_time(entry['time'])}  {visible(word):<7} "
    end = f" {milliseconds:>11}"
    return f"{start}{painted(status.rjust(3), colour)}{end}", len(start) + 3 + len(end)


def _of_request(entry: Document) -> Iterator[Remark]:
    yield entry["target"], None
    for kind, text in exchange_remarks(exchange_from_summary(entry)):
        yield text, REMARK_COLOURS.get(kind)


def _of_event(entry: Document) -> Iterator[Remark]:
    yield str(entry["event"]), REMARK_COLOURS["event"]
    for kind, text in exchange_remarks(exchange_from_summary(entry | {"event": None})):
        yield text, REMARK_COLOURS.get(kind)
    if entry["standard"]:
        yield "the platform's own", None


def _of_attempt(entry: Document) -> Iterator[Remark]:
    yield entry["target"], None
    yield str(entry["event"]), REMARK_COLOURS["event"]
    yield f"delivery {entry['delivery']}, attempt {entry['number']}: {entry['state']}", None
    if entry["error"]:
        yield entry["error"], REMARK_COLOURS["reason"]
    for drift in entry["drifts"]:
        yield f"drift {drift}", REMARK_COLOURS["drift"]


def _of_frame(entry: Document) -> Iterator[Remark]:
    yield entry["topic"], None
    if entry["method"]:
        yield entry["method"], REMARK_COLOURS["event"]
    if entry["by"]:
        yield f"by {entry['by']}", REMARK_COLOURS["person"]
    more = ", ..." if entry["receivers"] > len(entry["to"]) else ""
    names = f": {', '.join(map(str, entry['to']))}{more}" if entry["to"] else ""
    yield f"to {number_of(entry['receivers'], 'client')}{names}", None


_REMARKS: Final[dict[EntryKind, Callable[[Document], Iterator[Remark]]]] = {
    EntryKind.REQUEST: _of_request,
    EntryKind.EVENT: _of_event,
    EntryKind.ATTEMPT: _of_attempt,
    EntryKind.FRAME: _of_frame,
    EntryKind.RESET: lambda entry: iter([(entry["what"], None)]),
}
