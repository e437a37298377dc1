"""Whether a value is what was expected, and where it is not.

What is expected may be, at any depth:

* a dict: at least these keys, and in them what is expected there (all keys, with `exact`);
* a list: as many items, each as expected;
* a type, or a union of some: a value of it (a bool is no int here, and an int is a float);
* a compiled regular expression: a text in which it is found;
* a callable: called with the value, tells whether it is right;
* an aware datetime: that moment, written in any way;
* `...`: anything, as long as it is there; `ABSENT`: nothing at all;
* anything else: an equal value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from msgspec import Struct

from ..errors import SetupError
from ..node.json import ABSENT
from ..redaction.masking import masked_json, masked_text
from ..text import shorten
from ..tiledesk.clock import to_milliseconds

_SHOWN: Final = 200
"""Characters of a value that are shown."""

_BEFORE: Final = 40
"""Characters that are shown before the place where two long texts part."""

_UNFIT: Final = (LookupError, TypeError, ValueError, AssertionError)
"""What a condition may well raise of a value of another kind; any other error is its own mistake."""

_KINDS: Final = {
    bool: "true or false",
    str: "text",
    int: "a number",
    float: "a number",
    dict: "an object",
    list: "a list",
    type(None): "null",
}


class Difference(Struct, frozen=True):
    """One place where a value is not as expected; `weight` is how much that counts for a near miss.

    `is_unasked` tells that a condition is mistaken, so that nobody knows.
    """

    path: str
    expected: str
    came: str
    weight: float = 1.0
    is_unasked: bool = False


def differences(expected: Any, came: Any, path: str = "", *, exact: bool = False) -> list[Difference]:
    """Return where `came` is not what is `expected`; empty if it is. `path` is what the value is called."""
    return list(_differences(expected, came, path, exact))


def _differences(expected: Any, came: Any, path: str, exact: bool) -> Iterator[Difference]:
    if came is ABSENT or expected is ABSENT or expected is ...:
        if (came is ABSENT) != (expected is ABSENT):
            yield _difference(expected, came, path)
    elif isinstance(expected, Mapping):
        yield from _in_mapping(expected, came, path, exact)
    elif isinstance(expected, (list, tuple)):
        yield from _in_list(expected, came, path, exact)
    elif _is_condition(expected):
        yield from _by_condition(expected, came, path)
    elif not _is_right(expected, came):
        yield _difference(expected, came, path)


def _in_mapping(expected: Mapping[Any, Any], came: Any, path: str, exact: bool) -> Iterator[Difference]:
    if not isinstance(came, Mapping):
        yield _difference(expected, came, path)
        return
    for key, value in expected.items():
        yield from _differences(value, came.get(key, ABSENT), _within(path, key), exact)
    for key in came if exact else ():
        if key not in expected:
            yield Difference(_within(path, key), "nothing", shown(came[key]))


def _in_list(expected: Sequence[Any], came: Any, path: str, exact: bool) -> Iterator[Difference]:
    if not isinstance(came, (list, tuple)):
        yield _difference(expected, came, path)
        return
    if len(expected) != len(came):
        yield Difference(path, _items(len(expected)), _items(len(came)))
    for index, (value, item) in enumerate(zip(expected, came, strict=False)):
        yield from _differences(value, item, f"{path}[{index}]", exact)


def _by_condition(expected: Callable[[Any], Any], came: Any, path: str) -> Iterator[Difference]:
    met, error = _satisfies(expected, came)
    if met:
        return
    reason, is_unasked = "", False
    if error:
        reason, is_unasked = f" (it raised {type(error).__name__}: {error})", not isinstance(error, _UNFIT)
    elif met is None:
        reason, is_unasked = " (it returned None, not true or false)", not _is_lambda(expected)
    yield Difference(path, described(expected), shown(came) + reason, is_unasked=is_unasked)


def _is_right(expected: Any, came: Any) -> bool:
    if get_origin(expected) in (Union, UnionType):
        return any(_is_right(kind, came) for kind in get_args(expected))
    if isinstance(expected, datetime) and expected.tzinfo is None:
        raise SetupError(f"{expected.isoformat()} has no time zone: say which, as in tzinfo=timezone.utc")
    if get_origin(expected) is not None:
        raise SetupError(f"{expected} matches nothing: say list, or what the items are, as in [int, int]")
    if isinstance(expected, type):
        return _is_of(expected, came)
    if isinstance(expected, re.Pattern):
        return isinstance(came, str) and expected.search(came) is not None
    if isinstance(expected, datetime):
        return _is_moment(expected, came)
    if isinstance(expected, bool) or isinstance(came, bool):
        return expected is came
    return bool(expected == came)


def _is_of(expected: type, came: Any) -> bool:
    if isinstance(came, bool):
        return expected in (bool, object)
    return isinstance(came, expected) or (expected is float and isinstance(came, int))


def _is_moment(expected: datetime, came: Any) -> bool:
    try:
        return to_milliseconds(came) == to_milliseconds(expected)
    except (ValueError, AttributeError):
        return False


def _is_condition(expected: Any) -> bool:
    return callable(expected) and not isinstance(expected, type) and get_origin(expected) is None


def _is_lambda(condition: Callable[[Any], Any]) -> bool:
    """Tell whether it says in an expression what it returns, so that None may be meant."""
    return getattr(condition, "__name__", "") == "<lambda>"


def _satisfies(expected: Callable[[Any], Any], came: Any) -> tuple[bool | None, Exception | None]:
    """Tell whether a value meets a condition, None if that does not say; and what was raised."""
    try:
        told = expected(came)
        return None if told is None else bool(told), None
    except Exception as error:  # noqa: BLE001  (whatever it is, the condition is not met)
        return False, error


def _difference(expected: Any, came: Any, path: str) -> Difference:
    if isinstance(expected, str) and isinstance(came, str):
        return Difference(path, *_apart(expected, came))
    return Difference(path, described(expected), _told(expected, came), _size(expected))


def _apart(expected: str, came: str) -> tuple[str, str]:
    """Show two texts, from a little before the place where they part if they are long."""
    # Covered while they are whole: a piece of a token is not known for one.
    expected, came = masked_text(expected), masked_text(came)
    if expected == came:
        return f"{shown(expected)} (as given)", f"{shown(came)} (another one)"
    pairs = enumerate(zip(expected, came, strict=False))
    parting = next((index for index, (one, other) in pairs if one != other), 0)
    start = max(parting - _BEFORE, 0)
    if max(len(expected), len(came)) <= _SHOWN or not start:
        return shown(expected), shown(came)
    return f"...{shown(expected[start:])}", f"...{shown(came[start:])}"


def _size(expected: Any) -> float:
    """Return how many values are expected where there is nothing like them."""
    inner = expected.values() if isinstance(expected, Mapping) else expected
    is_full = isinstance(expected, (Mapping, list, tuple)) and bool(expected)
    return sum(map(_size, inner)) if is_full else 1.0


def _told(expected: Any, came: Any) -> str:
    """Show what came, and its type where that is the difference that cannot be seen."""
    if came is ABSENT:
        return "nothing"
    kind, wanted = _kind(came), _kind(expected)
    text = shown(came)
    return f"{text} ({kind}, not {wanted})" if wanted and kind != wanted else text


def _kind(value: Any) -> str | None:
    """Name a JSON value's type; a type is named by what it stands for, a condition not at all."""
    return _KINDS.get(value if isinstance(value, type) else type(value))


