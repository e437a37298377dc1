"""A request that nothing recorded answers, and what comes near."""

from __future__ import annotations

import json

from msgspec import Struct
from msgspec.structs import replace

from ..comparison.deviations import Deviation
from ..http.exchange import RecordedRequest, RecordedResponse
from ..node.json import ABSENT, Absent, Json
from ..redaction.masking import MASK, masked_json, masked_target
from ..redaction.secrets import is_secret_name
from ..tiledesk.wire import Document
from .cassette import Entry
from .matching import Candidate


class Miss(Struct, frozen=True):
    """A request that nothing in the cassette answers, and the nearest entries with how they deviate."""

    request: RecordedRequest
    source: str
    nearest: tuple[tuple[Entry, Candidate], ...]

    @property
    def request_line(self) -> str:
        """Return method and target, without secrets."""
        return f"{self.request.method} {masked_target(self.request.target)}"

    def __str__(self) -> str:
        lines = [f"nothing in {self.source} answers {self.request_line}"]
        for entry, likeness in self.nearest:
            lines.append(f"  near: {entry}")
            lines += [f"    {reason}" for reason in _reasons(likeness)]
        return "\n".join(lines if self.nearest else [*lines, "  nothing is left in it"])

    def response(self) -> RecordedResponse:
        """Return the 502 that tells the client."""
        nearest = [
            {"entry": str(entry), "differences": [found.document() for found in _masked(likeness)]}
            for entry, likeness in self.nearest
        ]
        document = {"err": "not in the cassette", "request": self.request_line, "nearest": nearest}
        return json_response({**document, "message": str(self)}, 502)


def json_response(document: Document, status: int) -> RecordedResponse:
    """Return an answer of this package's own, in JSON."""
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace")
    headers = (
        ("Access-Control-Allow-Origin", "*"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(body))),
    )
    return RecordedResponse(status, headers, body)


def _reasons(likeness: Candidate) -> list[str]:
    if not likeness.deviations:
        return ["asks the same, and has answered before"]
    return [str(found) for found in _masked(likeness)]


def _masked(likeness: Candidate) -> list[Deviation]:
    """Return where a request deviates, without secrets."""
    return [
        replace(found, recorded=_covered(found, found.recorded), asked=_covered(found, found.asked))
        for found in likeness.deviations
    ]


def _covered(found: Deviation, value: Json | Absent) -> Json | Absent:
    if value is ABSENT:
        return ABSENT
    is_secret = any(is_secret_name(part) for part in found.place[1:] if isinstance(part, str))
    return MASK if is_secret else masked_json(value)
