"""The state of one test that uses the mock: its handle, and what is checked when it ends."""

from __future__ import annotations

import threading
import unittest
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from ..errors import SetupError, TiledeskDriftWarning
from ..http.connections import split_http_url
from ..http.exchange import Exchange
from ..interception.guard import GUARDED, Guard
from ..interception.hosts import API_HOST, Hosts
from ..settings import Dialect
from ..testing import TiledeskMock
from .configuration import TestOptions
from .options import DriftPolicy, PluginOptions, RunMode
from .report import drift_message, guard_message, last_exchanges, not_emulated_message
from .servers import ServerFactory, Servers

if TYPE_CHECKING:
    import pytest

    from .cassettes import TestCassette

_MAX_NOT_EMULATED: Final = 100
"""How many requests that are not emulated an observer keeps."""


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
        self._options: Final = options
        self._servers: Final = servers
        self._runs_in_both_dialects: Final = runs_in_both_dialects
        self._handle: TiledeskMock | None = None
        self._fixture_handle: TiledeskMock | None = None
        self._guard: Final = Guard(_guarded_hosts(options.plugin))
        self._cassette: TestCassette | None = None
        self._other_problems: str | None = None
        self._failed_before: Final = item.session.testsfailed
        self._reported: Final[set[object]] = set()
        self._cleanup: Final = ExitStack()
        self._observer: Final = ExchangeObserver()
        self._drifts_before: Mapping[str, int] = {}
        self.factory: Final = ServerFactory(options.settings, self._set_up)
        if options.plugin.guard:
            self._cleanup.enter_context(self._guard)
        self._cleanup.callback(self.factory.stop)

    def close(self) -> None:
        """Undo the interception and the guard; stop the webhook receivers and the servers of the factory."""
        self._cleanup.close()
        if self._cassette is not None:
            self._cassette.close(failed=self._item.session.testsfailed > self._failed_before)
        if self._handle is not None:
            self._handle.webhooks.stop()

    @property
    def handle(self) -> TiledeskMock:
        """Return the handle of the test; the first access resets its emulator to the seed.

        Raises SetupError if the seed or a fault is invalid.
        """
        if self._handle is None:
            self._handle = self._servers.get(self._options.settings)
            self._handle.reset()
            emulator = self._handle.emulator
            notifications = emulator.notifications
            self._cleanup.callback(notifications.close_websockets, notifications.websocket_ids())
            self._set_up(self._handle)
            self._cleanup.callback(emulator.faults.set_initial, ())
            if self._options.plugin.mode is RunMode.DIFF:
                self._start_diff(self._handle)
            elif self._options.plugin.cassette is not None:
                # Imported here: few tests have a cassette, and the others need not wait for the import.
                from .cassettes import TestCassette

                self._cassette = TestCassette(self._options.plugin, emulator)
        return self._handle

    def serve(self, instance: Any) -> TiledeskMock:
        """Return the handle of a running server."""
        return self._use(self.handle.start(), instance)

    def intercept(self, instance: Any) -> TiledeskMock:
        """Return a handle that responds without a socket, until the test ends."""
        # Imported here: tests with a server do not need it.
        from ..interception.mock import intercepted

        hosts = Hosts.parse(self._options.plugin.hosts or (API_HOST,), self._options.plugin.passthrough)
        return self._use(self._cleanup.enter_context(intercepted(self.handle, hosts)), instance)

    def observe_session_server(self, handle: TiledeskMock) -> None:
        """Check at the end also what the test did with the server of the session."""
        self._fixture_handle = handle
        self._drifts_before = handle.emulator.journal.drifts
        self._observe(handle)

    def ineffective_settings(self, handle: TiledeskMock) -> list[str]:
        """Return a message for each setting of the test that the server of the session does not have."""
        own, session = self._options.settings, handle.settings
        names = [column.name for column in fields(own)]
        return [
            f"{name} of this test is not that of tiledesk_mock_server, the session's: take tiledesk_mock"
            for name in names
            if getattr(own, name) != getattr(session, name)
        ]

    @property
    def relies_on_shapes(self) -> bool:
        """Whether the test got responses in the documented shape, and does not run in both dialects."""
        return not self._runs_in_both_dialects and any(
            handle.settings.dialect is Dialect.DOCUMENTED for handle in self._handles()
        )

    def check(self) -> str | None:
        """Warn of drifts, and return the other problems; each is reported once."""
        policy = self._options.plugin.drifts
        problems = []
        if policy is not DriftPolicy.IGNORE:
            messages = self._drift_messages()
            problems += messages if policy is DriftPolicy.ERROR else self._warn_of(messages)
        problems += self._not_emulated_problem() + self._guard_problem() + self._cassette_problem()
        return "\n".join(problems) or None

    def note_failure(self) -> None:
        """Add the other problems to the report of a test that has failed."""
        self._other_problems = self.check()

    def report_section(self) -> str:
        """Return the section of the report of a failed test."""
        parts = (self._other_problems, last_exchanges(self._handles()))
        return "\n".join(part for part in parts if part)

    def _set_up(self, handle: TiledeskMock) -> None:
        handle.emulator.faults.set_initial(self._options.faults)
        self._observe(handle)

    def _observe(self, handle: TiledeskMock) -> None:
        self._cleanup.callback(handle.emulator.journal.subscribe(self._observer.add))

    def _start_diff(self, handle: TiledeskMock) -> None:
        """Compare with the upstream until the test ends."""
        # Imported here: other tests need not wait for the import of YAML and more.
        from ..diff.report import DiffReport
        from ..testing.diff_mode import diff_mode

        options, servers = self._options.plugin, self._servers
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
        """Return the handle of the test and those of its factory."""
        own = self._fixture_handle or self._handle
        return [*([own] if own else []), *self.factory.handles]

    def _drift_messages(self) -> list[str]:
        """Return a message for each new drift, of requests and of WebSockets."""
        drifts: dict[str, Exchange | None] = {**self._observer.drifts}
        for handle in self._handles():
            for drift, count in handle.emulator.journal.drifts.items():
                if count > self._drifts_before.get(drift, 0):
                    drifts.setdefault(drift, None)
        return [drift_message(drift, exchange) for drift, exchange in drifts.items() if self._is_new(drift)]

    def _warn_of(self, messages: list[str]) -> list[str]:
        """Warn at the line of the test; return the messages that warning filters turn into errors."""
        path, (_, line, _) = str(self._item.path), self._item.location
        return [message for message in messages if not _warn(message, path, (line or 0) + 1)]

    def _not_emulated_problem(self) -> list[str]:
        if not self._options.plugin.strict:
            return []
        exchanges = [one for one in self._observer.not_emulated if self._is_new(id(one))]
        return [not_emulated_message(exchanges)] if exchanges else []

    def _guard_problem(self) -> list[str]:
        blocked = [lookup for lookup in self._guard.blocked if self._is_new(lookup)]
        return [guard_message(blocked, self._fixture_handle)] if blocked else []

    def _cassette_problem(self) -> list[str]:
        problem = self._cassette.problem() if self._cassette else None
        return [problem] if problem and self._is_new(problem) else []

    def _is_new(self, key: object) -> bool:
        is_new = key not in self._reported
        self._reported.add(key)
        return is_new


