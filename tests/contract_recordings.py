"""The recorded responses of the real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tiledesk_mock.http.encodings import weak_etag
from tiledesk_mock.http.exchange import RecordedResponse

CONTRACT = Path(__file__).parent.parent / "fixtures" / "contract"


def recorded_responses(name: str) -> dict[str, list[RecordedResponse | None]]:
    """Return the recorded responses of a file, by scenario; None where the server did not respond."""
    document = json.loads((CONTRACT / "recordings" / f"{name}.json").read_bytes())
    return {scenario: [_answer(written) for written in answers] for scenario, answers in document.items()}


def _answer(written: dict[str, Any]) -> RecordedResponse | None:
    if written["status"] == "no answer":
        return None
    body = json.dumps(written["json"]) if "json" in written else written.get("text", "")
    headers = dict(written["headers"])
    if "etag" in written:
        # The value was that of a body with other ids: what was written down is whether it was the body's.
        headers["etag"] = 'W/"other"' if written["etag"] == "other" else weak_etag(body.encode())
    return RecordedResponse(written["status"], tuple(headers.items()), body.encode())
