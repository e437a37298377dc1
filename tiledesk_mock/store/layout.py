r"""The format of a log in its file: JSON that TinyDB itself reads, with one document on each line.

    {"events": {
    "1": {...}
    ,"2": {...}
    }}

As for every JSON reader, the last line of an id counts. `{}` is a removed document. The text is ASCII, as
TinyDB writes it, so that the file means the same in every locale.
While a change of several documents is made, `<name>.change` is beside the file: see `changes`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from ..errors import StoreCorrupted, StoreUnrecognized
from ..node.json import load_json, with_infinities

Document = dict[str, Any]
Tables = dict[str, dict[str, Document]]

Span = int
"""The position of a document's JSON: the offset in bytes and, in the low bits, the length."""

StoredDocument = tuple[int, Span, Document | None]
"""A document in a file: its id, the position of its JSON, and its content; None if it was removed."""

LENGTH_BITS: Final = 32
LENGTH: Final = (1 << LENGTH_BITS) - 1

TAIL: Final = b"\n}}\n"
REMOVED: Final = b"{}"
_EMPTY: Final = b"{ }"
_FIRST_NAMES: Final = (b'{"events"', b'{"people"', b'{"origin"')
_LONGEST_NAME: Final = 9
_BLOCK: Final = 1 << 19
_PIECE: Final = 1 << 20
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
_PLAIN_ENCODER: Final = msgspec.json.Encoder()


def people_file(path: Path) -> Path:
    """Return the file of the people beside that of the events."""
    return path.with_name(f"{path.stem}.people{path.suffix}")


def span_end(span: Span) -> int:
    """Return the offset after a document's JSON."""
    return (span >> LENGTH_BITS) + (span & LENGTH)


def head(table: str, others: Tables) -> bytes:
    """Return the first line of a file: the other tables, and the name of the log's table."""
    text = _ENCODER.encode({**others, table: None}).removesuffix(":null}")
    return f"{text}: {{".encode("ascii")


def encode(document: Document) -> bytes:
    """Return a document as one line of JSON. Infinity becomes a number that JSON readers read as infinite."""
    text = with_infinities(_ENCODER.encode(document))
    return text.encode("ascii") if document else _EMPTY


def encode_plain(document: Document) -> bytes:
    """Return what `encode` returns for a document of plain JSON values, in less time if that is ASCII.

    Only the notation of a number may differ, as in 1e22 and 1e+22.
    """
    try:
        body = _PLAIN_ENCODER.encode(document)
    except (ValueError, OverflowError):  # half of a surrogate pair, or an integer beyond 64 bits
        return encode(document)
    is_same = body.isascii() and b"null" not in body  # which an infinity is written as, too
    return body if is_same else encode(document)


def separator(doc_id: int, *, first: bool) -> bytes:
    """Return the bytes between the document before, or the head, and this document."""
    return b'\n"%d": ' % doc_id if first else b'\n,"%d": ' % doc_id


def file_pieces(start: bytes, bodies: Iterable[tuple[int, bytes]], spans: dict[int, Span]) -> Iterator[bytes]:
    """Yield a whole file in pieces of about 1 MiB, and enter the documents into `spans`."""
    piece, size, offset = [start], len(start), len(start)
    for doc_id, body in bodies:
        before = separator(doc_id, first=not spans)
        spans[doc_id] = (offset + len(before)) << LENGTH_BITS | len(body)
        piece += (before, body)
        offset += len(before) + len(body)
        size += len(before) + len(body)
        if size > _PIECE:
            yield b"".join(piece)
            piece, size = [], 0
    yield b"".join((*piece, TAIL))


def parse_head(data: bytes, table: str) -> tuple[bytes, Tables] | None:
    """Return the head of a file in this format, and the other tables in it; None for any other file."""
    first_line, _, _ = data.partition(b"\n")
    try:
        tables = json.loads(first_line + b"}}")
    except ValueError:
        return None
    if not first_line.endswith(b"{") or not are_tables(tables) or list(tables)[-1:] != [table]:
        return None
    del tables[table]
    return first_line, tables


