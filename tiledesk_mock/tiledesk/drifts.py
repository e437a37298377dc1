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


_DOCUMENTATION: Final = "developer hub, REST APIs / Events"
_WEBHOOKS_PAGE: Final = "developer hub, Webhooks"
_RECORDED: Final = "recorded from tiledesk-server 2.19.16"

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
CROSS_PROJECT_READ: Final = "cross-project-read"

DRIFTS: Final = tuple(
    Drift(name, kind, documented, server, f"{page}; {_RECORDED}")
    for name, kind, documented, server, page in (
        (
            ID_FIELD,
            DriftKind.SHAPE,
            "events have id",
            "REST responses have _id only; webhook payloads have both",
            _DOCUMENTATION,
        ),
        (
            PROJECT_USER_OBJECT,
            DriftKind.SHAPE,
            "project_user is an object, with id_user as an id",
            "REST responses and realtime history have its id; webhook payloads and live frames the object",
            _DOCUMENTATION,
        ),
        (
            SORT_FIELD,
            DriftKind.REQUEST,
            "sortField sorts",
            "sortField is ignored, sort sorts",
            _DOCUMENTATION,
        ),
        (
            EVENT_NAME_PREFIX,
            DriftKind.REQUEST,
            "fire the name event.emit.X, and subscribers to event.emit.X get it",
            "the prefix is added again: only subscribers to event.emit.event.emit.X get it; fire X",
            _DOCUMENTATION,
        ),
        (
            EVENTS_EXPIRE,
            DriftKind.REQUEST,
            "events stay",
            "events are deleted 3600 s after their creation",
            _DOCUMENTATION,
        ),
        (
            WEBHOOK_RETRIES,
            DriftKind.REQUEST,
            "any response but 200 is retried",
            "only 429, 1xx, 5xx and no response are retried",
            _WEBHOOKS_PAGE,
        ),
        (STATUS_FIELD, DriftKind.SHAPE, "not in the model", "status is in every response", _DOCUMENTATION),
        (VERSION_FIELD, DriftKind.SHAPE, "not in the model", "__v is in every response", _DOCUMENTATION),
        (
            SHARED_SECRET,
            DriftKind.SHAPE,
            "each subscription has its secret",
            "one secret for all that a server process creates",
            _WEBHOOKS_PAGE,
        ),
        (
            RATE_LIMIT,
            DriftKind.REQUEST,
            "429 above 200 requests a minute",
            "no limit",
            "developer hub, Introduction",
        ),
        (
            REALTIME_CROSS_PROJECT,
            DriftKind.REQUEST,
            "members of the project only",
            "anybody signed in may subscribe to any project's events",
            "developer hub, Realtime",
        ),
        (
            CROSS_PROJECT_READ,
            DriftKind.REQUEST,
            "the event of that project, else 404",
            "GET by id returns any project's event",
            _DOCUMENTATION,
        ),
    )
)
