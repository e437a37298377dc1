"""What a test expects of a webhook delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from msgspec import Struct, field

from ..errors import SetupError
from ..node.json import ABSENT
from ..text import number_of, suggestion
from ..tiledesk.deliveries import DELIVERY_FIELDS, DeliveryState
from ..tiledesk.wire import Document
from .matching import (
    Mismatch,
    check_status,
    describe_item,
    find_mismatches,
    format_value,
    name_mismatches,
)


class ExpectedDelivery(Struct, frozen=True, kw_only=True):
    """A webhook delivery.

    Args:
        event: the name of the event.
        target: the URL it is sent to.
        state: its state, a DeliveryState.
        status: the status of the last response.
        fields: other fields of the delivery, as the control API has them.
    """

    noun: ClassVar[str] = "delivery"

    event: Any = ...
    target: Any = ...
    state: Any = ...
    status: Any = ...
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise SetupError for what no delivery matches, since `count=0` would hold for it."""
        states = [state.value for state in DeliveryState]
        if isinstance(self.state, str) and self.state not in states:
            raise SetupError(f"state: there is no {self.state!r}: {suggestion(self.state, states)}")
        check_status(self.status)
        for name in self.fields:
            if name not in DELIVERY_FIELDS:
                raise SetupError(f"a delivery has no {name!r}: {suggestion(name, DELIVERY_FIELDS)}")

    def description(self) -> str:
        """Return in one line what is expected."""
        return describe_item(
            "delivery",
            ("of", self.event),
            ("to", self.target),
            ("that is", self.state),
            ("with status", self.status),
            ("with", self.fields or ...),
        )

    def mismatches(self, item: Document, /) -> Iterator[Mismatch]:
        """Yield where a delivery is not as expected."""
        if self.event is not ...:
            yield from name_mismatches(self.event, item["event"]["name"], "event")
        last_status = item["attempts"][-1]["status"] if item["attempts"] else ABSENT
        values = ("target", item["target"]), ("state", item["state"]), ("status", last_status)
        for name, came in values:
            expected = getattr(self, name)
            if expected is not ...:
                yield from find_mismatches(expected, came, name)
        yield from find_mismatches(self.fields, item)

    def describe(self, item: Document, /) -> str:
        """Return a delivery in one line."""
        tries = number_of(len(item["attempts"]), "attempt")
        return f"{format_value(item['event']['name'])} to {item['target']}: {item['state']} after {tries}"