def parse_tables(data: bytes, table: str) -> Tables:
    """Return the tables of a file that TinyDB itself wrote.

    Raises StoreCorrupted if a file that begins with `table` is not JSON, StoreUnrecognized for others.
    """
    try:
        tables = json.loads(data)
    except ValueError as error:
        if not data:
            raise StoreCorrupted("has lost everything that was in it") from error
        if is_of_store(data):
            raise StoreCorrupted(f"is broken: {error}") from error
        raise StoreUnrecognized("is not a file of this program: it is not JSON") from error
    if not are_tables(tables) or (table not in tables and any(tables.values())):
        raise StoreUnrecognized(f'is not a file of this program: it has no table "{table}"')
    return tables  # type: ignore[no-any-return]  # json.loads returns Any


def read_tables(data: bytes) -> Tables | None:
    """Return the tables of a file that is JSON as a whole; None for any other file."""
    try:
        tables = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return tables if are_tables(tables) else None


def is_of_store(data: bytes) -> bool:
    """Return whether broken data may be of a file of this program, by their begin."""
    start = data[:_LONGEST_NAME]
    return any(name.startswith(start) or start.startswith(name) for name in _FIRST_NAMES)


def parse_documents(data: bytes, start: int) -> Iterator[StoredDocument]:
    """Yield the documents of a file after the head, which ends at `start`, up to a torn write or the end.

    Raises StoreCorrupted at a line that cannot be read, if more than a torn write follows.
    """
    position, end = start + 1, len(data) - len(TAIL) if data.endswith(TAIL) else len(data)
    while position < end:
        newline = data.find(b"\n", min(position + _BLOCK, end), end)  # large blocks are decoded the fastest
        stop = newline if newline >= 0 else end
        try:
            block = _parse_lines(data[position:stop].split(b"\n"), position, first=position == start + 1)
        except ValueError:
            yield from _parse_until_torn(data, position, first=position == start + 1)
            return
        yield from block
        position = stop + 1


def is_sound(data: bytes, table: str) -> bool:
    """Return whether a file can be read to its end. Raises StoreUnrecognized for one of another program."""
    try:
        parsed = parse_head(data, table)
        if parsed is None:
            parse_tables(data, table)
            return True
        end = len(parsed[0])
        for _, span, _ in parse_documents(data, end):
            end = span_end(span)
    except StoreCorrupted:
        return False
    return data[end:] == TAIL


def _parse_lines(lines: list[bytes], position: int, *, first: bool) -> list[StoredDocument]:
    """Parse whole lines, the first of which begins at `position`. Raises ValueError if one cannot be read."""
    colons = [line.index(b'": {') for line in lines]
    bodies = [line[colon + 3 :] for line, colon in zip(lines, colons, strict=True)]
    documents = load_json(b"[" + b",".join(bodies) + b"]")
    found: list[StoredDocument] = []
    for line, colon, body, document in zip(lines, colons, bodies, documents, strict=True):
        quote = b'"' if first else b',"'
        if not line.startswith(quote):
            raise ValueError("a line does not begin with an id")
        doc_id = int(line[len(quote) : colon])
        span = (position + colon + 3) << LENGTH_BITS | len(body)
        found.append((doc_id, span, None if body == REMOVED else document))
        position, first = position + len(line) + 1, False
    return found


def _parse_until_torn(data: bytes, position: int, *, first: bool) -> Iterator[StoredDocument]:
    """Yield the documents before the first line that cannot be read."""
    lines = data[position:].split(b"\n")
    for number, line in enumerate(lines):
        try:
            (found,) = _parse_lines([line], position, first=first)
        except ValueError as error:
            rest = lines[number:]
            if b"".join(rest).strip() != b"}}" and (data.endswith(TAIL) or any(map(_is_document, rest))):
                raise StoreCorrupted(f"is broken at byte {position}: {error}") from error
            return
        yield found
        position, first = position + len(line) + 1, False


def _is_document(line: bytes) -> bool:
    try:
        return bool(_parse_lines([line], 0, first=not line.startswith(b",")))
    except ValueError:
        return False


def unusable(table: str, doc_id: int, field: str, problem: str) -> StoreCorrupted:
    """Return the error for a document whose `field` is missing or has a wrong type."""
    return StoreCorrupted(f'cannot be used: {doc_id} in "{table}", field "{field}": {problem}')


def are_tables(tables: object) -> bool:
    """Return whether JSON has the form of TinyDB's files: tables of numbered objects."""
    return isinstance(tables, dict) and all(
        isinstance(table, dict)
        and all(doc_id.isdecimal() and isinstance(document, dict) for doc_id, document in table.items())
        for table in tables.values()
    )
