"""How many open conversations an agent may have: the settings of a project, and those of a member.

`max_agent_assigned_chat` of a project's settings says it for all agents, `max_assigned_chat` for a member.
The real server chooses agents by it only where `chat_limit_on` of the settings is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .conversations import CLOSED, Conversation
from .model import Project, ProjectUser

_MAXIMUM: Final = "max_agent_assigned_chat"
_IS_ON: Final = "chat_limit_on"

OpenCount = tuple[ProjectUser, int]
"""A member, and in how many open conversations it takes part."""


def is_busy(member: ProjectUser, project: Project) -> bool:
    """Return the virtual `isBusy` of a member: whether it has reached both numbers.

    It does not depend on `chat_limit_on`, but is false in a project without a number.
    """
    maximum = _maximum(project)
    return maximum is not None and member.number_assigned_requests >= max(maximum, _own(member))


def open_counts(
    project: Project, members: Sequence[ProjectUser], conversations: Sequence[Conversation]
) -> list[OpenCount] | None:
    """Return how many open conversations members have; None if the project has no limit."""
    settings = project.settings if isinstance(project.settings, dict) else {}
    if not (settings.get(_IS_ON) and _maximum(project)):
        return None
    agents = [one.participants_agents for one in conversations if one.status < CLOSED]
    return [(member, sum(member.id_user in ids for ids in agents)) for member in members]


def is_free(counted: OpenCount, project: Project) -> bool:
    """Return whether a member may have one more conversation, in a project that has a limit.

    The member's own number has precedence, if it is greater than 0.
    """
    member, count = counted
    return count < (_own(member) or _maximum(project) or 0)


def _own(member: ProjectUser) -> int:
    own = member.max_assigned_chat
    return max(own, 0) if isinstance(own, int) else 0


def _maximum(project: Project) -> float | None:
    settings = project.settings if isinstance(project.settings, dict) else {}
    maximum = settings.get(_MAXIMUM)
    return maximum if isinstance(maximum, (int, float)) else None
