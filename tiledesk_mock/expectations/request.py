"""What a test expects of a request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs

from msgspec import Struct

from ..errors import SettingsError, SetupError
from ..http.encodings import parsed_body
from ..http.exchange import Exchange, caller_matches
from ..http.paths import PathPattern, is_http_method, is_path_pattern, path_matches
from ..journal.rendering import caller_name, exchange_line
from ..node.json import ABSENT, Json
from ..text import name_condition, suggestion
from ..tiledesk.drifts import DRIFTS
from .matching import (
    NAME_COST,
    Mismatch,
    check_status,
    describe_item,
    find_mismatches,
    format_value,
    name_cost,
)


class ExpectedRequest(Struct, frozen=True, kw_only=True):
    """A request and the status of the response to it.

    It has at least these `json`, `query` and `headers`; `exact` is its whole body. The values of `query` are
    texts, or lists of texts for repeated names. `person` is a role, e-mail address or id of who sent it.
    `emulated` is whether its path is emulated. `drift` is the id of a drift that it depends on, or in the
    server dialect asks for; `fault` is that of a fault that took effect. `*` in them stands for any text.
    """

    noun: ClassVar[str] = "request"

    method: str | None = None
    path: PathPattern | None = None
    json: Any = ...
    exact: Any = ...
    query: Mapping[str, Any] | None = None
    headers: Mapping[str, Any] | None = None
    person: str | None = None
    status: Any = ...
    emulated: bool | None = None
    drift: str | None = None
    fault: str | None = None

    def __post_init__(self) -> None:
        """Raise SettingsError for what no request matches, since `count=0` would hold for it."""
        if self.method is not None and not is_http_method(self.method):
            raise SettingsError("method", self.method, "an HTTP method; the path comes after it")
        if not is_path_pattern(self.path):
            raise SettingsError("path", self.path, "a path like /events; what follows ? is the query")
        check_status(self.status)
        if self.drift is not None:
            _check_drift(self.drift)

    def description(self) -> str:
        """Return in one line what is expected."""
        path = f"/{self.path.pattern}/" if isinstance(self.path, re.Pattern) else self.path
        emulated = {True: "that is emulated", False: "that is not emulated", None: ""}[self.emulated]
        contents = describe_item(
            " ".join(word for word in ("request", self.method, path, emulated) if word),
            ("with the query", ... if self.query is None else self.query),
            ("with at least the JSON", self.json),
            ("with exactly the JSON", self.exact),
            ("with headers", ... if self.headers is None else self.headers),
        )
        by = f" by {self.person}" if self.person else ""
        return describe_item(
            contents + by,
            ("with status", self.status),
            ("with the drift", ... if self.drift is None else self.drift),
            ("with the fault", ... if self.fault is None else self.fault),
        )

    def mismatches(self, item: Exchange, /) -> Iterator[Mismatch]:
        """Yield where an exchange is not as expected."""
        request = item.request
        if self.method and self.method.upper() != request.method:
            yield Mismatch("method", self.method, request.method, 2.0)
        if self.path and not path_matches(self.path, request.path):
            is_text = isinstance(self.path, str)
            cost = name_cost(str(self.path), request.path) if is_text else NAME_COST
            yield Mismatch("path", str(self.path), request.path, cost)
        if self.person and not caller_matches(self.person, item.principal, item.role):
            yield Mismatch("by", self.person, caller_name(item))
        if self.emulated is not None and self.emulated is not item.is_emulated:
            yield Mismatch("emulated", format_value(self.emulated), format_value(item.is_emulated))
        drifts = (*item.drifts, *item.ignored)
        if self.drift and not any(map(name_condition(self.drift), drifts)):
            yield Mismatch("drift", self.drift, ", ".join(drifts) or "none")
        if self.fault and not any(map(name_condition(self.fault), _faults(item))):
            yield Mismatch("fault", self.fault, item.fault or "none")
        yield from self._content_mismatches(item)

    def describe(self, item: Exchange, /) -> str:
        """Return an exchange in one line."""
        return exchange_line(item)

    def _content_mismatches(self, item: Exchange) -> Iterator[Mismatch]:
        if self.query is not None:
            parsed = parse_qs(item.request.query, keep_blank_values=True)
            query = {name: values[0] if len(values) == 1 else values for name, values in parsed.items()}
            yield from find_mismatches(self.query, query, "query")
        if self.headers is not None:
            came = _lowered(dict(item.request.headers))
            yield from find_mismatches(_lowered(self.headers), came, "headers")
        if self.json is not ...:
            yield from find_mismatches(self.json, _body(item), "json")
        if self.exact is not ...:
            yield from find_mismatches(self.exact, _body(item), "json", exact=True)
        if self.status is not ...:
            status = item.response.status if item.response else ABSENT
            yield from find_mismatches(self.status, status, "status")


def _check_drift(pattern: str) -> None:
    ids = [drift.id for drift in DRIFTS]
    if not any(map(name_condition(pattern), ids)):
        raise SetupError(f"drift: there is no {pattern!r}: {suggestion(pattern, ids)}")


def _faults(item: Exchange) -> list[str]:
    return item.fault.split(", ") if item.fault else []


def _body(item: Exchange) -> Json:
    """Return a body as JSON, else as Tiledesk parses it (a form, say), else as text."""
    try:
        return item.request.json()
    except ValueError:
        raw = item.request.body
        return parsed_body(item.request) or (raw.decode("utf-8", "backslashreplace") if raw else ABSENT)


def _lowered(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in fields.items()}
