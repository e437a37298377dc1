"""Tiledesk's records as frozen values.

Every field carries the name that it has in Tiledesk's own documents (`_id`, `createdAt`, ...), so that
`tiledesk_mock.domain.wire` can turn a record into a document and back by one table. Ids are 24 lower-case
hex digits; times are ISO 8601 strings in UTC with milliseconds and a `Z`, which sort as times do. The
fields stand in the order in which the real server prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict."""


class Absent(Enum):
    """Tells a field that was not given from one that is null."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT

ENABLED: Final = 100
"""The `status` of users and projects that are not disabled."""


def named(name: str, *, default: Any = ..., secret: bool = False) -> Any:
    """Declare a field by its name in Tiledesk's documents; `secret` keeps it out of what clients see."""
    metadata = {"name": name, "secret": secret}
    if default is ...:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Event:
    """A custom event. `status` is spelt as the real server spells it."""

    id: str = named("_id")
    name: str = named("name")
    id_project: str = named("id_project")
    created_by: str = named("createdBy")
    created_at: str = named("createdAt")
    updated_at: str = named("updatedAt")
    project_user: str | None = named("project_user", default=None)
    attributes: Json | Absent = named("attributes", default=ABSENT)
    status: str = named("status", default="stardard")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who signs in with e-mail address and password."""

    status: int = named("status", default=ENABLED)
    id: str = named("_id")
    email: str = named("email")
    password: str = named("password", secret=True)
    firstname: str | None = named("firstname", default=None)
    lastname: str | None = named("lastname", default=None)
    emailverified: bool = named("emailverified", default=False)
    created_at: str = named("createdAt")
    updated_at: str = named("updatedAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project; `jwt_secret` signs the tokens of its external users."""

    status: int = named("status", default=ENABLED)
    id: str = named("_id")
    name: str = named("name")
    created_by: str = named("createdBy")
    jwt_secret: str | None = named("jwtSecret", default=None, secret=True)
    created_at: str = named("createdAt")
    updated_at: str = named("updatedAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUser:
    """A member of a project: a user (`id_user`), or a guest or external user (`uuid_user`), with a role."""

    user_available: bool = named("user_available", default=True)
    number_assigned_requests: int = named("number_assigned_requests", default=0)
    last_login_at: str | None = named("last_login_at", default=None)
    permissions: tuple[Json, ...] = named("permissions", default=())
    status: str = named("status", default="active")
    trashed: bool = named("trashed", default=False)
    id: str = named("_id")
    id_project: str = named("id_project")
    id_user: str | None = named("id_user", default=None)
    uuid_user: str | None = named("uuid_user", default=None)
    role: str = named("role")
    role_type: int = named("roleType", default=1)
    tags: tuple[Json, ...] = named("tags", default=())
    created_by: str = named("createdBy")
    created_at: str = named("createdAt")
    updated_at: str = named("updatedAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A bot; its tokens are signed with `secret`. The other fields appear as `user` in webhook payloads."""

    webhook_enabled: bool = named("webhook_enabled", default=False)
    type: str = named("type", default="internal")
    language: str = named("language", default="en")
    public: bool = named("public", default=False)
    certified: bool = named("certified", default=False)
    intents_engine: str = named("intentsEngine", default="none")
    tags: tuple[Json, ...] = named("tags", default=())
    score: int = named("score", default=0)
    trained: bool = named("trained", default=True)
    certified_tags: tuple[Json, ...] = named("certifiedTags", default=())
    id: str = named("_id")
    name: str = named("name")
    id_project: str = named("id_project")
    description: str | None = named("description", default=None)
    url: str | None = named("url", default=None)
    secret: str | None = named("secret", default=None, secret=True)
    created_by: str = named("createdBy")
    created_at: str = named("createdAt")
    updated_at: str = named("updatedAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A webhook: events called `event` of the project are posted to `target`, signed with `secret`.

    `event_first` tells that its document, which a seed gave, has `event` before `target`: the database keeps
    the order of fields, and answers and deliveries show it.
    """

    secret: str = named("secret", secret=True)
    is_global: bool = named("global", default=False, secret=True)
    id: str = named("_id")
    target: str = named("target")
    event: str = named("event")
    id_project: str = named("id_project")
    created_by: str = named("createdBy")
    created_at: str = named("createdAt")
    updated_at: str = named("updatedAt")
    event_first: bool = False


class PrincipalKind(Enum):
    """What a caller is; the values are the `sub` of its tokens."""

    USER = "user"
    GUEST = "guest"
    EXTERNAL = "userexternal"
    BOT = "bot"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. `document` is what webhook payloads show as `user`: never a secret; empty: nobody."""

    kind: PrincipalKind
    id: str
    document: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_machine(self) -> bool:
        """Tell whether it is a bot or a subscription, which may post to any project and belong to none."""
        return self.kind in (PrincipalKind.BOT, PrincipalKind.SUBSCRIPTION)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that an emulator holds at one moment: what a seed describes and an export writes."""

    users: tuple[User, ...] = ()
    projects: tuple[Project, ...] = ()
    project_users: tuple[ProjectUser, ...] = ()
    bots: tuple[Bot, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    events: tuple[Event, ...] = ()
