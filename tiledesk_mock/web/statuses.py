"""Answers for the pipeline to give in the emulator's place: as Tiledesk would, to any status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from werkzeug.datastructures import EnvironHeaders

from .. import errors
from ..domain.exchange import RecordedAnswer
from .environs import collected
from .express import respond
from .replies import Answer, answer_for, json_answer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_RETRY_AFTER: Final = 60
_BODY_LIMIT: Final = 512_000

_STATUS_LINES: Final = {int(status): f"{int(status)} {status.phrase}" for status in HTTPStatus}

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


def own_answer(status: int, environ: WSGIEnvironment) -> RecordedAnswer:
    """Return what Tiledesk itself answers with that status."""
    if status in _OWN:
        return response_to(_OWN[status](), environ)
    return _recorded(
        json_answer({"err": "error"} if status >= HTTPStatus.BAD_REQUEST else {}, status), environ
    )


def response_to(error: errors.ApiError, environ: WSGIEnvironment) -> RecordedAnswer:
    """Return the answer that stands in the table for an error."""
    return _recorded(answer_for(error), environ)


def status_line(status: int) -> str:
    """Return a status with its phrase."""
    return _STATUS_LINES.get(status) or f"{status} Unknown"


def _recorded(answer: Answer, environ: WSGIEnvironment) -> RecordedAnswer:
    status = answer.status
    response = respond(answer, environ["REQUEST_METHOD"], EnvironHeaders(environ))
    return replace(collected(response, environ), status=status)
