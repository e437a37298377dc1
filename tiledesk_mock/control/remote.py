"""The client of the control API."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final
from urllib.parse import quote

import requests

from ..errors import ControlError
from ..http.connections import shown_url
from ..http.stopwatch import stopwatch
from ..node.json import Json
from ..tiledesk.wire import Document
from .arguments import check_seconds, to_json
from .controls import Controls
from .operations import CONTROL_HEADER, OPERATIONS, Operation

_TIMEOUT: Final = 30.0
"""Seconds that a request may take."""

_DRAIN_STEP: Final = 10.0
"""Seconds that one request to drain waits at most, which is less than a request may take."""


class RemoteControls(Controls):
    """Controls of the emulator whose server is at `root`, `http://HOST:PORT`.

    Emulators that listen to other machines want a `token`. No connection is kept between requests. Every
    method raises ControlError if the emulator refuses or does not respond.
    """

    def __init__(self, root: str, token: str | None = None) -> None:  # not `super()`: there is no emulator
        self.root: Final = root
        self._headers: Final = {"Authorization": f"Bearer {token}"} if token else {}

    def add_fault(self, rule: Mapping[str, Any]) -> Document:
        """Add a fault rule; return it with its id."""
        if isinstance(rule.get("body"), bytes):
            raise ControlError("the body of a fault of a remote emulator is text or JSON, not bytes")
        return dict(self._perform(Controls.add_fault, {"rule": dict(rule)}))

    def add_stub(self, rule: Mapping[str, Any]) -> Document:
        """Respond to the requests that match; return the stub with its id."""
        response = rule.get("response")
        if callable(response):
            raise ControlError("the response of a stub of a remote emulator is text or JSON, not a function")
        if isinstance(response, bytes):
            raise ControlError("the response of a stub of a remote emulator is text or JSON, not bytes")
        return dict(self._perform(Controls.add_stub, {"rule": dict(rule)}))

    def drain(self, timeout: float = 10.0) -> Document:
        """Wait until no delivery is under way, in several requests."""
        check_seconds(timeout)
        deadline = stopwatch() + timeout
        while True:
            step = min(max(deadline - stopwatch(), 0.0), _DRAIN_STEP)
            drained = dict(self._perform(Controls.drain, {"timeout": step}))
            if drained["drained"] or stopwatch() >= deadline:
                return drained

    def exported(self) -> bytes:
        """Return everything that is stored, as a seed in compact JSON, which may be long."""
        try:
            with requests.Session() as session:
                response = self._request(session, "GET", "/state", timeout=_TIMEOUT)
        except requests.RequestException as error:
            raise self.no_response(error) from error
        if response.status_code != requests.codes.ok:
            _document(response)
        _check_header(response)
        return response.content

    def _perform(self, method: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        """Send the operation that `method` of Controls performs; return its result."""
        rows = [row for row in OPERATIONS if row.perform is method]
        operation = next((row for row in rows if all(map(arguments.get, row.ids))), rows[-1])
        path = operation.path
        for name in operation.ids:
            if not arguments[name]:  # the path would be that of another operation
                if operation.missing:
                    return False
                raise ControlError(f"{name} is empty")
            # Dots are escaped, too: `..` has a meaning in a path.
            segment = quote(arguments.pop(name), safe="").replace(".", "%2E")
            path = path.replace(f"<{name}>", segment)
        response = self._send(operation, path, arguments)
        return False if response is None else operation.result(response)

    def _send(self, operation: Operation, path: str, fields: dict[str, Any]) -> Json:
        """Return the JSON of the response; None for a 404 that says that an id does not exist."""
        body = fields[operation.document] if operation.document else fields
        timeout = fields.get("timeout", 0.0)
        check_seconds(timeout)
        try:
            with requests.Session() as session:
                response = self._request(
                    session,
                    operation.method,
                    path,
                    data=to_json(body, infinity=operation.document == "seed") if operation.has_body else None,
                    params=None if operation.has_body else dict(map(_parameter, fields.items())),
                    timeout=_TIMEOUT + timeout,
                )
        except requests.RequestException as error:
            raise self.no_response(error) from error
        return _document(response, may_be_missing=operation.missing is not None)

    def open_stream(
        self, session: requests.Session, path: str, headers: Mapping[str, str], timeout: tuple[float, float]
    ) -> requests.Response:
        """Return the response of a stream, whose body is not read yet.

        `timeout` has the seconds for the connection, and between two messages. Raises ControlError if the
        emulator refuses, and RequestException if it does not respond.
        """
        response = self._request(session, "GET", path, headers=headers, timeout=timeout, stream=True)
        _check_header(response)
        if response.status_code >= requests.codes.bad_request:
            _document(response)
        return response

    def no_response(self, error: requests.RequestException) -> ControlError:
        """Return the error to raise where the emulator does not respond."""
        way_out = "start one with `tiledesk-mock serve`, or say where one is"
        if isinstance(error, requests.exceptions.SSLError):
            way_out = "an emulator speaks http, not https"
        where = shown_url(self.root)
        return ControlError(f"no emulator responds at {where}: {way_out} ({type(error).__name__})")

    def _request(
        self,
        session: requests.Session,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        return session.request(
            method,
            f"{self.root}/__admin{path}",
            headers={**self._headers, **(headers or {})},
            # The emulator is at this very address, and wants no credentials from .netrc.
            proxies={"http": "", "https": "", "all": ""},
            auth=lambda request: request,
            allow_redirects=False,  # an emulator sends none
            **options,
        )


def _sending(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that sends the operation which `method` of Controls performs."""
    signature = inspect.signature(method)

    @wraps(method)
    def send(self: RemoteControls, *args: Any, **kwargs: Any) -> Any:
        arguments = signature.bind(self, *args, **kwargs).arguments
        del arguments["self"]
        # Defaults are left out, since the emulator has them, too.
        defaults = {name: parameter.default for name, parameter in signature.parameters.items()}
        return self._perform(
            method, {name: value for name, value in arguments.items() if value is not defaults[name]}
        )

    return send


for _operation in OPERATIONS:
    if _operation.name not in vars(RemoteControls):
        setattr(RemoteControls, _operation.name, _sending(_operation.perform))


def _parameter(field: tuple[str, Json]) -> tuple[str, str]:
    """Return a field as a parameter of the query: a text as it is, anything else as JSON."""
    name, value = field
    return name, value if isinstance(value, str) else to_json(value)


def _document(response: requests.Response, *, may_be_missing: bool = False) -> Json:
    """Return the JSON of a response; raise ControlError if it is an error, or not the emulator's.

    A 404 is None if it `may_be_missing`.
    """
    _check_header(response)
    try:
        document = response.json()
    except ValueError as error:
        raise _unexpected(response) from error
    if may_be_missing and response.status_code == requests.codes.not_found:
        return None
    if response.status_code < requests.codes.bad_request:
        return document
    if isinstance(document, dict) and "error" in document:
        raise ControlError(str(document["error"]))
    raise _unexpected(response)


def _check_header(response: requests.Response) -> None:
    """Raise ControlError if a response is not of the control API."""
    name, value = CONTROL_HEADER
    if response.headers.get(name) != value:
        raise _unexpected(response)


def _unexpected(response: requests.Response) -> ControlError:
    return ControlError(
        f"{shown_url(response.url)} responded with {response.status_code}: is that an emulator?"
    )
