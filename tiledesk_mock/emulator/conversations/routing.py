"""The route of a conversation: the bot of its department, or the agent that `operator.select` yields."""

from __future__ import annotations

import logging
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ...errors import SetupError
from ...node.json import ABSENT, Json
from ...tiledesk.conversations import Department
from ...tiledesk.model import Project
from ...tiledesk.operator_select import BOT_PREFIX, CONSEQUENCES, Effect, Selection, selection
from ...tiledesk.wire import Document
from ..emulator import Emulator
from ..platform.operator_select import ask_question, operator_question

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

    `request` is what `select_operator` takes. Nothing is stored. Where the department's group has no members,
    nothing is sent. Do not hold `Emulator.firing`.

    Raises SetupError if the real server would not store the request.
    """
    if with_bot and department.id_bot:
        return default_route(emulator, project, department, request)
    question = operator_question(emulator, project, department, request)
    if not question["agents"]:  # the group of the department has no member
        return Route((), (), 0)
    choice = ask_question(emulator, project, question).selection
    if choice.effect in _NOT_STORED:
        raise SetupError(f"operator.select: {choice.reason}: {CONSEQUENCES[choice.effect]}")
    if choice.is_replaced and choice.effect is Effect.DONE and choice.reason is not None:
        _log.warning("operator.select: %s", choice.reason)
    return _route_of(choice)


def default_route(emulator: Emulator, project: Project, department: Department, request: Document) -> Route:
    """Return the route that the platform itself chooses, without a question to receivers.

    The arguments are those of `route`.
    """
    if department.id_bot:
        without_group = replace(department, id_group=ABSENT)  # which does not count
        question = operator_question(emulator, project, without_group, request)
        count = len(question["available_agents"])
        return Route((BOT_PREFIX + department.id_bot,), tuple(question["agents"]), count)
    return _route_of(selection(operator_question(emulator, project, department, request)))


def _route_of(choice: Selection) -> Route:
    participants = () if choice.participant is None else (choice.participant,)
    problem = choice.reason if choice.effect is Effect.UNFINISHED else None
    return Route(participants, choice.agents, choice.available_agents, problem)
