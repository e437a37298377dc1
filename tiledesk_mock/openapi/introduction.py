"""The head of the documents of the API: what it is, its servers, and how callers identify themselves."""

from __future__ import annotations

from typing import Final

from ..http.paths import PREFIXES
from ..settings import Dialect
from ..tiledesk.auth import Role
from ..tiledesk.drifts import SERVER_VERSION
from ..tiledesk.wire import Document
from ..web.guards import SECRET_TOKEN

_TITLES: Final = {
    Dialect.DOCUMENTED: "as its documentation describes it",
    Dialect.SERVER: f"as tiledesk-server {SERVER_VERSION} answers",
}

_ABOUT: Final = """\
The part of Tiledesk's API that tiledesk-mock emulates, {title}. Where documentation and server disagree
(a *drift*), `x-tiledesk-drift` says at the operation, the parameter or the field what each of them does.

**Paths.** Each path may begin with {prefixes}, or with none of them. Capital and small letters are the same
in all words of a path, and a slash at its end does not count. HEAD is answered as GET, without a body;
OPTIONS with 204 and the CORS headers, on every path.

**Bodies** are JSON, or forms. Fields that are not described are ignored.

**Roles**, from the lowest to the highest: {roles}. An operation names the lowest role that passes; the higher
ones pass, too, and so do roles of one's own.

**Order of checks.** The body is parsed, then the project is looked up, then the credentials are checked,
then the role, then the fields.

**WebSocket.** Events are published live at `/ws/?token=TOKEN`, with the token of a user without the word
`JWT`. Send `{{"action": "subscribe", "payload": {{"topic": "/PROJECT/events/PROJECT_USER"}}}}` to get the
last 20 events of a project user, and then each new one. OpenAPI does not describe WebSockets.

**504.** There are requests to which the real server never responds. The emulator responds to them with 504
and the reason, or, with the setting `hang`, does not respond either.
"""

SERVERS: Final[list[Document]] = [
    {"url": "/v3", "description": "The emulator that sends this document."},
    {"url": "https://api.tiledesk.com/v3", "description": "Tiledesk itself."},
]

SECURITY_SCHEMES: Final[Document] = {
    "basic": {"type": "http", "scheme": "basic", "description": "E-mail address and password of a user."},
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`JWT eyJ...`: the word `JWT`, a blank and the token, as a sign-in returns it.",
    },
    "tokenInQuery": {
        "type": "apiKey",
        "in": "query",
        "name": SECRET_TOKEN,
        "description": "A token without the word `JWT`. It counts if the header `Authorization` has no token "
        "and no right password; the header has to consist of two words all the same, such as `Bearer x`.",
    },
}


def info_object(dialect: Dialect) -> Document:
    """Return the info object of the document of a dialect."""
    title = _TITLES[dialect]
    prefixes = ", ".join(f"`/{prefix}`" for prefix in sorted(PREFIXES))
    roles = ", ".join(f"`{role.name.lower()}`" for role in Role)
    return {
        "title": f"Tiledesk Events API ({dialect.value})",
        "version": SERVER_VERSION,
        "summary": f"Tiledesk's Events API {title}.",
        "description": _ABOUT.format(title=title, prefixes=prefixes, roles=roles),
        "license": {"name": "MIT", "identifier": "MIT"},
    }
