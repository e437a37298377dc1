"""Stubs, for a tester."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from ..emulator.emulator import Emulator


class StubControls:
    """The operations about stubs."""

    _emulator: Emulator

    def stubs(self) -> list[Document]:
        """Return the stubs, each with its `hits` and the emulated routes that it `hides`."""
        return self._emulator.stubs.documents()

    def add_stub(self, rule: Mapping[str, Any]) -> Document:
        """Respond to the requests that match; return the stub with its id."""
        from ..faults.stubs import stub_document  # here, since most emulators have no stubs

        return stub_document(self._emulator.stubs.add(rule))

    def remove_stub(self, id_stub: str) -> bool:
        """Remove a stub; return whether there was one with that id."""
        return self._emulator.stubs.remove(id_stub)

    def clear_stubs(self) -> None:
        """Remove all stubs."""
        self._emulator.stubs.clear()
