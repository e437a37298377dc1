"""YAML as JSON's values, read straight from the parser's events.

PyYAML's own loaders put a tree of nodes between the text and the values, which makes them four times as slow
(22 s and not 5 s for 100,000 events); they also turn times into dates, and lose a key that stands twice.
PyYAML decides what a plain word means (`true`, `~`, `0x1F`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any, Final

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from yaml.nodes import ScalarNode

from ..node.json import Json

_TAG: Final = "tag:yaml.org,2002:"
_CONSTRUCTORS: Final[dict[str, Callable[[SafeConstructor, ScalarNode], Json]]] = {
    f"{_TAG}null": SafeConstructor.construct_yaml_null,
    f"{_TAG}bool": SafeConstructor.construct_yaml_bool,
    f"{_TAG}int": SafeConstructor.construct_yaml_int,
    f"{_TAG}float": SafeConstructor.construct_yaml_float,
}
_TEXTS: Final = (f"{_TAG}str", "!")
_TEXTS_OF_PYTHON: Final = (f"{_TAG}python/str", f"{_TAG}python/unicode")
_BINARY: Final = f"{_TAG}binary"
_RESOLVERS: Final[dict[str, list[tuple[str, Any]]]] = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _CONSTRUCTORS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str, *, lenient: bool = False) -> Json:
    """Return the value of one YAML document; None for an empty text.

    `lenient` takes numbers as keys, keys that stand twice (the last counts), and the tags `!!binary`,
    `!!python/str` and `!!python/unicode`. Raises yaml.YAMLError.
    """
    # The parser written in C is ten times as fast, and is not in every build of PyYAML.
    events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return _Builder(events, lenient=lenient).document()


class _Builder:
    """Builds values from parser events."""

    def __init__(self, events: Iterator[Any], *, lenient: bool) -> None:
        self._events: Final = events
        self._lenient: Final = lenient
        self._anchors: Final[dict[str, Json]] = {}
        self._scalars: Final = SafeConstructor()

    def document(self) -> Json:
        """Return the value of the only document; None if there is none."""
        value: Json = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _problem(event, "a second document, where one is expected")
                value = self._value(next(self._events))
        return value

    def _value(self, event: Any) -> Json:
        kind = event.__class__
        if kind is ScalarEvent:
            value = self._scalar(event)
        elif kind is AliasEvent:
            return self._alias(event)
        elif event.tag not in (None, "!", f"{_TAG}map", f"{_TAG}seq"):
            raise _problem(event, f"the tag {event.tag} is none of JSON's types")
        else:
            value = self._mapping() if kind is MappingStartEvent else self._sequence()
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _sequence(self) -> list[Json]:
        items = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._value(event))
        return items

    def _mapping(self) -> dict[str, Json]:
        read: dict[str, Json] = {}
        merged: dict[str, Json] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if _merges(event):
                merged = self._merged(next(self._events)) | merged
                continue
            key = self._key(event)
            if key in read and not self._lenient:
                raise _problem(event, f"the key {key!r} stands twice in one object")
            read[key] = self._value(next(self._events))
        return merged | read if merged else read

    def _key(self, event: Any) -> str:
        key = self._value(event)
        if isinstance(key, str):
            return key
        if self._lenient and isinstance(event, ScalarEvent):
            return str(event.value)
        raise _problem(event, f"the key {key!r} is no text: put it in quotes")

    def _merged(self, event: Any) -> dict[str, Json]:
        """Return what a merge key (`<<`) takes over: one object, or several, of which the first wins."""
        value = self._value(event)
        objects = value if isinstance(value, list) else [value]
        merged: dict[str, Json] = {}
        for one in objects:
            if not isinstance(one, dict):
                raise _problem(event, "expected an object to merge, or a list of them")
            merged = one | merged
        return merged

    def _alias(self, event: Any) -> Json:
        if event.anchor not in self._anchors:
            raise _problem(event, f"the alias *{event.anchor} stands for nothing that ends before it")
        return self._anchors[event.anchor]

    def _scalar(self, event: Any) -> Json:
        tag = event.tag or (_plain_tag(event.value) if event.implicit[0] else None)
        if tag is None or tag in _TEXTS or (self._lenient and tag in _TEXTS_OF_PYTHON):
            return event.value
        if self._lenient and tag == _BINARY:
            return self._binary(event)
        if tag not in _CONSTRUCTORS:
            raise _problem(event, f"the tag {tag} is none of JSON's types")
        try:
            return _CONSTRUCTORS[tag](self._scalars, ScalarNode(tag, event.value))
        except (ValueError, KeyError) as error:
            raise _problem(event, f"{event.value!r} is no {tag.removeprefix(_TAG)}") from error

    def _binary(self, event: Any) -> bytes:
        try:
            return base64.b64decode(event.value, validate=False)
        except ValueError as error:
            raise _problem(event, f"!!binary is no base64: {error}") from error


def _merges(key: Any) -> bool:
    return isinstance(key, ScalarEvent) and key.value == "<<" and key.implicit[0]


def _plain_tag(text: str) -> str | None:
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            return tag
    return None


def _problem(event: Any, problem: str) -> ConstructorError:
    return ConstructorError(None, None, problem, event.start_mark)
