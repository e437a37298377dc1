"""The cassette of a test: what it replays, what it records, and what becomes of that when it ends."""

from __future__ import annotations

from typing import Final

from ..cassettes.files import check_writable
from ..cassettes.record import Recording
from ..emulator import Emulator
from ..errors import ExpectationError, SettingsError
from ..http.upstream import Upstream
from ..redaction.redactor import Redaction
from .options import PluginOptions

_PATH: Final = frozenset(".*[")


class Tape:
    """Puts a cassette in place of the emulator's answers, until it is closed.

    Raises a SetupError if the cassette cannot be used, or the upstream is no address.
    """

    def __init__(self, conduct: PluginOptions, emulator: Emulator) -> None:
        if conduct.cassette is None:
            raise SettingsError("cassette", None, "a file name")
        self._emulator: Final = emulator
        self._upstream: Final = Upstream(conduct.upstream) if conduct.upstream else None
        self.recording: Final = Recording(
            conduct.cassette,
            self._upstream,
            conduct.record,
            order=conduct.order,
            repeat=conduct.repeat,
            strict=conduct.strict,
            fallback=self._upstream.respond if conduct.fallback and self._upstream else conduct.fallback,
            redaction=_redaction(conduct),
        )
        if self.recording.records:
            check_writable(conduct.cassette)
        emulator.mode = self.recording

    def problem(self) -> str | None:
        """Return what was asked for and not in the cassette, and if strict, what was not asked for."""
        try:
            self.recording.verify()
        except ExpectationError as error:
            return str(error)
        return None

    def close(self, *, failed: bool) -> None:
        """Keep what was recorded, unless the test failed; let the emulator answer again."""
        self._emulator.mode = None
        if failed:
            self.recording.discard()
        self.recording.commit()
        if self._upstream is not None:
            self._upstream.close()


def _redaction(conduct: PluginOptions) -> Redaction:
    """Return what is secret: what looks like a path is one, everything else is a name."""
    paths = [word for word in conduct.redact if not _PATH.isdisjoint(word)]
    names = [word for word in conduct.redact if _PATH.isdisjoint(word)]
    return Redaction(names, paths, conduct.redact_with)
