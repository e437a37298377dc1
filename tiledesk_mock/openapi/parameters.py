"""The parameters of paths and queries. Their names are those that the functions which read them ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ..node.json import Json
from ..settings import Dialect
from ..tiledesk.drifts import SORT_FIELD
from ..tiledesk.query import ASCENDING, DESCENDING, PER_PAGE, parse_event_query, parse_history_query
from ..tiledesk.wire import Document
from .drifts import described, drift_note
from .inference import Schema
from .records import ref

_IN_PATH: Final = {
    "project_id": "The id of the project.",
    "event_id": "The `_id` of the event.",
    "subscription_id": "The `_id` of the subscription.",
}

_PAGE: Final = f"The number of the page, **counted from 0**. A page has {PER_PAGE} entries."
_IN_QUERY: Final[Mapping[str, tuple[str, Schema]]] = {
    "page": (_PAGE, {"type": "integer", "minimum": 0, "default": 0}),
    "direction": (
        "The direction of the order, in capital or small letters.",
        {"type": "string", "enum": [*ASCENDING, *DESCENDING], "default": "-1"},
    ),
    "sort": (
        "The field that events are sorted by; a dotted path sorts by what is in `attributes`.",
        {"type": "string", "default": "createdAt"},
    ),
    "sortField": ("The same as `sort`, and wins over it; `id` is `_id`.", {"type": "string"}),
    "project_user": (
        "Only the events of this project user, by its `_id`, or by a condition: `project_user[$in][]=ID`.",
        ref("ObjectId"),
    ),
}

_QUERIES: Final[Mapping[str, Callable[[Mapping[str, Json]], Any]]] = {
    "list_events": lambda query: parse_event_query("", query, sort_field=True),
    "list_deliveries": parse_history_query,
}
"""What reads the query of an operation, by the name of its view."""


class _Read(Mapping[str, Json]):
    """An empty query that remembers which parameters were looked for."""

    def __init__(self) -> None:
        self.names: Final[dict[str, None]] = {}

    def __getitem__(self, name: str) -> Json:
        self.names[name] = None
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def path_parameters(names: list[str]) -> list[Document]:
    """Return the parameters in a path."""
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _IN_PATH[name],
            "schema": ref("ObjectId"),
        }
        for name in names
    ]


def query_parameters(view: str, dialect: Dialect) -> list[Document]:
    """Return the parameters of the query that a view reads."""
    read = _Read()
    if view in _QUERIES:
        _QUERIES[view](read)
    return [_query_parameter(name, dialect) for name in sorted(read.names, key=[*_IN_QUERY].index)]


def _query_parameter(name: str, dialect: Dialect) -> Document:
    text, schema = _IN_QUERY[name]
    parameter: Document = {"name": name, "in": "query", "description": text, "schema": schema}
    if name != "sortField":
        return parameter
    parameter |= drift_note(SORT_FIELD)
    if dialect is Dialect.SERVER:
        parameter |= {"deprecated": True, "description": "Ignored: use `sort`."}
    return described(parameter)
