"""What a tester can read of the timeline."""

from __future__ import annotations

from ..emulator.emulator import Emulator
from ..errors import UnknownEntry
from ..journal.rendering import exchange_document
from ..journal.timeline import Entry, EntryKind
from ..journal.timeline_documents import entry_document
from ..tiledesk.wire import Document


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
        timeline = self._emulator.journal.timeline
        entries = timeline.since(0)
        found = next((one for one in entries if f"{timeline.start}-{one.number}" == id_entry), None)
        if found is None:
            raise UnknownEntry(id_entry)
        linked = [
            entry_document(one, timeline.start)
            for one in entries
            if one.cause is not None and one.cause == found.cause and one is not found
        ]
        return {
            "entry": entry_document(found, timeline.start),
            "linked": linked,
            **self._details(found),
        }

    def _details(self, entry: Entry) -> Document:
        if entry.kind is EntryKind.REQUEST:
            return {"exchange": exchange_document(entry.value)}
        if entry.kind is EntryKind.EVENT:
            return {"event": self._emulator.event_encoder.document(entry.value.whole())}
        return {}
