"""Recording: responses of an upstream are passed to the client, and kept for a cassette."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from ..comparison.id_map import Pair
from ..errors import CassetteError, UpstreamError
from ..http.encodings import decompressed
from ..http.exchange import RecordedRequest, RecordedResponse
from ..http.stopwatch import stopwatch
from ..redaction.names import PLACEHOLDER
from ..redaction.placeholders import Placeholders
from ..redaction.redactor import DEFAULT_REDACTION, Redaction, Redactor
from ..settings import RecordMode
from ..tiledesk.clock import format_time
from .cassette import Entry
from .files import read_cassette, write_cassette
from .replay import Forward, Replay, json_response

if TYPE_CHECKING:  # start-up does not wait for `requests`
    from ..http.upstream import Upstream


class Recording:
    """A mode that sends requests to an upstream and keeps the responses for a cassette.

    The cassette is redacted and written in one step by `commit`, or entry by entry by a RecordingWriter. Safe
    to use from many threads. `recorded` is set after each new entry.

    Args:
        path: the cassette.
        upstream: the Tiledesk that responds; None for a mode that never records.
        mode: when to record.
        redaction: what is secret.
        wall: returns the time in seconds since 1970.
        replay_options: options of the Replay of what is recorded already.

    Raises CassetteError if a cassette that is to be replayed cannot be read.
    """

    def __init__(
        self,
        path: Path | str,
        upstream: Upstream | None,
        mode: RecordMode | str = RecordMode.ONCE,
        *,
        redaction: Redaction = DEFAULT_REDACTION,
        wall: Callable[[], float] = time.time,
        **replay_options: Any,
    ) -> None:
        self.path: Final = Path(path)
        self.mode: Final = RecordMode(mode)
        self._upstream: Final = upstream
        self.redaction: Final = redaction
        self.recorded: Final = threading.Event()
        self._wall: Final = wall
        self._lock: Final = threading.Lock()
        self._new: list[Entry] = []
        self.records: Final = is_recorded(self.path, self.mode)
        replays = self.mode is RecordMode.NONE or (self.mode is not RecordMode.ALL and self.path.exists())
        self.replay: Final = Replay(read_cassette(self.path), **replay_options) if replays else None
        if upstream is None and self.records:
            raise self._unrecordable()

    @property
    def kept(self) -> tuple[Entry, ...]:
        """Return the entries of the cassette before, which stay."""
        return self.replay.cassette.entries if self.replay else ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return what was recorded until now, with its secrets."""
        with self._lock:
            return tuple(self._new)

    def entries_from(self, start: int, count: int) -> list[Entry]:
        """Return the next entries, at most `count`, from the index `start` on."""
        with self._lock:
            return self._new[start : start + count]

    def secret_pairs(self) -> list[Pair]:
        """Return placeholders of the cassette before, and the secrets that clients use in their place."""
        pairs = self.replay.id_pairs if self.replay else ()
        return [pair for pair in pairs if PLACEHOLDER.fullmatch(pair[0])]

    def verify(self) -> None:
        """Raise ExpectationError as `Replay.verify` does."""
        if self.replay is not None:
            self.replay.verify()

    def rewind(self) -> None:
        """Replay from the start; what was recorded stays."""
        if self.replay is not None:
            self.replay.rewind()

    def respond(self, request: RecordedRequest, emulate: Forward) -> RecordedResponse:
        """Respond from the cassette or the upstream, as the mode says, and record the latter."""
        if self.replay is not None:
            if not self.records:
                return self.replay.respond(request, emulate)
            found = self.replay.find(request)
            if found is not None:
                return found
        return self._record(request)

    def commit(self) -> None:
        """Write the cassette, if anything was recorded."""
        if self.entries:
            write_cassette(self.path, self.redacted())

    def redacted(self) -> tuple[Entry, ...]:
        """Return what a commit writes: the old entries, if they stay, and the new ones, redacted.

        The same secret has the same placeholder in both.
        """
        placeholders = Placeholders()
        reserve_placeholders(placeholders, self.kept, self.secret_pairs())
        return (*self.kept, *redact_entries(self.entries, self.redaction, placeholders))

    def discard(self) -> None:
        """Discard the recorded entries; the cassette does not change."""
        with self._lock:
            self._new = []

    def _record(self, request: RecordedRequest) -> RecordedResponse:
        if self._upstream is None:
            raise self._unrecordable()
        sent = _sent(request, self._upstream)
        start, started = stopwatch(), format_time(int(self._wall() * 1000))
        try:
            response = self._upstream.send(request)
        except UpstreamError as error:
            return json_response({"err": "upstream", "reason": error.reason}, error.status, error.reason)
        milliseconds = (stopwatch() - start) * 1000
        origin = self._upstream.origin
        entry = Entry(decompressed(sent), decompressed(response), origin, started, milliseconds)
        with self._lock:
            self._new.append(entry)
        self.recorded.set()
        if response.status < 400:
            return response
        return replace(response, reason=f"this is the response of the upstream, {origin}")

    def _unrecordable(self) -> CassetteError:
        return CassetteError(str(self.path), "", "expected a cassette, or an upstream to record one from")


def reserve_placeholders(placeholders: Placeholders, entries: Iterable[Entry], pairs: Iterable[Pair]) -> None:
    """Use the placeholders of redacted entries for nothing else, and for these secrets the paired ones."""
    placeholders.learn(pairs)
    for entry in entries:
        placeholders.reserve(_texts(entry))


def is_recorded(path: Path, mode: RecordMode) -> bool:
    """Return whether responses of an upstream are recorded in a file. Without that it is only replayed."""
    return mode is not RecordMode.NONE and not (mode is RecordMode.ONCE and path.exists())


def redact_entries(
    entries: Iterable[Entry],
    redaction: Redaction = DEFAULT_REDACTION,
    placeholders: Placeholders | None = None,
) -> tuple[Entry, ...]:
    """Return the entries of a cassette without their secrets."""
    originals = tuple(entries)
    if not redaction.enabled:
        return originals
    pairs = ((entry.request, entry.response) for entry in originals)
    redacted = Redactor(redaction, placeholders).exchanges(pairs)
    return tuple(
        structs.replace(entry, request=request, response=response, sender=entry.sender or sender)
        for entry, (request, response, sender) in zip(originals, redacted, strict=True)
    )


def _sent(request: RecordedRequest, upstream: Upstream) -> RecordedRequest:
    """Return a request with the host and prefix of the upstream."""
    host = upstream.origin.partition("://")[2]
    headers = tuple((name, host if name.lower() == "host" else value) for name, value in request.headers)
    return replace(request, target=upstream.target_of(request.target), headers=headers)


def _texts(entry: Entry) -> str:
    """Return everything in an entry that may contain placeholders."""
    headers = (value for message in (entry.request, entry.response) for _, value in message.headers)
    bodies = (message.body.decode("latin-1") for message in (entry.request, entry.response))
    return "\n".join([entry.request.target, *headers, *bodies])
