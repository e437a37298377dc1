"""What a list of events is asked for: filter, order and page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

PER_PAGE: Final = 40


class Condition(Protocol):
    """A condition on the `project_user` of an event."""

    @property
    def equals(self) -> str | None:
        """Return the one id that the condition lets through, if it is that simple."""

    def matches(self, project_user: str | None) -> bool:
        """Tell whether an event of that project user passes."""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """The events of one project: after `skip` of them the next `PER_PAGE`, ordered by the field `sort`.

    `sort` is a dotted path into the event's document, `direction` 1 (ascending) or -1.
    """

    id_project: str
    skip: int = 0
    sort: str = "createdAt"
    direction: int = -1
    project_user: Condition | None = None
