"""Requests that match no entry of a cassette, and the nearest entries."""

from __future__ import annotations

import json

from msgspec import Struct

from ..comparison.json_diff import Difference
from ..http.exchange import RecordedRequest, RecordedResponse
from ..node.json import ABSENT, Absent, Json
from ..redaction.masking import masked_json, masked_target, masked_value
from ..text import shorten
from ..tiledesk.wire import Document
from .cassette import Entry
from .matching import Candidate

_SHOWN_LENGTH = 120


class Miss(Struct, frozen=True):
    """A request that matches no entry of a cassette, and the nearest entries with their differences."""

    request: RecordedRequest
    source: str
    nearest: tuple[tuple[Entry, Candidate], ...]

    @property
    def request_line(self) -> str:
        """Return method and target, with secrets masked."""
        return f"{self.request.method} {masked_target(self.request.target)}"

    def __str__(self) -> str:
        lines = [f"no entry of {self.source} matches {self.request_line}"]
        for entry, candidate in self.nearest:
            lines += [f"  nearest: {entry}", *(f"    {reason}" for reason in _reasons(candidate))]
        return "\n".join(lines if self.nearest else [*lines, "  all entries are used"])

    def response(self) -> RecordedResponse:
        """Return the 502 for the client."""
        nearest = [
            {"entry": str(entry), "differences": [_document(one) for one in candidate.differences]}
            for entry, candidate in self.nearest
        ]
        document = {"err": "not in the cassette", "request": self.request_line, "nearest": nearest}
        return json_response({**document, "message": str(self)}, 502)


def json_response(document: Document, status: int) -> RecordedResponse:
    """Return a response of this package's own, in JSON."""
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace")
    headers = (
        ("Access-Control-Allow-Origin", "*"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(body))),
    )
    return RecordedResponse(status, headers, body)


def _reasons(candidate: Candidate) -> list[str]:
    if not candidate.differences:
        return ["matches, but was used before"]
    return [
        f"{one.path_text}: {_text(one, one.left)} recorded, {_text(one, one.right)} requested"
        for one in candidate.differences
    ]


def _document(difference: Difference) -> Document:
    sides = {"recorded": difference.left, "requested": difference.right}
    masked = {name: _masked(difference, side) for name, side in sides.items() if side is not ABSENT}
    return {"path": difference.path_text, **masked}


def _text(difference: Difference, value: Json | Absent) -> str:
    if value is ABSENT:
        return "nothing"
    return shorten(json.dumps(_masked(difference, value), ensure_ascii=False), _SHOWN_LENGTH)


def _masked(difference: Difference, value: Json) -> Json:
    return masked_value(value) if difference.is_secret else masked_json(value)
