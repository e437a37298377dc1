"""The cassette of a test."""

from __future__ import annotations

from typing import Final

from ..cassettes.files import check_writable
from ..cassettes.record import Recording
from ..emulator import Emulator
from ..errors import ExpectationError, SettingsError
from ..http.upstream import Upstream
from ..redaction.redactor import Redaction
from .options import PluginOptions

_PATH_CHARACTERS: Final = frozenset(".*[")
"""What distinguishes a JSON path from a name among the values of `redact`."""


class TestCassette:
    """Replays or records a cassette in place of the emulator, until it is closed.

    Raises SetupError if the cassette cannot be used, or the upstream is not a URL.
    """

    def __init__(self, options: PluginOptions, emulator: Emulator) -> None:
        if options.cassette is None:
            raise SettingsError("cassette", None, "a file name")
        self._emulator: Final = emulator
        self._upstream: Final = Upstream(options.upstream) if options.upstream else None
        self._recording: Final = Recording(
            options.cassette,
            self._upstream,
            options.record,
            order=options.order,
            repeat=options.repeat,
            strict=options.strict,
            fallback=self._upstream.respond if options.fallback and self._upstream else options.fallback,
            redaction=_redaction(options),
        )
        if self._recording.records:
            check_writable(options.cassette)
        emulator.mode = self._recording

    def problem(self) -> str | None:
        """Return a message about requests that are not in the cassette and, if strict, unused entries."""
        try:
            self._recording.verify()
        except ExpectationError as error:
            return str(error)
        return None

    def close(self, *, failed: bool) -> None:
        """Write what was recorded unless the test failed, and let the emulator respond again."""
        self._emulator.mode = None
        if failed:
            self._recording.discard()
        self._recording.commit()
        if self._upstream is not None:
            self._upstream.close()


def _redaction(options: PluginOptions) -> Redaction:
    paths = [word for word in options.redact if not _PATH_CHARACTERS.isdisjoint(word)]
    names = [word for word in options.redact if _PATH_CHARACTERS.isdisjoint(word)]
    return Redaction(names, paths, options.redact_with)
