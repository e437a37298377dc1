"""The cassette of a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ..cassettes.files import check_writable
from ..cassettes.record import Recording
from ..emulator import Emulator
from ..errors import SettingsError
from ..http.upstream import Upstream
from ..redaction.redactor import Redaction
from .options import PluginOptions

_PATH_CHARACTERS: Final = frozenset(".*[")
"""What distinguishes a JSON path from a name among the values of `redact`."""


@contextmanager
def recording(
    options: PluginOptions, emulator: Emulator, has_failed: Callable[[], bool]
) -> Iterator[Recording]:
    """Replay or record a cassette in place of the emulator; write what was recorded unless the test failed.

    Raises SetupError if the cassette cannot be used, or the upstream is not a URL.
    """
    if options.cassette is None:
        raise SettingsError("cassette", None, "a file name")
    upstream = Upstream(options.upstream) if options.upstream else None
    paths = [word for word in options.redact if not _PATH_CHARACTERS.isdisjoint(word)]
    names = [word for word in options.redact if _PATH_CHARACTERS.isdisjoint(word)]
    mode = Recording(
        options.cassette,
        upstream,
        options.record,
        order=options.order,
        repeat=options.repeat,
        strict=options.strict,
        fallback=upstream.respond if options.fallback and upstream else options.fallback,
        redaction=Redaction(names, paths, options.redact_with),
    )
    if mode.records:
        check_writable(options.cassette)
    emulator.mode = mode
    try:
        yield mode
    finally:
        emulator.mode = None
        if has_failed():
            mode.discard()
        mode.commit()
        if upstream is not None:
            upstream.close()
