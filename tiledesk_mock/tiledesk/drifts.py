"""The drifts: where the documentation of Tiledesk and its server disagree."""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import Struct

SERVER_VERSION: Final = "2.19.16"
"""The version of tiledesk-server that is emulated, and that the drifts were measured with."""


class DriftKind(str, Enum):
    """Whether only certain requests depend on the drift, or every response has its shape."""

    REQUEST = "request"
    SHAPE = "shape"


class Drift(Struct, frozen=True):
    """One drift: what the documentation promises, what the server does, and the sources of both."""

    id: str
    kind: DriftKind
    documented: str
    server: str
    source: str


ID_FIELD: Final = "id-field"
PROJECT_USER_OBJECT: Final = "project-user-object"
SORT_FIELD: Final = "sort-field"
EVENT_NAME_PREFIX: Final = "event-name-prefix"
EVENTS_EXPIRE: Final = "events-expire"
WEBHOOK_RETRIES: Final = "webhook-retries"
STATUS_FIELD: Final = "status-field"
VERSION_FIELD: Final = "version-field"
SHARED_SECRET: Final = "shared-secret"  # noqa: S105  (the name of a drift)
RATE_LIMIT: Final = "rate-limit"
REALTIME_CROSS_PROJECT: Final = "realtime-cross-project"
REALTIME_ROLES: Final = "realtime-roles"
CROSS_PROJECT_READ: Final = "cross-project-read"
CUSTOM_TOKEN_CLAIMS: Final = "custom-token-claims"  # noqa: S105  (the name of a drift)
GUEST_USER: Final = "guest-user"

_SHAPE, _REQUEST = DriftKind.SHAPE, DriftKind.REQUEST
_PAGES: Final = {
    WEBHOOK_RETRIES: "Webhooks",
    SHARED_SECRET: "Webhooks",
    RATE_LIMIT: "Introduction",
    REALTIME_CROSS_PROJECT: "Realtime",
    REALTIME_ROLES: "Realtime",
    CUSTOM_TOKEN_CLAIMS: "JWT Authentication",
    GUEST_USER: "REST APIs / Authentication",
}
"""The pages of the developer hub with the promises that are not among those of the REST API."""

_SOURCE: Final = "developer hub, {}; recorded from tiledesk-server 2.19.16"
_ROWS: Final = (
    (ID_FIELD, _SHAPE, "events have id", "REST responses have _id only; webhook payloads have both"),
    (
        PROJECT_USER_OBJECT,
        _SHAPE,
        "project_user is an object, with id_user as an id",
        "REST responses and realtime history have its id; webhook payloads and live frames the object",
    ),
    (SORT_FIELD, _REQUEST, "sortField sorts", "sortField is ignored, sort sorts"),
    (
        EVENT_NAME_PREFIX,
        _REQUEST,
        "fire the name event.emit.X, and subscribers to event.emit.X get it",
        "the prefix is added again: only subscribers to event.emit.event.emit.X get it; fire X",
    ),
    (EVENTS_EXPIRE, _REQUEST, "events stay", "events are deleted 3600 s after their creation"),
    (
        WEBHOOK_RETRIES,
        _REQUEST,
        "any response but 200 is retried",
        "only 429, 101, 5xx and no whole response are retried",
    ),
    (STATUS_FIELD, _SHAPE, "not in the model", "status is in every response"),
    (VERSION_FIELD, _SHAPE, "not in the model", "__v is in every response"),
    (
        SHARED_SECRET,
        _SHAPE,
        "each subscription has its secret",
        "one secret for all that a server process creates; retries have the last one's hook and token",
    ),
    (RATE_LIMIT, _REQUEST, "429 above 200 requests a minute", "no limit"),
    (
        REALTIME_CROSS_PROJECT,
        _REQUEST,
        "members of the project only",
        "anybody signed in may subscribe to any project's events, and publish to their topics",
    ),
    (REALTIME_ROLES, _REQUEST, "owners, admins and agents only", "users of any role may subscribe"),
    (
        CROSS_PROJECT_READ,
        _REQUEST,
        "the event of that project, else 404",
        "GET by id returns any project's event",
    ),
    (
        CUSTOM_TOKEN_CLAIMS,
        _SHAPE,
        "a custom token has the sub userexternal, an email, and an _id that begins with the project's id",
        (
            "any sub and any _id but an empty one sign in; only role owner, admin or agent needs an email; "
            "events need the sub userexternal or guest, or the _id of a user"
        ),
    ),
    (
        GUEST_USER,
        _SHAPE,
        "the user of an anonymous sign-in has an email address, emailverified, createdAt and updatedAt",
        "it has what was sent, with firstname, fullName and an id that is a UUID",
    ),
)

DRIFTS: Final = tuple(
    Drift(name, kind, documented, server, _SOURCE.format(_PAGES.get(name, "REST APIs / Events")))
    for name, kind, documented, server in _ROWS
)
