"""The types from which the schema of a seed is built: ids, times, texts, references, lists of records."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, UnsetType, defstruct, field

from ..text import END


def described(kind: Any, description: str | None, title: str | None = None, **limits: Any) -> Any:
    """Return a type with its description, which error messages quote, and its title, which editors show."""
    return Annotated[kind, Meta(title=title, description=description, **limits)]


def text(description: str, title: str, **limits: Any) -> Any:
    """Return the type of a text that is not empty."""
    return described(str, description, title, min_length=1, **limits)


ID: Final = described(
    str,
    "an id of 24 hex digits (in YAML, quote one of digits only)",
    "The id; made if left out",
    pattern=f"^[0-9a-fA-F]{{24}}{END}",
)
TIME: Final = described(
    str,
    "an ISO 8601 time with Z or an offset (2026-01-31T12:00:00Z), or one before the start (-2h, -1d12h; "
    "units w d h m s)",
    "A time; the start if left out",
    pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
    f"([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})|-([0-9]+[wdhms])+){END}",
)
TEXT: Final = described(str, "a non-empty string", min_length=1)
TEXT_OR_NULL: Final = described(str | None, "a string")
STRING: Final = described(str, "a string")
ANY: Final = described(Any, None, "Any value, an object as a rule")
REFERENCE_OR_NULL: Final = Annotated[str, Meta(min_length=1)] | dict[str, Any] | None
"""A name, or the whole document that Tiledesk shows in place of an id."""

_NOT_KEPT: Final = "not_kept"
_FOLLOWS: Final = frozenset({"updatedBy", "id_project", "isAuthenticated", "hasBot", "fullName"})
"""Ignored fields that follow from others, so that nothing is lost."""

FLAG: Final = described(bool, "true or false")
COUNT: Final = described(int, "a whole number")
LIST: Final = described(list[Any], "a list")
PROJECT_TITLE: Final = "The project, by its id or name; the only project if left out"
_PROJECT: Final = text("a project's id or name", PROJECT_TITLE)
CREATOR_TITLE: Final = "Who made it, by id or e-mail address; the project's owner if left out"
CREATOR: Final = described(str, "an id, or a user's e-mail address", CREATOR_TITLE)
OF_PROJECTS: Final = {"id_project": _PROJECT, "createdBy": CREATOR}


def struct(
    name: str, types: Mapping[str, Any], required: Collection[str], check: Callable[[Any], None] | None = None
) -> Any:
    """Return the type of an object; `check` raises ValueError for rules beyond the types of its fields."""
    fields: list[tuple[str, Any, Any]] = []
    for key, kind in types.items():
        attribute = re.sub(r"^__|\W", "", key)
        if key in required:
            fields.append((attribute, kind, field(name=key)))
        else:
            fields.append((attribute, kind | UnsetType, field(name=key, default=UNSET)))
    namespace = {"__post_init__": check} if check else None
    return defstruct(name, fields, namespace=namespace, forbid_unknown_fields=True, kw_only=True)


def records(
    title: str,
    item: tuple[str, str, str],
    types: Mapping[str, Any],
    *,
    required: Collection[str],
    ignored: str = "",
    check: Callable[[Any], None] | None = None,
    schema: Mapping[str, Any] | None = None,
) -> Any:
    """Return the type of a list of records.

    `item` has the name, title and description of one record. `ignored` are the names of fields that
    Tiledesk's documents carry and the emulator does not keep, beside `id` and, if `types` lacks it, `__v`.
    """
    name, item_title, description = item
    every = {"_id": ID, "createdAt": TIME, "updatedAt": TIME, **types}
    for field_name in ("__v", "id", *ignored.split()):
        every.setdefault(field_name, Any)
    record = struct(name, every, required, check)
    item_type = described(record, description, item_title, extra_json_schema=schema)
    extra = {_NOT_KEPT: frozenset(ignored.split()) - types.keys() - _FOLLOWS}
    return described(list[item_type], None, title, extra=extra)  # type: ignore[valid-type]


def not_kept(kind: Any) -> frozenset[str]:
    """Return which fields of a list of records are ignored although they could be meant to have an effect."""
    names: frozenset[str] = kind.__metadata__[0].extra[_NOT_KEPT]
    return names
