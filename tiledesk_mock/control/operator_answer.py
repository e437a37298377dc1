"""What a tester gets for the question `operator.select`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from ..emulator.platform.operator_select import OperatorChoice


class OperatorAnswer(Struct, frozen=True):
    """Which agent a request goes to, and what the receivers of `operator.select` responded.

    Args:
        effect: `done`, or what the real server makes of a wrong answer: `refused` (a response with the status
            500, and nothing is stored), `unfinished` (the request is stored with `participant`, but there is
            no response, or one with 500 if the request was not new) or `stuck` (nothing is stored, and there
            is no response).
        participant: the id of the user, or `bot_` and that of a bot; None if it goes to no agent.
        is_replaced: whether a receiver has chosen, and not the platform.
        available_agents: how many agents are available; of those that the answer has, if it is used.
        reason: in words, why an answer is not used, or what is wrong with it.
        question: the payload that was sent.
        replies: for each receiver the id of its `delivery`, `target`, `status`, `body` and `error`.
    """

    effect: str
    participant: str | None
    is_replaced: bool
    available_agents: int
    reason: str | None
    question: Document
    replies: list[Document]

    def __repr__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        by = "a receiver" if self.is_replaced else "the platform"
        return f"<OperatorAnswer {self.effect}, {self.participant or 'no agent'}, chosen by {by}{why}>"


def operator_answer(choice: OperatorChoice) -> OperatorAnswer:
    """Return what a tester gets for a choice."""
    # Imported here: most emulators have no conversations.
    from ..tiledesk.operator_select import CONSEQUENCES

    selected = choice.selection
    reasons = (selected.reason, CONSEQUENCES.get(selected.effect))
    return OperatorAnswer(
        effect=selected.effect.value,
        participant=selected.participant,
        is_replaced=selected.is_replaced,
        available_agents=selected.available_agents,
        reason=": ".join(reason for reason in reasons if reason) or None,
        question=choice.question,
        replies=[reply.document() for reply in choice.replies],
    )


def answer_document(answer: OperatorAnswer) -> Document:
    """Return an answer as the control API shows it."""
    document: Document = msgspec.to_builtins(answer)
    return document


def answer_from_document(document: Document) -> OperatorAnswer:
    """Return an answer that the control API has shown."""
    return msgspec.convert(document, OperatorAnswer)
