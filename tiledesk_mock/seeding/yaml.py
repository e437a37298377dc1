"""YAML as JSON values, built from the events of PyYAML's parser.

PyYAML's own loaders put a tree of nodes between the text and the values, which makes them four times as slow
(22 s and not 5 s for 100,000 events); they also turn times into dates, and lose all but one of equal keys.
PyYAML decides what a plain word means (`true`, `~`, `0x1F`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, Final

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

from ..node.json import Json

_Constructors = dict[str, Callable[[SafeConstructor, yaml.ScalarNode], Json]]

_TAG: Final = "tag:yaml.org,2002:"
_CONSTRUCTORS: Final[_Constructors] = {
    f"{_TAG}null": SafeConstructor.construct_yaml_null,
    f"{_TAG}bool": SafeConstructor.construct_yaml_bool,
    f"{_TAG}int": SafeConstructor.construct_yaml_int,
    f"{_TAG}float": SafeConstructor.construct_yaml_float,
    f"{_TAG}str": SafeConstructor.construct_yaml_str,
    "!": SafeConstructor.construct_yaml_str,
}
_NUMBERS: Final = frozenset({f"{_TAG}int", f"{_TAG}float"})
_LENIENT_CONSTRUCTORS: Final[_Constructors] = {
    **_CONSTRUCTORS,
    f"{_TAG}binary": SafeConstructor.construct_yaml_binary,
    f"{_TAG}python/str": SafeConstructor.construct_yaml_str,
    f"{_TAG}python/unicode": SafeConstructor.construct_yaml_str,
}
_RESOLVERS: Final[dict[str, list[tuple[str, Any]]]] = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _CONSTRUCTORS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str, *, lenient: bool = False) -> Json:
    """Return the value of one YAML document; None for an empty text.

    `lenient` takes numbers as keys, equal keys in one object (the last counts), and the tags `!!binary`,
    `!!python/str` and `!!python/unicode`. Raises yaml.YAMLError.
    """
    # The parser written in C is ten times as fast, and is not in every build of PyYAML.
    events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    builder = _Builder(events, lenient=lenient)
    values: list[Json] = []
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if values:
                raise _problem(event, "a second document, where one is expected")
            values.append(builder.value(next(events)))
    return values[0] if values else None


_REPEATED_LIMIT: Final = 16_000_000
"""Characters that aliases may repeat, with `_VALUE_SIZE` for each value. Ten lines of ten aliases each, one
of the other, stand for ten thousand million values."""

_VALUE_SIZE: Final = 10

_LONGEST_NUMBER: Final = 400
"""Characters of a number. A longer one is no double, and Python reads it in quadratic time."""


class _Builder:
    """Builds values from parser events."""

    def __init__(self, events: Iterator[Any], *, lenient: bool) -> None:
        self._events: Final = events
        self._lenient: Final = lenient
        self._anchors: Final[dict[str, tuple[Json, int]]] = {}  # with the sizes of the values
        self._size = 0
        self._repeated = 0
        self._constructors: Final = _LENIENT_CONSTRUCTORS if lenient else _CONSTRUCTORS
        self._constructor: Final = SafeConstructor()

    def value(self, event: Any) -> Json:
        """Return the value that begins with an event."""
        kind = event.__class__
        if kind is yaml.AliasEvent:
            if event.anchor not in self._anchors:
                raise _problem(event, f"the alias *{event.anchor} has no anchor that ends before it")
            return self._repeat(event)
        value: Json
        start = self._size
        self._size += _VALUE_SIZE
        if kind is yaml.ScalarEvent:
            value = self._scalar(event)
        elif event.tag not in (None, "!", f"{_TAG}map", f"{_TAG}seq"):
            raise _problem(event, f"the tag {event.tag} is not a type of JSON")
        elif kind is yaml.MappingStartEvent:
            value = self._mapping()
        else:
            value = [self.value(item) for item in takewhile(_is_inside, self._events)]
        if event.anchor is not None:
            self._anchors[event.anchor] = value, self._size - start
        return value

    def _repeat(self, event: Any) -> Json:
        value, size = self._anchors[event.anchor]
        self._size += size
        self._repeated += size
        if self._repeated > _REPEATED_LIMIT:
            repeated = f"repeat more than {_REPEATED_LIMIT:,} characters: use fewer"
            raise _problem(event, f"the aliases up to *{event.anchor} {repeated}")
        return value

    def _mapping(self) -> dict[str, Json]:
        read: dict[str, Json] = {}
        merged: dict[str, Json] = {}
        for event in takewhile(_is_inside, self._events):
            if isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]:
                merged = self._merged(next(self._events)) | merged
                continue
            key = self._key(event)
            if key in read and not self._lenient:
                raise _problem(event, f"the key {key!r} is repeated in one object")
            read[key] = self.value(next(self._events))
        return merged | read if merged else read

    def _key(self, event: Any) -> str:
        key = self.value(event)
        if isinstance(key, str):
            return key
        if self._lenient and isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        raise _problem(event, f"the key {key!r} is not text: put it in quotes")

    def _merged(self, event: Any) -> dict[str, Json]:
        """Return what a merge key (`<<`) takes over: one object, or several, of which the first wins."""
        value = self.value(event)
        merged: dict[str, Json] = {}
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, dict):
                raise _problem(event, "expected an object to merge, or a list of them")
            merged = one | merged
        return merged

    def _scalar(self, event: Any) -> Json:
        self._size += len(event.value)
        tag = event.tag or (_plain_tag(event.value) if event.implicit[0] else None)
        if tag is None:
            return event.value
        if tag in _NUMBERS and len(event.value) > _LONGEST_NUMBER:
            raise _problem(event, f"a number of {len(event.value)} characters: put it in quotes")
        if tag not in self._constructors:
            raise _problem(event, f"the tag {tag} is not a type of JSON")
        try:
            return self._constructors[tag](
                self._constructor, yaml.ScalarNode(tag, event.value, event.start_mark)
            )
        except (ValueError, KeyError) as error:
            raise _problem(event, f"{event.value!r} is not of type {tag.removeprefix(_TAG)}") from error


def _is_inside(event: Any) -> bool:
    return not isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent))


def _plain_tag(text: str) -> str | None:
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            return tag
    return None


def _problem(event: Any, problem: str) -> ConstructorError:
    return ConstructorError(None, None, problem, event.start_mark)
