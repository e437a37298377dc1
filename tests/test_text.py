"""Texts of messages, and patterns that are compiled late."""

from __future__ import annotations

import re

import pytest

from tiledesk_mock.text import late_pattern, suggestion


def test_suggestion_is_one_short_line() -> None:
    """Of very many choices the first are listed; a very long name is not compared with them."""
    choices = [f"choice {number}" for number in range(1000)]

    assert suggestion("x", choices).endswith(", choice 39 and 960 more")
    assert suggestion("choice 1" * 10**5, choices, "look it up") == "look it up"


def test_late_pattern_is_compiled_on_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing a module with many patterns would take long."""
    compiled: list[str] = []
    compile_pattern = re.compile
    monkeypatch.setattr(
        re, "compile", lambda source, flags: compiled.append(source) or compile_pattern(source, flags)
    )

    pattern = late_pattern("a+", re.IGNORECASE)
    before = list(compiled)
    found = [pattern.findall("xAa") for _ in range(2)]

    assert (before, compiled, found) == ([], ["a+"], [["Aa"], ["Aa"]])
