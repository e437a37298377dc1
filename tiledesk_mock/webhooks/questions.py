"""Webhooks whose response is used: the replies to a question such as `operator.select`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ..http.exchange import RecordedResponse
from ..node.json import ABSENT, Absent, Json, parse_json
from ..tiledesk.wire import Document

TIE: Final = 0.05
"""Seconds that a reply waits for those of earlier subscriptions: two receivers that respond at once do so in
the order in which they were subscribed."""


class Reply(Struct, frozen=True):
    """How the delivery of a question ended.

    Args:
        delivery: its id in the log of deliveries.
        target: its URL.
        status: of the last response; None without one.
        body: the body of that response as the real server reads it: JSON, else text; absent without one.
        error: why there is no response.
        attempts: how many were made.
        is_endless: whether the real server would wait for this receiver for ever.
    """

    delivery: str
    target: str
    status: int | None = None
    body: Json | Absent = ABSENT
    error: str | None = None
    attempts: int = 1
    is_endless: bool = False

    def document(self) -> Document:
        """Return the reply as the control API shows it."""
        document: Document = {"delivery": self.delivery, "target": self.target, "status": self.status}
        if self.body is not ABSENT:
            document["body"] = self.body
        return document | {"error": self.error}


class Question:
    """The replies to one question, in the order in which they came. Its owner locks it.

    `expected` has the ids of its deliveries, in the order of the subscriptions.
    """

    def __init__(self) -> None:
        self.expected: Final[list[str]] = []
        self.replies: Final[list[Reply]] = []
        self.is_cancelled = False

    @property
    def is_decided(self) -> bool:
        """Whether no later reply counts.

        Between attempts the real server waits for seconds, in which any other receiver may respond.
        """
        return self.is_cancelled or len(self.replies) == len(self.expected) or self._first is not None

    @property
    def is_first_in_order(self) -> bool:
        """Whether all earlier subscriptions than that of the first reply have replied, too."""
        ended = {reply.delivery for reply in self.replies}
        earlier = self.expected[: self.expected.index(self._first.delivery)] if self._first else ()
        return self.is_cancelled or ended.issuperset(earlier)

    def in_order(self) -> Sequence[Reply]:
        """Return the replies so far: by the number of attempts, then in the order of the subscriptions."""
        return sorted(self.replies, key=lambda one: (one.attempts, self.expected.index(one.delivery)))

    @property
    def _first(self) -> Reply | None:
        """Return the first reply that needed one attempt."""
        return next((one for one in self.replies if one.attempts == 1 and not one.is_endless), None)


def body_of(response: RecordedResponse) -> Json | Absent:
    """Return a response's body as the real server reads it: JSON whatever its type, else text."""
    if not response.body:
        return ABSENT
    text = response.body.decode("utf-8", "replace")
    try:
        return parse_json(text)
    except ValueError:
        return text
