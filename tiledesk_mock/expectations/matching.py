"""Whether a value is as expected, and where it is not.

What is expected may be, at any depth:

* a dict: at least these keys, each as expected (exactly these, with `exact`);
* a list: as many items, each as expected;
* a type, or a union of types: a value of it (a bool is no int here, and an int is a float);
* a compiled regular expression: a text in which it is found;
* a callable: called with the value, it returns whether that is right;
* an aware datetime: that moment, in any notation;
* `...`: anything, as long as it is there; `ABSENT`: nothing at all;
* anything else: an equal value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from difflib import SequenceMatcher
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from msgspec import Struct
from msgspec.structs import replace

from ..comparison.json_diff import Difference, DifferenceKind, JsonDiff, is_same
from ..errors import SettingsError, SetupError
from ..node.json import ABSENT, Json
from ..node.json_text import JsonPath
from ..redaction.masking import MASK, masked_json, masked_text
from ..redaction.names import is_secret_name, may_be_secret
from ..text import shorten
from ..tiledesk.clock import to_milliseconds

NAME_COST: Final = 10.0
"""The cost of a name that has nothing in common with the expected one."""

_MAX_LENGTH: Final = 200
"""Characters of a value that are shown."""

_CONTEXT_LENGTH: Final = 40
"""Characters that are shown before the first difference of two long texts."""

_EXPECTED_ERRORS: Final = (LookupError, TypeError, ValueError, AssertionError)
"""What a condition may raise for a value of another kind; any other error is a mistake in the condition."""

_TYPE_NAMES: Final = {
    bool: "true or false",
    str: "text",
    int: "a number",
    float: "a number",
    dict: "an object",
    list: "a list",
    type(None): "null",
}


class Mismatch(Struct, frozen=True):
    """A path at which a value is not as expected, as messages show it.

    `cost` is how much it counts when the nearest miss is looked for. `is_undecided` says that a condition is
    mistaken, so that the value may be as expected.
    """

    path: str
    expected: str
    came: str
    cost: float = 1.0
    is_undecided: bool = False


def find_mismatches(expected: Any, came: Any, name: str = "", *, exact: bool = False) -> Iterator[Mismatch]:
    """Yield where a value is not as expected. Paths begin with `name`."""
    diff = _ExpectationDiff(exact=exact)
    return map(_mismatch, diff.values(expected, came, (name,) if name else ()))


def name_mismatches(expected: Any, came: Json, name: str = "name") -> Iterator[Mismatch]:
    """Yield where a name is not as expected."""
    found = find_mismatches(expected, came, name)
    if not isinstance(expected, str):
        return found
    return (replace(mismatch, cost=name_cost(expected, str(came))) for mismatch in found)


def name_cost(expected: str, came: str) -> float:
    """Return the cost of a name or path, which is the lower the more it is like the expected one."""
    return NAME_COST * (1 - SequenceMatcher(None, expected, came).ratio())


def check_status(status: Any) -> None:
    """Raise SettingsError if an expected status is a text, which no status ever is."""
    if isinstance(status, str):
        raise SettingsError("status", status, "a number, a type or a function")


class _ExpectationDiff(JsonDiff):
    """Finds the differences of what is expected, on the left, and a value."""

    def __init__(self, *, exact: bool) -> None:
        self._exact: Final = exact

    def objects(
        self, left: Mapping[str, Any], right: Mapping[str, Any], path: JsonPath
    ) -> Iterator[Difference]:
        """Yield the differences of two objects; other keys are one only if `exact`."""
        keys = {**left, **right} if self._exact else left
        for key in keys:
            yield from self.values(left.get(key, ABSENT), right.get(key, ABSENT), (*path, key))

    def scalars(self, left: Any, right: Any, path: JsonPath) -> Iterator[Difference]:
        """Yield the difference of a value and a matcher, or another value."""
        if left is ...:
            return
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            yield from self.objects(left, right, path)
            return
        if callable(left) and not isinstance(left, type) and get_origin(left) is None:
            yield from _check_condition(left, right, path)
        elif not _is_match(left, right):
            yield Difference(path, left, right)


def _check_condition(condition: Callable[[Any], Any], came: Any, path: JsonPath) -> Iterator[Difference]:
    try:
        result = condition(came)
    except Exception as error:  # noqa: BLE001  (whatever it is, the condition is not met)
        is_mistaken = not isinstance(error, _EXPECTED_ERRORS)
        note = f" (it raised {type(error).__name__}: {error})"
    else:
        if result:
            return
        # A lambda is an expression, whose value may well be None; a function without a return is a mistake.
        is_mistaken = result is None and getattr(condition, "__name__", "") != "<lambda>"
        note = " (it returned None, not true or false)" if result is None else ""
    kind = DifferenceKind.UNDECIDED if is_mistaken else DifferenceKind.VALUE
    yield Difference(path, condition, came, kind, note)


def _is_match(expected: Any, came: Any) -> bool:
    if get_origin(expected) in (Union, UnionType):
        return any(_is_match(kind, came) for kind in get_args(expected))
    if get_origin(expected) is not None:
        raise SetupError(f"{expected} matches nothing: say list, or what the items are, as in [int, int]")
    if isinstance(expected, type):
        if isinstance(came, bool):
            return expected in (bool, object)
        return isinstance(came, expected) or (expected is float and isinstance(came, int))
    if isinstance(expected, re.Pattern):
        return isinstance(came, str) and expected.search(came) is not None
    if isinstance(expected, datetime):
        return _is_same_time(expected, came)
    return is_same(expected, came)


def _is_same_time(expected: datetime, came: Any) -> bool:
    if expected.tzinfo is None:
        raise SetupError(f"{expected.isoformat()} has no time zone: say which, as in tzinfo=timezone.utc")
    try:
        return to_milliseconds(came) == to_milliseconds(expected)
    except (ValueError, AttributeError):
        return False


def _mismatch(difference: Difference) -> Mismatch:
    path, expected, came = difference.path_text, difference.left, difference.right
    if difference.kind is DifferenceKind.LENGTH:
        return Mismatch(path, str(expected), str(came))
    cost, is_undecided = _size(expected), difference.kind is DifferenceKind.UNDECIDED
    if difference.is_secret:
        description = MASK if isinstance(expected, str) else describe_expected(expected)
        text = "nothing" if came is ABSENT else f"{MASK} (another value)"
        return Mismatch(path, description, text, cost, is_undecided)
    if isinstance(expected, str) and isinstance(came, str):
        return Mismatch(path, *_differing_texts(expected, came), cost)
    text = _described_value(expected, came) + difference.note
    return Mismatch(path, describe_expected(expected), text, cost, is_undecided)


def _differing_texts(expected: str, came: str) -> tuple[str, str]:
    """Return two texts as they are shown: long ones from a little before their first difference."""
    # They are masked while they are whole: a part of a token is not recognized.
    expected, came = masked_text(expected), masked_text(came)
    if expected == came:
        return format_value(expected), f"{format_value(came)} (another value)"
    pairs = enumerate(zip(expected, came, strict=False))
    first = next((index for index, (one, other) in pairs if one != other), 0)
    start = max(first - _CONTEXT_LENGTH, 0)
    if max(len(expected), len(came)) <= _MAX_LENGTH or not start:
        return format_value(expected), format_value(came)
    return f"...{format_value(expected[start:])}", f"...{format_value(came[start:])}"


def _size(expected: Any) -> float:
    """Return how many values are expected."""
    if isinstance(expected, (Mapping, list, tuple)) and expected:
        return sum(map(_size, expected.values() if isinstance(expected, Mapping) else expected))
    return 1.0


def _described_value(expected: Any, came: Any) -> str:
    """Return a value as it is shown, with its type if the types differ."""
    if came is ABSENT:
        return "nothing"
    kind, expected_kind = _type_name(came), _type_name(expected)
    text = format_value(came)
    if not expected_kind or kind == expected_kind:
        return text
    return f"null (not {expected_kind})" if came is None else f"{text} ({kind}, not {expected_kind})"


def _type_name(value: Any) -> str | None:
    """Return the name of a JSON value's type, or of a type; None for other matchers."""
    return _TYPE_NAMES.get(value if isinstance(value, type) else type(value))


