r"""How a table lies in its file: JSON that stock TinyDB reads, with a document on a line.

    {"events": {
    "1": {...}
    ,"2": {...}
    }}

The last line of an id counts, as for every JSON reader, and `{}` is a document that was removed. Text is
written in ASCII, as TinyDB does it, so that the file means the same under every locale.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from ..errors import StoreCorrupted, StoreUnrecognized

Document = dict[str, Any]
Tables = dict[str, dict[str, Document]]

TAIL: Final = b"\n}}\n"
REMOVED: Final = b"{}"
_EMPTY: Final = b"{ }"
_BLOCK: Final = 1 << 19
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
_STRING_OR_NUMBER: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN')
_OUTSIDE_JSON: Final = {"Infinity": "1e999", "-Infinity": "-1e999", "NaN": "null"}


class Line(Struct, frozen=True):
    """A document as it was found: its id, where its JSON lies, and what it says; None if it was removed."""

    doc_id: int
    offset: int
    length: int
    document: Document | None


def head(table: str, others: Tables) -> bytes:
    """Return what stands before the first document: the file's other tables, and the name of this one."""
    if not others:
        return b'{"%b": {' % table.encode("ascii")
    text = _ENCODER.encode({**others, table: None}).removesuffix(":null}")
    return f"{text}: {{".encode("ascii")


def encoded(document: Document) -> bytes:
    """Return a document as one line of JSON. Infinite numbers are written as ones that are read as such."""
    text = _ENCODER.encode(document)
    if "Infinity" in text or "NaN" in text:
        text = _STRING_OR_NUMBER.sub(lambda found: _OUTSIDE_JSON.get(found[0], found[0]), text)
    return text.encode("ascii") if document else _EMPTY


def label(doc_id: int, *, first: bool) -> bytes:
    """Return what stands between one document and the next."""
    return b'\n"%d": ' % doc_id if first else b'\n,"%d": ' % doc_id


def read_head(data: bytes, table: str) -> tuple[bytes, Tables] | None:
    """Return the head of a file that was laid out here, and its other tables; None for any other file."""
    start, _, _ = data.partition(b"\n")
    try:
        tables = json.loads(start + b"}}")
    except ValueError:
        return None
    if not start.endswith(b"{") or not _are_tables(tables) or list(tables)[-1:] != [table]:
        return None
    del tables[table]
    return start, tables


def read_stock(data: bytes, table: str) -> Tables:
    """Return the tables of a file that TinyDB itself wrote.

    Raises StoreCorrupted for a file that begins like one of ours, StoreUnrecognized for any other.
    """
    try:
        tables = json.loads(data)
    except ValueError as error:
        if data.startswith((f'{{"{table}": {{'.encode(), f'{{"{table}":{{'.encode())):
            raise StoreCorrupted(f"is broken: {error}") from error
        raise StoreUnrecognized("is not a file of this program's: it is not JSON") from error
    if not _are_tables(tables) or (table not in tables and any(tables.values())):
        raise StoreUnrecognized(f'is not a file of this program\'s: it has no table "{table}"')
    return tables  # type: ignore[no-any-return]  # json.loads has no type to give


def lines(data: bytes, start: int) -> Iterator[Line]:
    """Yield the documents of a file from the end of its head on, up to its end or to a torn last write.

    Raises StoreCorrupted at a line that cannot be read, if the file goes on or ends well after it.
    """
    position, end = start + 1, len(data) - len(TAIL) if data.endswith(TAIL) else len(data)
    while position < end:
        stop = _block_end(data, position, end)
        try:
            block = _decoded(data[position:stop].split(b"\n"), position, first=position == start + 1)
        except ValueError:
            yield from _up_to_tear(data, position, first=position == start + 1)
            return
        yield from block
        position = stop + 1


def _block_end(data: bytes, position: int, end: int) -> int:
    """Return the end of a line, about a block ahead: so many are decoded at once, which is the fastest."""
    if position + _BLOCK >= end:
        return end
    newline = data.find(b"\n", position + _BLOCK, end)
    return newline if newline >= 0 else end


def _decoded(rows: list[bytes], position: int, *, first: bool) -> list[Line]:
    """Decode whole lines, the first of which begins at `position`; ValueError if one cannot be read."""
    colons = [row.index(b'": {') for row in rows]
    bodies = [row[colon + 3 :] for row, colon in zip(rows, colons, strict=True)]
    documents = json.loads(b"[" + b",".join(bodies) + b"]")
    found = []
    for row, colon, body, document in zip(rows, colons, bodies, documents, strict=True):
        mark = b'"' if first else b',"'
        if not row.startswith(mark):
            raise ValueError("a line does not begin as one")
        doc_id = int(row[len(mark) : colon])
        found.append(Line(doc_id, position + colon + 3, len(body), None if body == REMOVED else document))
        position, first = position + len(row) + 1, False
    return found


def _up_to_tear(data: bytes, position: int, *, first: bool) -> Iterator[Line]:
    """Yield what can be read of lines of which one cannot."""
    rows = data[position:].split(b"\n")
    for number, row in enumerate(rows):
        try:
            (line,) = _decoded([row], position, first=first)
        except ValueError as error:
            rest = rows[number:]
            if b"".join(rest).strip() != b"}}" and (data.endswith(TAIL) or any(map(_is_line, rest))):
                raise StoreCorrupted(f"is broken at byte {position}: {error}") from error
            return
        yield line
        position, first = position + len(row) + 1, False


def _is_line(row: bytes) -> bool:
    try:
        return bool(_decoded([row], 0, first=not row.startswith(b",")))
    except ValueError:
        return False


def _are_tables(tables: object) -> bool:
    """Tell whether JSON has the form of TinyDB's files: tables of numbered objects."""
    return isinstance(tables, dict) and all(
        isinstance(table, dict)
        and all(doc_id.isdecimal() and isinstance(document, dict) for doc_id, document in table.items())
        for table in tables.values()
    )
