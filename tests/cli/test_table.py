"""Tables fit the terminal, and nothing in them writes to it."""

from __future__ import annotations

import click
import pytest

from tiledesk_mock.cli.table import Cell, Column, table_lines

COLUMNS = (Column("id"), Column("name", 6), Column("note", 6, is_optional=True))


def lines(*rows: tuple[str | Cell, ...], width: int | None) -> list[str]:
    """Return the lines of a table without colours."""
    return [click.unstyle(line) for line in table_lines(COLUMNS, rows, width)]


def test_table_without_a_terminal_is_in_full() -> None:
    """Columns are as wide as their widest cell."""
    assert lines(("1", "a" * 50, "b"), ("22", "c", ""), width=None) == [
        "id  name" + " " * 48 + "note",
        "1   " + "a" * 50 + "  b",
        "22  c",
    ]


def test_widest_column_is_cut_first() -> None:
    """A shortened cell ends with an ellipsis."""
    assert lines(("1", "abcdefghijkl", "note"), width=18) == [
        "id  name      note",
        "1   abcdefg…  note",
    ]


def test_optional_column_is_left_out_where_it_does_not_fit() -> None:
    """The others stay as they are."""
    assert lines(("1", "abcdef", "ghijkl"), width=12) == ["id  name", "1   abcdef"]


def test_rows_become_records_where_columns_do_not_fit() -> None:
    """Their values are wrapped."""
    assert lines(("1234567890", "one two three", ""), width=16) == [
        "id    1234567890",
        "name  one two",
        "      three",
    ]


def test_column_without_texts_is_left_out() -> None:
    """Its title, too."""
    assert lines(("1", "a", ""), width=None) == ["id  name", "1   a"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\t\x9b", "a\\nb\\t\\x9b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud83d", "\\ud83d"),
        ("Zoë 日本", "Zoë 日本"),
    ],
)
def test_characters_with_an_effect_are_escaped(text: str, shown: str) -> None:
    """What can be printed stays."""
    assert lines(("1", text, ""), width=None)[1] == f"1   {shown}"


def test_wide_characters_take_two_columns() -> None:
    """The next column begins where it should."""
    assert lines(("1", "日本", "x"), ("2", "abcd", "y"), width=None)[1:] == ["1   日本  x", "2   abcd  y"]
    assert lines(("1", "日本日本日", "x"), width=16)[1] == "1   日本…   x"
