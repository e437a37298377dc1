"""The default department of a project, which the real server makes with the project."""

from __future__ import annotations

from typing import Final

from ..store.conversations import Conversations
from ..tiledesk.clock import Clock
from ..tiledesk.conversations import Department
from ..tiledesk.ids import Ids
from ..tiledesk.model import Project

_NAME: Final = "Default Department"


def new_default_department(project: Project, clock: Clock, ids: Ids) -> Department:
    """Return the default department of a new project, which is not stored yet."""
    now = clock.iso()
    return Department(
        id=ids.object_id(),
        name=_NAME,
        default=True,
        id_project=project.id,
        created_by=project.created_by,
        created_at=now,
        updated_at=now,
    )


def default_department(conversations: Conversations, project: Project, clock: Clock, ids: Ids) -> Department:
    """Return the default department of a project; make it and store it if the seed has none.

    Args:
        conversations: the stored departments.
        project: the project.
        clock: the time at which it is made.
        ids: makes its id.

    Raises:
        StorageFull: the disk refuses.
    """
    for department in conversations.departments(project.id):
        if department.default:
            return department
    department = new_default_department(project, clock, ids)
    conversations.save(department)
    return department
