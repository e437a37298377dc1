"""What a tester can read of the stored events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from ..comparison.json_diff import is_same
from ..errors import SettingsError
from ..node.json import Absent, Json
from ..store.indexes import EventSelection, lowest_key
from ..text import name_condition
from ..tiledesk.clock import to_milliseconds
from ..tiledesk.wire import Document
from .arguments import Limit
from .people import ids_in_events

if TYPE_CHECKING:
    from ..emulator.emulator import Emulator
    from .people import Person

_Attributes = Annotated[Mapping[str, Json], Meta(description='an object, as {"order": 7}')]


class EventControls:
    """The operation of `Controls` that lists events."""

    _emulator: Emulator

    if TYPE_CHECKING:

        def find_people(self, name: str) -> list[Person]:
            """Return the people with a name, as `Controls` does."""

    def events(
        self,
        name: str | None = None,
        by: str | None = None,
        attributes: _Attributes | None = None,
        project: str | None = None,
        since: str | None = None,
        until: str | None = None,
        order: Literal["oldest", "newest"] = "oldest",
        limit: Limit | None = None,
        after: str | None = None,
    ) -> list[Document]:
        """Return the events, or those that match, in the dialect's form.

        Args:
            name: the name; `*` stands for any text.
            by: who fired them: a role, an e-mail address or an id.
            attributes: what their attributes have at least.
            project: the id of their project.
            since: the earliest time of their creation, in ISO 8601 with a time zone.
            until: the time before which they were created.
            order: which come first.
            limit: how many are returned at most.
            after: the id of an event: those that come after it in this order.

        Raises SetupError for a person, a project or an event that does not exist, and for a wrong time.
        """
        selection = EventSelection(
            None if project is None else self._emulator.project_or_first(project).id,
            None if name is None else name_condition(name),
            0 if since is None else lowest_key(_milliseconds("since", since)),
            inf if until is None else lowest_key(_milliseconds("until", until)),
            -1 if order == "newest" else 1,
        )
        if after is not None:
            selection = self._emulator.database.events.after(selection, after)
        return list(islice(self._matching(selection, by, attributes), limit))

    def _matching(
        self, selection: EventSelection, by: str | None, attributes: Mapping[str, Json] | None
    ) -> Iterator[Document]:
        """Yield the selected events by that person and with these attributes."""
        events = self._emulator.events(selection)
        if by is not None:
            ids = ids_in_events(self.find_people(by))
            events = (event for event in events if event.project_user in ids or event.created_by in ids)
        if attributes is not None:
            events = (event for event in events if _has_part(event.attributes, attributes))
        return map(self._emulator.event_encoder.document, events)


def _has_part(came: Json | Absent, part: Json) -> bool:
    """Return whether a value has at least `part`: objects may have more keys, at any depth.

    `find_mismatches` compares the same, and explains it, which takes ten times as long for all stored events.
    """
    if isinstance(part, Mapping):
        return isinstance(came, dict) and all(
            name in came and _has_part(came[name], value) for name, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(came, list) and len(came) == len(part) and all(map(_has_part, came, part))
    return is_same(came, part)


def _milliseconds(name: str, time: str) -> int:
    try:
        return to_milliseconds(time)
    except (ValueError, OverflowError) as error:
        raise SettingsError(name, time, "an ISO 8601 time with Z or an offset") from error
