"""The checks of express-validator: where it looks for a field, and which values pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from ..errors import InvalidField, UnexpectedType, ValidationFailed
from .json import Json
from .values import WHITE_SPACE, is_truthy, to_string, utf16_length

_LONGEST_ADDRESS: Final = 254
_LONGEST_USER: Final = 64
_LONGEST_LABEL: Final = 63

# Not compiled here: compiling takes longer than an emulator's start, and few requests have addresses.
_WIDE: Final = "\u00aa-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
_SPACE_CLASS: Final = re.escape(WHITE_SPACE)
_USER_PART: Final = rf"[a-zA-Z0-9!#$%&'*+\-/=?^_`{{|}}~\u00a1-\u00a9{_WIDE}]+\Z"
_QUOTED_USER: Final = (
    rf"(?:[{_SPACE_CLASS}\x01-\x08\x0b\x0c\x0e-\x1f\x7f\x21\x23-\x5b\x5d-\x7e\u00a0-\u00a9{_WIDE}]"
    rf"|\\[\x01-\x09\x0b\x0c\x0d-\x7f\u00a0-\u00a9{_WIDE}])*\Z"
)
_TOP_LABEL: Final = rf"(?:[a-zA-Z\u00a1-\u00a8{_WIDE}]{{2,}}|[xX][nN][a-zA-Z0-9-]{{2,}})\Z"
_LABEL: Final = "(?!-)[a-zA-Z\u00a1-\uff00\uff5f-\uffff\U00010000-\U0010ffff0-9-]+(?<!-)\\Z"


class RequestFields(Protocol):
    """The fields in a part of a request: in its body, query or headers."""

    def __contains__(self, name: str, /) -> bool:
        """Return whether the field is present."""

    def __getitem__(self, name: str, /) -> Json:
        """Return the value of the field."""


Checks = Mapping[str, Callable[[Json], bool]]
"""For each field, a function that returns whether a value is valid, wherever in the request it stands."""


def check_fields(checks: Checks, body: Json, query: RequestFields, headers: RequestFields) -> None:
    """Check the fields of a request, in every part that has the field: body, cookies, headers and query.

    A missing field counts as an empty one of the body. Raises ValidationFailed with a row for each failure.
    """
    parts: dict[str, RequestFields] = {
        "body": body if isinstance(body, dict) else {},
        "cookies": _cookies(headers),
        "headers": headers,
        "query": query,
    }
    failures = []
    for param, is_valid in checks.items():
        values = {location: fields[param] for location, fields in parts.items() if param in fields}
        if not values and not is_valid(None):
            failures.append(InvalidField(param))
        failures += [
            InvalidField(param, location, value, has_value=True)
            for location, value in values.items()
            if not is_valid(value)
        ]
    if failures:
        raise ValidationFailed(failures)


def _cookies(headers: RequestFields) -> dict[str, Json]:
    if "cookie" not in headers:
        return {}
    # Imported on first use: most requests have no cookies.
    from .cookies import parse_cookies

    return parse_cookies(to_string(headers["cookie"]))


def _checked_text(value: Json) -> str:
    """Return the string that express-validator checks in place of a value; of an array, the first item.

    Raises UnexpectedType for an object that has no string, on which Tiledesk fails.
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
    """Return whether the value passes `notEmpty()`: `[""]` and `[null]` do not."""
    return _checked_text(value) != ""


def is_email(value: Json) -> bool:
    """Return whether the value passes `isEmail()`."""
    text = _checked_text(value)
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
    return all(re.match(_LABEL, label) and utf16_length(label) <= _LONGEST_LABEL for label in labels)
