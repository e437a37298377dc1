"""The types of a seed. `fixtures/seed.schema.json` is written from these types.

A field that is not required may be left out; it may be null only where its type says so. Fields that
Tiledesk's own documents carry and the emulator does not keep are allowed and ignored. The lists of
conversations are in `conversation_schema`.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from msgspec import UNSET

from ..node.convert import excerpt
from ..text import END
from ..tiledesk.wire import SUBSCRIPTION_FIELDS
from .conversation_schema import ANSWERS, DEPARTMENTS, GROUPS, LEADS, MESSAGES, REQUESTS
from .types import (
    ANY,
    COUNT,
    CREATOR,
    CREATOR_TITLE,
    FLAG,
    LIST,
    OF_PROJECTS,
    PROJECT_TITLE,
    REFERENCE_OR_NULL,
    STRING,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    described,
    not_kept,
    records,
    struct,
    text,
)

_VISITOR: Final = described(
    str | None, "a string", "The id of a guest or external user, as their tokens have it: it may be empty"
)
_STATUS: Final = described(
    int, "a whole number (100 is enabled)", "100 is enabled, 0 disabled; 100 if left out"
)
_ROLES: Final = ["guest", "user", "teammate", "agent", "supervisor", "admin", "owner"]


_ADDRESS: Final = f'^([^@ ]+|".*")@[^@ ]+{END}'


def _check_user(user: Any) -> None:
    """Refuse what is no e-mail address; a user without a password may have any text, from a custom token."""
    if user.password and not re.match(_ADDRESS, user.email):
        raise ValueError(f"expected an e-mail address as email, not {excerpt(user.email)}")


def _check_member(member: Any) -> None:
    if member.id_user is UNSET and member.uuid_user is UNSET:
        raise ValueError("expected an object with a role and id_user or uuid_user")


_FILLED: Final = {
    name: {"type": "string", "minLength": length}
    for name, length in (("event", 0), ("target", 0), ("secret", 1), ("id_project", 1), ("createdBy", 0))
} | {"global": {"type": "boolean"}}


def _check_subscription(subscription: Any) -> None:
    """Refuse missing, null and empty fields, which only a PUT makes: then `order` names the others."""
    values = {name: getattr(subscription, name) for name in _FILLED}
    is_made = isinstance(values["event"], str) and isinstance(values["target"], str)
    is_filled = None not in values.values() and "" not in (values["secret"], values["id_project"])
    if subscription.order is UNSET and not (is_made and is_filled):
        raise ValueError("expected an object with event and target")


_USERS: Final = records(
    "Who signs in with e-mail address and password",
    ("user", "A user", "an object with email and password"),
    {
        "email": text(
            "an e-mail address",
            "The address to sign in with, kept in lower case; any text without a password",
        ),
        "password": described(
            str, "a password: a string", "The password to sign in with, as it is typed; empty: by token only"
        ),
        "firstname": TEXT_OR_NULL,
        "lastname": TEXT_OR_NULL,
        "phone": TEXT_OR_NULL,
        "emailverified": FLAG,
        "status": _STATUS,
    },
    required=("email", "password"),
    check=_check_user,
    schema={
        "anyOf": [
            {"properties": {"password": {"const": ""}}},
            {"properties": {"email": {"pattern": _ADDRESS}}},
        ]
    },
    ignored="fullName isAuthenticated profile settings attributes description public_email signedInAt "
    "authUrl resetpswrequestid role fullname_initials fillColour",
)
_PROJECTS: Final = records(
    "The projects",
    ("project", "A project", "an object with a name"),
    {
        "name": TEXT,
        "jwtSecret": described(str | None, "a string", "Signs the tokens of the project's external users"),
        "status": _STATUS,
        "createdBy": CREATOR,
        "activeOperatingHours": FLAG,
        "profile": ANY,
        "versions": COUNT,
        "channels": LIST,
        "bannedUsers": LIST,
        "settings": ANY,
        "operatingHours": ANY,
        "widget": ANY,
        "ipFilterEnabled": FLAG,
        "ipFilter": LIST,
    },
    required=("name",),
    ignored="updatedBy id_project attributes tags timeSlots description defaultLanguage timezone region url "
    "trialDays trialDaysLeft trialExpired isActiveSubscription ipFilterDeny ipFilterDenyEnabled email",
)
_PROJECT_USERS: Final = records(
    "Who belongs to which project, and in which role",
    (
        "project_user",
        "A member of a project: a user (id_user), or a guest or external user (uuid_user)",
        "an object with a role and id_user or uuid_user",
    ),
    {
        **OF_PROJECTS,
        "id_user": described(
            REFERENCE_OR_NULL, "a user's id or e-mail address", "The user, by id or e-mail address"
        ),
        "uuid_user": _VISITOR,
        "role": described(
            str,
            f"a role: a non-empty string ({', '.join(_ROLES)}, or one of your own)",
            f"{', '.join(_ROLES)}, or one of the project's own",
            min_length=1,
            examples=_ROLES,
        ),
        "status": text(
            "a non-empty string (active, disabled)",
            "active or disabled; active if left out",
            examples=["active", "disabled"],
        ),
        "roleType": COUNT,
        "user_available": FLAG,
        "number_assigned_requests": COUNT,
        "last_login_at": described(
            TIME | None,
            "an ISO 8601 time with Z or an offset, or one before the start (-2h)",
            "When they signed in last",
        ),
        "permissions": LIST,
        "tags": LIST,
        "trashed": FLAG,
        "presence": ANY,
        "attributes": ANY,
        "max_assigned_chat": COUNT,
        "profileStatus": STRING,
    },
    required=("role",),
    ignored="updatedBy profile settings isAuthenticated isBusy max_served_chat groups rolePermissions",
    check=_check_member,
    schema={"anyOf": [{"required": ["id_user"]}, {"required": ["uuid_user"]}]},
)
_BOTS: Final = records(
    "Bots",
    ("bot", "A bot", "an object with a name"),
    {
        **OF_PROJECTS,
        "name": TEXT,
        "secret": described(str | None, "a string", "Signs the bot's tokens; made if left out"),
        "url": TEXT_OR_NULL,
        "type": TEXT,
        "language": STRING,
        "description": TEXT_OR_NULL,
        "webhook_enabled": FLAG,
        "public": FLAG,
        "certified": FLAG,
        "intentsEngine": TEXT,
        "score": COUNT,
        "trained": FLAG,
        "tags": LIST,
        "certifiedTags": LIST,
        "slug": STRING,
        "webhook_url": STRING,
        "subtype": STRING,
        "trashed": FLAG,
        "agents_available": FLAG,
        "modified": FLAG,
        "trashedAt": STRING,
        "mainCategory": STRING,
        "attributes": ANY,
    },
    required=("name",),
    ignored="updatedBy id_faq_kb id_bot settings template title short_description "
    "role fullName publishedBy publishedAt release_note root_id",
)
_SUBSCRIPTIONS: Final = records(
    "Webhooks",
    ("subscription", "A webhook", "an object with event and target"),
    {
        "id_project": described(str | None, "a project's id or name", PROJECT_TITLE),
        "createdBy": described(str | None, "an id, or a user's e-mail address", CREATOR_TITLE),
        "event": described(
            str | None,
            "an event's name such as event.emit.NAME",
            "Which events: event.emit (every one) or event.emit.NAME",
        ),
        "target": described(str | None, "a URL", "The URL that events are posted to"),
        "secret": described(str | None, "a string", "Signs the deliveries; made if left out"),
        "global": described(bool | None, "true or false", "Whether events of every project are posted"),
        "__v": described(float | None, "a number", "How often it was changed"),
        "order": described(
            list[Literal[SUBSCRIPTION_FIELDS]],  # type: ignore[valid-type]
            "a list of a subscription's fields",
            "In exports: which fields a subscription has that a PUT made or changed. The others are missing",
        ),
    },
    required=(),
    ignored="updatedBy",
    check=_check_subscription,
    schema={"anyOf": [{"required": ["order"]}, {"required": ["event", "target"], "properties": _FILLED}]},
)
_EVENTS: Final = records(
    "Events that were fired before the start, oldest first",
    ("event", "An event", "an object with a name"),
    {
        **OF_PROJECTS,
        "name": text("a non-empty string", "The event's name"),
        "attributes": described(Any, None, "What the event carries: any value, an object as a rule"),
        "project_user": described(
            REFERENCE_OR_NULL,
            "a member's _id, e-mail address or uuid_user",
            "The member that fired it, by _id, the user's e-mail address or the guest's uuid_user; null for "
            "a bot",
        ),
        "status": TEXT,
    },
    required=("name",),
    ignored="updatedBy",
)


_LISTS: Final = {
    "users": _USERS,
    "projects": _PROJECTS,
    "project_users": _PROJECT_USERS,
    "bots": _BOTS,
    "subscriptions": _SUBSCRIPTIONS,
    "events": _EVENTS,
    "departments": DEPARTMENTS,
    "groups": GROUPS,
    "leads": LEADS,
    "requests": REQUESTS,
    "messages": MESSAGES,
    "answers": ANSWERS,
}
NOT_KEPT: Final = {name: not_kept(kind) for name, kind in _LISTS.items()}
"""The fields of each list that are allowed, and ignored."""

SEED: Final = described(
    struct(
        "seed",
        {"$schema": described(str, "a string", "Where an editor finds this schema"), **_LISTS},
        required=(),
    ),
    "an object with the lists users, projects, project_users, bots, subscriptions, events, departments, "
    "groups, leads, requests, messages and answers",
)
"""The type of a whole seed, for `convert` and `msgspec.json.schema`."""