class ExchangeObserver:
    """Keeps drifts and requests that are not emulated, even if the test clears the journal. Thread-safe."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._not_emulated: Final[list[Exchange]] = []
        self._drifts: Final[dict[str, Exchange]] = {}

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange if it has a drift or is not emulated."""
        if exchange.is_emulated and not exchange.drifts:
            return
        with self._lock:
            if not exchange.is_emulated and len(self._not_emulated) < _MAX_NOT_EMULATED:
                self._not_emulated.append(exchange)
            for drift in exchange.drifts:
                self._drifts.setdefault(drift, exchange)

    @property
    def not_emulated(self) -> list[Exchange]:
        """Return the first exchanges that are not emulated."""
        with self._lock:
            return list(self._not_emulated)

    @property
    def drifts(self) -> dict[str, Exchange]:
        """Return the first exchange with each drift."""
        with self._lock:
            return dict(self._drifts)


def _warn(message: str, path: str, line: int) -> bool:
    """Warn; return False if a filter turns the warning into an error."""
    try:
        warnings.warn_explicit(message, TiledeskDriftWarning, path, line)
    except TiledeskDriftWarning:
        return False
    return True


def _guarded_hosts(options: PluginOptions) -> frozenset[str]:
    """Return the hosts that a test must not reach: without the upstream to record or to compare with."""
    uses_upstream = options.cassette or options.mode is RunMode.DIFF
    upstream = split_http_url(options.upstream) if uses_upstream and options.upstream else None
    return GUARDED - {upstream.hostname if upstream else ""}
