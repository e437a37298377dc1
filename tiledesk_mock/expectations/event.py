"""What a test expects of an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from ..node.json import ABSENT
from ..tiledesk.wire import Document
from .expected import covered, named, with_parts
from .matching import Difference, described, differences, shown


class ExpectedEvent(Struct, frozen=True, kw_only=True):
    """An event: its name, its attributes (at least those, or `exact`ly those), and who fired it.

    `by` is who, as messages name them, and `ids` what they go by in events; `names` tells, when a message
    needs it, what to call whom an event is by.
    """

    name: Any = ...
    attributes: Any = ...
    exact: Any = ...
    by: str | None = None
    names: Callable[[], Mapping[str, str]] = dict
    ids: frozenset[str] = frozenset()

    @property
    def noun(self) -> str:
        """Return what the items are called."""
        return "event"

    def description(self) -> str:
        """Say in a line what is expected."""
        parts = ["event"] if self.name is ... else [f"event {described(self.name)}"]
        parts += with_parts("attributes", self.attributes, self.exact)
        parts += [f"by {self.by}"] if self.by else []
        return " ".join(parts)

    def mismatches(self, item: Document, /) -> list[Difference]:
        """Return where an event is not as expected."""
        found = [] if self.name is ... else named(self.name, item["name"])
        came = item.get("attributes", ABSENT)
        if self.attributes is not ...:
            empty = came is ABSENT and self.attributes == {}
            found += [] if empty else covered(differences(self.attributes, came, "attributes"))
        if self.exact is not ...:
            given = {} if came is ABSENT else came
            found += covered(differences(self.exact, given, "attributes", exact=True))
        if self.by and not self.ids & _ids_of(item):
            found.append(Difference("by", self.by, self._author(item)))
        return found

    def describe(self, item: Document, /) -> str:
        """Say in a line what an event is."""
        attributes = f" {shown(item['attributes'])}" if "attributes" in item else ""
        return f"{shown(item['name'])}{attributes} by {self._author(item)} at {item['createdAt']}"

    def _author(self, item: Document) -> str:
        names = self.names()
        known = (names[name] for name in sorted(_ids_of(item)) if name in names)
        return next(known, str(item["createdBy"]))


def _ids_of(event: Document) -> frozenset[str]:
    """Return the ids of who fired an event: the user's and the project user's."""
    member = event.get("project_user")
    ids = (event["createdBy"], member.get("_id") if isinstance(member, dict) else member)
    return frozenset(one for one in ids if one)
