"""What every handle says, whether its emulator runs in this process or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from ..control.callers import called_so
from ..control.operations import Controls
from ..emulator.people import Person
from ..errors import ExpectationError, SetupError
from ..journal.rendering import curl_command, exchange_line
from ..node.json import ABSENT, Json
from ..seeding.files import read_document
from ..seeding.seeds import seed_file
from ..tiledesk.wire import Document
from .realtime import HandleRealtime
from .views import HandleClock, HandleFaults, HandleRequests

Name = TypeVar("Name", str, "str | None")


class Words:
    """People, events, seeds, snapshots, clock, faults and requests of the emulator behind `controls`."""

    controls: Controls

    @property
    def project_id(self) -> str:
        """Return the id of the first project."""
        return self._first_person().id_project

    @property
    def people(self) -> list[Person]:
        """Return everybody who can call the API; the first project's people first, bots last."""
        return [person for person in self.controls.people() if person.sign]

    def person(self, name: str) -> Person:
        """Return the first person with that role, e-mail address or id; raise SetupError without one.

        Those of the first project come first.
        """
        person = next(self.controls.people(name), None)
        if person is None:
            (person, *_) = called_so(name, self.controls.people())
        if person.sign is None:
            raise person.unable()
        return person

    @property
    def owner(self) -> Person:
        """Return the owner of the project."""
        return self.person("owner")

    @property
    def admin(self) -> Person:
        """Return an administrator of the project."""
        return self.person("admin")

    @property
    def supervisor(self) -> Person:
        """Return a supervisor of the project."""
        return self.person("supervisor")

    @property
    def agent(self) -> Person:
        """Return an agent of the project."""
        return self.person("agent")

    @property
    def teammate(self) -> Person:
        """Return a teammate of the project."""
        return self.person("teammate")

    @property
    def user(self) -> Person:
        """Return an external user of the project."""
        return self.person("user")

    @property
    def guest(self) -> Person:
        """Return a guest of the project."""
        return self.person("guest")

    @property
    def bot(self) -> Person:
        """Return the first bot, by its token only."""
        return self.person("bot")

    @property
    def events(self) -> list[Document]:
        """Return all events, oldest first, as the dialect shows them."""
        return self.controls.events()

    def fire(
        self,
        name: str,
        attributes: Json = ABSENT,
        by: Person | str = "owner",
        *,
        project: str | None = None,
    ) -> Document:
        """Fire an event without a request; return it.

        Args:
            name: its name.
            attributes: any JSON value; not given, the event has none.
            by: who fires it: a person, role, e-mail address or id.
            project: the id of the project; by default the person's.

        Raises SetupError for an event that Tiledesk would refuse.
        """
        fields = {"name": name} if attributes is ABSENT else {"name": name, "attributes": attributes}
        return self.controls.fire(fields, _called(by), project)

    def emit_standard(self, name: str, by: Person | str | None = None, **attributes: Json) -> Document:
        """Fire one of the platform's own events, as `typing.start`; return it.

        It concerns the member who is `by`, a person or the first with that role; by default a guest.
        `attributes` replace those that are made up for it. Raises SetupError for a name that is none of
        theirs, with those that there are.
        """
        project = by.id_project if isinstance(by, Person) else None
        return self.controls.emit_standard(name, attributes, _called(by), project)

    @property
    def realtime(self) -> HandleRealtime:
        """Return who is connected by WebSocket, to what, and what they were told."""
        return HandleRealtime(self.controls)

    def seed(self, document: Mapping[str, Json] | str | Path | None = None, **more: Json) -> None:
        """Add to what is stored: a seed, a seed's file or name, or its lists (`events=[...]`).

        Raises SeedError, and then nothing was added.
        """
        given = read_document(seed_file(document)) if isinstance(document, (str, Path)) else document
        self.controls.add_seed({**given, **more} if isinstance(given, Mapping) else given or more)

    def reset(self) -> None:
        """Go back to the seed: data, clock, ids, journal, faults, snapshots."""
        self.controls.reset()

    def snapshot(self, name: str | None = None) -> str:
        """Remember what is stored, under a name; return the name. Costs next to nothing."""
        return self.controls.take_snapshot(name)

    def restore(self, name: str) -> None:
        """Go back to what was stored then: events, people, subscriptions. Raises SetupError without one.

        Clock, faults and journal stay as they are.
        """
        self.controls.restore(name)

    @property
    def clock(self) -> HandleClock:
        """Return the emulator's clock."""
        return HandleClock(self.controls)

    @property
    def faults(self) -> HandleFaults:
        """Return the rules by which answers are disturbed."""
        return HandleFaults(self.controls)

    @property
    def requests(self) -> HandleRequests:
        """Return what was asked and answered."""
        return HandleRequests(self.controls)

    @property
    def deliveries(self) -> list[Document]:
        """Return each webhook delivery with its attempts, oldest first."""
        return self.controls.hooks.deliveries()

    @property
    def drifts(self) -> dict[str, int]:
        """Return the drifts that requests asked for, and how often."""
        return {drift["id"]: drift["asked"] for drift in self.controls.drifts() if drift["asked"]}

    def check_strict(self) -> None:
        """Raise ExpectationError if requests went to paths that the emulator does not serve."""
        unmatched = self.requests.unmatched
        if not unmatched:
            return
        told = [
            f"  {exchange_line(exchange)}\n    {curl_command(exchange.request)}" for exchange in unmatched
        ]
        raise ExpectationError("\n".join(["requests went to paths that the emulator does not serve:", *told]))

    def _first_person(self) -> Person:
        first = next(iter(self.controls.people()), None)
        if first is None:
            raise SetupError("the seed has no people")
        return first


def _called(by: Person | Name) -> Name | str:
    """Return what names a person to an emulator elsewhere, too."""
    return by.id if isinstance(by, Person) else by
