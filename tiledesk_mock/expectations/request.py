"""What a test expects of a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import parse_qs

from msgspec import Struct

from ..errors import SettingsError
from ..http.encodings import parsed_body
from ..http.exchange import Exchange
from ..http.paths import PathPattern, is_http_method, is_path_pattern, path_matches
from ..http.principal import caller_matches
from ..journal.rendering import caller_name, exchange_line
from ..node.json import ABSENT, Json
from .expected import NAME_WEIGHT, check_status, covered, with_parts
from .matching import Difference, described, differences, shown


class ExpectedRequest(Struct, frozen=True, kw_only=True):
    """A request: method, path pattern, query, body, header fields, who sent it, and the answer's status.

    `json` is what the body has at least, `exact` what it is; `query` and `headers` hold texts;
    a name that stands several times in a query has a list of them.
    """

    method: str | None = None
    path: PathPattern | None = None
    json: Any = ...
    exact: Any = ...
    query: Mapping[str, Any] | None = None
    headers: Mapping[str, Any] | None = None
    person: str | None = None
    status: Any = ...
    emulated: bool | None = None

    def __post_init__(self) -> None:
        """Refuse what no request ever is, and what would hold of every client therefore."""
        if self.method is not None and not is_http_method(self.method):
            raise SettingsError("method", self.method, "an HTTP method; the path comes after it")
        if not is_path_pattern(self.path):
            raise SettingsError("path", self.path, "a path like /events: what is asked after ? is the query")
        check_status(self.status)

    @property
    def noun(self) -> str:
        """Return what the items are called."""
        return "request"

    def description(self) -> str:
        """Say in a line what is expected."""
        path = f"/{self.path.pattern}/" if isinstance(self.path, re.Pattern) else self.path
        parts = [word for word in ("request", self.method, path) if word]
        parts += [f"with the query {described(self.query)}"] if self.query is not None else []
        parts += with_parts("JSON", self.json, self.exact)
        parts += [f"with headers {described(self.headers)}"] if self.headers is not None else []
        parts += [f"by {self.person}"] if self.person else []
        parts += [f"answered {described(self.status)}"] if self.status is not ... else []
        return " ".join(parts)

    def mismatches(self, item: Exchange, /) -> list[Difference]:
        """Return where an exchange is not as expected."""
        request = item.request
        found = []
        if self.method and self.method.upper() != request.method:
            found.append(Difference("method", self.method, request.method, 2.0))
        if self.path and not path_matches(self.path, request.path):
            found.append(Difference("path", str(self.path), request.path, _distance(self.path, request.path)))
        if self.person and not caller_matches(self.person, item.principal, item.role):
            found.append(Difference("by", self.person, caller_name(item)))
        if self.emulated is not None and self.emulated is not item.is_emulated:
            found.append(Difference("served", shown(self.emulated), shown(item.is_emulated)))
        return found + self._contents(item)

    def describe(self, item: Exchange, /) -> str:
        """Say in a line what an exchange is."""
        return exchange_line(item)

    def _contents(self, item: Exchange) -> list[Difference]:
        found: list[Difference] = []
        if self.query is not None:
            found += covered(differences(self.query, _query(item), "query"))
        if self.headers is not None:
            came = _lowered(dict(item.request.headers))
            found += covered(differences(_lowered(self.headers), came, "headers"))
        if self.json is not ...:
            found += covered(differences(self.json, _body(item), "json"))
        if self.exact is not ...:
            found += covered(differences(self.exact, _body(item), "json", exact=True))
        if self.status is not ...:
            status = item.response.status if item.response else ABSENT
            found += differences(self.status, status, "status")
        return found


def _distance(pattern: PathPattern, path: str) -> float:
    if isinstance(pattern, re.Pattern):
        return NAME_WEIGHT
    return NAME_WEIGHT * (1 - SequenceMatcher(None, pattern, path).ratio())


def _query(item: Exchange) -> dict[str, Json]:
    parsed = parse_qs(item.request.query, keep_blank_values=True)
    return {name: values[0] if len(values) == 1 else values for name, values in parsed.items()}


def _body(item: Exchange) -> Json:
    """Return a body as JSON; else as what Tiledesk reads in it, as in a form; else as text."""
    try:
        return item.request.json()
    except ValueError:
        raw = item.request.body
        return parsed_body(item.request) or (raw.decode("utf-8", "backslashreplace") if raw else ABSENT)


def _lowered(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in fields.items()}
