"""The state of a session, and that of one test: its handle, and what is checked when it ends."""

from __future__ import annotations

import unittest
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..emulator import Emulator
from ..errors import ExpectationError, SetupError, TiledeskDriftWarning
from ..http.connections import split_http_url
from ..http.exchange import Exchange
from ..interception.guard import GUARDED, Guard
from ..interception.hosts import API_HOST, Hosts
from ..settings import Dialect, Settings
from ..testing import TiledeskMock
from .configuration import TestOptions
from .options import DriftPolicy, RunMode
from .report import drift_message, guard_message, last_exchanges, not_emulated_message

if TYPE_CHECKING:
    import pytest

    from ..cassettes.record import Recording
    from ..diff.report import DiffReport

_MAX_IDLE: Final = 8
"""How many emulators are kept for later tests: each of a thousand tests may have its own seed."""

_PATH_CHARACTERS: Final = frozenset(".*[")
"""What distinguishes a JSON path from a name among the values of `redact`."""

_MAX_NOT_EMULATED: Final = 100
"""How many requests of a test that are not emulated are kept."""


class Servers:
    """One emulator for each distinct set of settings, made when it is first needed.

    An emulator that is only intercepted never listens on a socket. The most recently used ones are kept.
    `diff_report` is the report of the tests that are compared with an upstream.
    """

    def __init__(self) -> None:
        self.diff_report: DiffReport | None = None
        self._handles: Final[dict[Settings, TiledeskMock]] = {}
        self._of_session: Final[set[Settings]] = set()

    def get(self, settings: Settings, *, for_session: bool = False) -> TiledeskMock:
        """Return the handle for these settings, which may not listen yet.

        It is valid until the test ends; with `for_session` until the session ends. Raises SetupError if the
        seed is invalid.
        """
        handle = self._handles.pop(settings, None)
        if handle is None or handle.is_stopped:  # a test may have stopped it
            handle = TiledeskMock(settings)
        if for_session:
            self._of_session.add(settings)
        self._handles[settings] = handle  # moves it to the end
        idle = [settings for settings in self._handles if settings not in self._of_session]
        for settings in idle[:-_MAX_IDLE]:
            self._handles.pop(settings).stop()
        return handle

    def stop(self) -> None:
        """Stop all of them."""
        for handle in self._handles.values():
            handle.stop()
        self._handles.clear()


