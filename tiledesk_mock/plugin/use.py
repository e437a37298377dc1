"""What one test does with the mock, from its fixtures to the verdict at its end."""

from __future__ import annotations

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
from .report import drift_message, guard_message, section, unserved_message
from .servers import ServerFactory, Servers
from .watch import ExchangeObserver

if TYPE_CHECKING:
    import pytest

    from .cassettes import Tape


class TestState:
    """The mock in one test: a handle that is back at its seed, and what is to be looked at afterwards."""

    def __init__(
        self, item: pytest.Item, chosen: TestOptions, servers: Servers, *, is_one_of_both: bool = False
    ) -> None:
        self._item: Final = item
        self._chosen: Final = chosen
        self._servers: Final = servers
        self._is_one_of_both: Final = is_one_of_both
        self._handle: TiledeskMock | None = None
        self._given_handle: TiledeskMock | None = None
        self._guard: Final = Guard(_guarded(chosen.plugin))
        self._tape: Tape | None = None
        self._aside: str | None = None
        self._failed_before: Final = item.session.testsfailed
        self._told: Final[set[object]] = set()
        self._entered: Final = ExitStack()
        self._watch: Final = ExchangeObserver()
        self._drifts_before: Mapping[str, int] = {}
        self.factory: Final = ServerFactory(chosen.settings, self._begin)
        if chosen.plugin.guard:
            self._entered.enter_context(self._guard)
        self._entered.callback(self.factory.stop)

    def close(self) -> None:
        """Let go of what the test took: its interception, its guard, its receivers, its further servers."""
        self._entered.close()
        if self._tape is not None:
            self._tape.close(failed=self._item.session.testsfailed > self._failed_before)
        if self._handle is not None:
            self._handle.webhooks.stop()

    @property
    def handle(self) -> TiledeskMock:
        """Return the test's handle; the first time, its emulator goes back to the seed.

        Raises a SetupError if the seed or a fault cannot be used.
        """
        if self._handle is None:
            self._handle = self._servers.get(self._chosen.settings)
            self._handle.reset()
            self._see(self._handle)
            emulator = self._handle.emulator
            self._entered.callback(emulator.close_websockets, emulator.websocket_ids())
            emulator.faults.set_initial(self._chosen.faults)
            self._entered.callback(emulator.faults.set_initial, ())
            if self._chosen.plugin.mode is RunMode.DIFF:
                self._compare(self._handle)
            elif self._chosen.plugin.cassette is not None:
                self._tape = self._taping(self._handle)
        return self._handle

    def _taping(self, handle: TiledeskMock) -> Tape:
        # Here and not above: few tests have a cassette, and none shall wait for what that takes.
        from .cassettes import Tape

        return Tape(self._chosen.plugin, handle.emulator)

    def look_at(self, handle: TiledeskMock) -> None:
        """Look at the end at what the test did with a server that is not its own."""
        self._given_handle = handle
        self._drifts_before = handle.emulator.journal.drifts
        self._see(handle)

    def in_vain(self, handle: TiledeskMock) -> list[str]:
        """Say what was set for the test and means nothing to the session's server."""
        chosen, given = self._chosen.settings, handle.settings
        names = [one.name for one in fields(chosen) if getattr(chosen, one.name) != getattr(given, one.name)]
        return [
            f"{name} of this test is not that of tiledesk_mock_server, the session's: take tiledesk_mock"
            for name in names
        ]

    def serve(self, instance: Any) -> TiledeskMock:
        """Return the handle of a server."""
        return self._given(instance, self.handle.start())

    def intercept(self, instance: Any) -> TiledeskMock:
        """Return a handle that answers without a socket, until the test ends."""
        # Here and not above: who has a server needs none of it.
        from ..interception.mock import Interception

        conduct = self._chosen.plugin
        hosts = Hosts.parse(conduct.hosts or (API_HOST,), conduct.passthrough)
        return self._given(instance, self._entered.enter_context(Interception(self.handle, hosts)))

    @property
    def leans_on_shapes(self) -> bool:
        """Tell whether the test saw answers in the documented shape, and in no other."""
        return not self._is_one_of_both and any(
            handle.settings.dialect is Dialect.DOCUMENTED for handle in self._handles()
        )

    def verdict(self) -> str | None:
        """Warn of drifts that were asked for, and return what else is wrong, unless it was told before."""
        policy = self._chosen.plugin.drifts
        problems = []
        if policy is not DriftPolicy.IGNORE:
            messages = self._drifts()
            problems += messages if policy is DriftPolicy.ERROR else self._warned(messages)
        return "\n".join([*problems, *self._unserved(), *self._attempts(), *self._taped()]) or None

    def note_failure(self) -> None:
        """Let a failed test say in its report what else is wrong."""
        self._aside = self.verdict()

    def section(self) -> str:
        """Return what the report of a failed test shows."""
        return "\n".join(part for part in (self._aside, section(self._handles())) if part)

    def _compare(self, handle: TiledeskMock) -> None:
        """Ask another Tiledesk too, until the test ends."""
        # Here and not above: who compares nothing need not wait for YAML and the rest of it.
        from ..diff.report import DiffReport
        from ..testing.diffing import diffing

        conduct, servers = self._chosen.plugin, self._servers
        if conduct.upstream is None:
            raise SetupError("the mode diff needs an upstream to compare with: its URL")
        servers.differences = servers.differences or DiffReport()
        report = servers.differences
        compared = diffing(handle.emulator, conduct.upstream, conduct.credentials, report=report)
        self._entered.enter_context(compared).label = self._item.nodeid

    def _given(self, instance: Any, handle: TiledeskMock) -> TiledeskMock:
        """Return the handle; a unittest.TestCase, which takes no arguments, gets it as an attribute too."""
        self._given_handle = handle
        if isinstance(instance, unittest.TestCase):
            instance.tiledesk_mock = handle  # type: ignore[attr-defined]
        return handle

    def _handles(self) -> list[TiledeskMock]:
        """Return the test's handle, at the address that it was given, and those of its further servers."""
        own = self._given_handle or self._handle
        return [*([own] if own else []), *self.factory.made]

    def _drifts(self) -> list[str]:
        """Return a message for each drift that was not told of yet: of requests, and of WebSockets."""
        asked: dict[str, Exchange | None] = {**self._watch.asked}
        for handle in self._handles():
            for drift, count in handle.emulator.journal.drifts.items():
                if count > self._drifts_before.get(drift, 0):
                    asked.setdefault(drift, None)
        return [drift_message(drift, exchange) for drift, exchange in asked.items() if self._is_new(drift)]

    def _begin(self, handle: TiledeskMock) -> None:
        """Let a further server begin as the test's own does."""
        handle.emulator.faults.set_initial(self._chosen.faults)
        self._see(handle)

    def _see(self, handle: TiledeskMock) -> None:
        """See what is asked of a handle until the test ends."""
        self._entered.callback(handle.emulator.journal.subscribe(self._watch.see))

    def _warned(self, messages: list[str]) -> list[str]:
        """Warn, at the test's own line; return what the filters have made an error."""
        path, (_, line, _) = str(self._item.path), self._item.location
        return [message for message in messages if not _warn(message, path, (line or 0) + 1)]

    def _unserved(self) -> list[str]:
        if not self._chosen.plugin.strict:
            return []
        unserved = [exchange for exchange in self._watch.unserved if self._is_new(id(exchange))]
        return [unserved_message(unserved)] if unserved else []

    def _attempts(self) -> list[str]:
        attempts = [attempt for attempt in self._guard.blocked if self._is_new(attempt)]
        return [guard_message(attempts, self._given_handle)] if attempts else []

    def _taped(self) -> list[str]:
        problem = self._tape.problem() if self._tape else None
        return [problem] if problem and self._is_new(problem) else []

    def _is_new(self, key: object) -> bool:
        if key in self._told:
            return False
        self._told.add(key)
        return True


def _warn(message: str, path: str, line: int) -> bool:
    """Tell whether the warning was one, and no error."""
    try:
        warnings.warn_explicit(message, TiledeskDriftWarning, path, line)
    except TiledeskDriftWarning:
        return False
    return True


def _guarded(conduct: PluginOptions) -> frozenset[str]:
    """Return the hosts that a test must not reach: not the one that it records or compares with."""
    is_asked = conduct.cassette or conduct.mode is RunMode.DIFF
    asked = split_http_url(conduct.upstream) if is_asked and conduct.upstream else None
    return GUARDED - {asked.hostname if asked else ""}
