"""What a test expects of a webhook delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, TypedDict

from msgspec import Struct

from ..errors import SetupError
from ..node.json import ABSENT
from ..redaction.masking import masked_text
from ..text import number_of, shorten, suggestion
from ..tiledesk.deliveries import DeliveryState
from ..tiledesk.events import EVENT_PREFIX
from ..tiledesk.wire import Document
from .matching import Mismatch, check_status, describe_item, find_mismatches, format_value, name_mismatches

_PHRASES: Final = {
    "target": "to",
    "state": "that is",
    "status": "with status",
    "payload": "with at least the payload",
}
_REQUEST: Final = ("headers", "body")
_DISTINCTIVE: Final = ("text", "name", "status")
_LONGEST_VALUE: Final = 40
_PAYLOAD_NOTE: Final = "payload={...} expects a part of the webhook's payload"


class DeliveryFields(TypedDict, total=False):
    """The fields of a delivery by which `expect_delivery` finds it.

    `event` is the event's name, `payload` the webhook's, once it was sent, and `status` that of the target's
    last response; the others are those of the control API.
    """

    event: Any
    payload: Any
    target: Any
    state: Any
    status: Any
    id: Any
    subscription: Any
    id_project: Any
    fired_at: Any
    attempts: Any
    reason: Any
    drifts: Any
    resends: Any
    request: Any


class ExpectedDelivery(Struct, frozen=True, kw_only=True):
    """A webhook delivery.

    Args:
        event: the name of the event.
        fields: its other fields.
    """

    noun: ClassVar[str] = "delivery"

    event: Any
    fields: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Raise SetupError for what no delivery matches, since `count=0` would hold for it."""
        states = [state.value for state in DeliveryState]
        state = self.fields.get("state")
        if isinstance(state, str) and state not in states:
            raise SetupError(f"state: there is no {state!r}: {suggestion(state, states)}")
        check_status(self.fields.get("status"))
        if isinstance(self.event, Mapping):
            raise SetupError(f"event: expected the event's name; {_PAYLOAD_NOTE}")
        for name in self.fields:
            if name not in DeliveryFields.__annotations__:
                names = DeliveryFields.__annotations__
                raise SetupError(f"a delivery has no {name!r}: {suggestion(name, names)}")
        request = self.fields.get("request")
        for name in request if isinstance(request, Mapping) else ():
            if name not in _REQUEST:
                near = suggestion(str(name), _REQUEST)
                raise SetupError(f"the request of a delivery has no {name!r}: {near}; {_PAYLOAD_NOTE}")

    def description(self) -> str:
        """Return in one line what is expected."""
        others = {name: value for name, value in self.fields.items() if name not in _PHRASES}
        phrases = ((phrase, self.fields.get(name, ...)) for name, phrase in _PHRASES.items())
        return describe_item("delivery", ("of", self.event), *phrases, ("with", others or ...))

    def mismatches(self, item: Document, /) -> Iterator[Mismatch]:
        """Yield where a delivery is not as expected."""
        if self.event is not ...:
            yield from name_mismatches(self.event, item["event"]["name"], "event")
        payload = item["request"]["body"]["payload"] if "request" in item else ABSENT
        last_status = item["attempts"][-1]["status"] if item["attempts"] else ABSENT
        yield from find_mismatches(self.fields, {**item, "payload": payload, "status": last_status})

    def describe(self, item: Document, /) -> str:
        """Return a delivery in one line."""
        return delivery_line(item)


def expected_delivery(event: Any, fields: DeliveryFields) -> ExpectedDelivery:
    """Return the expectation of a delivery. The event's name is the argument, or among the fields.

    Raises SetupError for what no delivery matches.
    """
    others = {name: value for name, value in fields.items() if name != "event"}
    if "event" not in fields:
        return ExpectedDelivery(event=event, fields=others)
    if event is not ...:
        raise SetupError(f"event: the name was given already; {_PAYLOAD_NOTE}")
    return ExpectedDelivery(event=fields["event"], fields=others)


def delivery_line(item: Document) -> str:
    """Return a delivery in one line: event, target, state, and the last response.

    The line of a platform event also has what tells it apart from others of that name.
    """
    attempts = item["attempts"]
    outcome = f" ({attempts[-1]['status'] or masked_text(attempts[-1]['error'])})" if attempts else ""
    target, tries = masked_text(item["target"]), number_of(len(attempts), "attempt")
    name = f"{format_value(item['event']['name'])}{_distinction(item)}"
    return f"{name} to {target}: {item['state']} after {tries}{outcome}"


def _distinction(item: Document) -> str:
    """Return the id of the delivery of a platform event, and its text, name or status; nothing for others."""
    subscribed = item["subscription"] and item["subscription"]["event"]
    if f"{subscribed}.".startswith(EVENT_PREFIX):
        return ""
    payload = item["request"]["body"]["payload"] if "request" in item else None
    fields = payload if isinstance(payload, dict) else {}
    field = next((name for name in _DISTINCTIVE if fields.get(name) not in (None, "")), None)
    value = "" if field is None else f", {field} {shorten(format_value(fields[field]), _LONGEST_VALUE)}"
    return f" (#{item['id']}{value})"
