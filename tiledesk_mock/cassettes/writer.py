"""The writer of a recording: each exchange is in the file, redacted, soon after its response."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from itertools import chain
from types import TracebackType
from typing import Final

from msgspec import structs

from ..errors import CassetteError, SetupError
from ..http.stopwatch import stopwatch
from ..redaction.placeholders import Placeholders, snippets
from ..redaction.redactor import Redaction, Redactor
from ..text import number_of
from .cassette import Entry
from .files import write_errors
from .har import har_entry
from .har_file import HarFile
from .record import Recording, reserve_placeholders

_log: Final = logging.getLogger("tiledesk_mock")

_PAUSE: Final = 0.2
"""Seconds between two writes, so that entries which come together are written together."""

_RETRY: Final = 1.0
"""Seconds after which a refused write is tried again."""

_BATCH: Final = 100
"""How many entries are redacted for one write at most."""

_BATCH_SECONDS: Final = 0.3
"""Seconds for which entries are redacted before they are written, so that the first waits for few others."""

_SNIPPET_HASHES: Final = 1 << 22
"""Different hashes of snippets: many more than the snippets of a recording, so that few coincide."""


class RecordingWriter:
    """Writes a recording to its file within a second of each response, until the end of its block.

    The file is not changed before the first entry. A write that fails is logged and tried again. An entry
    that cannot be redacted is left out. At the end of the block, both raise SetupError. A device or pipe is
    written to at the end only.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording: Final = recording
        self._entries: Final = RedactedEntries(recording.kept, recording.redaction)
        self._file: Final = HarFile(recording.path, self._entries.encoded)
        self._stopped: Final = threading.Event()
        self._thread: Final = threading.Thread(target=self._run, name="recording", daemon=True)
        self._changed: set[int] = set()
        self._left_out: list[Exception] = []
        self._written = self._read = 0
        self._is_failing = False

    def __enter__(self) -> RecordingWriter:
        if self._recording.path.is_file() or not self._recording.path.exists():
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._recording.recorded.set()
        if self._thread.ident is not None:
            self._thread.join()
        while self._write():
            pass
        if self._left_out:
            count = number_of(len(self._left_out), "exchange")
            raise SetupError(f"{self._recording.path}: {count} left out: {self._left_out[0]}")

    def __len__(self) -> int:
        """Return the number of entries that were recorded, and are in the file."""
        return self._written

    def _run(self) -> None:
        recorded = self._recording.recorded
        while not self._stopped.is_set():
            recorded.wait()
            recorded.clear()
            self._stopped.wait(_PAUSE if self._try_to_write() else _RETRY)

    def _try_to_write(self) -> bool:
        """Write what is new. A failure is logged once; then the next call tries again."""
        try:
            while self._write():
                if self._stopped.is_set():
                    break
        except CassetteError as error:
            if not self._is_failing:
                _log.error("%s; the recording goes on, and it is tried again", error)
            self._is_failing = True
            self._recording.recorded.set()
            return False
        if self._is_failing:
            _log.info("%s is written again", self._recording.path)
        self._is_failing = False
        return True

    def _write(self) -> bool:
        """Redact and write the next entries; return whether there were any."""
        start, new = stopwatch(), self._recording.entries_from(self._read, _BATCH)
        self._changed |= self._entries.learn(self._recording.secret_pairs())
        for entry in new:
            if stopwatch() - start > _BATCH_SECONDS:
                break
            self._read += 1
            try:
                self._changed |= self._entries.add(entry)
            except Exception as error:  # noqa: BLE001  (whatever it is, the entry must not be written)
                if not self._left_out:
                    _log.error("%s: an exchange is left out: %s", self._recording.path, error)
                self._left_out.append(error)
        count = len(self._entries)
        if count > self._written or self._changed:
            with write_errors(self._recording.path):
                self._file.write(count, self._changed)
            self._changed, self._written = set(), count
        return bool(new)


