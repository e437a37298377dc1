"""The OpenAPI document of the emulated API, in each dialect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .. import errors
from ..emulator import Emulator
from ..http.exchange import RecordedResponse
from ..node.json import Json
from ..seeding.seeds import fixtures_folder
from ..settings import Dialect, LogLevel, Settings
from ..tiledesk.auth import Role
from ..tiledesk.drifts import RATE_LIMIT, REALTIME_CROSS_PROJECT, REALTIME_ROLES
from ..tiledesk.wire import Document
from ..web.responses import DRIFT_HEADER, ApiResponse, express_response
from .bodies import request_schemas, response_schemas
from .components import used_components
from .drifts import described, drift_note
from .examples import Examples
from .inference import Schema
from .introduction import SECURITY_SCHEMES, SERVERS, info_object
from .operations import DETAILS, IN_PROJECT, TAGS, UNREADABLE, Details
from .parameters import path_parameters, query_parameters
from .records import record_schemas, ref
from .responses import (
    Refusal,
    by_status,
    header_components,
    headers_object,
    refusal_schemas,
    response_object,
)
from .routes import Route, routes

_ANYWHERE: Final = (RATE_LIMIT, REALTIME_CROSS_PROJECT, REALTIME_ROLES)
"""The drifts that concern no operation, or each of them."""

_PUBLIC_WITH_CREDENTIALS: Final = ("test_authentication", "sign_in_with_custom_token")
"""The views that check credentials themselves."""


def api_document(dialect: Dialect) -> Document:
    """Return the OpenAPI 3.1 document of the API in a dialect."""
    world = fixtures_folder() / "contract" / "world.json"
    with Emulator(Settings(dialect=dialect, seed=(world,), log_level=LogLevel.ERROR)) as emulator:
        return _Builder(emulator).document()


_DRIFT_HEADER: Final = {DRIFT_HEADER: {"$ref": f"#/components/headers/{DRIFT_HEADER}"}}


class _Builder:
    """Makes the document in the dialect of an emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator: Final = emulator
        self._dialect: Final = emulator.settings.dialect
        self._examples: Final = Examples(emulator)

    def document(self) -> Document:
        return used_components(
            {
                "openapi": "3.1.0",
                "info": info_object(self._dialect),
                "servers": SERVERS,
                "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
                "paths": self._paths(),
                "components": self._components(),
                **drift_note(*_ANYWHERE),
            }
        )

    def _paths(self) -> Document:
        paths: Document = {}
        tags = [*TAGS]
        for route in sorted(
            routes(), key=lambda one: (tags.index(DETAILS[one.view].tag), one.view != one.operation)
        ):
            path = DETAILS[route.view].path or route.path
            paths.setdefault(path, {})[route.method.lower()] = self._operation(route, DETAILS[route.view])
        return paths

    def _operation(self, route: Route, details: Details) -> Document:
        parameters = path_parameters(route.parameters) + query_parameters(route.view, self._dialect)
        operation: Document = {
            "operationId": route.operation,
            "tags": [details.tag],
            "summary": route.document.partition("\n")[0].rstrip("."),
            "description": "\n\n".join(filter(None, (details.text, _roles_text(route)))),
            "security": _security(route),
        }
        if parameters:
            operation["parameters"] = parameters
        if details.body:
            operation["requestBody"] = self._request_body(route.operation, details.body)
        operation["responses"] = self._responses(route, details)
        if route.roles:
            operation["x-tiledesk-roles"] = route.roles
        return described(operation | drift_note(*details.drifts))

    def _request_body(self, operation: str, body: str) -> Document:
        examples = self._examples.of_requests(self._examples.successes(operation))
        json_body = {"schema": ref(body)} | ({"examples": examples} if examples else {})
        # A form is accepted as well. openapi-python-client makes broken code of a second type of one body.
        return {"required": True, "content": {"application/json": json_body}}

    def _responses(self, route: Route, details: Details) -> Document:
        groups = by_status(self.refusals(route, details))
        responses: Document = {"200": self._success(route, details, groups.pop(200, []))}
        if route.method == "GET":
            responses["304"] = _not_modified()
        for status, refusals in groups.items():
            response = response_object(refusals)
            if self._names_drifts(details, refusals):
                response["headers"] |= _DRIFT_HEADER
            examples = self._examples.of_refusals(route.operation, refusals)
            if examples:
                response["content"]["application/json"]["examples"] = examples
            if any(one.error is errors.RateLimited for one in refusals):
                response = described(response | drift_note(RATE_LIMIT))
            responses[str(status)] = response
        return responses

    def refusals(self, route: Route, details: Details) -> list[Refusal]:
        """Return the errors that an operation may end with."""
        found = [*UNREADABLE, *details.refusals]
        required = route.access.required
        if required is not None:
            found += [*IN_PROJECT, *([errors.RoleTooLow] if required > Role.GUEST else [])]
        if self._dialect is Dialect.DOCUMENTED:
            found.append(errors.RateLimited)
        return list(dict.fromkeys(one if isinstance(one, Refusal) else Refusal(one) for one in found))

    def _success(self, route: Route, details: Details, refusals: list[Refusal]) -> Document:
        answered = express_response(ApiResponse(200, b"{}"), {"REQUEST_METHOD": "POST"})
        response = response_object(refusals, [_body_schema(details.response)], "The request succeeded.")
        response["headers"] = headers_object([answered])
        if details.response == "NewSubscription":
            response["headers"]["x-hook-secret"] = {"$ref": "#/components/headers/x-hook-secret"}
        if details.drifts and self._dialect is Dialect.DOCUMENTED:
            response["headers"] |= _DRIFT_HEADER
        if details.response in _TEXTS:
            response["content"] = {"text/html": {"schema": _TEXTS[details.response]}}
            return response
        exchanges = self._examples.successes(route.operation)
        examples = self._examples.of_successes(exchanges) | self._examples.of_refusals(
            route.operation, refusals
        )
        if examples:
            response["content"]["application/json"]["examples"] = examples
        return response

    def _names_drifts(self, details: Details, refusals: list[Refusal]) -> bool:
        """Return whether the emulator may name a drift in a response to errors."""
        kinds = [one.error for one in refusals]
        may_depend = details.drifts and any("drifts" in vars(kind) for kind in kinds)
        return self._dialect is Dialect.DOCUMENTED and bool(may_depend or errors.RateLimited in kinds)

    def _components(self) -> Document:
        refusals = [one for route in routes() for one in self.refusals(route, DETAILS[route.view])]
        return {
            "securitySchemes": SECURITY_SCHEMES,
            "headers": header_components(),
            "schemas": {
                **record_schemas(self._emulator),
                **response_schemas(),
                **request_schemas(),
                **refusal_schemas(dict.fromkeys(refusals)),
            },
        }