def described(expected: Any) -> str:
    """Describe what is expected in a few words."""
    if isinstance(expected, Mapping):
        return "{" + ", ".join(f"{shown(key)}: {described(value)}" for key, value in expected.items()) + "}"
    if isinstance(expected, (list, tuple)):
        return "[" + ", ".join(described(item) for item in expected) + "]"
    if expected is ... or expected is ABSENT:
        return "anything" if expected is ... else "nothing"
    return _described_matcher(expected) or shown(expected)


def _described_matcher(expected: Any) -> str | None:
    if get_origin(expected) in (Union, UnionType):
        return " or ".join(map(described, get_args(expected)))
    if isinstance(expected, type):
        return _KINDS.get(expected) or f"a value of type {expected.__name__}"
    if isinstance(expected, re.Pattern):
        return f"text with /{expected.pattern}/"
    if isinstance(expected, datetime):
        return expected.isoformat()
    if callable(expected):
        return f"a value that satisfies {getattr(expected, '__name__', None) or repr(expected)}"
    return None


def shown(value: Any, limit: int = _SHOWN) -> str:
    """Show a value as JSON without the secrets in it, cut after `limit` characters."""
    return shorten(json.dumps(masked_json(value), ensure_ascii=False, default=repr), limit)


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _within(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)
