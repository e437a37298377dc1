"""JSON and YAML files as JSON values, for seeds, cassettes, scenarios and credentials.

Every failure is one line with file, line and column, as the kind of error that the caller passes.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..errors import SeedError, SetupError
from ..node.json import Json

FileError = Callable[[str, str, str], SetupError]
"""Makes an error from the file, the position in it (or an empty text), and what was expected."""


class _RepeatedKey(ValueError):
    """An object of JSON repeats a key."""


YAML_SUFFIXES: Final = (".yaml", ".yml")


def read_document(path: Path | str, error: FileError = SeedError, *, lenient: bool = False) -> Json:
    """Return the value of a JSON or YAML file, unchecked beyond its syntax.

    JSON begins with a brace or a bracket; in a `.yaml` file that may be YAML too. Times stay texts. An object
    may not repeat a key. `lenient` reads what recorders write: then the last of equal keys counts, keys of
    YAML may be numbers, and there may be bytes (`!!binary`) and texts of Python 2.
    Raises `error` if the file cannot be read.
    """
    file = str(path)
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as failure:
        where = "" if Path(path).is_absolute() else f" (in {Path.cwd()})"
        reason = f"cannot be read: {failure.strerror or failure}{where}"
        raise error(file, "", reason) from failure
    except UnicodeDecodeError as failure:
        raise error(file, f"byte {failure.start}", "expected JSON or YAML in UTF-8") from failure
    if text.lstrip().startswith(("{", "[")):
        try:
            return parse_json(text, file, error, lenient=lenient)
        except SetupError:
            if Path(path).suffix.lower() not in YAML_SUFFIXES:
                raise
    return parse_yaml(text, file, error, lenient=lenient)


def parse_json(text: str, file: str, error: FileError = SeedError, *, lenient: bool = False) -> Json:
    """Return the value of a JSON text; raise `error` with line and column."""
    try:
        return json.loads(text, object_pairs_hook=None if lenient else _object)
    except json.JSONDecodeError as failure:
        position = f"line {failure.lineno}, column {failure.colno}"
        raise error(file, position, f"expected JSON: {failure.msg}") from failure
    except _RepeatedKey as failure:
        raise error(file, "", str(failure)) from failure
    except ValueError as failure:  # of int()
        expected = (
            f"expected numbers of at most {sys.get_int_max_str_digits()} digits: put longer ones in quotes"
        )
        raise error(file, "", expected) from failure
    except RecursionError:
        raise error(file, "", "nested too deeply") from None


def parse_yaml(text: str, file: str, error: FileError = SeedError, *, lenient: bool = False) -> Json:
    """Return the value of a YAML text; raise `error` with line and column."""
    # Imported here because start-up with the default seed, which is JSON, shall not wait for YAML.
    import yaml

    from .yaml import load

    try:
        return load(text, lenient=lenient)
    except yaml.MarkedYAMLError as failure:
        mark = failure.problem_mark or failure.context_mark
        position = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise error(file, position, f"expected YAML: {failure.problem or failure.context}") from failure
    except yaml.YAMLError as failure:
        raise error(file, "", f"expected YAML: {str(failure).splitlines()[0]}") from failure
    except RecursionError:
        raise error(file, "", "nested too deeply") from None


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) < len(pairs):
        repeated = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise _RepeatedKey(f"the key {repeated!r} is repeated in one object")
    return value
