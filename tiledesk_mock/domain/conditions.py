"""Conditions on an event's project user, as MongoDB applies them.

`None` stands for an event without project user: `$ne`, `$nin` and `$not` let it through.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Condition(Protocol):
    """A condition on the `project_user` of an event."""

    @property
    def equals(self) -> str | None:
        """Return the one id that the condition lets through, if it is that simple."""

    def matches(self, project_user: str | None) -> bool:
        """Tell whether an event of that project user passes."""


class OneOf(Struct, frozen=True):
    """The project user is one of `ids`: `$eq` and `$in`."""

    ids: tuple[str, ...]

    @property
    def equals(self) -> str | None:
        """Return the id, if it is one only."""
        return self.ids[0] if len(set(self.ids)) == 1 else None

    def matches(self, project_user: str | None) -> bool:
        """Tell whether the project user is there and among the ids."""
        return project_user in self.ids


class EachOf(Struct, frozen=True):
    """The project user is all of `ids` at once, which only one can be: `$all`."""

    ids: tuple[str, ...]

    @property
    def equals(self) -> str | None:
        """Return the id, if it is one only."""
        return self.ids[0] if len(set(self.ids)) == 1 else None

    def matches(self, project_user: str | None) -> bool:
        """Tell whether every id is the project user's; of no ids, none is."""
        return bool(self.ids) and all(project_user == id_ for id_ in self.ids)


class Compared(Struct, frozen=True):
    """The project user is there and its id sorts before or behind `id`: `$gt`, `$gte`, `$lt`, `$lte`."""

    operator: str
    id: str

    @property
    def equals(self) -> None:
        """Return nothing: a range lets many through."""

    def matches(self, project_user: str | None) -> bool:
        """Tell whether the project user is in the range."""
        if project_user is None:
            return False
        if project_user == self.id:
            return self.operator in ("$gte", "$lte")
        return (project_user > self.id) == (self.operator in ("$gt", "$gte"))


class Exists(Struct, frozen=True):
    """The event has a project user, or has none: `$exists`, and `$type` too."""

    expected: bool

    @property
    def equals(self) -> None:
        """Return nothing: any id is let through, or none."""

    def matches(self, project_user: str | None) -> bool:
        """Tell whether the project user's presence is as expected."""
        return (project_user is not None) == self.expected


class Every(Struct, frozen=True):
    """All of the conditions hold; with none of them, anything passes."""

    conditions: tuple[Condition, ...]

    @property
    def equals(self) -> str | None:
        """Return the id of the only condition, if that is so simple."""
        return self.conditions[0].equals if len(self.conditions) == 1 else None

    def matches(self, project_user: str | None) -> bool:
        """Tell whether all hold."""
        return all(condition.matches(project_user) for condition in self.conditions)


class Not(Struct, frozen=True):
    """The condition does not hold: `$not`, `$ne`, `$nin`."""

    condition: Condition

    @property
    def equals(self) -> None:
        """Return nothing: everything but something is let through."""

    def matches(self, project_user: str | None) -> bool:
        """Tell whether the condition fails."""
        return not self.condition.matches(project_user)
