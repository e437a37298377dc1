"""What a seed may hold. `fixtures/seed.schema.json` is written from these types.

A field that is not required may be left out; it may be null only where its type says so. Fields that
Tiledesk's own documents carry and the emulator does not keep are allowed and ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, UnsetType, defstruct, field

_END: Final = r"$(?!\n)"  # in Python, `$` alone also matches before a last line break


def _type(kind: Any, description: str | None, title: str | None = None, **limits: Any) -> Any:
    """Return a type with its description, which error messages quote, and its title, which editors show."""
    return Annotated[kind, Meta(title=title, description=description, **limits)]


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
_NAME_OR_NULL: Final = Annotated[str, Meta(min_length=1)] | None
_FLAG: Final = _type(bool, "true or false")
_COUNT: Final = _type(int, "a whole number")
_LIST: Final = _type(list[Any], "a list")
_STATUS: Final = _type(int, "a whole number (100 is enabled)", "100 is enabled, 0 disabled; 100 if left out")
_PROJECT: Final = _type(
    str,
    "a project's id or name",
    "The project, by its id or name; the only project if left out",
    min_length=1,
)
_CREATOR: Final = _type(
    str,
    "an id, or a user's e-mail address",
    "Who made it, by id or e-mail address; the project's owner if left out",
    min_length=1,
)
_ROLES: Final = ["guest", "user", "teammate", "agent", "supervisor", "admin", "owner"]
_OF_PROJECTS: Final = {"id_project": _PROJECT, "createdBy": _CREATOR}


def _record(
    name: str,
    types: Mapping[str, Any],
    *,
    required: Collection[str],
    ignored: str = "",
    check: Callable[[Any], None] | None = None,
) -> Any:
    """Return the type of one kind of record; `check` raises ValueError for what the fields do not say."""
    common = {"_id": _ID, "createdAt": _TIME, "updatedAt": _TIME}
    every = {**common, **types, **dict.fromkeys(["__v", "id", *ignored.split()], Any)}
    return defstruct(
        name,
        [_field(key, kind, is_required=key in required) for key, kind in every.items()],
        namespace={"__post_init__": check} if check else None,
        forbid_unknown_fields=True,
        kw_only=True,
    )


def _field(key: str, kind: Any, *, is_required: bool = False) -> tuple[str, Any, Any]:
    attribute = re.sub(r"^__|\W", "", key)
    if is_required:
        return attribute, kind, field(name=key)
    return attribute, kind | UnsetType, field(name=key, default=UNSET)


def _check_member(member: Any) -> None:
    if member.id_user is UNSET and member.uuid_user is UNSET:
        raise ValueError("expected an object with a role and id_user or uuid_user")


_USER: Final = _record(
    "user",
    {
        "email": _type(
            str,
            "an e-mail address",
            "The address to sign in with; kept in lower case",
            pattern=f"^[^@ ]+@[^@ ]+{_END}",
        ),
        "password": _type(
            str,
            "a password: a non-empty string",
            "The password to sign in with, as it is typed",
            min_length=1,
        ),
        "firstname": _TEXT_OR_NULL,
        "lastname": _TEXT_OR_NULL,
        "emailverified": _FLAG,
        "status": _STATUS,
    },
    required=("email", "password"),
    ignored="fullName isAuthenticated profile settings attributes phone description public_email signedInAt "
    "authUrl resetpswrequestid role fullname_initials fillColour",
)
_PROJECT_RECORD: Final = _record(
    "project",
    {
        "name": _TEXT,
        "jwtSecret": _type(str | None, "a string", "Signs the tokens of the project's external users"),
        "status": _STATUS,
        "createdBy": _CREATOR,
    },
    required=("name",),
    ignored="updatedBy profile settings attributes widget versions channels bannedUsers tags operatingHours "
    "activeOperatingHours timeSlots description defaultLanguage timezone region url trialDays trialDaysLeft "
    "trialExpired isActiveSubscription ipFilter ipFilterEnabled ipFilterDeny ipFilterDenyEnabled email",
)
_PROJECT_USER: Final = _record(
    "project_user",
    {
        **_OF_PROJECTS,
        "id_user": _type(_NAME_OR_NULL, "a user's id or e-mail address", "The user, by id or e-mail address"),
        "uuid_user": _type(_NAME_OR_NULL, "a non-empty string", "The id of a guest or external user"),
        "role": _type(
            str,
            f"a role: a non-empty string ({', '.join(_ROLES)}, or one of your own)",
            f"{', '.join(_ROLES)}, or one of the project's own",
            min_length=1,
            examples=_ROLES,
        ),
        "status": _type(
            str,
            "a non-empty string (active, disabled)",
            "active or disabled; active if left out",
            min_length=1,
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
    },
    required=("role",),
    ignored="updatedBy profile settings attributes profileStatus presence isAuthenticated isBusy "
    "max_assigned_chat max_served_chat groups rolePermissions",
    check=_check_member,
)
_BOT: Final = _record(
    "bot",
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
    },
    required=("name",),
    ignored="updatedBy id_faq_kb id_bot attributes settings trashed slug subtype template title "
    "short_description mainCategory role fullName webhook_url agents_available publishedBy publishedAt "
    "root_id",
)
_SUBSCRIPTION: Final = _record(
    "subscription",
    {
        **_OF_PROJECTS,
        "event": _type(
            str,
            "an event's name such as event.emit.NAME",
            "Which events: event.emit (every one) or event.emit.NAME",
            min_length=1,
        ),
        "target": _type(str, "a URL", "The URL that events are posted to", min_length=1),
        "secret": _type(str, "a non-empty string", "Signs the deliveries; made if left out", min_length=1),
        "global": _FLAG,
    },
    required=("event", "target"),
    ignored="updatedBy",
)
_EVENT: Final = _record(
    "event",
    {
        **_OF_PROJECTS,
        "name": _type(str, "a non-empty string", "The event's name", min_length=1),
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


def _list(title: str, record: Any, item_title: str, description: str, **schema: Any) -> Any:
    item = _type(record, description, item_title, extra_json_schema=schema or None)
    return _type(list[item], None, title)  # type: ignore[valid-type]


_LISTS: Final = {
    "users": _list(
        "Who signs in with e-mail address and password",
        _USER,
        "A user",
        "an object with email and password",
    ),
    "projects": _list("The projects", _PROJECT_RECORD, "A project", "an object with a name"),
    "project_users": _list(
        "Who belongs to which project, and in which role",
        _PROJECT_USER,
        "A member of a project: a user (id_user), or a guest or external user (uuid_user)",
        "an object with a role and id_user or uuid_user",
        anyOf=[{"required": ["id_user"]}, {"required": ["uuid_user"]}],
    ),
    "bots": _list("Bots", _BOT, "A bot", "an object with a name"),
    "subscriptions": _list("Webhooks", _SUBSCRIPTION, "A webhook", "an object with event and target"),
    "events": _list(
        "Events that were fired before the start, oldest first",
        _EVENT,
        "An event",
        "an object with a name",
    ),
}

SEED: Final = _type(
    defstruct(
        "seed",
        [
            _field("$schema", _type(str, "a string", "Where an editor finds this schema")),
            *(_field(name, kind) for name, kind in _LISTS.items()),
        ],
        forbid_unknown_fields=True,
        kw_only=True,
    ),
    f"an object with the lists {', '.join(list(_LISTS)[:-1])} and events",
)
"""The type of a whole seed, for `convert` and `msgspec.json.schema`."""