def describe_expected(expected: Any) -> str:
    """Return what is expected in a few words."""
    if isinstance(expected, Mapping):
        items = (f"{format_value(key)}: {_describe_field(key, value)}" for key, value in expected.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(expected, (list, tuple)):
        return "[" + ", ".join(map(describe_expected, expected)) + "]"
    if expected is ... or expected is ABSENT:
        return "anything" if expected is ... else "nothing"
    return _describe_matcher(expected) or format_value(expected)


def _describe_field(name: Any, expected: Any) -> str:
    is_scalar = isinstance(expected, (str, int, float)) and not isinstance(expected, bool)
    is_secret = is_scalar and is_secret_name(str(name)) and may_be_secret(expected, str(name))
    return format_value(MASK) if is_secret else describe_expected(expected)


def describe_item(noun: str, *parts: tuple[str, Any]) -> str:
    """Return what is expected of an item: a noun, and phrases with values, of which `...` are left out."""
    phrases = (f"{phrase} {describe_expected(value)}" for phrase, value in parts if value is not ...)
    return " ".join([noun, *phrases])


def _describe_matcher(expected: Any) -> str | None:
    if get_origin(expected) in (Union, UnionType):
        return " or ".join(map(describe_expected, get_args(expected)))
    if isinstance(expected, type):
        return _TYPE_NAMES.get(expected) or f"a value of type {expected.__name__}"
    if isinstance(expected, re.Pattern):
        return f"text with /{expected.pattern}/"
    if isinstance(expected, datetime):
        return expected.isoformat()
    if callable(expected):
        return f"a value that satisfies {getattr(expected, '__name__', None) or repr(expected)}"
    return None


def format_value(value: Any) -> str:
    """Return a value as JSON with its secrets masked, shortened if it is long."""
    return shorten(json.dumps(masked_json(value), ensure_ascii=False, default=repr), _MAX_LENGTH)
