"""Tiledesk's records as frozen values.

A field has the name that it has in Tiledesk's own documents (`_id`, `createdAt`, ...), or carries it, so that
`tiledesk_mock.tiledesk.wire` can turn a record into a document and back by one table. Ids are 24 lower-case
hex digits; times are ISO 8601 strings in UTC with milliseconds and a `Z`, which sort as times do. The
fields stand in the order in which the real server prints them.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from ..node.json import ABSENT, Absent, Json

ENABLED: Final = 100
"""The `status` of users and projects that are not disabled."""

SECRET_FIELDS: Final = frozenset({"password", "jwt_secret", "secret", "is_global"})
"""The fields, of whatever record, that clients never see."""


class Event(Struct, frozen=True):
    """A custom event. `status` is spelt as the real server spells it."""

    id: str = field(name="_id")
    name: str
    id_project: str
    created_by: str = field(name="createdBy")
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")
    project_user: str | None = None
    attributes: Json | Absent = ABSENT
    status: str = "stardard"


class User(Struct, frozen=True, kw_only=True):
    """Somebody who signs in with e-mail address and password."""

    status: int = ENABLED
    id: str = field(name="_id")
    email: str
    password: str
    firstname: str | None = None
    lastname: str | None = None
    emailverified: bool = False
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")


class Project(Struct, frozen=True, kw_only=True):
    """A project; `jwt_secret` signs the tokens of its external users."""

    status: int = ENABLED
    id: str = field(name="_id")
    name: str
    created_by: str = field(name="createdBy")
    jwt_secret: str | None = field(default=None, name="jwtSecret")
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")


class ProjectUser(Struct, frozen=True, kw_only=True):
    """A member of a project: a user (`id_user`), or a guest or external user (`uuid_user`), with a role."""

    user_available: bool = True
    number_assigned_requests: int = 0
    last_login_at: str | None = None
    permissions: tuple[Json, ...] = ()
    status: str = "active"
    trashed: bool = False
    id: str = field(name="_id")
    id_project: str
    id_user: str | None = None
    uuid_user: str | None = None
    role: str
    role_type: int = field(default=1, name="roleType")
    tags: tuple[Json, ...] = ()
    created_by: str = field(name="createdBy")
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")


class Bot(Struct, frozen=True, kw_only=True):
    """A bot; its tokens are signed with `secret`. The other fields appear as `user` in webhook payloads."""

    webhook_enabled: bool = False
    type: str = "internal"
    language: str = "en"
    public: bool = False
    certified: bool = False
    intents_engine: str = field(default="none", name="intentsEngine")
    tags: tuple[Json, ...] = ()
    score: int = 0
    trained: bool = True
    certified_tags: tuple[Json, ...] = field(default=(), name="certifiedTags")
    id: str = field(name="_id")
    name: str
    id_project: str
    description: str | None = None
    url: str | None = None
    secret: str | None = None
    created_by: str = field(name="createdBy")
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")


class Subscription(Struct, frozen=True, kw_only=True):
    """A webhook: events called `event` of the project are posted to `target`, signed with `secret`.

    `event_first` tells that its document, which a seed gave, has `event` before `target`: the database keeps
    the order of fields, and answers and deliveries show it.
    """

    secret: str
    is_global: bool = field(default=False, name="global")
    id: str = field(name="_id")
    target: str
    event: str
    id_project: str
    created_by: str = field(name="createdBy")
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")
    event_first: bool = False


class Dataset(Struct, frozen=True):
    """Everything that an emulator holds at one moment: what a seed describes and an export writes."""

    users: tuple[User, ...] = ()
    projects: tuple[Project, ...] = ()
    project_users: tuple[ProjectUser, ...] = ()
    bots: tuple[Bot, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    events: tuple[Event, ...] = ()
