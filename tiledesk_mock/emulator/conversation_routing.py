"""The route of a conversation: the bot of its department, or the agent that `operator.select` yields."""

from __future__ import annotations

import logging
from typing import Final

from msgspec import Struct

from ..errors import SetupError
from ..node.json import Json
from ..tiledesk.conversations import Department
from ..tiledesk.model import Project
from ..tiledesk.operator_select import BOT_PREFIX, CONSEQUENCES, Effect, Selection, selection
from ..tiledesk.wire import Document
from .emulator import Emulator
from .operator_select import operator_question, select_operator

_log: Final = logging.getLogger("tiledesk_mock")

_NOT_STORED: Final = (Effect.REFUSED, Effect.STUCK)


class Route(Struct, frozen=True):
    """Who takes part in a conversation that was opened or moved.

    Args:
        participants: the agent or the bot; empty if the conversation is unassigned.
        agents: the agents of the department, as documents.
        available_agents: how many of them are available.
        problem: why the real server would not finish the request, though it stores it.
    """

    participants: tuple[str, ...]
    agents: tuple[Json, ...]
    available_agents: int
    problem: str | None = None


def route(
    emulator: Emulator, project: Project, department: Department, request: Document, *, with_bot: bool = True
) -> Route:
    """Return the route of a conversation; ask the subscribers of `operator.select` if no bot takes it.

    `request` is what `select_operator` takes. Nothing is stored. Do not hold `Emulator.firing`.

    Raises SetupError if the real server would not store the request.
    """
    if with_bot and department.id_bot:
        return default_route(emulator, project, department, request)
    choice = select_operator(emulator, project, department, request).selection
    if choice.effect in _NOT_STORED:
        raise SetupError(f"operator.select: {choice.reason}: {CONSEQUENCES[choice.effect]}")
    if choice.is_replaced and choice.effect is Effect.DONE and choice.reason is not None:
        _log.warning("operator.select: %s", choice.reason)
    return _route_of(choice)


def default_route(emulator: Emulator, project: Project, department: Department, request: Document) -> Route:
    """Return the route that the platform itself chooses, without a question to receivers.

    The arguments are those of `route`.
    """
    question = operator_question(emulator, project, department, request)
    if department.id_bot:
        count = len(question["available_agents"])
        return Route((BOT_PREFIX + department.id_bot,), tuple(question["agents"]), count)
    return _route_of(selection(question))


def _route_of(choice: Selection) -> Route:
    participants = () if choice.participant is None else (choice.participant,)
    problem = choice.reason if choice.effect is Effect.UNFINISHED else None
    return Route(participants, choice.agents, choice.available_agents, problem)
