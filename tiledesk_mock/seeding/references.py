"""References between the entries of a seed: by id, name, e-mail address or uuid."""

from __future__ import annotations

from typing import Final

from ..tiledesk.model import Dataset, ProjectUser


class References:
    """Finds users, projects and members by every name that a seed may use for them."""

    def __init__(self, existing: Dataset) -> None:
        self._users: Final[dict[str, str]] = {}
        self._projects: Final[dict[str, str]] = {}
        self._members: Final[dict[tuple[str, str], ProjectUser]] = {}
        self._owners: Final[dict[str, ProjectUser]] = {}
        self._guests: Final[set[str]] = set()
        self._project_ids: Final[list[str]] = []
        for user in existing.users:
            self.add_user(user.id, user.email)
        for project in existing.projects:
            self.add_project(project.id, project.name)
        for member in existing.project_users:
            self.add_member(member)

    def add_user(self, user_id: str, email: str) -> None:
        """Add a user."""
        self._users[user_id] = user_id
        self._users[email] = user_id

    def add_project(self, project_id: str, name: str) -> None:
        """Add a project. A name that several projects have refers to the first."""
        self._project_ids.append(project_id)
        self._projects[project_id] = project_id
        self._projects.setdefault(name, project_id)

    def add_member(self, member: ProjectUser) -> None:
        """Add a member of a project."""
        for name in (member.id, member.id_user, member.uuid_user):
            if name is not None:
                self._members[member.id_project, name] = member
        if member.uuid_user is not None:
            self._guests.add(member.uuid_user)
        if member.role == "owner":
            self._owners.setdefault(member.id_project, member)

    def user(self, name: str) -> str | None:
        """Return the id of the user with that id or e-mail address."""
        return self._users.get(name.lower())

    def project(self, name: str) -> str | None:
        """Return the id of the project with that id or name."""
        return self._projects.get(name) or self._projects.get(name.lower())

    @property
    def has_projects(self) -> bool:
        """Return whether there are projects."""
        return bool(self._project_ids)

    @property
    def only_project(self) -> str | None:
        """Return the id of the project if there is exactly one."""
        return self._project_ids[0] if len(self._project_ids) == 1 else None

    def member(self, project_id: str, name: str) -> ProjectUser | None:
        """Return the project's member with that id, user's id, uuid or e-mail address."""
        found = self._members.get((project_id, name)) or self._members.get((project_id, name.lower()))
        return found or self._members.get((project_id, self.user(name) or ""))

    def owner(self, project_id: str) -> ProjectUser | None:
        """Return the project's first owner."""
        return self._owners.get(project_id)

    def creator(self, name: str) -> str | None:
        """Return the id for a `createdBy`: a user's id, or the text itself unless it is an e-mail address."""
        if name in self._guests:
            return name
        return self.user(name) or (None if "@" in name else name)
