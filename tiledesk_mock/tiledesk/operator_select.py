"""Which agent a conversation goes to: the platform's choice, and the answers to `operator.select`.

The real server sends its choice to the subscribers of `operator.select`. The first answer that comes counts.
It replaces the whole object if it has `operators`, whatever its status, its type, and its other fields.
`fixtures/contract/operator_select.yaml` has what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from msgspec import Struct

from ..node.bson import object_id
from ..node.json import ABSENT, Absent, Json
from ..node.values import is_truthy, to_number, to_string
from ..text import shorten
from .conversations import Conversation, Department
from .model import ProjectUser
from .request_payloads import plain_member, unpopulated_request
from .wire import Document

BOT_PREFIX: Final = "bot_"
"""What the id of a bot has before it in the `participants` of a request."""

ASSIGNED_ROUTING: Final = "assigned"
"""The routing of departments that assign requests to agents."""

_ID: Final = "id_user"
_LONGEST_ANSWER: Final = 200
"""Characters of a text in place of an answer that the reason has."""

_AGENT: Final = "agent"


class Effect(str, Enum):
    """What the real server does with the request after the selection."""

    DONE = "done"
    REFUSED = "refused"
    UNFINISHED = "unfinished"
    STUCK = "stuck"


CONSEQUENCES: Final = {
    Effect.REFUSED: "the real server responds with 500 then, and stores nothing",
    Effect.UNFINISHED: "the real server stores the request then, but does not finish",
    Effect.STUCK: "the real server never responds then",
}
"""What an effect means for who sent the request."""


class Selection(Struct, frozen=True):
    """The agent that a conversation goes to.

    Args:
        effect: `DONE`: the request is assigned, or it has no participant. `REFUSED`: the response has the
            status 500, and nothing is stored. `UNFINISHED`: a new request is stored with the participant, and
            `request.create` and `message.create` (without variants) are sent, but there is no response; a
            request that is moved or assigned is stored, nothing is sent, and the response has the status 500.
            `STUCK`: nothing happens any more.
        participant: the id of a user, `bot_` and the id of a bot, or another text that the answer had;
            None if the request has no participant.
        is_replaced: whether the answer of a receiver has replaced the platform's choice.
        agents: the agents in the request's `snapshot`.
        available_agents: how many of them are available, in the request's `snapshot`.
        reason: in words, where the answer is not used, or leads to no assignment.
    """

    effect: Effect
    participant: str | None = None
    is_replaced: bool = False
    agents: tuple[Json, ...] = ()
    available_agents: int = 0
    reason: str | None = None


def default_operators(
    department: Department,
    available: Sequence[ProjectUser],
    last: Document,
    free: Sequence[ProjectUser] | None = None,
) -> list[Document]:
    """Return the platform's own `operators`: the next available agent after the last assigned one.

    Where no request was assigned before, the real server takes any available agent, and names only the id;
    this takes the first one with the role agent, else the first.

    `free` are those of the available agents who may have one more conversation, where the project has a
    limit. One of them is taken, also in a department that does not assign requests, and only the id is named.
    The real server counts on from the place of the last agent among the available ones, but in `free`.
    """
    candidates = available if free is None else free
    if not candidates or (free is None and department.routing != ASSIGNED_ROUTING):
        return []
    if not last:
        first = next((member for member in candidates if member.role == _AGENT), candidates[0])
        return [{_ID: first.id_user}]
    place = last["lastOperatorIndex"] + 1
    if free is not None:
        return [{_ID: (free[place:] or free)[0].id_user}]
    return [plain_member(available[place % len(available)])]


def last_operator(conversations: Sequence[Conversation], available: Sequence[ProjectUser]) -> Document:
    """Return `lastOperatorId`, `lastRequest` and `lastOperatorIndex`; nothing without such a request.

    The last request is the newest of the project that has an agent; its operator is the first agent.
    """
    last = next((one for one in reversed(conversations) if one.participants_agents), None)
    if last is None or not available:
        return {}
    id_user = last.participants_agents[0]
    ids = [member.id_user for member in available]
    return {
        "lastOperatorId": id_user,
        "lastRequest": unpopulated_request(last),
        "lastOperatorIndex": ids.index(id_user) if id_user in ids else -1,
    }


def selection(question: Document, answer: Json | Absent = ABSENT, no_answer: str | None = None) -> Selection:
    """Return what becomes of a question `operator.select` with an answer.

    It is absent where a receiver gave none, for the reason `no_answer`, or where there is no receiver.
    """
    if not isinstance(answer, dict) or not is_truthy(answer.get("operators")):
        return _selected(question, is_replaced=False, reason=no_answer or _why_ignored(answer))
    return _selected(answer, is_replaced=True)


def _selected(chosen: Document, *, is_replaced: bool, reason: str | None = None) -> Selection:
    agents = chosen.get("agents")
    if not isinstance(agents, list) or None in agents:
        why = "agents has to be a list of objects beside operators, an empty one will do"
        return Selection(Effect.REFUSED, is_replaced=is_replaced, reason=why)
    count = sum(isinstance(one, dict) and _equals_true(one.get("user_available")) for one in agents)
    try:
        participant = _participant(chosen["operators"])
    except TypeError:
        why = 'the first of operators has to be an object with an id_user, as in [{"id_user": ID}]'
        return Selection(Effect.REFUSED, is_replaced=is_replaced, reason=why)
    effect = Effect.DONE
    if is_replaced and participant is None:
        reason = _why_unassigned(chosen["operators"])
    if participant is not None and object_id(participant.removeprefix(BOT_PREFIX)) is None:
        effect = Effect.UNFINISHED
        reason = (
            f"id_user has to be an id of 24 hex digits, or bot_ and such an id, but it is {participant!r}"
        )
    return Selection(effect, participant, is_replaced, tuple(agents), count, reason)


def _participant(operators: Any) -> str | None:
    """Return the text that `operators[0].id_user` is; None without operators.

    Raises TypeError where JavaScript does.
    """
    first = _first(operators)
    if first is ABSENT:
        return None
    id_user = first.get(_ID) if isinstance(first, dict) else None
    if id_user is None:
        raise TypeError("id_user is undefined")
    return to_string(id_user)


def _why_unassigned(operators: Json) -> str:
    if isinstance(operators, list):
        return "operators is empty, so the request goes to no agent"
    return 'operators has to be a list, as in [{"id_user": ID}]; as it is, the request goes to no agent'


def _first(operators: Any) -> Any:
    """Return `operators[0]`, absent if `operators.length > 0` is false."""
    if isinstance(operators, (list, str)):
        return operators[0] if operators else ABSENT
    if not isinstance(operators, dict) or not _number(operators.get("length", {})) > 0:
        return ABSENT
    return operators.get("0")


def _equals_true(value: Json | None) -> bool:
    """Return whether JavaScript's `value == true`."""
    return not isinstance(value, (dict, type(None))) and _number(value) == 1


def _number(value: Json) -> float:
    """Return `Number(value)`."""
    if isinstance(value, (bool, int, float)):
        return float(value)
    return 0.0 if value is None else to_number(to_string(value))


def _why_ignored(answer: Json | Absent) -> str | None:
    if answer is ABSENT:
        return None
    if isinstance(answer, dict) and "operators" not in answer:
        return "the answer has no operators, so the platform's choice stays"
    if isinstance(answer, dict):
        return "operators of the answer is null, false, 0 or an empty text, so the platform's choice stays"
    why = "the answer is no JSON object, so the platform's choice stays"
    return f"{why}: {shorten(answer, _LONGEST_ANSWER)}" if isinstance(answer, str) else why
