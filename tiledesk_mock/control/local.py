"""Controls of an emulator in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version as installed_version
from typing import Any, Final

from ..emulator.emulator import Emulator
from ..emulator.lasting_tokens import LastingTokens
from ..emulator.people import Known, Person, known_people
from ..errors import ApiError, EventRefused, SettingsError, SetupError
from ..http.exchange import Exchange
from ..node.json import Json
from ..tiledesk.drifts import DRIFTS, SERVER_VERSION
from ..tiledesk.events import parse_event_fields
from ..tiledesk.wire import Document
from .callers import sender
from .operations import as_json
from .webhooks import LocalHookControls


class LocalControls:
    """Controls of an emulator in this process."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator: Final = emulator
        self.hooks: Final = LocalHookControls(emulator)
        self._tokens: Final = LastingTokens(emulator.clock)
        emulator.on_reset.append(self._tokens.forget)

    def version(self) -> Document:
        """Return `version`, the `server` that is spoken, and the `dialect`."""
        dialect = self._emulator.settings.dialect.value
        return {"version": installed_version("tiledesk-mock"), "server": SERVER_VERSION, "dialect": dialect}

    def reset(self) -> None:
        """Go back to the seed."""
        self._emulator.reset()

    def state(self) -> Document:
        """Return everything that is stored, as a seed."""
        return self._emulator.export()

    def replace_state(self, seed: Json) -> None:
        """Put what a seed describes in place of everything."""
        self._emulator.replace_state(seed, "seed")

    def add_seed(self, seed: Json) -> dict[str, int]:
        """Add what a seed describes; return how much of each kind that was."""
        return self._emulator.add_seed(seed, "seed")

    def snapshots(self) -> list[str]:
        """Return the names of the snapshots, in the order in which they were taken."""
        return self._emulator.snapshots.names()

    def take_snapshot(self, name: str | None = None) -> str:
        """Remember what is stored under a name; return the name."""
        return self._emulator.snapshots.take(name)

    def restore(self, name: str) -> None:
        """Go back to a snapshot."""
        self._emulator.restore(name)

    def drop_snapshot(self, name: str) -> None:
        """Forget a snapshot."""
        self._emulator.snapshots.drop(name)

    def clock(self) -> Document:
        """Return the time as `now`, and whether it is `frozen`."""
        clock = self._emulator.clock
        return {"now": clock.iso(), "frozen": clock.is_frozen}

    def set_clock(self, wanted: Mapping[str, Json]) -> Document:
        """Set the clock: `{"freeze": TIME}`, `{"now": TIME}`, `{}` for real time; return it."""
        clock = self._emulator.clock
        if not wanted:
            clock.reset()
        elif set(wanted) == {"freeze"} and wanted["freeze"] is not None:
            _timed(clock.freeze, "freeze", None if wanted["freeze"] is True else wanted["freeze"])
        elif set(wanted) == {"now"}:
            _timed(clock.set, "now", wanted["now"])
        else:
            raise SettingsError("clock", dict(wanted), '{"freeze": TIME}, {"now": TIME} or {}')
        return self.clock()

    def advance_clock(self, seconds: float) -> Document:
        """Let that many seconds pass; return the clock."""
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise SettingsError("seconds", seconds, "a number")
        try:
            self._emulator.clock.advance(seconds)
        except (ValueError, OverflowError) as error:
            raise SettingsError("seconds", seconds, f"a number of them that can pass: {error}") from error
        return self.clock()

    def faults(self) -> list[Document]:
        """Return the rules that are in force."""
        return self._emulator.faults.documents()

    def add_fault(self, rule: Mapping[str, Any]) -> Document:
        """Add a rule; return it with its id."""
        from ..faults.rule import fault_document

        person = rule.get("person")
        if isinstance(person, str) and person:
            sender(person, self)  # who nobody can be would never be struck
        return fault_document(self._emulator.faults.add(**rule))

    def remove_fault(self, id_fault: str) -> None:
        """Take a rule away."""
        if not self._emulator.faults.remove(id_fault):
            raise SetupError(f"there is no fault {id_fault!r}")

    def clear_faults(self) -> None:
        """Take all rules away."""
        self._emulator.faults.clear()

    def requests(self) -> Sequence[Exchange]:
        """Return what the journal holds, oldest first."""
        return self._emulator.journal.exchanges()

    def clear_requests(self) -> None:
        """Forget what the journal holds."""
        self._emulator.journal.clear()

    def drifts(self) -> list[Document]:
        """Return all drifts, with how often each was asked for."""
        asked = self._emulator.journal.drifts
        return [
            {
                "id": drift.id,
                "kind": drift.kind.value,
                "documented": drift.documented,
                "server": drift.server,
                "source": drift.source,
                "asked": asked.get(drift.id, 0),
            }
            for drift in DRIFTS
        ]

    def realtime(self) -> Document:
        """Return the WebSockets' `connections`, and the last `frames` that were published."""
        return self._emulator.realtime.document()

    def people(self, called: str | None = None) -> Iterator[Person]:
        """Yield who can call the API, with their credentials; the first project's people first."""
        return (self._tokens.person(known) for known in self._known(called))

    def events(self) -> list[Document]:
        """Return all events, oldest first, as the dialect shows them."""
        shown = self._emulator.event_encoder.document
        return [shown(event) for event in self._emulator.events()]

    def fire(self, fields: Document, by: str, project: str | None = None) -> Document:
        """Fire an event in the name of a person, without a request; return it."""
        emulator, fields = self._emulator, json.loads(as_json(fields))
        known = self._who_fires(by, project)
        nobody = SetupError(f"nobody who can sign in has the role, e-mail address or id {by!r}")
        if known is None or known.badge is None:
            raise nobody
        try:
            principal = emulator.authenticator.principal_of(known.badge.claims)
            if principal is None:
                raise nobody
            within = emulator.project(project or known.person.id_project)
            member = emulator.authenticator.member(principal, within.id)
            fired = emulator.fire_event(within, principal, member, parse_event_fields(fields, {}, {}))
        except ApiError as error:
            raise EventRefused(error) from error
        return emulator.event_encoder.document(fired.value)

    def emit_standard(
        self, name: str, attributes: Mapping[str, Json], by: str | None = None, project: str | None = None
    ) -> Document:
        """Fire one of the platform's own events about a member with the role `by`; return it."""
        event = self._emulator.platform_events.emit(name, attributes, project, by)
        return self._emulator.event_encoder.document(event)

    def changes(self, since: int = -1, timeout: float = 0.0) -> int:
        """Return how much has happened; wait until that is more than `since`, or for `timeout` seconds."""
        return self._emulator.journal.changes(since, timeout)

    def _who_fires(self, by: str, project: str | None) -> Known | None:
        """Return whoever is called so, rather in the project than in another."""
        called = list(self._known(by))
        inside = [known for known in called if known.person.id_project == project]
        return next(iter(inside or called), None)

    def _known(self, called: str | None) -> Iterator[Known]:
        return known_people(self._emulator.database.people, self._emulator.accounts, called)


def _timed(move: Any, name: str, moment: Any) -> None:
    try:
        move(moment)
    except (ValueError, OverflowError, AttributeError) as error:
        expected = "an ISO 8601 time with Z or an offset, from 1970 to 9998"
        raise SettingsError(name, moment, expected) from error
