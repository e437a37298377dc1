"""What a tester can read of the timeline, and send again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..errors import SetupError, UnknownEntry
from ..journal.rendering import exchange_document
from ..journal.timeline import RESET, Entry, EntryKind, KeptPlatformEvent
from ..journal.timeline_documents import (
    entry_document,
    entry_id,
    frame_document,
    platform_event_document,
    sent_document,
)
from ..redaction.masking import masked_json
from ..tiledesk.drifts import DRIFTS
from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from ..emulator.emulator import Emulator


class TimelineControls:
    """The operations on the timeline."""

    _emulator: Emulator

    def timeline(self, since: str | None = None) -> list[Document]:
        """Return the summaries of the entries, oldest first; `since` is the id of the last one known."""
        timeline = self._emulator.journal.timeline
        first = (timeline.number_of(since) if since else None) or 0
        return [entry_document(entry, timeline.start) for entry in timeline.since(first)]

    def timeline_entry(self, id_entry: str) -> Document:
        """Return an entry in full: its summary as `entry`, its details, and summaries of what is `linked`.

        Raises UnknownEntry.
        """
        start = self._emulator.journal.timeline.start
        found, near = self._find(id_entry)
        linked = (one for one in near if found.cause and one.cause == found.cause and one is not found)
        return {
            "entry": entry_document(found, start),
            "linked": [entry_document(one, start) for one in linked],
            **self._details(found, near),
        }

    def resend_request(self, id_entry: str) -> str:
        """Send a request again, with its original credentials; return the id of the new entry.

        Raises UnknownEntry, and SetupError for what is no request, or opens a WebSocket.
        """
        timeline, send = self._emulator.journal.timeline, self._emulator.send_again
        entry, _ = self._find(id_entry)
        if entry.kind is not EntryKind.REQUEST:
            raise SetupError(f"{id_entry} is no request but of the kind {entry.kind.value}")
        if entry.value.request.header("Upgrade"):
            raise SetupError(f"{id_entry} asks for a WebSocket, which only its client can open")
        exchange = send(entry.value.request) if send else None
        if exchange is None:
            raise SetupError(f"{id_entry} was not sent: the emulator was reset meanwhile")
        new = next((one for one in timeline.since(entry.number) if one.value is exchange), None)
        if new is None:
            raise SetupError(f"{id_entry} was sent again, but its new entry has left the timeline already")
        return entry_id(timeline.start, new.number)

    def _find(self, id_entry: str) -> tuple[Entry, list[Entry]]:
        """Return an entry, and all between the resets around it: ids of events may begin anew then."""
        timeline = self._emulator.journal.timeline
        near: list[Entry] = []
        found: Entry | None = None
        for entry in timeline.since(0):
            if entry.value == RESET:
                if found is not None:
                    break
                near.clear()
            if entry_id(timeline.start, entry.number) == id_entry:
                found = entry
            near.append(entry)
        if found is None:
            raise UnknownEntry(id_entry)
        return found, near

    def _details(self, entry: Entry, near: list[Entry]) -> Document:
        value = entry.value
        if entry.kind is EntryKind.REQUEST:
            # Imported on first use: only a person looks at these.
            from ..journal.copies import copies

            details = {"exchange": exchange_document(value, has_text=True), "copies": copies(value.request)}
            return {**details, "drifts": _drifts(value.drifts)}
        if isinstance(value, KeptPlatformEvent):
            return {"event": platform_event_document(value)}
        if entry.kind is EntryKind.EVENT:
            return {"event": masked_json(self._emulator.event_encoder.document(value.whole()))}
        if entry.kind is EntryKind.ATTEMPT:
            deliveries = [one.value.delivery for one in near if one.kind is EntryKind.ATTEMPT]
            last = [one for one in deliveries if one.id == value.delivery.id][-1]
            return {"delivery": sent_document(value, last), "drifts": _drifts(last.drifts)}
        return {"frame": frame_document(value)} if entry.kind is EntryKind.FRAME else {}


def _drifts(ids: tuple[str, ...]) -> list[Document]:
    return [msgspec.to_builtins(drift) for drift in DRIFTS if drift.id in ids]