_TEXTS: Final[dict[str, Schema]] = {
    "Text": {"type": "string"},
    "Checked": {"type": "string", "pattern": '^\\{"success":true\\}$'},
}
"""The schemas of bodies that are no JSON by their Content-Type."""


def _body_schema(response: str) -> Schema:
    if response in _TEXTS:
        return _TEXTS[response]
    if response.startswith("["):
        return {"type": "array", "items": ref(response.strip("[]"))}
    name, _, null = response.partition("|")
    return {"anyOf": [ref(name), {"type": "null"}]} if null else ref(name)


def _not_modified() -> Document:
    response: RecordedResponse = express_response(
        ApiResponse(200, b"{}"), {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": "*"}
    )
    text = "The ETag in the header `If-None-Match` is still right. There is no body."
    return {"description": text, "headers": headers_object([response])}


def _security(route: Route) -> list[Json]:
    if not route.roles and route.view not in _PUBLIC_WITH_CREDENTIALS:
        return []
    by_token: list[Json] = [{"token": []}, {"token": [], "tokenInQuery": []}]
    return by_token if route.view == "sign_in_with_custom_token" else [{"basic": []}, *by_token]


def _roles_text(route: Route) -> str:
    return " ".join(_role_sentences(route))


def _role_sentences(route: Route) -> Iterator[str]:
    required = route.access.required
    if required is None:
        return
    lowest = "any role" if required is Role.GUEST else f"the role `{required.name.lower()}` or a higher one"
    yield f"**Who may:** members of the project with {lowest}."
    if route.access.machines:
        yield "Bots and subscriptions may as well, in any project, with tokens of their own."
