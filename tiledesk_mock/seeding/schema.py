"""The types of a seed. `fixtures/seed.schema.json` is written from these types.

A field that is not required may be left out; it may be null only where its type says so. Fields that
Tiledesk's own documents carry and the emulator does not keep are allowed and ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType, defstruct, field

from ..node.convert import excerpt
from ..tiledesk.wire import SUBSCRIPTION_FIELDS

_END: Final = r"$(?!\n)"  # in Python, `$` alone also matches before a last line break


def _type(kind: Any, description: str | None, title: str | None = None, **limits: Any) -> Any:
    """Return a type with its description, which error messages quote, and its title, which editors show."""
    return Annotated[kind, Meta(title=title, description=description, **limits)]


def _text(description: str, title: str, **limits: Any) -> Any:
    return _type(str, description, title, min_length=1, **limits)


_ID: Final = _type(
    str,
    "an id of 24 hex digits (in YAML, quote one of digits only)",
    "The id; made if left out",
    pattern=f"^[0-9a-fA-F]{{24}}{_END}",
)
_TIME: Final = _type(
    str,
    "an ISO 8601 time with Z or an offset (2026-01-31T12:00:00Z), or one before the start (-2h, -1d12h; "
    "units w d h m s)",
    "A time; the start if left out",
    pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
    f"([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})|-([0-9]+[wdhms])+){_END}",
)
_TEXT: Final = _type(str, "a non-empty string", min_length=1)
_TEXT_OR_NULL: Final = _type(str | None, "a string")
_STRING: Final = _type(str, "a string")
_ANY: Final = _type(Any, None)
_NAME_OR_NULL: Final = Annotated[str, Meta(min_length=1)] | None
_VISITOR: Final = _type(
    str | None, "a string", "The id of a guest or external user, as their tokens have it: it may be empty"
)
_FLAG: Final = _type(bool, "true or false")
_COUNT: Final = _type(int, "a whole number")
_LIST: Final = _type(list[Any], "a list")
_STATUS: Final = _type(int, "a whole number (100 is enabled)", "100 is enabled, 0 disabled; 100 if left out")
_PROJECT_TITLE: Final = "The project, by its id or name; the only project if left out"
_PROJECT: Final = _text("a project's id or name", _PROJECT_TITLE)
_CREATOR_TITLE: Final = "Who made it, by id or e-mail address; the project's owner if left out"
_CREATOR: Final = _type(str, "an id, or a user's e-mail address", _CREATOR_TITLE)
_ROLES: Final = ["guest", "user", "teammate", "agent", "supervisor", "admin", "owner"]
_OF_PROJECTS: Final = {"id_project": _PROJECT, "createdBy": _CREATOR}


def _struct(
    name: str, types: Mapping[str, Any], required: Collection[str], check: Callable[[Any], None] | None = None
) -> Any:
    """Return the type of an object; `check` raises ValueError for rules beyond the types of its fields."""
    fields: list[tuple[str, Any, Any]] = []
    for key, kind in types.items():
        attribute = re.sub(r"^__|\W", "", key)
        if key in required:
            fields.append((attribute, kind, field(name=key)))
        else:
            fields.append((attribute, kind | UnsetType, field(name=key, default=UNSET)))
    namespace = {"__post_init__": check} if check else None
    return defstruct(name, fields, namespace=namespace, forbid_unknown_fields=True, kw_only=True)


def _records(
    title: str,
    item: tuple[str, str, str],
    types: Mapping[str, Any],
    *,
    required: Collection[str],
    ignored: str = "",
    check: Callable[[Any], None] | None = None,
    schema: Mapping[str, Any] | None = None,
) -> Any:
    """Return the type of a list of records. `item` has the name, title and description of one record."""
    name, item_title, description = item
    every = {"_id": _ID, "createdAt": _TIME, "updatedAt": _TIME, **types}
    every |= dict.fromkeys(["__v", "id", *ignored.split()], Any)
    record = _struct(name, every, required, check)
    item_type = _type(record, description, item_title, extra_json_schema=schema)
    return _type(list[item_type], None, title)  # type: ignore[valid-type]


_ADDRESS: Final = f'^([^@ ]+|".*")@[^@ ]+{_END}'


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


_USERS: Final = _records(
    "Who signs in with e-mail address and password",
    ("user", "A user", "an object with email and password"),
    {
        "email": _text(
            "an e-mail address",
            "The address to sign in with, kept in lower case; any text without a password",
        ),
        "password": _type(
            str, "a password: a string", "The password to sign in with, as it is typed; empty: by token only"
        ),
        "firstname": _TEXT_OR_NULL,
        "lastname": _TEXT_OR_NULL,
        "phone": _TEXT_OR_NULL,
        "emailverified": _FLAG,
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
_PROJECTS: Final = _records(
    "The projects",
    ("project", "A project", "an object with a name"),
    {
        "name": _TEXT,
        "jwtSecret": _type(str | None, "a string", "Signs the tokens of the project's external users"),
        "status": _STATUS,
        "createdBy": _CREATOR,
        "activeOperatingHours": _FLAG,
        "profile": _ANY,
        "versions": _COUNT,
        "channels": _LIST,
        "bannedUsers": _LIST,
        "settings": _ANY,
        "operatingHours": _ANY,
    },
    required=("name",),
    ignored="updatedBy attributes widget tags timeSlots description defaultLanguage timezone region url "
    "trialDays trialDaysLeft trialExpired isActiveSubscription ipFilter ipFilterEnabled ipFilterDeny "
    "ipFilterDenyEnabled email",
)
_PROJECT_USERS: Final = _records(
    "Who belongs to which project, and in which role",
    (
        "project_user",
        "A member of a project: a user (id_user), or a guest or external user (uuid_user)",
        "an object with a role and id_user or uuid_user",
    ),
    {
        **_OF_PROJECTS,
        "id_user": _type(_NAME_OR_NULL, "a user's id or e-mail address", "The user, by id or e-mail address"),
        "uuid_user": _VISITOR,
        "role": _type(
            str,
            f"a role: a non-empty string ({', '.join(_ROLES)}, or one of your own)",
            f"{', '.join(_ROLES)}, or one of the project's own",
            min_length=1,
            examples=_ROLES,
        ),
        "status": _text(
            "a non-empty string (active, disabled)",
            "active or disabled; active if left out",
            examples=["active", "disabled"],
        ),
        "roleType": _COUNT,
        "user_available": _FLAG,
        "number_assigned_requests": _COUNT,
        "last_login_at": _type(
            _TIME | None,
            "an ISO 8601 time with Z or an offset, or one before the start (-2h)",
            "When they signed in last",
        ),
        "permissions": _LIST,
        "tags": _LIST,
        "trashed": _FLAG,
        "presence": _ANY,
        "attributes": _ANY,
        "max_assigned_chat": _COUNT,
        "profileStatus": _STRING,
    },
    required=("role",),
    ignored="updatedBy profile settings isAuthenticated isBusy max_served_chat groups rolePermissions",
    check=_check_member,
    schema={"anyOf": [{"required": ["id_user"]}, {"required": ["uuid_user"]}]},
)
_BOTS: Final = _records(
    "Bots",
    ("bot", "A bot", "an object with a name"),
    {
        **_OF_PROJECTS,
        "name": _TEXT,
        "secret": _type(str | None, "a string", "Signs the bot's tokens; made if left out"),
        "url": _TEXT_OR_NULL,
        "type": _TEXT,
        "language": _TEXT,
        "description": _TEXT_OR_NULL,
        "webhook_enabled": _FLAG,
        "public": _FLAG,
        "certified": _FLAG,
        "intentsEngine": _TEXT,
        "score": _COUNT,
        "trained": _FLAG,
        "tags": _LIST,
        "certifiedTags": _LIST,
        "slug": _STRING,
        "webhook_url": _STRING,
        "subtype": _STRING,
        "trashed": _FLAG,
        "agents_available": _FLAG,
        "modified": _FLAG,
        "trashedAt": _STRING,
    },
    required=("name",),
    ignored="updatedBy id_faq_kb id_bot attributes settings template title short_description mainCategory "
    "role fullName publishedBy publishedAt root_id",
)
_SUBSCRIPTIONS: Final = _records(
    "Webhooks",
    ("subscription", "A webhook", "an object with event and target"),
    {
        "id_project": _type(str | None, "a project's id or name", _PROJECT_TITLE),
        "createdBy": _type(str | None, "an id, or a user's e-mail address", _CREATOR_TITLE),
        "event": _type(
            str | None,
            "an event's name such as event.emit.NAME",
            "Which events: event.emit (every one) or event.emit.NAME",
        ),
        "target": _type(str | None, "a URL", "The URL that events are posted to"),
        "secret": _type(str | None, "a string", "Signs the deliveries; made if left out"),
        "global": _type(bool | None, "true or false", "Whether events of every project are posted"),
        "order": _type(
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
_EVENTS: Final = _records(
    "Events that were fired before the start, oldest first",
    ("event", "An event", "an object with a name"),
    {
        **_OF_PROJECTS,
        "name": _text("a non-empty string", "The event's name"),
        "attributes": _type(Any, None, "What the event carries: any value, an object as a rule"),
        "project_user": _type(
            _NAME_OR_NULL,
            "a member's _id, e-mail address or uuid_user",
            "The member that fired it, by _id, the user's e-mail address or the guest's uuid_user; null for "
            "a bot",
        ),
        "status": _TEXT,
    },
    required=("name",),
    ignored="updatedBy",
)


SEED: Final = _type(
    _struct(
        "seed",
        {
            "$schema": _type(str, "a string", "Where an editor finds this schema"),
            "users": _USERS,
            "projects": _PROJECTS,
            "project_users": _PROJECT_USERS,
            "bots": _BOTS,
            "subscriptions": _SUBSCRIPTIONS,
            "events": _EVENTS,
        },
        required=(),
    ),
    "an object with the lists users, projects, project_users, bots, subscriptions and events",
)
"""The type of a whole seed, for `convert` and `msgspec.json.schema`."""
