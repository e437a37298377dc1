"""Progress of long work, on a terminal and elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress

import pytest

from tiledesk_mock.cli.progress import counted, progress

Shows = Callable[[str], bool]


@contextmanager
def terminal() -> Iterator[Shows]:
    """Make standard error a terminal; yield a function that waits until it shows a text."""
    pty = pytest.importorskip("pty", reason="terminals of POSIX")
    ours, theirs = pty.openpty()
    with (
        open(ours, "rb", buffering=0) as screen,
        open(theirs, "w", encoding="utf-8") as stderr,
        redirect_stderr(stderr),
    ):

        def shows(text: str) -> bool:
            seen = b""
            while text.encode() not in seen:
                seen += screen.read(1)
            return True

        yield shows


def test_terminal_shows_how_long_work_takes() -> None:
    """Each second, and at the end what was done."""
    with terminal() as shows:
        with progress("adding the data") as work:
            assert shows("adding the data: 1 s")
            work.done = "added 7 events"

        assert shows("\r\x1b[Kadded 7 events (")


def test_file_has_only_the_line_with_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of progress."""
    with progress("adding the data") as work:
        work.done = "added 7 events"

    assert re.fullmatch(r"added 7 events \(\d+\.\d s\)\n", capsys.readouterr().err)


def test_failed_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The error does."""
    with suppress(ZeroDivisionError), progress("adding the data") as work:
        work.done = f"added {1 // 0} events"

    assert capsys.readouterr().err == ""


def test_terminal_shows_how_many_were_taken() -> None:
    """Where the number of all is known."""
    with terminal() as shows:
        with counted([1, 2, 3], "requests") as shown:
            assert list(shown) == [1, 2, 3]

        assert shows("3/3")


def test_items_are_taken_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is printed."""
    with counted([1, 2, 3], "requests") as shown:
        assert list(shown) == [1, 2, 3]

    assert capsys.readouterr() == ("", "")
