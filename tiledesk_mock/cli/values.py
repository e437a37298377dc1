"""Values in arguments: KEY=VALUE, JSON, patterns of names, statuses."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import click

from ..node.json import ABSENT, Json
from ..text import number_of, suggestion
from ..tiledesk.clock import format_time, parse_duration, parse_time, to_milliseconds
from ..tiledesk.wire import Document

_CLASSES: Final = {f"{first}xx": first for first in range(1, 6)}

_MOST_LISTED: Final = 20
"""The most ids that a message lists."""


def nested_values(pairs: Iterable[str], texts: Collection[str] = ()) -> dict[str, Json]:
    """Return the object of pairs KEY=VALUE; `order.id=1` makes a nested object.

    A VALUE that is valid JSON is parsed; any other is text, and those of the keys in `texts` but objects.
    Raises BadParameter.
    """
    attributes: dict[str, Json] = {}
    for pair in pairs:
        path, equals, text = pair.partition("=")
        if not equals or not path:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="KEY=VALUE")
        *parents, key = path.split(".")
        target = attributes
        for parent in parents:
            target = target.setdefault(parent, {})
            if not isinstance(target, dict):
                raise click.BadParameter(f"{pair!r}: {parent} has a value already", param_hint="KEY=VALUE")
        value = parsed_value(text)
        target[key] = text if path in texts and not isinstance(value, dict) else value
    return attributes


def parsed_value(text: str) -> Json:
    """Return a text as JSON, or as it is if it is not JSON."""
    try:
        value: Json = json.loads(text)
        json.dumps(value, allow_nan=False)  # Python also parses NaN and Infinity, which are not JSON
    except (ValueError, RecursionError):
        return text
    return value


def object_values(texts: Iterable[str]) -> dict[str, Json]:
    """Return the object of texts that are KEY=VALUE or JSON objects. Raises BadParameter."""
    merged: dict[str, Json] = {}
    for text in texts:
        parsed = parsed_value(text)
        merged |= parsed if isinstance(parsed, dict) else nested_values([text])
    return merged


def text_values(pairs: Iterable[str], separators: str = "=") -> dict[str, Json]:
    """Return the texts of pairs KEY=VALUE; a key that comes more than once has a list. Raises BadParameter.

    The first character that is one of `separators` stands between key and value.
    """
    found: dict[str, list[str]] = {}
    for pair in pairs:
        at = next((index for index, one in enumerate(pair) if one in separators), 0)
        if not at:
            raise click.BadParameter(f"{pair!r} is not KEY{separators[0]}VALUE")
        found.setdefault(pair[:at], []).append(pair[at + 1 :].strip())
    return {key: values[0] if len(values) == 1 else list(values) for key, values in found.items()}


class StatusType(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic from click 8.4 on
    """Parses the status of a response: a number, a class as `4xx`, or `none` for no response."""

    name = "status"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what `expect_request` takes as status."""
        if not isinstance(value, str):
            return value
        if value.lower() == "none":
            return ABSENT
        if (first := _CLASSES.get(value.lower())) is not None:
            return lambda status: status // 100 == first
        if value.isdecimal():
            return int(value)
        return self.fail(f"{value!r} is not a status, as 200, 4xx or none", param, ctx)


def parsed_moment(text: str, now: str) -> str:
    """Return a time as ISO 8601 in UTC; `now` is the emulator's.

    It is ISO 8601, which without a zone is local, a local time of today (`14:30`), or a duration before now
    (`-10m`). Raises BadParameter.
    """
    try:
        if text.startswith("-"):
            return format_time(to_milliseconds(now) - parse_duration(text[1:]))
        is_of_day = text[:5].count(":") == 1
        moment = parse_time(f"{datetime.now().date()}T{text}" if is_of_day else text)
        return format_time(to_milliseconds(moment.astimezone()))
    except (ValueError, OverflowError):
        expected = "a time, as 2026-01-31T12:00:00Z, 14:30 (today) or -10m (ten minutes before now)"
        raise click.BadParameter(f"{text!r} is not {expected}") from None


def find_by_id(items: Sequence[Document], wanted: str, noun: str, key: str = "id") -> Document:
    """Return the document with an id; raise ClickException, which has the ids that may be meant."""
    found = next((one for one in items if one[key] == wanted), None)
    if found is not None:
        return found
    ids = [str(one[key]) for one in items]
    raise click.ClickException(f"there is no {noun} {wanted!r}: {_near_ids(wanted, ids, noun)}")


def _near_ids(wanted: str, ids: Sequence[str], noun: str) -> str:
    if not ids:
        return f"no {noun} exists"
    if all(map(str.isdecimal, ids)):
        return f"{ids[0]} to {ids[-1]} are kept"
    return suggestion(wanted, ids, f"{number_of(len(ids), noun)} exist" if len(ids) > _MOST_LISTED else None)
