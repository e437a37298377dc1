"""What can be read of a file that is truncated, or damaged anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct

from ..errors import StoreError
from ..text import number_of
from .layout import Document, Tables, read_tables

Check = Callable[[int, Document], object]
"""Raises a StoreError for a document that cannot be used."""

_DOCUMENT: Final = re.compile(r'(\n,?)?"([0-9]{1,15})":\s*(?=\{)')
_SHOWN: Final = 10
_SEPARATORS: Final = "\0 \t\r\n,{}"
_DECODER: Final = json.JSONDecoder()
_SIZES: Final = (1 << 14, 1 << 21)
"""How many characters a document may have. Errors of json count the lines of the whole text that it gets."""


class Salvage(Struct):
    """What can be read of a file.

    Args:
        documents: those that are whole and can be used, by id.
        others: the other tables.
        has_others: whether the other tables could be read.
        left_out: for each document that is whole and cannot be used, why.
        lost: the parts that cannot be read: the offset in bytes of each, and its text.
    """

    documents: dict[int, Document]
    others: Tables
    has_others: bool
    left_out: list[str]
    lost: list[tuple[int, str]]

    def size_text(self, size: int) -> str:
        """Return how much of a file of `size` bytes can be saved, as in `6 records (2048 of 2369 bytes)`."""
        kept = size - sum(len(_bytes(text)) for _, text in self.lost)
        return f"{number_of(len(self.documents), 'record')} ({kept} of {size} bytes)"

    def losses(self) -> list[str]:
        """Return what is not kept, as in `321 bytes from byte 2048 (record 7)`."""
        losses = []
        for offset, text in self.lost:
            ids = [match[2] for match in _DOCUMENT.finditer(text) if match[1]]
            more = ", ..." if len(ids) > _SHOWN else ""
            which = f" (record {', '.join(ids[:_SHOWN])}{more})" if ids else ""
            losses.append(f"{number_of(len(_bytes(text)), 'byte')} from byte {offset}{which}")
        tables = [] if self.has_others else ["the other tables"]
        return [*losses, *self.left_out, *tables]


def salvage(data: bytes, table: str, check: Check) -> Salvage:
    """Return the documents of a table that can be read, in a file of this program or of TinyDB's.

    Args:
        data: the file's content.
        table: the table's name.
        check: tells which documents can be used.
    """
    tables = read_tables(data.rstrip(b"\0"))
    if tables is not None:
        stored = {int(doc_id): document for doc_id, document in tables.pop(table, {}).items() if document}
        found = Salvage({}, tables, has_others=True, left_out=[], lost=[])
        for doc_id, document in stored.items():
            _keep(found, doc_id, document, check)
        return found
    return _scan(data.decode("utf-8", "surrogateescape"), table, check)


def _scan(text: str, table: str, check: Check) -> Salvage:
    """Return the documents in a text that is not JSON as a whole."""
    start = re.search(rf'(?<!\\)"{table}":\s*\{{', text)
    others = None if start is None else read_tables(f"{text[: start.end()]}}}}}".encode(errors="replace"))
    found = Salvage({}, others or {}, has_others=others is not None, left_out=[], lost=[])
    found.others.pop(table, None)
    position = kept = start.end() if start else 0
    while match := _DOCUMENT.search(text, position):
        document, position = _decoded(text, match.end())
        if document is None:
            continue
        doc_id, is_line = int(match[2]), bool(match[1])
        if not document and is_line:
            found.documents.pop(doc_id, None)
        elif (not is_line and doc_id in found.documents) or not _keep(
            found, doc_id, document, check, is_reported=is_line
        ):
            position = match.end()  # its number may be broken, or it is inside of a broken document
            continue
        _lose(found, text, kept, match.start())
        kept = position
    _lose(found, text, kept, len(text))
    found.lost = list(_with_offsets(text, found.lost))
    return found


def _decoded(text: str, position: int) -> tuple[Document | None, int]:
    """Return the object at a position, and where it ends; None if it is not whole."""
    for size in _SIZES:
        part = text[position : position + size].partition("\n,")[0]  # where the next document begins
        try:
            document, end = _DECODER.raw_decode(part)
            part[:end].encode()
        except (ValueError, RecursionError):
            continue
        return document, position + end
    return None, position


def _keep(found: Salvage, doc_id: int, document: Document, check: Check, *, is_reported: bool = True) -> bool:
    """Add a document to what is kept, or to what is left out; return whether it was added to either."""
    try:
        check(doc_id, document)
    except StoreError as error:
        if is_reported:
            found.left_out.append(str(error))
        return is_reported
    found.documents[doc_id] = document
    return True


def _lose(found: Salvage, text: str, start: int, end: int) -> None:
    lost = text[start:end]
    if lost.strip(_SEPARATORS):
        found.lost.append((start, lost))


def _with_offsets(text: str, lost: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield parts of a text with their offsets in bytes instead of characters."""
    offset = before = 0
    for start, part in lost:
        offset += len(_bytes(text[before:start]))
        before = start
        yield offset, part


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
