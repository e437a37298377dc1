"""The drifts, as the documents note them at what they concern."""

from __future__ import annotations

from typing import Final

from ..tiledesk.drifts import DRIFTS
from ..tiledesk.wire import Document

DRIFT_KEY: Final = "x-tiledesk-drift"

_BY_ID: Final = {drift.id: drift for drift in DRIFTS}


def drift_note(*ids: str) -> Document:
    """Return the extension that notes these drifts; nothing without one."""
    found = [_BY_ID[one] for one in ids]
    rows = [{"id": one.id, "documented": one.documented, "server": one.server} for one in found]
    return {DRIFT_KEY: rows} if rows else {}


def described(part: Document) -> Document:
    """Return a part of a document with its drifts in the description: Swagger UI hides extensions."""
    lines = [
        f"**Drift `{one['id']}`.** Documented: {one['documented']}. The server: {one['server']}."
        for one in part.get(DRIFT_KEY, ())
    ]
    text = "\n\n".join(filter(None, (part.get("description", ""), *lines)))
    return {**part, "description": text} if lines else part
