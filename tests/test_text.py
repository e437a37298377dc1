"""Texts of messages, and patterns that are compiled late."""

from __future__ import annotations

import re

import pytest

from tiledesk_mock.text import late_pattern


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
