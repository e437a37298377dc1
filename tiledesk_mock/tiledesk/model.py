"""Tiledesk's records as frozen values.

Each field has the name of Tiledesk's documents (`_id`, `createdAt`, ...), or is declared with it, so that
`wire` converts records to documents and back by one table. Ids are 24 lower-case hex digits. Times are ISO
8601 strings in UTC with milliseconds and a `Z`, which sort as times do. Fields have the server's order, in
which a POST makes a record. `order` has the names of the document's fields where they were set otherwise.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from ..node.json import ABSENT, Absent, Json
from .conversations import Answer, Conversation, Department, Group, Lead, Message

ENABLED: Final = 100
"""The `status` of users and projects that are not disabled."""

ACTIVE: Final = "active"
"""The `status` of members that are not disabled."""

SECRET_FIELDS: Final = frozenset({"password", "jwt_secret", "secret", "is_global"})
"""The fields of records that clients never see."""


_VISITOR: Final = 2
"""The `roleType` of guests and external users; the team has 1."""

OptionalText = str | Absent | None
"""A field that may be absent, and may be null."""


class Event(Struct, frozen=True):
    """A custom event. `status` is misspelt as by the real server."""

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
    """A user, who signs in with e-mail address and password; with an empty one, by tokens only.

    A name may be null where a custom token or a form said so.
    """

    status: int = ENABLED
    id: str = field(name="_id")
    email: str
    password: str
    firstname: OptionalText = ABSENT
    lastname: OptionalText = ABSENT
    emailverified: bool = False
    phone: OptionalText = ABSENT
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")
    order: tuple[str, ...] = ()


class Project(Struct, frozen=True, kw_only=True):
    """A project; `jwt_secret` signs the tokens of its external users.

    A project that a POST made has the fields that may be absent; the payloads of others have them by default.
    """

    status: int = ENABLED
    ip_filter_enabled: bool | Absent = field(default=ABSENT, name="ipFilterEnabled")
    ip_filter: Json | Absent = field(default=ABSENT, name="ipFilter")
    id: str = field(name="_id")
    name: str
    active_operating_hours: bool | Absent = field(default=ABSENT, name="activeOperatingHours")
    created_by: str = field(name="createdBy")
    jwt_secret: str | None = field(default=None, name="jwtSecret")
    profile: Json | Absent = ABSENT
    versions: int | Absent = ABSENT
    channels: Json | Absent = ABSENT
    banned_users: Json | Absent = field(default=ABSENT, name="bannedUsers")
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")
    settings: Json | Absent = ABSENT
    operating_hours: Json | Absent = field(default=ABSENT, name="operatingHours")
    widget: Json | Absent = ABSENT
    order: tuple[str, ...] = ()


class ProjectUser(Struct, frozen=True, kw_only=True):
    """A member of a project: a user (`id_user`), or a guest or external user (`uuid_user`), with a role."""

    user_available: bool = True
    number_assigned_requests: int = 0
    last_login_at: str | None = None
    permissions: tuple[Json, ...] = ()
    status: str = ACTIVE
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
    attributes: Json | Absent = ABSENT
    max_assigned_chat: int | Absent = ABSENT
    profile_status: str | Absent = field(default=ABSENT, name="profileStatus")
    presence: Json | Absent = ABSENT
    order: tuple[str, ...] = ()

    @property
    def person_id(self) -> str:
        """Return the id of the user or visitor, which messages and `createdBy` have."""
        return self.id_user or self.uuid_user or ""

    @property
    def is_visitor(self) -> bool:
        """Return whether it is no member of the team."""
        return self.role_type == _VISITOR


class Bot(Struct, frozen=True, kw_only=True):
    """A bot; its tokens are signed with `secret`. The other fields are the `user` of webhook payloads.

    A bot that a POST made has a `slug`, and `modified` after a change.
    """

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
    slug: str | Absent = ABSENT
    id_project: str
    description: str | None = None
    url: str | None = None
    secret: str | None = None
    webhook_url: str | Absent = ABSENT
    subtype: str | Absent = ABSENT
    main_category: str | Absent = field(default=ABSENT, name="mainCategory")
    trashed: bool | Absent = ABSENT
    created_by: str = field(name="createdBy")
    attributes: Json | Absent = ABSENT
    agents_available: bool | Absent = ABSENT
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")
    trashed_at: str | Absent = field(default=ABSENT, name="trashedAt")
    modified: bool | Absent = ABSENT
    order: tuple[str, ...] = ()


class Subscription(Struct, frozen=True, kw_only=True):
    """A webhook: events of the project with the name `event` are posted to `target`, signed with `secret`.

    With `is_global`, events of every project. A PUT can make any field null but `id`, or take it away.
    `order` has the names of the document's fields, since MongoDB keeps their order, and so do responses
    and deliveries; it is empty for the order of a document that a POST made.
    """

    secret: str | None = None
    is_global: bool | None = field(default=False, name="global")
    id: str = field(name="_id")
    target: str | None = None
    event: str | None = None
    id_project: str | None = None
    created_by: str | None = field(default=None, name="createdBy")
    created_at: str | None = field(default=None, name="createdAt")
    updated_at: str | None = field(default=None, name="updatedAt")
    version: float | None = field(default=0, name="__v")
    order: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Return the URL that events are posted to; empty if it was taken away."""
        return self.target or ""

    @property
    def signing_secret(self) -> str:
        """Return the secret that signs deliveries; empty if it was taken away."""
        return self.secret or ""

    @property
    def is_delivered_to(self) -> bool:
        """Return whether events are delivered: without target or secret the real server fails silently."""
        return bool(self.target and self.secret)


class Dataset(Struct, frozen=True):
    """All records of an emulator: what a seed describes and an export writes.

    `requests` are the conversations, by the name that Tiledesk has for them.
    """

    users: tuple[User, ...] = ()
    projects: tuple[Project, ...] = ()
    project_users: tuple[ProjectUser, ...] = ()
    bots: tuple[Bot, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    events: tuple[Event, ...] = ()
    departments: tuple[Department, ...] = ()
    groups: tuple[Group, ...] = ()
    leads: tuple[Lead, ...] = ()
    requests: tuple[Conversation, ...] = ()
    messages: tuple[Message, ...] = ()
    answers: tuple[Answer, ...] = ()
