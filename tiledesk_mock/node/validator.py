"""The checks of express-validator: which fields are looked at, where, and what passes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from msgspec import Struct

from ..errors import InvalidField, UnexpectedType, ValidationFailed
from .json import Json
from .values import WHITE_SPACE, is_truthy, to_string, utf16_length

_LONGEST_ADDRESS: Final = 254
_LONGEST_USER: Final = 64
_LONGEST_LABEL: Final = 63

# Patterns, and not compiled ones: that takes longer than an emulator's start, and few ask for addresses.
_WIDE: Final = "\u00aa-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
_SPACE_CLASS: Final = re.escape(WHITE_SPACE)
_USER_PART: Final = rf"[a-zA-Z0-9!#$%&'*+\-/=?^_`{{|}}~\u00a1-\u00a9{_WIDE}]+\Z"
_QUOTED_USER: Final = (
    rf"(?:[{_SPACE_CLASS}\x01-\x08\x0b\x0c\x0e-\x1f\x7f\x21\x23-\x5b\x5d-\x7e\u00a0-\u00a9{_WIDE}]"
    rf"|\\[\x01-\x09\x0b\x0c\x0d-\x7f\u00a0-\u00a9{_WIDE}])*\Z"
)
_TOP_LABEL: Final = rf"(?:[a-zA-Z\u00a1-\u00a8{_WIDE}]{{2,}}|[xX][nN][a-zA-Z0-9-]{{2,}})\Z"
_LABEL: Final = "[a-zA-Z\u00a1-\uff00\uff5f-\uffff\U00010000-\U0010ffff0-9-]+\\Z"


class RequestFields(Protocol):
    """A place where a request has fields: its body, its query, its headers."""

    def __contains__(self, name: str, /) -> bool:
        """Tell whether the field is there."""

    def __getitem__(self, name: str, /) -> Json:
        """Return the field."""


class Check(Struct, frozen=True):
    """The field `param` has to pass `passes`, wherever in the request it is."""

    param: str
    passes: Callable[[Json], bool]


def check_fields(checks: Iterable[Check], body: Json, query: RequestFields, headers: RequestFields) -> None:
    """Let the request through if every check holds in every place that has the field.

    A field that is nowhere counts as empty, in the body. Raises ValidationFailed with a row for each failure.
    """
    places: dict[str, RequestFields] = {
        "body": body if isinstance(body, dict) else {},
        "headers": headers,
        "query": query,
    }
    failures = [failure for check in checks for failure in _failures(check, places)]
    if failures:
        raise ValidationFailed(failures)


def _failures(check: Check, places: dict[str, RequestFields]) -> list[InvalidField]:
    given = {location: fields[check.param] for location, fields in places.items() if check.param in fields}
    if not given:
        return [] if check.passes(None) else [InvalidField(check.param)]
    return [
        InvalidField(check.param, location, value, has_value=True)
        for location, value in given.items()
        if not check.passes(value)
    ]


def validated_text(value: Json) -> str:
    """Return the text in place of which express-validator checks a value: of an array, its first item's.

    Raises UnexpectedType for an object that cannot be a text: Tiledesk stumbles on it.
    """
    if isinstance(value, list) and value:
        value = value[0]
    if value is None:
        return ""
    if isinstance(value, dict) and is_truthy(value.get("toString")):
        return "[object Object]"
    try:
        return to_string(value)
    except TypeError:
        raise UnexpectedType from None


def is_filled(value: Json) -> bool:
    """Tell whether `notEmpty()` lets the value pass: `[""]` and `[null]` are empty, too."""
    return validated_text(value) != ""


def is_email(value: Json) -> bool:
    """Tell whether `isEmail()` lets the value pass."""
    text = validated_text(value)
    user, at, domain = text.rpartition("@")
    if (
        not at
        or utf16_length(text) > _LONGEST_ADDRESS
        or len(user.encode("utf-8", "replace")) > _LONGEST_USER
    ):
        return False
    return _is_domain(domain) and _is_user(user)


def _is_user(user: str) -> bool:
    if user.startswith('"') and user.endswith('"'):
        return bool(re.match(_QUOTED_USER, user[1:-1]))
    return all(re.match(_USER_PART, part) for part in user.split("."))


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    top = labels[-1]
    if len(labels) == 1 or not re.match(_TOP_LABEL, top) or any(map(WHITE_SPACE.__contains__, top)):
        return False
    return all(_is_label(label) for label in labels)


def _is_label(label: str) -> bool:
    if label.startswith("-") or label.endswith("-") or utf16_length(label) > _LONGEST_LABEL:
        return False
    return bool(re.match(_LABEL, label))
