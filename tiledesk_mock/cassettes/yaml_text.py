"""YAML as cassettes and scenarios use it: times are texts, and nothing is made that is no data."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from ..node.json import Json

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableYaml(Exception):
    """A text that is no YAML: `line` says where (`line 3`, or nothing), `problem` what was expected."""

    def __init__(self, line: str, problem: str) -> None:
        super().__init__(f"{line} {problem}")
        self.line: Final = line
        self.problem: Final = problem


class _Loader(_Base):  # type: ignore[misc]
    """The safe loader, with times left as text, and text that Python 2 wrote as its own."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag in ("str", "unicode"):
    _Loader.add_constructor(
        f"tag:yaml.org,2002:python/{_tag}", lambda loader, node: loader.construct_scalar(node)
    )


def load_yaml(text: str) -> Json:
    """Return what a YAML text holds; raise UnreadableYaml."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  (it is the safe loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else ""
        problem = str(getattr(error, "problem", None) or getattr(error, "context", None) or error)
        raise UnreadableYaml(line, "expected YAML: " + re.sub(r"\s+", " ", problem)) from error
    except RecursionError:
        raise UnreadableYaml("", "nested too deeply") from None
    except (ValueError, TypeError, AttributeError, OverflowError) as error:  # of a value with a wrong tag
        raise UnreadableYaml("", f"expected YAML: {error}") from error
