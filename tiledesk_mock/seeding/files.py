"""Seed files: JSON or YAML text to a document, every failure one line that names the place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from ..errors import SeedError
from ..node.json import Json

_YAML_ENDINGS: Final = (".yaml", ".yml")


def read_document(path: Path | str) -> Json:
    """Read one seed file, JSON or YAML, unchecked beyond its syntax.

    The ending decides (`.json`, `.yaml`, `.yml`), otherwise the text does: JSON begins with a brace.
    Raises SeedError if it cannot be read.
    """
    file = str(path)
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        where = "" if Path(path).is_absolute() else f" (in {Path.cwd()})"
        raise SeedError(file, "", f"cannot be read: {error.strerror or error}{where}") from error
    except UnicodeDecodeError as error:
        raise SeedError(
            file, "", f"expected JSON or YAML as UTF-8 text (byte {error.start} is none)"
        ) from error
    return parse_yaml(text, file) if _is_yaml(Path(path).suffix, text) else parse_json(text, file)


def parse_json(text: str, file: str) -> Json:
    """Read JSON; a key that stands twice in an object is an error, since one of the two would be lost.

    Raises SeedError with line and column.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise SeedError(
            file, f"line {error.lineno}, column {error.colno}", f"no JSON: {error.msg}"
        ) from error
    except ValueError as error:
        raise SeedError(file, "", str(error)) from error
    except RecursionError:
        raise SeedError(file, "", "nested too deeply") from None


def parse_yaml(text: str, file: str) -> Json:
    """Read YAML safely, as JSON's values only: a time without quotes stays the text that it is.

    Raises SeedError with line and column.
    """
    # Here and not above: start-up with the default seed, which is JSON, shall not pay for YAML.
    import yaml

    from .yaml import load

    try:
        return load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise SeedError(file, place, f"no YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise SeedError(file, "", f"no YAML: {str(error).splitlines()[0]}") from error
    except RecursionError:
        raise SeedError(file, "", "nested too deeply") from None


def _is_yaml(ending: str, text: str) -> bool:
    if ending.lower() in (".json", *_YAML_ENDINGS):
        return ending.lower() != ".json"
    return not text.lstrip().startswith("{")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    read = dict(pairs)
    if len(read) == len(pairs):
        return read
    names = [name for name, _ in pairs]
    twice = next(name for name in names if names.count(name) > 1)
    raise ValueError(f"the key {twice!r} stands twice in one object")
