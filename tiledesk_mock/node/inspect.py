"""Node 20's `util.inspect` with its defaults, as mongoose's cast errors print values."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final

from msgspec import Struct

from .json import Json
from .values import is_negative_zero, to_string, utf16_length

_DEPTH: Final = 2
_BREAK_LENGTH: Final = 80
_COMPACT: Final = 3
_MAX_ARRAY_LENGTH: Final = 100
_MAX_STRING_LENGTH: Final = 10_000
_SHORT_TEXT: Final = 16

_GROUPED_FROM: Final = 7
_MAX_COLUMNS: Final = 15
_SEPARATOR: Final = 2
_CHARACTER_HEIGHT: Final = 2.5

_NO_WIDTH: Final = ("Cc", "Cf", "Me", "Mn")
_WIDE: Final = ("F", "W")
_SOFT_HYPHEN: Final = "\u00ad"
_SKIN_TONES: Final = "".join(map(chr, range(0x1F3FB, 0x1F400)))
_FLAG_LETTERS: Final = "".join(map(chr, range(0x1F1E6, 0x1F200)))

_PLAIN_KEY: Final = re.compile(r"[a-zA-Z_][a-zA-Z_0-9]*\Z")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_ESCAPED: Final = re.compile("[\x00-\x1f\\\\\x7f-\x9f\ud800-\udfff]")
_NAMED_ESCAPES: Final = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r", "\\": "\\\\"}


class _Printer(Struct):
    """The state of one call of `inspect`. `level` is that of the array or object entered last."""

    indentation: int = 0
    level: int = 0

    def value(self, value: Json, level: int) -> str:
        if isinstance(value, str):
            return self._text(value)
        if not isinstance(value, (list, dict)):
            return "-0" if isinstance(value, float) and is_negative_zero(value) else to_string(value)
        opening, closing = "[]" if isinstance(value, list) else "{}"
        if not value:
            return opening + closing
        if level > _DEPTH:
            return "[Array]" if isinstance(value, list) else "[Object]"
        self.level = level + 1
        return self._joined(value, self._entries(value, level + 1), opening, closing, level + 1)

    def _entries(self, value: Json, level: int) -> list[str]:
        if isinstance(value, dict):
            return [f"{_key(key)}: {self._inner(item, level)}" for key, item in value.items()]
        entries = [self._inner(item, level) for item in value[:_MAX_ARRAY_LENGTH]]
        rest = len(value) - _MAX_ARRAY_LENGTH
        return [*entries, f"... {rest} more item{'s' if rest > 1 else ''}"] if rest > 0 else entries

    def _inner(self, value: Json, level: int) -> str:
        self.indentation += 2
        text = self.value(value, level)
        self.indentation -= 2
        return text

    def _text(self, text: str) -> str:
        size = utf16_length(text)
        trailer = ""
        if size > _MAX_STRING_LENGTH:
            rest = size - _MAX_STRING_LENGTH
            trailer = f"... {rest} more character{'s' if rest > 1 else ''}"
            units = text.encode("utf-16-le", "surrogatepass")[: 2 * _MAX_STRING_LENGTH]
            text = units.decode("utf-16-le", "surrogatepass")
        if size > _SHORT_TEXT and size > _BREAK_LENGTH - self.indentation - 4:
            break_ = f" +\n{' ' * (self.indentation + 2)}"
            return break_.join(map(_quoted, _LINE.findall(text))) + trailer
        return _quoted(text) + trailer

    def _joined(self, value: Json, entries: list[str], opening: str, closing: str, level: int) -> str:
        grouped = entries
        if isinstance(value, list) and len(entries) >= _GROUPED_FROM:
            grouped = _grouped(entries, value, self.indentation)
        width = sum(map(utf16_length, grouped)) + 2 * len(grouped) + self.indentation + len(opening) + 10
        is_grouped = len(grouped) != len(entries)
        if self.level - level < _COMPACT and not is_grouped and width <= _BREAK_LENGTH:
            line = ", ".join(grouped)
            if "\n" not in line:
                return f"{opening} {line} {closing}"
        indentation = "\n" + " " * self.indentation
        return f"{opening}{indentation}  {f',{indentation}  '.join(grouped)}{indentation}{closing}"


def inspect(value: Json) -> str:
    """Return what `util.inspect(value)` returns."""
    return _Printer().value(value, 0)


def _quoted(text: str) -> str:
    """Return the text in those quotes that need the fewest escapes."""
    quote = "'"
    if "'" in text:
        quote = '"' if '"' not in text else "`" if "`" not in text and "${" not in text else "'"
    escaped = _ESCAPED.sub(_escape, text)
    if quote == "'":
        escaped = escaped.replace("'", "\\'")
    return f"{quote}{escaped}{quote}"


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if code > 0xFF:
        return f"\\u{code:x}"
    return _NAMED_ESCAPES.get(character, f"\\x{code:02X}")


def _key(key: str) -> str:
    if key == "__proto__":
        return "['__proto__']"
    return key if _PLAIN_KEY.match(key) else _quoted(key)


def _grouped(entries: list[str], value: list[Json], indentation: int) -> list[str]:
    """Return the entries of a long array as rows of columns, if they have similar widths."""
    items, rest = entries[:_MAX_ARRAY_LENGTH], entries[_MAX_ARRAY_LENGTH:]
    widths = [_width(entry) for entry in items]
    columns = _columns(widths, len(entries), indentation)
    if columns <= 1:
        return entries
    column_sizes = [max(widths[column::columns], default=0) + _SEPARATOR for column in range(columns)]
    is_numeric = all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in value)
    rows = [items[start : start + columns] for start in range(0, len(items), columns)]
    return [_row(row, column_sizes, is_numeric) for row in rows] + rest


def _columns(widths: list[int], entries: int, indentation: int) -> int:
    widest = max(widths) + _SEPARATOR
    total = sum(widths) + _SEPARATOR * len(widths)
    if widest * 3 + indentation >= _BREAK_LENGTH or not (total / widest > 5 or max(widths) <= 6):
        return 1
    biased = max(widest - 3 - math.sqrt(widest - total / entries), 1)
    square = math.floor(math.sqrt(_CHARACTER_HEIGHT * biased * len(widths)) / biased + 0.5)
    return min(square, (_BREAK_LENGTH - indentation) // widest, _COMPACT * 4, _MAX_COLUMNS)


def _row(row: list[str], column_sizes: list[int], is_numeric: bool) -> str:
    """Return the entries padded to the size of their columns: numbers on the left, others on the right."""
    cells = [
        (entry, " " * (size - _width(entry) - _SEPARATOR))
        for entry, size in zip(row, column_sizes, strict=False)
    ]
    if is_numeric:
        return ", ".join(padding + entry for entry, padding in cells)
    return "".join(f"{entry}, {padding}" for entry, padding in cells[:-1]) + row[-1]


def _width(text: str) -> int:
    """Return the width of the text in columns of a terminal."""
    if text.isascii():
        return len(text)
    return sum(map(_columns_of, unicodedata.normalize("NFC", text)))


def _columns_of(character: str) -> int:
    if character in _SKIN_TONES or (
        unicodedata.category(character) in _NO_WIDTH and character != _SOFT_HYPHEN
    ):
        return 0
    wide = unicodedata.east_asian_width(character) in _WIDE or character in _FLAG_LETTERS
    return 2 if wide else 1
