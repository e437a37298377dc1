"""What `serve`, `exec` and other verbs log: a line per request, for people or as JSON."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from functools import lru_cache
from typing import Final

from ..http.paths import without_prefix
from ..journal.rendering import exchange_remarks
from ..journal.timeline_documents import request_document
from ..redaction.masking import masked_target
from ..server import AccessLogEntry
from ..settings import LogFormat, Settings
from ..text import visible
from ..tiledesk.wire import Document
from .terminal import has_colour, painted, status_colour

_access_log: Final = logging.getLogger("tiledesk_mock.access")

_READING: Final = frozenset({"GET", "HEAD"})
_FIRST_ERROR: Final = 400

_LEVEL_COLOURS: Final = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "red"}
REMARK_COLOURS: Final = {
    "person": "blue",
    "event": "cyan",
    "drift": "magenta",
    "fault": "red",
    "stub": "cyan",
    "not emulated": "yellow",
    "reason": "yellow",
}
"""The colours of the kinds of `exchange_remarks`."""

_displayed_target: Final = lru_cache(128)(masked_target)
"""Most requests of a test run have one of a few targets."""

_Paint = Callable[[str, "str | None"], str]
"""Returns a text in a colour."""


def configure_logging(settings: Settings) -> None:
    """Log to standard error, with the level and in the format of the settings."""
    handler = logging.StreamHandler()
    is_json = settings.log_format is LogFormat.JSON
    handler.setFormatter(_JsonFormatter() if is_json else _TextFormatter(is_coloured=has_colour(sys.stderr)))
    logging.basicConfig(level=settings.log_level.value.upper(), handlers=[handler])


def access_logger() -> Callable[[AccessLogEntry], None] | None:
    """Return what logs each request of a server; None if no request would be written."""
    return _log_access if _access_log.isEnabledFor(logging.INFO) else None


class RequestLine:
    """A request as the message of a log record: it becomes text only if it is written."""

    def __init__(self, entry: AccessLogEntry) -> None:
        self._entry: Final = entry

    def __str__(self) -> str:
        """Return the line without colours."""
        return self.text(_plain)

    def text(self, paint: _Paint) -> str:
        """Return the line: what is of one width comes first, so that columns are aligned."""
        entry, status = self._entry, self._status()
        line = (
            f"{entry.client:<9}  {visible(entry.method):<7} "
            f"{paint(str(status or '-').rjust(3), status_colour(status))} "
            f"{entry.size:>7} B {entry.seconds * 1000:>8.1f} ms  {visible(_displayed_target(entry.target))}"
        )
        for kind, text in exchange_remarks(entry.exchange) if entry.exchange else ():
            line += f"  {paint(visible(text), REMARK_COLOURS.get(kind))}"
        return line

    def document(self) -> Document:
        """Return `client`, `bytes` and the fields that the timeline's summary has of a request.

        A request that is not journaled, as those to the control API, has no person, drifts and the like.
        """
        entry = self._entry
        return {
            "kind": "request",
            **(request_document(entry.exchange) if entry.exchange else {}),
            "client": entry.client,
            "method": entry.method,
            "target": _displayed_target(entry.target),
            "status": self._status(),
            "bytes": entry.size,
            "milliseconds": round(entry.seconds * 1000, 3),
        }

    @property
    def level(self) -> int:
        """Return the level: pages read the control API all the time, which only `debug` shows."""
        entry = self._entry
        if entry.exchange is not None or entry.method not in _READING:
            return logging.INFO
        is_control = without_prefix(entry.target.partition("?")[0]).startswith("/__admin")
        return logging.DEBUG if is_control and (self._status() or 0) < _FIRST_ERROR else logging.INFO

    def _status(self) -> int | None:
        """Return the status that was sent; None if there was no response."""
        entry = self._entry
        if entry.status[:1].isdigit():
            return int(entry.status[:3])
        response = entry.exchange.response if entry.exchange else None  # of a WebSocket
        return response.status if response else None


def _log_access(entry: AccessLogEntry) -> None:
    line = RequestLine(entry)
    level = line.level
    if _access_log.isEnabledFor(level):
        # Not with `log()`, which looks for the line of code that calls it: here that is always this one.
        _access_log.handle(_access_log.makeRecord(_access_log.name, level, __file__, 0, line, (), None))


class _TextFormatter(logging.Formatter):
    """Formats records for people: the time of day, what is not just information, the message."""

    def __init__(self, *, is_coloured: bool) -> None:
        super().__init__()
        self._paint: Final[_Paint] = painted if is_coloured else _plain

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record."""
        if isinstance(record.msg, RequestLine):  # whose text would otherwise be made twice
            return self._line(record, record.msg.text(self._paint))
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (the name of logging)
        """Return the line of a record without its exception."""
        return self._line(record, visible(record.message))

    def _line(self, record: logging.LogRecord, message: str) -> str:
        clock = f"{_time_of_day(int(record.created))}.{int(record.msecs):03}"
        if record.levelno <= logging.INFO:
            return f"{clock}  {message}"
        level = self._paint(record.levelname.lower(), _LEVEL_COLOURS.get(record.levelname))
        return f"{clock}  {level}: {message}"


class _JsonFormatter(logging.Formatter):
    """Formats records for programs, an object in a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        document: Document = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
        }
        if isinstance(record.msg, RequestLine):
            request = record.msg.document()
            document |= {"message": "{method} {target} {status}".format_map(request), **request}
        else:
            document["message"] = record.getMessage()
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return json.dumps(document)


@lru_cache(1)
def _time_of_day(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def _plain(text: str, _: str | None) -> str:
    return text
