"""What a list of events is asked for: filter, order and page."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ..errors import InvalidDirection, NoResponse
from ..node.json import Json
from ..node.numbers import number_text
from ..node.values import is_truthy, to_number, to_string

if TYPE_CHECKING:
    from .conditions import Condition

PER_PAGE: Final = 40

_ASCENDING: Final = re.compile(r"(?:ascending|asc|1)\Z", re.IGNORECASE | re.ASCII)
_DESCENDING: Final = re.compile(r"(?:descending|desc|-1)\Z", re.IGNORECASE | re.ASCII)
_LONGEST_PATH: Final = 200


class EventQuery(Struct, frozen=True):
    """The events of one project: after `skip` of them the next `PER_PAGE`, ordered by the field `sort`.

    `sort` is a dotted path into the event's document, `direction` 1 (ascending) or -1.
    """

    id_project: str
    skip: int = 0
    sort: str = "createdAt"
    direction: int = -1
    project_user: Condition | None = None


def parse_event_query(id_project: str, params: Mapping[str, Json], *, sort_field: bool) -> EventQuery:
    """Read the query parameters (see `forms.parse_query`) of a list of events.

    With `sort_field`, as the documentation promises, a filled `sortField` wins over `sort`, and its `id` is
    `_id`. Raises InvalidDirection, and NoResponse for what Tiledesk never answers.
    """
    project_user = params.get("project_user")
    try:
        page, sort = _page(params.get("page")), _sort(params, sort_field=sort_field)
        direction = _direction(params.get("direction"))
    except TypeError:
        raise InvalidDirection from None  # an object with a field toString: the same answer
    # Tiledesk throws on what is above while it asks for the events; what is below, only MongoDB refuses.
    return EventQuery(
        id_project=id_project,
        skip=_skip(page),
        sort=_field(sort),
        direction=_without_score(params.get("direction"), direction),
        project_user=_condition(project_user) if is_truthy(project_user) else None,
    )


def _condition(project_user: Json) -> Condition:
    # Here and not above: few lists are filtered, and none shall wait for all of MongoDB's operators.
    from .conditions import parse_condition

    return parse_condition(project_user)


def _page(page: Json) -> float:
    return to_number(to_string(page)) if is_truthy(page) else 0.0


def _skip(page: float) -> int:
    skip = page * PER_PAGE
    if math.isnan(skip):
        return 0
    if math.isinf(skip) or int(skip) < 0:
        raise NoResponse(f"page={number_text(page)}: MongoDB can't skip {number_text(skip)} events")
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


def _direction(direction: Json) -> int:
    is_given = is_truthy(direction) and not _is_score(direction)
    text = to_string(direction) if is_given else "-1"
    if _ASCENDING.match(text):
        return 1
    if _DESCENDING.match(text):
        return -1
    raise InvalidDirection


def _is_score(direction: Json) -> bool:
    return isinstance(direction, dict) and is_truthy(direction.get("$meta"))


def _without_score(given: Json, direction: int) -> int:
    if _is_score(given):
        raise NoResponse("direction[$meta]: MongoDB can't sort by the score of a search that there is not")
    return direction
