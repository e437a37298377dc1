"""The errors of a seed, which are raised together, and the values that must be unique."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Final

from msgspec import Struct, field

from ..errors import SeedError
from ..node.json import Json
from ..tiledesk.model import ACTIVE, Dataset
from ..tiledesk.wire import Document


class SeedEntry(Struct):
    """One entry of a seed: `number` in the list `kind` of `file`, and its `order` among all entries.

    `document` is the entry in the seed, `fields` are those of its record. `parent` is the path of the entry
    that the list is in, if it is in one.
    """

    document: Mapping[str, Json]
    file: str
    kind: str
    number: int
    order: int
    fields: Document = field(default_factory=dict)
    parent: str = ""

    @property
    def path(self) -> str:
        """Return the entry's path in its file."""
        path = f"{self.kind}[{self.number}]"
        return f"{self.parent}.{path}" if self.parent else path


class SeedErrors:
    """Collects errors; `raise_any` raises one SeedError with the first of them and the `others`."""

    def __init__(self) -> None:
        self._errors: Final[list[tuple[int, SeedError]]] = []

    def add(self, file: str, path: str, problem: str, order: int = 0) -> None:
        """Add the error at `path` of `file`."""
        self._errors.append((order, SeedError(file, path, problem)))

    def add_at(self, entry: SeedEntry, field: str, problem: str) -> None:
        """Add the error in a field of an entry."""
        self.add(entry.file, f"{entry.path}.{field}", problem, entry.order)

    def raise_any(self) -> None:
        """Raise SeedError if there are errors, in the order of the files."""
        if not self._errors:
            return
        first, *others = (error for _, error in sorted(self._errors, key=lambda pair: pair[0]))
        raise SeedError(first.file, first.path, first.expected, tuple(others))


class UniqueValues:
    """The values that only one record may have: ids, e-mail addresses, memberships, subscriptions.

    `existing` are the records that the seed is added to. `has_event` returns whether an event of that id
    exists besides.
    """

    def __init__(self, errors: SeedErrors, existing: Dataset, has_event: Callable[[str], bool]) -> None:
        self._errors: Final = errors
        self._has_event: Final = has_event
        self._taken: Final[dict[tuple[str, str, Hashable], SeedEntry | None]] = dict.fromkeys(
            _unique_values(existing)
        )

    def take(self, entry: SeedEntry, field: str, value: Hashable) -> None:
        """Take a value for the `field` of an entry, or add the error that another record has it."""
        key = (entry.kind, field, value)
        if field == "_id" and entry.kind == "events" and self._has_event(str(value)):
            self._taken.setdefault(key)
        owner = self._taken.setdefault(key, entry)
        if owner is entry:
            return
        location = f"{owner.path} of {owner.file}" if owner else "a record that exists already"
        self._errors.add_at(entry, field, f"taken by {location}; expected one of its own")


def _unique_values(existing: Dataset) -> Iterator[tuple[str, str, Hashable]]:
    for kind in existing.__struct_fields__:
        yield from ((kind, "_id", record.id) for record in getattr(existing, kind))
    yield from (("users", "email", user.email) for user in existing.users)
    for member in existing.project_users:
        if not member.trashed and member.status == ACTIVE:
            field = "uuid_user" if member.id_user is None else "id_user"
            yield "project_users", field, (member.id_project, member.id_user or member.uuid_user)
    for subscription in existing.subscriptions:
        key = (subscription.id_project, subscription.event, subscription.target)
        yield "subscriptions", "target", key
    yield from (("requests", "request_id", request.request_id) for request in existing.requests)
