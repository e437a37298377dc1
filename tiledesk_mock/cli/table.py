"""Tables for people: as wide as the terminal, and in full where the output is no terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click
from msgspec import Struct

from ..text import visible
from .terminal import cut, display_width, painted, print_lines, terminal_width

_GAP: Final = "  "
_NARROWEST: Final = 8
"""Columns to which the value of a record in lines is not wrapped any further."""


class Column(Struct, frozen=True):
    """A column of a table.

    `least` is how narrow its cells may be cut (None: they are not cut). Where even that is too wide, it is
    left out if it `is_optional`.
    """

    title: str
    least: int | None = None
    is_optional: bool = False
    is_right: bool = False


class Cell(Struct, frozen=True):
    """A cell with a colour, and what stands in its place where the table would be too wide."""

    text: str
    colour: str | None = None
    short: str | None = None


Row = Sequence[str | Cell]


def print_table(columns: Sequence[Column], rows: Iterable[Row], empty: str) -> None:
    """Print rows below the titles of the columns; without rows print `empty` to standard error."""
    listed = list(rows)
    if listed:
        print_lines(table_lines(columns, listed, terminal_width()))
    else:
        click.echo(empty, err=True)


def table_lines(columns: Sequence[Column], rows: Sequence[Row], width: int | None) -> Iterator[str]:
    """Yield the lines of a table that is `width` wide at most (None: as wide as it needs).

    Columns without a cell that has a text are left out. If cells would have to be cut further than their
    columns allow, each row becomes a record of one line for each cell, wrapped.
    """
    cells = [[_cell(one) for one in row] for row in rows]
    used = [index for index in range(len(columns)) if any(row[index].text for row in cells)]
    whole = cells
    shown, widths = used, _widths(columns, cells, used, width, is_cut=False)
    if widths is None:
        cells = [[_shortened(one) for one in row] for row in cells]
        widths = _widths(columns, cells, used, width)
    while widths is None and any(columns[index].is_optional for index in shown):
        shown = _without_last_optional(columns, shown)
        widths = _widths(columns, cells, shown, width)
    if widths is None:
        yield from _records([columns[index] for index in used], [_chosen(row, used) for row in whole], width)
        return
    columns = [columns[index] for index in shown]
    yield click.style(_line(columns, [Cell(one.title) for one in columns], widths), bold=True)
    for row in cells:
        yield _line(columns, _chosen(row, shown), widths)


def _chosen(row: Sequence[Cell], indexes: Sequence[int]) -> list[Cell]:
    return [row[index] for index in indexes]


def _without_last_optional(columns: Sequence[Column], shown: Sequence[int]) -> list[int]:
    last = max(index for index in shown if columns[index].is_optional)
    return [index for index in shown if index != last]


def _widths(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    shown: Sequence[int],
    width: int | None,
    *,
    is_cut: bool = True,
) -> list[int] | None:
    """Return widths with which the shown columns fit, the widest being cut first; None if they cannot."""
    widths = [
        max(display_width(text) for text in (columns[index].title, *(row[index].text for row in rows)))
        for index in shown
    ]
    excess = 0 if width is None else sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0:
        can_shrink = [
            place
            for place, index in enumerate(shown)
            if (least := columns[index].least) is not None
            and widths[place] > max(least, len(columns[index].title))
        ]
        if not (is_cut and can_shrink):
            return None
        widths[max(can_shrink, key=widths.__getitem__)] -= 1
        excess -= 1
    return widths


def _cell(given: str | Cell) -> Cell:
    cell = given if isinstance(given, Cell) else Cell(given)
    return Cell(visible(cell.text), cell.colour, None if cell.short is None else visible(cell.short))


def _shortened(cell: Cell) -> Cell:
    return cell if cell.short is None else Cell(cell.short, cell.colour)


def _line(columns: Sequence[Column], row: Sequence[Cell], widths: Sequence[int]) -> str:
    parts = []
    for column, cell, width in zip(columns, row, widths, strict=True):
        text = cut(cell.text, width)
        padding = " " * (width - display_width(text))
        shown = painted(text, text and cell.colour)
        parts.append(padding + shown if column.is_right else shown + padding)
    return _GAP.join(parts).rstrip()


def _records(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int | None) -> Iterator[str]:
    indent = max(len(column.title) for column in columns) + len(_GAP)
    for number, row in enumerate(rows):
        if number:
            yield ""
        for column, cell in zip(columns, row, strict=True):
            if cell.text:
                lines = textwrap.wrap(cell.text, max((width or 0) - indent, _NARROWEST))
                for title, line in zip([column.title, *[""] * len(lines)], lines, strict=False):
                    yield click.style(title.ljust(indent), bold=True) + painted(line, cell.colour)
