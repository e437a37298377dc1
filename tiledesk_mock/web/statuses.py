"""Answers for the pipeline to give in the emulator's place: as Tiledesk would, to any status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from .. import errors
from ..http.exchange import RecordedResponse
from .express import respond
from .replies import json_reply, reply_to

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_RETRY_AFTER: Final = 60
_BODY_LIMIT: Final = 512_000

_OWN: Final[Mapping[int, Callable[[], errors.ApiError]]] = {
    400: lambda: errors.Unauthenticated(400, challenge=False),
    401: errors.Unauthenticated,
    403: errors.RoleTooLow,
    404: errors.ObjectNotFound,
    413: lambda: errors.BodyTooLarge(_BODY_LIMIT),
    422: lambda: errors.ValidationFailed([errors.InvalidField("name")]),
    429: lambda: errors.RateLimited(_RETRY_AFTER),
}
"""What Tiledesk says with a status; with any other it says that something went wrong."""


def own_answer(status: int, environ: WSGIEnvironment) -> RecordedResponse:
    """Return what Tiledesk itself answers with that status."""
    if status in _OWN:
        return response_to(_OWN[status](), environ)
    body = {"err": "error"} if status >= HTTPStatus.BAD_REQUEST else {}
    return respond(json_reply(body, status), environ)


def response_to(error: errors.ApiError, environ: WSGIEnvironment) -> RecordedResponse:
    """Return the answer that stands in the table for an error."""
    return respond(reply_to(error), environ)
