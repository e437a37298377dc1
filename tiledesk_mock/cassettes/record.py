"""What an upstream answers, written down on the way to the client."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from ..errors import CassetteError, SetupError, UpstreamError
from ..http.encodings import decompressed
from ..http.exchange import RecordedRequest, RecordedResponse
from ..http.stopwatch import stopwatch
from ..redaction.redactor import DEFAULT_REDACTION, Redaction, Redactor
from ..redaction.text_redactor import Placeholders
from ..settings import RecordMode
from ..tiledesk.clock import format_time
from .cassette import Entry
from .files import read_cassette, write_cassette
from .replay import Forward, Miss, Replay, json_response

if TYPE_CHECKING:  # a replay shall not wait for `requests`
    from ..http.upstream import Upstream

_log: Final = logging.getLogger("tiledesk_mock")


class Recording:
    """A mode that passes requests to an upstream and keeps the answers for a cassette.

    Nothing reaches the disk before `commit`, unless `every` seconds are named: then it is written now and
    then as requests come in. What is written is redacted. Safe to use from many threads.

    Args:
        path: the cassette. Is replaced in one step by a commit.
        upstream: who answers; None for a mode that never records.
        mode: when to record.
        redaction: what is secret.
        every: seconds between writes while recording; None waits for `commit`.
        replaying: options of the Replay that answers what is recorded already.

    Raises CassetteError if a cassette that is to be replayed cannot be read, or is missing.

    """

    def __init__(
        self,
        path: Path | str,
        upstream: Upstream | None,
        mode: RecordMode | str = RecordMode.ONCE,
        *,
        redaction: Redaction = DEFAULT_REDACTION,
        every: float | None = None,
        wall: Callable[[], float] = time.time,
        **replaying: Any,
    ) -> None:
        self.path: Final = Path(path)
        self.mode: Final = RecordMode(mode)
        self._upstream: Final = upstream
        self._redaction: Final = redaction
        self._every: Final = every
        self._wall: Final = wall
        self._lock: Final = threading.Lock()
        self._writing: Final = threading.Lock()
        self._new: list[Entry] = []
        self._written = 0
        self._due = wall() + (every or 0)
        self.replay: Final = Replay(read_cassette(self.path), **replaying) if self._replays else None
        if upstream is None and self.records:
            raise self._unrecordable()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return what was recorded by now, with its secrets."""
        with self._lock:
            return tuple(self._new)

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Return the requests that nothing answered."""
        return self.replay.misses if self.replay else ()

    def verify(self) -> None:
        """Raise ExpectationError as a Replay does, for what was to be replayed."""
        if self.replay is not None:
            self.replay.verify()

    def rewind(self) -> None:
        """Begin to replay from the start; what was recorded stays."""
        if self.replay is not None:
            self.replay.rewind()

    def respond(self, request: RecordedRequest, emulate: Forward) -> RecordedResponse:
        """Answer from the cassette or the upstream, as the mode says, and write down the latter."""
        if self.replay is not None:
            if not self.records:
                return self.replay.respond(request, emulate)
            found = self.replay.find(request)
            if found is not None:
                return found
        return self._forwarded(request)

    def commit(self) -> None:
        """Write the cassette, if anything was recorded."""
        with self._writing:
            fresh = self.entries
            if len(fresh) > self._written:
                write_cassette(self.path, self._redacted(fresh))
                self._written = len(fresh)

    def redacted(self) -> tuple[Entry, ...]:
        """Return what a commit writes: the old entries, if they stay, and the new ones without secrets."""
        return self._redacted(self.entries)

    def discard(self) -> None:
        """Forget what was recorded: the old cassette stays as it is."""
        with self._lock:
            self._new = []
            self._written = 0

    @property
    def _replays(self) -> bool:
        if self.mode is RecordMode.NONE:
            return True
        return self.mode is not RecordMode.ALL and self.path.exists()

    @property
    def records(self) -> bool:
        """Tell whether what the upstream answers is recorded at all."""
        if self.mode is RecordMode.ONCE:
            return self.replay is None
        return self.mode is not RecordMode.NONE

    @property
    def _kept(self) -> tuple[Entry, ...]:
        return self.replay.cassette.entries if self.replay else ()

    def _redacted(self, fresh: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Return old and new entries, the new ones with the old ones' placeholders for the same secrets."""
        placeholders = Placeholders()
        if self.replay is not None:
            placeholders.learn(self.replay.id_pairs)
            for entry in self._kept:
                placeholders.reserve(_everything(entry))
        return (*self._kept, *redact_entries(fresh, self._redaction, placeholders))

    def _forwarded(self, request: RecordedRequest) -> RecordedResponse:
        if self._upstream is None:
            raise self._unrecordable()
        sent = _sent(request, self._upstream)
        began, started = stopwatch(), format_time(int(self._wall() * 1000))
        try:
            answer = self._upstream.send(request)
        except UpstreamError as error:
            return json_response({"err": "upstream", "reason": error.reason}, error.status)
        took = (stopwatch() - began) * 1000
        entry = Entry(decompressed(sent), decompressed(answer), self._upstream.origin, started, took)
        with self._lock:
            self._new.append(entry)
        self._commit_if_due()
        return answer

    def _unrecordable(self) -> CassetteError:
        return CassetteError(str(self.path), "", "expected a cassette, or an upstream to record one from")

    def _commit_if_due(self) -> None:
        if self._every is not None and self._wall() >= self._due:
            self._due = self._wall() + self._every
            try:
                self.commit()
            except SetupError as error:  # the client has its answer all the same
                _log.error("%s", error)


def redact_entries(
    entries: Iterable[Entry],
    redaction: Redaction = DEFAULT_REDACTION,
    placeholders: Placeholders | None = None,
) -> tuple[Entry, ...]:
    """Return the entries of a cassette without their secrets."""
    originals = tuple(entries)
    if not redaction.enabled:
        return originals
    redacted = Redactor(redaction, placeholders).exchanges(
        (entry.request, entry.response) for entry in originals
    )
    return tuple(
        structs.replace(entry, request=request, response=response, sender=entry.sender or sender)
        for entry, (request, response, sender) in zip(originals, redacted, strict=True)
    )


def _sent(request: RecordedRequest, upstream: Upstream) -> RecordedRequest:
    """Return a request as the upstream gets it: under its own name and prefix."""
    host = upstream.origin.partition("://")[2]
    headers = tuple((name, host if name.lower() == "host" else value) for name, value in request.headers)
    return replace(request, target=upstream.target_of(request.target), headers=headers)


def _everything(entry: Entry) -> str:
    """Return all texts of an entry in which placeholders may stand."""
    headers = (value for message in (entry.request, entry.response) for _, value in message.headers)
    bodies = (message.body.decode("latin-1") for message in (entry.request, entry.response))
    return "\n".join([entry.request.target, *headers, *bodies])
