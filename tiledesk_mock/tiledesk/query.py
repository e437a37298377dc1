"""The query of a list of events: filter, order and page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ..errors import InvalidDirection, NoResponse
from ..node.json import Json
from ..node.values import is_truthy, number_text, to_number, to_string

if TYPE_CHECKING:
    from .conditions import Condition

PER_PAGE: Final = 40

ASCENDING: Final = ("ascending", "asc", "1")
DESCENDING: Final = ("descending", "desc", "-1")
"""The words for a direction, in capital or small letters."""

_LONGEST_PATH: Final = 200
_NO_TEXT: Final = "a parameter of the query is an object with a field toString, at which Tiledesk fails"


class EventQuery(Struct, frozen=True):
    """A page of one project's events: `PER_PAGE` of them after the first `skip`.

    They are sorted by `sort`, a dotted path in the event's document; `direction` is 1 (ascending) or -1.
    """

    id_project: str
    skip: int = 0
    sort: str = "createdAt"
    direction: int = -1
    project_user: Condition | None = None


def parse_event_query(id_project: str, params: Mapping[str, Json], *, sort_field: bool) -> EventQuery:
    """Parse the query parameters of a list of events.

    With `sort_field`, a filled `sortField` wins over `sort`, and its `id` is `_id`, as documented. Raises
    InvalidDirection, or NoResponse for a query to which Tiledesk never responds.
    """
    direction, project_user = params.get("direction"), params.get("project_user")
    is_score = isinstance(direction, dict) and is_truthy(direction.get("$meta"))
    try:
        page = _page(params)
        sort = _sort(params, sort_field=sort_field)
        order = _direction(to_string(direction) if is_truthy(direction) and not is_score else "-1")
    except TypeError:
        raise InvalidDirection(_NO_TEXT) from None  # the same response as to a wrong direction
    # mongoose refuses what is above before MongoDB refuses what is below.
    skip, path = _skip(page), _field(sort)
    if is_score:
        raise NoResponse("direction[$meta]: MongoDB can't sort by a score without a search")
    if not is_truthy(project_user):
        return EventQuery(id_project, skip, path, order)
    # Imported late for the sake of start-up: few lists are filtered.
    from .conditions import parse_condition

    try:
        return EventQuery(id_project, skip, path, order, parse_condition(project_user))
    except NoResponse as error:
        raise NoResponse(f"project_user: {error.reason}") from None


def parse_history_query(params: Mapping[str, Json]) -> int:
    """Return how many entries of the history of webhooks are skipped: `page` times `PER_PAGE`.

    Raises InvalidDirection, or NoResponse for a page to which Tiledesk never responds.
    """
    try:
        return _skip(_page(params))
    except TypeError:
        raise InvalidDirection(_NO_TEXT) from None


def _page(params: Mapping[str, Json]) -> float:
    return to_number(to_string(params["page"])) if is_truthy(params.get("page")) else 0.0


def _skip(page: float) -> int:
    skip = page * PER_PAGE
    if math.isnan(skip):
        return 0
    if math.isinf(skip) or int(skip) < 0:
        raise NoResponse(f"page={number_text(page)}: MongoDB can't skip {number_text(skip)} documents")
    return int(skip)


def _sort(params: Mapping[str, Json], *, sort_field: bool) -> str:
    if sort_field and is_truthy(params.get("sortField")):
        documented = to_string(params["sortField"])
        return "_id" if documented == "id" else documented
    return to_string(params["sort"]) if is_truthy(params.get("sort")) else "createdAt"


def _field(path: str) -> str:
    parts = path.split(".")
    if "\0" in path or len(parts) > _LONGEST_PATH:
        raise NoResponse(f"MongoDB can't sort by {path!r}")
    if any(not part or part.startswith("$") for part in parts):
        raise NoResponse(f"MongoDB can't sort by {path!r}: a part is empty or starts with '$'")
    return path


def _direction(word: str) -> int:
    lowered = word.lower() if word.isascii() else word
    if lowered in ASCENDING:
        return 1
    if lowered in DESCENDING:
        return -1
    raise InvalidDirection(
        f"direction is {word!r}, and has to be 1, asc or ascending, -1, desc or descending"
    )
