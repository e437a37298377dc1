"""What the control API has beside the table of operations: access, errors, the stream and the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..journal.timeline import EntryKind
from ..tiledesk.wire import Document
from ..web import access
from ..web.requests import ADMIN

OPEN_PATHS: Final = frozenset(path.removeprefix(f"/{ADMIN}") for path in access.OPEN_PATHS)
"""Paths of operations that need no token."""

SECURITY_SCHEMES: Final[Document] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "Printed at the start, or set as `admin_token`. It is needed only where the emulator "
        "listens to other machines, and by other machines.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "tiledesk-mock-8900",
        "description": "What the form of the page sets in place of the token; the name ends with the port.",
    },
}
SECURITY: Final[list[Document]] = [{}, {"token": []}, {"cookie": []}]

_ERROR: Final[Document] = {
    "type": "object",
    "properties": {"error": {"type": "string", "description": "What is wrong, in one line"}},
    "required": ["error"],
    "additionalProperties": False,
}


def _error(description: str) -> Document:
    return {"description": description, "content": {"application/json": {"schema": _ERROR}}}


ERRORS: Final[Document] = {
    "Wrong": _error("Something in the request is wrong."),
    "NoToken": _error("The token is required."),
    "Foreign": _error("The request comes from a web page elsewhere."),
    "Unknown": _error("What the request names does not exist."),
    "TooLong": _error("The body has more than 256 MiB."),
    "Failed": _error("The emulator could not do it, for instance because the disk is full."),
}


def error_responses(*, names_something: bool, has_body: bool, is_open: bool) -> dict[str, Document]:
    """Return the errors that an operation may have."""
    names = {
        "400": "Wrong",
        "401": None if is_open else "NoToken",
        "403": "Foreign",
        "404": "Unknown" if names_something else None,
        "413": "TooLong" if has_body else None,
        "500": "Failed",
    }
    return {
        status: {"$ref": f"#/components/responses/{name}"}
        for status, name in names.items()
        if name is not None
    }


def _html(description: str) -> Document:
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


def _text(description: str) -> Document:
    return {"description": description, "content": {"text/plain": {"schema": {"type": "string"}}}}


_REFUSED: Final = _text("The request comes from a web page elsewhere.")
_TO_PAGE: Final = {
    "description": "To the page.",
    "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
}

ROUTES: Final[Mapping[str, Mapping[str, Any]]] = {
    "/stream": {
        "get": {
            "operationId": "stream",
            "summary": "Send the timeline as Server-Sent Events",
            "description": "`entries` has a JSON list of summaries, oldest first, at most ten times a "
            "second; its id is that of the last of them. `missed` comes first if entries were lost since "
            "then, with their number (null: the emulator was started anew). `alive` comes every 15 seconds "
            "without others. Where a server gives no socket away, the response ends with what is there, "
            "and the client comes again.",
            "tags": ["timeline"],
            "parameters": [
                {
                    "name": "since",
                    "in": "query",
                    "required": False,
                    "description": "The id of the last entry that is known, or `now`; without it everything "
                    "that is kept comes",
                    "schema": {"type": "string"},
                },
                {
                    "name": "kind",
                    "in": "query",
                    "required": False,
                    "description": "Only entries of these kinds",
                    "style": "form",
                    "explode": False,
                    "schema": {"type": "array", "items": {"enum": [kind.value for kind in EntryKind]}},
                },
                {
                    "name": "Last-Event-ID",
                    "in": "header",
                    "required": False,
                    "description": "The id of the last entry that came: it wins over since",
                    "schema": {"type": "string"},
                },
            ],
            "responses": {
                "200": {
                    "description": "The stream.",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                },
                "400": {"$ref": "#/components/responses/Wrong"},
                "401": {"$ref": "#/components/responses/NoToken"},
                "403": {"$ref": "#/components/responses/Foreign"},
            },
        }
    },
    "/": {
        "get": {
            "operationId": "page",
            "summary": "Return the page",
            "tags": ["page"],
            "responses": {
                "200": _html("The page."),
                "303": _TO_PAGE,
                "401": _html("A form for the token."),
                "403": _REFUSED,
            },
        }
    },
    "/static/{file}": {
        "get": {
            "operationId": "static_file",
            "summary": "Return a script or a style of the page",
            "tags": ["page"],
            "security": [],
            "parameters": [
                {
                    "name": "file",
                    "in": "path",
                    "required": True,
                    "description": "The name of the file",
                    "schema": {"type": "string", "minLength": 1},
                }
            ],
            "responses": {
                "200": {"description": "The file.", "content": {"*/*": {}}},
                "304": {"description": "The browser has it."},
                "403": _REFUSED,
                "404": _text("It does not exist."),
            },
        }
    },
    "/login": {
        "post": {
            "operationId": "log_in",
            "summary": "Set a cookie in place of the token",
            "tags": ["page"],
            "security": [],
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {
                            "type": "object",
                            "properties": {"token": {"type": "string"}},
                            "required": ["token"],
                        }
                    }
                },
            },
            "responses": {"303": _TO_PAGE, "401": _html("The token is another."), "403": _REFUSED},
        }
    },
    "/logout": {
        "post": {
            "operationId": "log_out",
            "summary": "Remove the cookie",
            "tags": ["page"],
            "security": [],
            "responses": {"303": _TO_PAGE, "403": _REFUSED},
        }
    },
}
"""The routes that are no operations, as OpenAPI describes them. A test compares them with Flask's."""
