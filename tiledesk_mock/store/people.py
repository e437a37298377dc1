"""Who there is: users, projects, their members and bots."""

from __future__ import annotations

from typing import Final

from ..tiledesk.model import Bot, Project, ProjectUser, User
from .registry import Registry


class People:
    """Users, projects, members and bots, which are in memory to be read and in the file to be kept.

    Each `add_` stores a record in place of the one that has its id, if there is one, and raises StorageFull
    if the disk refuses. `version` grows with every change, so that what was made of people can be kept.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry: Final = registry
        self._users: Final = registry.shelve(User, email=lambda user: user.email)
        self._projects: Final = registry.shelve(Project)
        self._bots: Final = registry.shelve(Bot)
        self._members: Final = registry.shelve(
            ProjectUser,
            project=lambda member: member.id_project,
            user=lambda member: (member.id_project, member.id_user),
            uuid=lambda member: (member.id_project, member.uuid_user),
        )

    @property
    def version(self) -> int:
        """Return a number that grows with every change."""
        return self._registry.version

    def user(self, id: str) -> User | None:  # noqa: A002  (a record's own word)
        """Return the user with that id, or None."""
        return self._users.get(id)

    def user_by_email(self, email: str) -> User | None:
        """Return the user who signs in with that address, or None."""
        return self._users.first("email", email)

    def project(self, id: str) -> Project | None:  # noqa: A002  (likewise)
        """Return the project with that id, or None."""
        return self._projects.get(id)

    def project_user(self, id: str) -> ProjectUser | None:  # noqa: A002  (likewise)
        """Return the member with that id, or None."""
        return self._members.get(id)

    def member(
        self, id_project: str, id_user: str | None = None, uuid_user: str | None = None
    ) -> ProjectUser | None:
        """Return a project's member who is that user, or that guest or external user by uuid; or None."""
        if id_user is not None:
            return self._members.first("user", (id_project, id_user))
        return None if uuid_user is None else self._members.first("uuid", (id_project, uuid_user))

    def bot(self, id: str) -> Bot | None:  # noqa: A002  (a record's own word)
        """Return the bot with that id, or None."""
        return self._bots.get(id)

    def users(self) -> tuple[User, ...]:
        """Return all users, in order of creation."""
        return self._users.all()

    def projects(self) -> tuple[Project, ...]:
        """Return all projects, in order of creation."""
        return self._projects.all()

    def project_users(self, id_project: str | None = None) -> tuple[ProjectUser, ...]:
        """Return the members of a project, or all, in order of creation."""
        return self._members.all() if id_project is None else self._members.find("project", id_project)

    def bots(self) -> tuple[Bot, ...]:
        """Return all bots, in order of creation."""
        return self._bots.all()

    def add_user(self, user: User) -> None:
        """Store a user."""
        self._registry.put([user])

    def add_project(self, project: Project) -> None:
        """Store a project."""
        self._registry.put([project])

    def add_project_user(self, member: ProjectUser) -> None:
        """Store a member of a project."""
        self._registry.put([member])

    def add_bot(self, bot: Bot) -> None:
        """Store a bot."""
        self._registry.put([bot])
