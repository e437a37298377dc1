"""A parsed file, walked with errors that name the file and the place in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ..errors import CassetteError
from ..node.json import Json

_WORDS: Final = {dict: "an object", list: "a list", str: "text", int: "a whole number", type(None): "nothing"}


class Branch:
    """A value in a parsed file: its parts by type, or a CassetteError that says what was expected."""

    def __init__(self, value: Json, file: str, path: str = "") -> None:
        self.value: Final = value
        self.file: Final = file
        self.path: Final = path

    def refuse(self, expected: str) -> CassetteError:
        """Return the error that this place is not what was `expected`."""
        return CassetteError(self.file, self.path, expected)

    def has(self, name: str) -> bool:
        """Tell whether there is a part of that name, and not null."""
        return isinstance(self.value, dict) and self.value.get(name) is not None

    def part(self, name: str) -> Branch:
        """Return a part of an object; one that is missing is null."""
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return Branch(value, self.file, f"{self.path}.{name}" if self.path else name)

    def object(self, name: str) -> Branch:
        """Return a part that has to be an object."""
        return self._typed(name, dict)

    def items(self, name: str, *, optional: bool = False) -> Iterator[Branch]:
        """Yield the items of a part that has to be a list."""
        if optional and not self.has(name):
            return
        whole = self._typed(name, list)
        for index, value in enumerate(whole.value):
            yield Branch(value, self.file, f"{whole.path}[{index}]")

    def text(self, name: str, default: str | None = None) -> str:
        """Return a part that has to be text, or may be missing if there is a default."""
        return str(self._or(name, str, default))

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a part that has to be a whole number, or may be missing if there is a default."""
        return int(self._or(name, int, default))

    def number(self, name: str, default: float) -> float:
        """Return a part that is a number; anything else is the default."""
        value = self.part(name).value
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else default

    def _or(self, name: str, kind: type, default: Any) -> Any:
        if default is not None and not self.has(name):
            return default
        return self._typed(name, kind).value

    def _typed(self, name: str, kind: type) -> Branch:
        part = self.part(name)
        if not isinstance(part.value, kind) or (kind is int and isinstance(part.value, bool)):
            came = _WORDS.get(type(part.value), f"{part.value!r}"[:60])
            raise part.refuse(f"expected {_WORDS[kind]}, not {came}")
        return part
