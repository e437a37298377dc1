"""The responses of stubs."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..errors import SetupError
from ..faults.rule import without_headers
from ..faults.stubs import Stub, Stubs, with_result
from ..http.exchange import RecordedRequest, RecordedResponse
from ..node.json import ABSENT, stringify, well_formed
from .responses import JSON, ApiResponse, express_response, json_response
from .route_reasons import emulated_route

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.routing import Map

_BYTES: Final = "application/octet-stream"
_TEXT: Final = "text/plain; charset=utf-8"
_FIRST_ERROR: Final = 400

_log: Final = logging.getLogger("tiledesk_mock")


def stub_response(
    stub: Stub, stubs: Stubs, request: RecordedRequest, environ: WSGIEnvironment, url_map: Map
) -> RecordedResponse:
    """Return the response of a stub, with Express's headers unless it has its own.

    Its `reason` says that it stands in place of an emulated route, which is logged once, or why it is an
    error. A function that raises makes a 500.
    """
    route = emulated_route(environ, url_map)
    if route is not None and stubs.hide(stub, route):
        _log.warning("%s responds in place of the emulated route %s", stub, route)
    try:
        responding = with_result(stub, request)
    except Exception as error:  # noqa: BLE001  (of the tester's function)
        return _failed(stub, error, environ)
    response = _sent(responding, environ)
    if route is not None:
        return replace(response, reason=f"{stub} responds in place of the emulated route {route}")
    return replace(response, reason=f"{stub} responds so") if responding.status >= _FIRST_ERROR else response


def _failed(stub: Stub, error: Exception, environ: WSGIEnvironment) -> RecordedResponse:
    is_raised = not isinstance(error, SetupError)
    problem = f" raised {type(error).__name__}" if is_raised else ""
    reason = f"the function of {stub}{problem}: {error}".removesuffix(": ")
    if is_raised:
        _log.error("%s", reason, exc_info=error)
    failed = express_response(json_response({"err": "stub", "reason": reason}, 500), environ)
    return replace(failed, reason=reason)


def _sent(stub: Stub, environ: WSGIEnvironment) -> RecordedResponse:
    body, content_type = _body(stub)
    made = ApiResponse(stub.status, body, content_type, has_etag=bool(body))
    own = express_response(made, environ)
    return replace(own, headers=(*without_headers(own.headers, *stub.headers), *stub.headers.items()))


def _body(stub: Stub) -> tuple[bytes, str | None]:
    response = stub.response
    if response is ABSENT:
        return b"", None
    if isinstance(response, bytes):
        return response, _BYTES
    if isinstance(response, str):
        return well_formed(response).encode(), _TEXT
    return stringify(response).encode("utf-8", "surrogatepass"), JSON