class RedactedEntries:
    """Entries that are redacted one by one, with the same result as a redaction of all of them together.

    An entry may reveal that a text in an earlier one is secret. The earlier one is then redacted again.

    Args:
        old: the entries that the cassette had before; they are redacted already.
        redaction: what is secret.
    """

    def __init__(self, old: Sequence[Entry], redaction: Redaction) -> None:
        self._old: Final = old
        self._redaction: Final = redaction
        self._pairs: Sequence[tuple[str, str]] = ()
        self._originals: list[Entry] = []
        self._start()

    def __len__(self) -> int:
        return len(self._old) + len(self._originals)

    def add(self, entry: Entry) -> set[int]:
        """Add an entry; return the indexes of earlier ones with secrets that it reveals.

        Raises SetupError if the function of the redaction fails; the entry is not added then.
        """
        if not self._redaction.enabled:
            self._originals.append(entry)
            return set()
        request, response = self._redactor.call_function(entry.request, entry.response)
        return self._add(structs.replace(entry, request=request, response=response))

    def learn(self, pairs: Sequence[tuple[str, str]]) -> set[int]:
        """Use these placeholders for these secrets; return the indexes of the entries that this changes."""
        if pairs == self._pairs:
            return set()
        self._pairs = pairs
        if not self._placeholders.contradicts(pairs):
            self._placeholders.learn(pairs)
            return self._revealed()
        originals, self._originals = self._originals, []
        self._start()
        for entry in originals:
            self._add(entry)
        return set(range(len(self._old), len(self)))

    def encoded(self, index: int) -> bytes:
        """Return an entry as it is written."""
        return har_entry(self._redacted(index), is_first=index == 0)

    def _start(self) -> None:
        self._placeholders = _SearchedPlaceholders()
        reserve_placeholders(self._placeholders, self._old, self._pairs)
        self._redactor = Redactor(self._redaction, self._placeholders)
        self._known = self._placeholders.count
        self._texts: list[str] = []
        self._snippets = _SnippetFilter()
        self._up_to_date: dict[int, Entry] = {}

    def _add(self, entry: Entry) -> set[int]:
        redacted, text = self._redact(entry)
        secrets = self._placeholders.secrets(self._known)
        revealed = self._revealed()
        if not any(secret in text for secret in secrets):
            self._up_to_date[len(self)] = redacted
        self._originals.append(entry)
        self._texts.append(text)
        self._snippets.add(text)
        return revealed

    def _revealed(self) -> set[int]:
        """Return the indexes of entries that contain secrets which are known since the last call."""
        secrets = self._placeholders.secrets(self._known)
        self._known = self._placeholders.count
        found: set[int] = set()
        for secret in filter(self._snippets.may_contain, secrets):
            found |= {index for index, text in enumerate(self._texts, len(self._old)) if secret in text}
        for index in found:
            self._up_to_date.pop(index, None)
        return found

    def _redacted(self, index: int) -> Entry:
        position = index - len(self._old)
        if position < 0:
            return self._old[index]
        if not self._redaction.enabled:
            return self._originals[position]
        redacted = self._up_to_date.pop(index, None)
        return redacted or self._redact(self._originals[position])[0]

    def _redact(self, entry: Entry) -> tuple[Entry, str]:
        """Return a redacted entry, and all texts in which secrets were searched, as they were before."""
        self._placeholders.searched = []
        request, response, sender = self._redactor.exchange(entry.request, entry.response)
        redacted = structs.replace(entry, request=request, response=response, sender=entry.sender or sender)
        return redacted, "\0".join(self._placeholders.searched)


class _SnippetFilter:
    """Tells in which cases a secret is in none of many texts, without a search in all of them."""

    def __init__(self) -> None:
        self._is_present: Final = bytearray(_SNIPPET_HASHES)

    def add(self, text: str) -> None:
        for snippet in chain.from_iterable(snippets(text)):
            self._is_present[hash(snippet) % _SNIPPET_HASHES] = 1

    def may_contain(self, secret: str) -> bool:
        """Return False if no text contains it, and True if one may."""
        found = chain.from_iterable(snippets(secret))
        return all(self._is_present[hash(snippet) % _SNIPPET_HASHES] for snippet in found)


class _SearchedPlaceholders(Placeholders):
    """Placeholders that keep the texts in which secrets are replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.searched: list[str] = []

    def replace_in(self, text: str) -> str:
        self.searched.append(text)
        return super().replace_in(text)
