"""The routes of the emulated API, as they are registered."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import Final

from msgspec import Struct

from ..tiledesk.auth import Role, role_is_at_least
from ..web.app import routed_app
from ..web.guards import Access, access_of

_PARAMETER: Final = re.compile(r"<(\w+)>")
_METHODS: Final = ("GET", "POST", "PUT", "DELETE")


class Route(Struct, frozen=True):
    """A path with a method: `view` is the name of its view, `path` has parameters as `{name}`."""

    method: str
    path: str
    view: str
    access: Access
    document: str

    @property
    def parameters(self) -> list[str]:
        """Return the names of the parameters in the path."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def operation(self) -> str:
        """Return the id of the operation: the name of the view, and the last word of its other paths."""
        shortest = min((one.path for one in routes() if one.view == self.view), key=len)
        return self.view if self.path == shortest else f"{self.view}_{self.path.rpartition('/')[2]}"

    @property
    def roles(self) -> list[str]:
        """Return the names of the callers that pass; none where everybody may call."""
        required = self.access.required
        if required is None:
            return []
        roles = [role.name.lower() for role in Role if role_is_at_least(role.name.lower(), required)]
        return roles + (["bot", "subscription"] if self.access.machines else [])


@cache
def routes() -> tuple[Route, ...]:
    """Return all routes, in the order in which they are registered."""
    app = routed_app()
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        path = _PARAMETER.sub(r"{\1}", rule.rule)
        name = rule.endpoint.partition(".")[2]
        document = inspect.cleandoc(view.__doc__ or "")
        found += [
            Route(method, path, name, access_of(view), document)
            for method in _METHODS
            if method in (rule.methods or ())
        ]
    return tuple(found)


@cache
def _patterns() -> tuple[tuple[Route, re.Pattern[str]], ...]:
    return tuple((one, re.compile(re.sub(r"\{\w+\}", "[^/]+", one.path))) for one in routes())


def matching_route(method: str, path: str) -> Route | None:
    """Return the route of a request to a canonical path; that of GET for HEAD, None without one."""
    wanted = "GET" if method == "HEAD" else method
    fitting = [one for one, pattern in _patterns() if one.method == wanted and pattern.fullmatch(path)]
    return min(fitting, key=lambda one: len(one.parameters), default=None)
