"""What a tester can do with an emulator, in the words of the handle and of `/__admin`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from ..emulator.people import Person
from ..errors import SetupError
from ..http.exchange import Exchange
from ..node.json import Json
from ..tiledesk.wire import Document
from .webhooks import HookControls


def as_json(document: Json) -> str:
    """Return what a tester gave as JSON; raise SetupError for what JSON does not have, as a date."""
    try:
        return json.dumps(document, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise SetupError(f"this is no JSON: {error}") from error


class Controls(Protocol):
    """The words, for an emulator in this process or another one. Documents are as `/__admin` tells them.

    Every method raises a SetupError for what cannot be done.
    """

    @property
    def hooks(self) -> HookControls:
        """Return what can be done with webhooks."""

    def version(self) -> Document:
        """Return `version`, the `server` that is spoken, and the `dialect`."""

    def reset(self) -> None:
        """Go back to the seed."""

    def state(self) -> Document:
        """Return everything that is stored, as a seed."""

    def replace_state(self, seed: Json) -> None:
        """Put what a seed describes in place of everything."""

    def add_seed(self, seed: Json) -> dict[str, int]:
        """Add what a seed describes; return how much of each kind that was."""

    def snapshots(self) -> list[str]:
        """Return the names of the snapshots, in the order in which they were taken."""

    def take_snapshot(self, name: str | None = None) -> str:
        """Remember what is stored under a name; return the name."""

    def restore(self, name: str) -> None:
        """Go back to a snapshot."""

    def drop_snapshot(self, name: str) -> None:
        """Forget a snapshot."""

    def clock(self) -> Document:
        """Return the time as `now`, and whether it is `frozen`."""

    def set_clock(self, wanted: Mapping[str, Json]) -> Document:
        """Set the clock: `{"freeze": TIME}`, `{"now": TIME}`, `{}` for real time; return it."""

    def advance_clock(self, seconds: float) -> Document:
        """Let that many seconds pass; return the clock."""

    def faults(self) -> list[Document]:
        """Return the rules that are in force."""

    def add_fault(self, rule: Mapping[str, Any]) -> Document:
        """Add a rule; return it with its id."""

    def remove_fault(self, id_fault: str) -> None:
        """Take a rule away."""

    def clear_faults(self) -> None:
        """Take all rules away."""

    def requests(self) -> Sequence[Exchange]:
        """Return what the journal holds, oldest first."""

    def clear_requests(self) -> None:
        """Forget what the journal holds."""

    def drifts(self) -> list[Document]:
        """Return all drifts, with how often each was asked for."""

    def realtime(self) -> Document:
        """Return the WebSockets' `connections`, and the last `frames` that were published."""

    def people(self, called: str | None = None) -> Iterator[Person]:
        """Yield who can call the API, with their credentials; the first project's people first.

        With `called`, only those whose role, e-mail address or id that is.
        """

    def events(self) -> list[Document]:
        """Return all events, oldest first, as the dialect shows them."""

    def fire(self, fields: Document, by: str, project: str | None = None) -> Document:
        """Fire an event in the name of a person, without a request; return it."""

    def emit_standard(
        self, name: str, attributes: Mapping[str, Json], by: str | None = None, project: str | None = None
    ) -> Document:
        """Fire one of the platform's own events about a member with the role `by`; return it."""

    def changes(self, since: int = -1, timeout: float = 0.0) -> int:
        """Return how much has happened; wait until that is more than `since`, or for `timeout` seconds."""
