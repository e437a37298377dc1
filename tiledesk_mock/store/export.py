"""All events as the JSON of a seed, made of the lines of the store in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Final

import msgspec
from msgspec import Raw, Struct, field

from ..node.json import ABSENT, Absent, Json, exact_json
from ..tiledesk.wire import event_from_document, seed_event
from .lines import Lines

_BLOCK: Final = 500


class _SeedEvent(Struct, kw_only=True):
    """The fields of `seed_event`, in their order."""

    project_user: str | None = None
    status: str
    id: str = field(name="_id")
    name: str
    attributes: Json | Absent = ABSENT
    id_project: str
    created_by: str = field(name="createdBy")
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")


def events_json(lines: Lines, numbers: Sequence[int]) -> bytes:
    """Return the events with these numbers as a list: what `exact_json` writes for their `seed_event`.

    To be called under the lock. It takes a sixth of the time. Raises StoreCorrupted if one cannot be read.
    """
    blocks = (numbers[start : start + _BLOCK] for start in range(0, len(numbers), _BLOCK))
    return b"[%b]" % b",".join(filter(None, (_elements(lines, block) for block in blocks)))


def _elements(lines: Lines, numbers: Sequence[int]) -> bytes:
    """Return events as JSON, separated by commas."""
    try:
        return _ENCODER.encode(_DECODER.decode(lines.json_of(numbers)))[1:-1]
    except (ValueError, OverflowError):  # msgspec refuses halves of surrogate pairs, which are JSON
        documents = lines.read_all(numbers).values()
        return exact_json([seed_event(event_from_document(document)) for document in documents])[1:-1]


def _number(text: str) -> Raw:
    """Return a number with a point or an exponent as Python writes it: msgspec has other exponents."""
    number = float(text)
    return Raw(repr(number).encode() if isfinite(number) else exact_json(number))


_DECODER: Final = msgspec.json.Decoder(list[_SeedEvent], float_hook=_number)
_ENCODER: Final = msgspec.json.Encoder()
