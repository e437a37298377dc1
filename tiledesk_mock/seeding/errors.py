"""What is wrong with a seed, collected so that its author hears of everything at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Final, NamedTuple

from ..errors import SeedError
from ..node.json import Json
from ..tiledesk.model import Dataset


class SeedEntry(NamedTuple):
    """One entry of a seed: `number` in the list `kind` of `file`, and the `order`th of all that are read."""

    document: Mapping[str, Json]
    file: str
    kind: str
    number: int
    order: int

    @property
    def place(self) -> str:
        """Return the entry's path in its file."""
        return f"{self.kind}[{self.number}]"


class SeedErrors:
    """Collects problems; `raise_any` raises one error that tells the first and where the others are."""

    def __init__(self) -> None:
        self._found: Final[list[tuple[int, SeedError]]] = []

    def add(self, file: str, path: str, expected: str, order: int = 0) -> None:
        """Note that something else was `expected` at `path`."""
        self._found.append((order, SeedError(file, path, expected)))

    def at(self, row: SeedEntry, field: str, expected: str) -> None:
        """Note that something else was `expected` in a field of `row`."""
        self.add(row.file, f"{row.place}.{field}", expected, row.order)

    def raise_any(self) -> None:
        """Raise what was found, in the order in which it stands in the files.

        Raises SeedError: the first problem, with the rest as its `others`.
        """
        if not self._found:
            return
        first, *others = (error for _, error in sorted(self._found, key=lambda found: found[0]))
        raise SeedError(first.file, first.path, first.expected, tuple(others))


class UniqueValues:
    """What only one entry may have: ids, e-mail addresses, memberships, subscriptions."""

    def __init__(self, problems: SeedErrors, known: Dataset) -> None:
        self._problems: Final = problems
        self._taken: Final[dict[tuple[str, str, Hashable], SeedEntry | None]] = dict.fromkeys(
            _claimed_by(known)
        )

    def claim(self, row: SeedEntry, field: str, value: Hashable) -> None:
        """Take `value` for the `field` of `row`, or note as a problem whose it is already."""
        key = (row.kind, field, value)
        if key not in self._taken:
            self._taken[key] = row
            return
        holder = self._taken[key]
        place = f"{holder.place} of {holder.file}" if holder else "something that is there already"
        self._problems.at(row, field, f"taken by {place}; expected one of its own")


def _claimed_by(known: Dataset) -> Iterator[tuple[str, str, Hashable]]:
    """Say of a world what `Claims.claim` says of a seed."""
    for kind in ("users", "projects", "project_users", "bots", "subscriptions", "events"):
        yield from ((kind, "_id", record.id) for record in getattr(known, kind))
    yield from (("users", "email", user.email) for user in known.users)
    for member in known.project_users:
        if not member.trashed:
            field = "uuid_user" if member.id_user is None else "id_user"
            yield "project_users", field, (member.id_project, member.id_user or member.uuid_user)
    for hook in known.subscriptions:
        yield "subscriptions", "target", (hook.id_project, hook.event, hook.target)
