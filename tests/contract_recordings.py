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
    return {
        scenario: [_response(recorded) for recorded in responses] for scenario, responses in document.items()
    }


def _response(recorded: dict[str, Any]) -> RecordedResponse | None:
    if recorded["status"] == "no answer":
        return None
    body = json.dumps(recorded["json"]) if "json" in recorded else recorded.get("text", "")
    headers = dict(recorded["headers"])
    if "etag" in recorded:
        # Bodies have other ids now, so the recording only says whether the ETag was that of the body.
        headers["etag"] = 'W/"other"' if recorded["etag"] == "other" else weak_etag(body.encode())
    return RecordedResponse(recorded["status"], tuple(headers.items()), body.encode())
