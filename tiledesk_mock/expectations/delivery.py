"""What a test expects of a webhook delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from ..errors import SetupError
from ..node.json import ABSENT, Json
from ..text import suggestion
from ..tiledesk.webhooks import DELIVERY_FIELDS, DeliveryState
from ..tiledesk.wire import Document
from .expected import check_status, named
from .matching import Difference, described, differences, shown


class ExpectedDelivery(Struct, frozen=True, kw_only=True):
    """A webhook delivery: of which event, where to, what has become of it, and any field it is shown with."""

    event: Any = ...
    target: Any = ...
    state: Any = ...
    status: Any = ...
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no delivery ever is, and what would hold of every client therefore."""
        states = [state.value for state in DeliveryState]
        if isinstance(self.state, str) and self.state not in states:
            raise SetupError(f"state: there is no {self.state!r}: {suggestion(self.state, states)}")
        check_status(self.status)
        for name in self.fields:
            if name not in DELIVERY_FIELDS:
                raise SetupError(f"a delivery has no {name!r}: {suggestion(name, DELIVERY_FIELDS)}")

    @property
    def noun(self) -> str:
        """Return what the items are called."""
        return "delivery"

    def description(self) -> str:
        """Say in a line what is expected."""
        parts = ["delivery"] if self.event is ... else [f"delivery of {described(self.event)}"]
        parts += [f"to {described(self.target)}"] if self.target is not ... else []
        parts += [f"that is {described(self.state)}"] if self.state is not ... else []
        parts += [f"answered {described(self.status)}"] if self.status is not ... else []
        parts += [f"with {described(self.fields)}"] if self.fields else []
        return " ".join(parts)

    def mismatches(self, item: Document, /) -> list[Difference]:
        """Return where a delivery is not as expected."""
        found = [] if self.event is ... else named(self.event, item["event"]["name"], "event")
        for name, wanted in (("target", self.target), ("state", self.state)):
            found += [] if wanted is ... else differences(wanted, item[name], name)
        if self.status is not ...:
            found += differences(self.status, _last_status(item), "status")
        return found + differences(self.fields, item)

    def describe(self, item: Document, /) -> str:
        """Say in a line what a delivery is."""
        count = len(item["attempts"])
        tries = "1 attempt" if count == 1 else f"{count} attempts"
        return f"{shown(item['event']['name'])} to {item['target']}: {item['state']} after {tries}"


def _last_status(delivery: Document) -> Json:
    attempts = delivery["attempts"]
    return attempts[-1]["status"] if attempts else ABSENT