class TestState:
    """The handle of one test, reset to its seed, and the checks at the end of the test."""

    def __init__(
        self,
        item: pytest.Item,
        options: TestOptions,
        servers: Servers,
        *,
        runs_in_both_dialects: bool = False,
    ) -> None:
        self._item: Final = item
        self._options: Final = options.plugin
        self._settings: Final = options.settings
        self._faults: Final = options.faults
        self._servers: Final = servers
        self._runs_in_both_dialects: Final = runs_in_both_dialects
        self._handle: TiledeskMock | None = None
        self._fixture_handle: TiledeskMock | None = None
        self._started: Final[list[TiledeskMock]] = []
        self._guard: Final = Guard(GUARDED - {self._upstream_host()})
        self._recording: Recording | None = None
        self._not_emulated: Final[list[Exchange]] = []
        self._drifts: Final[dict[str, Exchange | None]] = {}
        self._drifts_before: Mapping[str, int] = {}
        self._reported: Final[set[object]] = set()
        self._other_problems: str | None = None
        self._cleanup: Final = ExitStack()
        if self._options.guard:
            self._cleanup.enter_context(self._guard)

    def close(self) -> None:
        """Undo the interception and the guard; stop the webhook receivers and the servers of the factory."""
        self._cleanup.close()
        if self._handle is not None:
            self._handle.webhooks.stop()

    @property
    def handle(self) -> TiledeskMock:
        """Return the handle of the test; the first access resets its emulator to the seed.

        Raises SetupError if the seed or a fault is invalid.
        """
        if self._handle is None:
            self._handle = self._servers.get(self._settings)
            self._handle.reset()
            emulator = self._handle.emulator
            notifications = emulator.notifications
            self._cleanup.callback(notifications.close_websockets, notifications.websocket_ids())
            self._cleanup.callback(emulator.faults.set_initial, ())
            self._set_up(self._handle)
            if self._options.mode is RunMode.DIFF:
                self._start_diff(self._handle)
            elif self._options.cassette is not None:
                self._start_recording(self._options.cassette, emulator)
        return self._handle

    def serve(self, instance: Any) -> TiledeskMock:
        """Return the handle of a running server; `instance` is that of the test's class, if it has one."""
        return self._use(self.handle.start(), instance)

    def intercept(self, instance: Any) -> TiledeskMock:
        """Return a handle that responds without a socket, until the test ends."""
        # Imported here: tests with a server do not need it.
        from ..interception.mock import intercepted

        hosts = Hosts.parse(self._options.hosts or (API_HOST,), self._options.passthrough)
        return self._use(self._cleanup.enter_context(intercepted(self.handle, hosts)), instance)

    def start_server(self, **overrides: Any) -> TiledeskMock:
        """Start another server with the settings of the test and `overrides`, which stops when the test ends.

        Raises SetupError if a setting, the seed or the address is invalid.
        """
        handle = TiledeskMock(self._settings, **overrides)
        self._started.append(handle)
        self._cleanup.callback(handle.stop)
        self._set_up(handle)
        return handle.start()

    def observe_session_server(self, handle: TiledeskMock) -> None:
        """Check at the end also what the test did with the server of the session."""
        self._fixture_handle = handle
        self._drifts_before = handle.emulator.journal.drifts
        self._cleanup.callback(handle.emulator.journal.subscribe(self._keep))

    def ineffective_settings(self, handle: TiledeskMock) -> list[str]:
        """Return a message for each setting of the test that the server of the session does not have."""
        return [
            f"{name} of this test is not that of tiledesk_mock_server, the session's: take tiledesk_mock"
            for name in (column.name for column in fields(Settings))
            if getattr(self._settings, name) != getattr(handle.settings, name)
        ]

    @property
    def relies_on_shapes(self) -> bool:
        """Whether the test got responses in the documented shape, and does not run in both dialects."""
        return not self._runs_in_both_dialects and any(
            handle.settings.dialect is Dialect.DOCUMENTED for handle in self._handles()
        )

    def check(self) -> str | None:
        """Warn of drifts, and return the other problems; each is reported once."""
        problems = self._drift_problems()
        not_emulated = [one for one in self._not_emulated.copy() if self._is_new(id(one))]
        if not_emulated and self._options.strict:
            problems.append(not_emulated_message(not_emulated))
        blocked = [lookup for lookup in self._guard.blocked if self._is_new(lookup)]
        if blocked:
            problems.append(guard_message(blocked, self._fixture_handle))
        if self._recording is not None:
            try:
                self._recording.verify()
            except ExpectationError as error:
                problems += [str(error)] if self._is_new(str(error)) else []
        return "\n".join(problems) or None

    def note_failure(self) -> None:
        """Add the other problems to the report of a test that has failed."""
        self._other_problems = self.check()

    def report_section(self) -> str:
        """Return the section of the report of a failed test."""
        parts = (self._other_problems, last_exchanges(self._handles()))
        return "\n".join(part for part in parts if part)

    def _upstream_host(self) -> str:
        """Return the host to record or to compare with, which the guard does not block."""
        uses_upstream = self._options.cassette or self._options.mode is RunMode.DIFF
        url = self._options.upstream if uses_upstream else None
        parts = split_http_url(url) if url else None
        return (parts and parts.hostname) or ""

    def _set_up(self, handle: TiledeskMock) -> None:
        handle.emulator.faults.set_initial(self._faults)
        self._cleanup.callback(handle.emulator.journal.subscribe(self._keep))

    def _keep(self, exchange: Exchange) -> None:
        """Keep an exchange with a drift or that is not emulated, even if the test clears the journal."""
        if exchange.is_emulated and not exchange.drifts:
            return
        if not exchange.is_emulated and len(self._not_emulated) < _MAX_NOT_EMULATED:
            self._not_emulated.append(exchange)
        for drift in exchange.drifts:
            self._drifts.setdefault(drift, exchange)

    def _start_recording(self, cassette: Path, emulator: Emulator) -> None:
        """Replay or record a cassette until the test ends; write what was recorded unless the test failed."""
        # Imported here: few tests have a cassette, and the others need not wait for the import.
        from ..cassettes.files import check_writable
        from ..cassettes.record import Recording
        from ..http.upstream import Upstream
        from ..redaction.redactor import Redaction

        options, failed_before = self._options, self._item.session.testsfailed
        upstream = Upstream(options.upstream) if options.upstream else None
        paths = [word for word in options.redact if not _PATH_CHARACTERS.isdisjoint(word)]
        names = [word for word in options.redact if _PATH_CHARACTERS.isdisjoint(word)]
        recording = Recording(
            cassette,
            upstream,
            options.record,
            order=options.order,
            repeat=options.repeat,
            strict=options.strict,
            fallback=upstream.respond if options.fallback and upstream else options.fallback,
            redaction=Redaction(names, paths, options.redact_with),
        )
        if recording.records:
            check_writable(cassette, creates_folder=True)
        self._recording = emulator.mode = recording

        def stop() -> None:
            emulator.mode = None
            if self._item.session.testsfailed > failed_before:
                recording.discard()
            recording.commit()

        if upstream is not None:
            self._cleanup.callback(upstream.close)
        self._cleanup.callback(stop)

    def _start_diff(self, handle: TiledeskMock) -> None:
        """Compare with the upstream until the test ends."""
        # Imported here: other tests need not wait for the import of YAML and more.
        from ..diff.report import DiffReport
        from ..emulator.modes import diff_mode

        options, servers = self._options, self._servers
        if options.upstream is None:
            raise SetupError("the mode diff needs an upstream to compare with: its URL")
        servers.diff_report = servers.diff_report or DiffReport()
        mode = diff_mode(handle.emulator, options.upstream, options.credentials, report=servers.diff_report)
        self._cleanup.enter_context(mode).label = self._item.nodeid

    def _use(self, handle: TiledeskMock, instance: Any) -> TiledeskMock:
        """Return the handle; a unittest.TestCase, whose methods take no fixtures, gets it as an attribute."""
        self._fixture_handle = handle
        if isinstance(instance, unittest.TestCase):
            instance.tiledesk_mock = handle  # type: ignore[attr-defined]
        return handle

    def _handles(self) -> list[TiledeskMock]:
        """Return the handle of the test and the servers of the factory."""
        own = self._fixture_handle or self._handle
        return [*([own] if own else []), *self._started]

    def _drift_problems(self) -> list[str]:
        """Warn of new drifts, at the line of the test; return the messages that are errors."""
        if self._options.drifts is DriftPolicy.IGNORE:
            return []
        for handle in self._handles():  # drifts of WebSockets have no exchange
            for drift, count in handle.emulator.journal.drifts.items():
                if count > self._drifts_before.get(drift, 0):
                    self._drifts.setdefault(drift, None)
        drifts = self._drifts.copy()  # requests may still come in
        messages = [
            drift_message(drift, exchange) for drift, exchange in drifts.items() if self._is_new(drift)
        ]
        if self._options.drifts is DriftPolicy.WARN:
            line = (self._item.location[1] or 0) + 1
            messages = [message for message in messages if not _warn(message, str(self._item.path), line)]
        return messages

    def _is_new(self, key: object) -> bool:
        is_new = key not in self._reported
        self._reported.add(key)
        return is_new


def _warn(message: str, path: str, line: int) -> bool:
    """Warn; return False if a filter turns the warning into an error."""
    try:
        warnings.warn_explicit(message, TiledeskDriftWarning, path, line)
    except TiledeskDriftWarning:
        return False
    return True
