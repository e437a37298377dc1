"""What a tester can do with an emulator in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from ..errors import ApiError, EventRefused, SettingsError, SetupError
from ..expectations.request import ExpectedRequest
from ..expectations.verdict import find_matches
from ..http.exchange import Exchange, Principal, caller_matches
from ..node.json import ABSENT, Json, parse_json
from ..text import suggestion
from ..tiledesk.auth import ROLE_NAMES
from ..tiledesk.drifts import DRIFTS, SERVER_VERSION
from ..tiledesk.events import parse_event_fields
from ..tiledesk.wire import Document, record_document
from .arguments import Limit, to_json
from .conversation_controls import ConversationControls
from .event_controls import EventControls
from .openapi_controls import OpenapiControls
from .people import Person, TokenCache, people_with_tokens, unknown_person
from .stub_controls import StubControls
from .timeline_controls import TimelineControls
from .webhook_controls import WebhookControls

if TYPE_CHECKING:
    from ..emulator.accounts import UnsignedToken
    from ..emulator.emulator import Emulator
    from ..emulator.modes import ModeControl

_LONGEST_WAIT: Final = 1.0
"""Seconds that a wait for changes takes at most: a server that stops waits for it."""

_Claims = Annotated[
    Mapping[str, Json],
    msgspec.Meta(description='an object, as in {"claims": {"_id": "ann-1", "role": "agent"}}'),
]


class Controls(
    ConversationControls, EventControls, OpenapiControls, StubControls, TimelineControls, WebhookControls
):
    """The operations of the control API, and the typed base of the client that sends them.

    Each method that `tiledesk_mock.control.operations` lists is an operation; documents are those of
    `/__admin`. Every method raises SetupError for what cannot be done.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._tokens: Final = TokenCache(emulator.clock)
        emulator.on_reset.append(self._tokens.clear)

    def health(self) -> Document:
        """Return `{"status": "ok"}`."""
        return {"status": "ok"}

    def version(self) -> Document:
        """Return the `version`, the `server` that is emulated, and the `dialect`."""
        dialect = self._emulator.settings.dialect.value
        return {"version": own_version(), "server": SERVER_VERSION, "dialect": dialect}

    def settings(self) -> Document:
        """Return the settings that the emulator was started with, without secrets, seed and faults."""
        return self._emulator.settings.shown()

    # Stored data

    def reset(self) -> None:
        """Go back to the seed."""
        self._emulator.reset()

    def state(self) -> Document:
        """Return everything that is stored, as a seed."""
        return self._emulator.state.export()

    def exported(self) -> bytes:
        """Return everything that is stored, as a seed in compact JSON, which may be long."""
        return self._emulator.state.exported()

    def replace_state(self, seed: Mapping[str, Json]) -> None:
        """Replace everything that is stored by a seed."""
        self._emulator.state.replace(seed, "seed")

    def add_seed(self, seed: Mapping[str, Json]) -> dict[str, int]:
        """Add a seed to what is stored; return the number of added records of each kind."""
        return self._emulator.state.add(seed, "seed")

    def snapshots(self) -> list[str]:
        """Return the names of the snapshots, oldest first."""
        return self._emulator.snapshots.names()

    def has_snapshot(self, name: str) -> bool:
        """Return whether there is a snapshot of that name."""
        return name in self._emulator.snapshots.names()

    def take_snapshot(self, name: str | None = None) -> str:
        """Take a snapshot, by default under a new name; return the name."""
        return self._emulator.snapshots.take(name)

    def restore(self, name: str) -> None:
        """Go back to a snapshot."""
        self._emulator.snapshots.restore(name)

    def drop_snapshot(self, name: str) -> None:
        """Delete a snapshot."""
        self._emulator.snapshots.drop(name)

    # Clock

    def clock(self) -> Document:
        """Return the time as `now`, and whether it is `frozen`."""
        clock = self._emulator.clock
        return {"now": clock.iso(), "frozen": clock.is_frozen}

    def set_clock(self, freeze: Json = ABSENT, now: Json = ABSENT) -> Document:
        """Freeze the clock at a time (True: where it is), or let it run on from `now`; return it.

        Without arguments it follows the machine's clock again.
        """
        clock = self._emulator.clock
        if freeze is ABSENT and now is ABSENT:
            clock.reset()
        elif now is ABSENT and freeze is not None:
            _set_time(clock.freeze, "freeze", None if freeze is True else freeze)
        elif freeze is ABSENT:
            _set_time(clock.set, "now", now)
        else:
            values = {"freeze": freeze} if now is ABSENT else {"freeze": freeze, "now": now}
            raise SettingsError("clock", values, '{"freeze": TIME}, {"now": TIME} or {}')
        return self.clock()

    def advance_clock(self, seconds: float) -> Document:
        """Let that many seconds pass; return the clock."""
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise SettingsError("seconds", seconds, "a number")
        try:
            self._emulator.clock.advance(seconds)
        except (ValueError, OverflowError) as error:
            raise SetupError(f"seconds: {error}") from error
        return self.clock()

    # Faults

    def faults(self) -> list[Document]:
        """Return the fault rules in force."""
        return self._emulator.faults.documents()

    def add_fault(self, rule: Mapping[str, Any]) -> Document:
        """Add a fault rule; return it with its id."""
        from ..faults.rule import fault_document  # here, since most emulators have no faults

        person = rule.get("person")
        if isinstance(person, str) and person:
            self.request_caller(person)  # a rule for a person who does not exist would never match
        return fault_document(self._emulator.faults.add(**rule))

    def remove_fault(self, id_fault: str) -> bool:
        """Remove a fault rule; return whether there was one with that id."""
        return self._emulator.faults.remove(id_fault)

    def clear_faults(self) -> None:
        """Remove all fault rules."""
        self._emulator.faults.clear()

    # Journal

    def requests(
        self,
        method: str | None = None,
        path: str | None = None,
        person: str | None = None,
        status: int | None = None,
    ) -> Sequence[Exchange]:
        """Return the exchanges in the journal, oldest first, or those that match."""
        fields = {"method": method, "path": path, "person": person, "status": status}
        filters = {name: value for name, value in fields.items() if value is not None}
        exchanges = self._emulator.journal.exchanges()
        return find_matches(self.expected_request(filters), exchanges) if filters else exchanges

    def unmatched_requests(self) -> Sequence[Exchange]:
        """Return the exchanges whose path is not emulated, oldest first."""
        return find_matches(ExpectedRequest(emulated=False), self._emulator.journal.exchanges())

    def clear_requests(self) -> None:
        """Empty the journal."""
        self._emulator.journal.clear()

    def drifts(self) -> list[Document]:
        """Return all drifts, each with the `count` of requests that depended on it.

        `ignored` counts the requests in the server dialect that asked for what the server ignores.
        """
        counts, ignored = self._emulator.journal.drifts, self._emulator.journal.ignored
        return [
            {
                **msgspec.to_builtins(drift),
                "count": counts.get(drift.id, 0),
                "ignored": ignored.get(drift.id, 0),
            }
            for drift in DRIFTS
        ]

    def changes(self, since: int = 0, timeout: float = 0.0) -> int:
        """Return the number of changes so far.

        Waits until there are more than `since`, for `timeout` seconds and a second at most.
        """
        return self._emulator.journal.changes(since, min(timeout, _LONGEST_WAIT))

    # People and events

    def projects(self) -> list[Document]:
        """Return the projects, without their secrets."""
        return [record_document(project) for project in self._emulator.database.people.projects()]

    def people(self, name: str | None = None) -> Iterator[Person]:
        """Yield the people who can call the API, with their credentials; the first project's come first.

        With `name`, only those whose role, e-mail address or id it is.
        """
        return (self._tokens.person(person, token) for person, token in self._people(name))

    def custom_token(self, claims: _Claims, project: str | None = None) -> str:
        """Return a custom token with these claims, signed with a project's secret, by default the first's.

        Raises SetupError if the project has no secret.
        """
        return self._emulator.custom_tokens.signed(self._emulator.project_or_first(project), claims)

    def fire(
        self, name: Json, attributes: Json = ABSENT, by: str | None = None, project: str | None = None
    ) -> Document:
        """Fire an event in the name of a person, by default of the owner, without a request; return it."""
        emulator = self._emulator
        fields = {"name": name} if attributes is ABSENT else {"name": name, "attributes": attributes}
        try:
            fields = parse_json(to_json(fields))
        except ValueError as error:  # nested more deeply than a request may be
            raise EventRefused(TypeError(f"attributes are {error}")) from error
        try:
            principal, id_project = self._principal(by or "owner", project)
            within = emulator.project(project or id_project)
            member = emulator.authenticator.member(principal, within.id)
            fired = emulator.fire_event(within, principal, member, parse_event_fields(fields, {}, {}))
        except ApiError as error:
            raise EventRefused(error) from error
        return emulator.event_encoder.document(fired.value)

    def realtime(self, limit: Limit | None = None) -> Document:
        """Return the WebSockets' `connections`, and the last `refused` topics and published `frames`.

        `limit` is how many of both are returned at most.
        """
        return self._emulator.realtime.document(limit)

    def disconnect(self, id_connection: str, code: int | None = None) -> bool:
        """Close a WebSocket with a status code, by default without a close frame, as a lost network does.

        Returns whether it was open. Raises SetupError for a code that a close frame may not have.
        """
        return self._emulator.realtime.close_connection(id_connection, code)

    # Record and replay

    def mode(self) -> Document:
        """Return the mode (`emulate`, `replay`, `record` or `diff`) and its progress."""
        return self._modes.mode()

    def set_mode(self, mode: Mapping[str, Any]) -> Document:
        """Set the mode; return it."""
        return self._modes.set_mode(mode)

    def cassette(self) -> Document:
        """Return what is replayed or was recorded, redacted, as a HAR."""
        return self._modes.cassette()

    # People by their names. These are no operations: they build on some, and work on remote emulators, too.

    def find_people(self, name: str) -> list[Person]:
        """Return the people with that role, e-mail address or id; raise SetupError if there are none."""
        found = list(self.people(name))
        if not found:
            raise unknown_person(name, self.people())
        return found

    def request_caller(self, person: Person | str) -> str:
        """Return the name by which the requests of a person are found.

        That is the role, e-mail address or id of a user; no request has the id of a project user. An address
        or an id that does not exist yet is returned as it is. Raises SetupError for any other name.
        """
        if isinstance(person, Person):
            return person.email or person.id_user
        if person in ROLE_NAMES:
            return person
        found = next(self.people(person), None)
        if found is not None:
            return (found.email or found.id_user) if found.id == person else person
        if person.isalpha() and not any(
            caller_matches(person, one.principal, one.role) for one in self.requests()
        ):
            raise unknown_person(person, self.people())
        return person

    def expected_request(self, fields: Mapping[str, Any]) -> ExpectedRequest:
        """Return the expectation with these fields of ExpectedRequest; raise SetupError for other names.

        `person` is a Person, a role, an e-mail address or an id; SetupError is raised as by `request_caller`.
        """
        for name in fields:
            if name not in ExpectedRequest.__struct_fields__:
                raise SetupError(
                    f"a request has no {name!r}: {suggestion(name, ExpectedRequest.__struct_fields__)}"
                )
        person = fields.get("person")
        return ExpectedRequest(
            **{**fields, "person": None if person is None else self.request_caller(person)}
        )

    def _people(self, name: str | None) -> Iterator[tuple[Person, UnsignedToken | None]]:
        return people_with_tokens(self._emulator.database.people, self._emulator.accounts, name)

    def _principal(self, by: str, project: str | None) -> tuple[Principal, str]:
        """Return the caller with the name `by`, rather in that project than in another, and their project."""
        found = list(self._people(by))
        inside = [(person, token) for person, token in found if person.id_project == project]
        if not found:
            raise unknown_person(by, self.people())
        person, token = (inside or found)[0]
        if token is None:
            raise person.token_error()
        principal = self._emulator.authenticator.principal_of(token.claims)
        if principal is None:
            raise SetupError(f"{person} cannot fire events: the user is disabled")
        return principal, person.id_project

    @cached_property
    def _modes(self) -> ModeControl:
        from ..emulator.modes import ModeControl  # here, since few emulators record

        return ModeControl(self._emulator)


@cache
def own_version() -> str:
    """Return the version of this package. It is read once, since the package may be replaced meanwhile."""
    return installed_version("tiledesk-mock")


def _set_time(change: Any, name: str, time: Any) -> None:
    try:
        change(time)
    except (ValueError, OverflowError, AttributeError) as error:
        expected = "an ISO 8601 time with Z or an offset, from 1970 to 9998"
        raise SettingsError(name, time, expected) from error
