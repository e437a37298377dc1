"""The users, projects and members that the entries of a seed refer to."""

from __future__ import annotations

import re
from typing import Final

from ..node.json import Json
from ..tiledesk.model import Dataset, ProjectUser

OBJECT_ID: Final = re.compile("[0-9a-fA-F]{24}")


def name_in(reference: Json) -> str:
    """Return the name in a reference, or the id of the whole document that Tiledesk shows in its place.

    It is empty if the document has no id.
    """
    name = reference.get("_id") if isinstance(reference, dict) else reference
    return name if isinstance(name, str) else ""


class References:
    """Finds users, projects and members by every name that a seed may use for them.

    `project_ids` are in the order of the seed, and `owners` has the first owner of each project.
    """

    def __init__(self, existing: Dataset) -> None:
        self._users: Final[dict[str, str]] = {}
        self._projects: Final[dict[str, str]] = {}
        self._members: Final[dict[str, ProjectUser]] = {}
        self._members_by_name: Final[dict[tuple[str, str], ProjectUser]] = {}
        self.owners: Final[dict[str, ProjectUser]] = {}
        self._guests: Final[set[str]] = set()
        self.project_ids: Final[list[str]] = []
        for user in existing.users:
            self.add_user(user.id, user.email)
        for project in existing.projects:
            self.add_project(project.id, project.name)
        for member in existing.project_users:
            self.add_member(member)

    def add_user(self, user_id: str, email: str) -> None:
        """Add a user."""
        self._users[user_id] = user_id
        self._users.setdefault(email, user_id)  # it may look like another user's id

    def add_project(self, project_id: str, name: str) -> None:
        """Add a project. A name that several projects have refers to the first."""
        self.project_ids.append(project_id)
        self._projects[project_id] = project_id
        self._projects.setdefault(name, project_id)

    def add_member(self, member: ProjectUser) -> None:
        """Add a member of a project."""
        self._members[member.id] = member
        for name in (member.id_user, member.uuid_user):
            if name is not None:
                self._members_by_name[member.id_project, name] = member
        if member.uuid_user is not None:
            self._guests.add(member.uuid_user)
        if member.role == "owner":
            self.owners.setdefault(member.id_project, member)

    def user(self, name: str) -> str | None:
        """Return the id of the user with that id or e-mail address."""
        return self._users.get(name.lower())

    def project(self, name: str) -> str | None:
        """Return the id of the project with that id or name."""
        return self._projects.get(name) or self._projects.get(name.lower())

    def member(self, project_id: str, name: str) -> ProjectUser | None:
        """Return the project's member with that id, user's id, uuid or e-mail address."""
        found = self._members.get(name.lower())
        if found is not None and found.id_project == project_id:
            return found
        found = self._members_by_name.get((project_id, name))
        found = found or self._members_by_name.get((project_id, name.lower()))
        user = self.user(name)
        return found if found or user is None else self._members_by_name.get((project_id, user))

    def is_removed(self, member_id: str) -> bool:
        """Return whether a text may be the id of a member that was removed: exports may refer to it."""
        return OBJECT_ID.fullmatch(member_id) is not None and member_id.lower() not in self._members

    def creator(self, name: str) -> str | None:
        """Return the id for a `createdBy`: a user's id, or the text itself unless it is an e-mail address.

        The text may be the id of a guest or external user, which may look like an address.
        """
        if name in self._guests:
            return name
        return self.user(name) or (None if "@" in name else name)
