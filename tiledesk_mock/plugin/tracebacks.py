"""Tracebacks that end where the tester's own code does."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

from ..errors import ExpectationError

_PACKAGE: Final = str(Path(__file__).parents[1])


def shorten(error: BaseException) -> None:
    """Let a failed expectation end at the line that expected it: how it was found to fail helps nobody."""
    if not isinstance(error, ExpectationError):
        return
    frame, last = error.__traceback__, None
    while frame is not None:
        if not _is_ours(frame):
            last = frame
        frame = frame.tb_next
    if last is not None:
        last.tb_next = None


def _is_ours(frame: TracebackType) -> bool:
    return frame.tb_frame.f_code.co_filename.startswith(_PACKAGE)
