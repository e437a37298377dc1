"""YAML as seeds use it: JSON's values, no tags of Python's, no dates, no key twice."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import yaml
from yaml.constructor import ConstructorError

from ..domain.model import Json

# The parser written in C is ten times as fast, and is not in every build of PyYAML.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TAG: Final = "tag:yaml.org,2002:"
_SCALARS: Final = ("null", "bool", "int", "float", "str")


class SeedLoader(_Base):  # type: ignore[misc]  # the base is one of two classes
    """PyYAML's safe loader without what JSON does not have."""

    yaml_constructors: ClassVar[dict[str | None, Any]] = {
        f"{_TAG}{name}": yaml.SafeLoader.yaml_constructors[f"{_TAG}{name}"] for name in _SCALARS
    } | {None: yaml.SafeLoader.yaml_constructors[None]}
    yaml_implicit_resolvers: ClassVar[dict[str | None, Any]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_TAG}timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def load(text: str) -> Json:
    """Read one YAML document. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=SeedLoader)  # noqa: S506  (a safe loader, narrowed)


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Json]:
    loader.flatten_mapping(node)
    read: dict[str, Json] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise ConstructorError(
                None, None, f"the key {key!r} is no text: put it in quotes", key_node.start_mark
            )
        read[key] = loader.construct_object(value_node, deep=True)
    if len(read) < len(node.value):
        _refuse_key_twice(node)
    return read


def _refuse_key_twice(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key_node, _ in node.value:
        if key_node.value in seen:
            problem = f"the key {key_node.value!r} stands twice in one object"
            raise ConstructorError(None, None, problem, key_node.start_mark)
        seen.add(key_node.value)


def _sequence(loader: Any, node: yaml.SequenceNode) -> list[Json]:
    return [loader.construct_object(item, deep=True) for item in node.value]


SeedLoader.add_constructor(f"{_TAG}map", _mapping)
SeedLoader.add_constructor(f"{_TAG}seq", _sequence)
