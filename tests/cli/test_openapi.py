"""`openapi`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run, Verb


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ((), "Tiledesk Events API (documented)"),
        (("--dialect", "server"), "Tiledesk Events API (server)"),
        (("--control",), "The control API of tiledesk-mock"),
    ],
)
def test_document_is_printed(verb: Verb, words: tuple[str, ...], title: str) -> None:
    """It is the one that is asked for."""
    ended = verb("openapi", *words)

    document = json.loads(ended.out)
    assert (document["openapi"], document["info"]["title"]) == ("3.1.0", title)


def test_document_is_written_without_an_emulator(run: Run, tmp_path: Path) -> None:
    """Nothing is printed then."""
    ended = run("openapi", "--control", "--output", "control.json", TILEDESK_MOCK_URL="http://127.0.0.1:9")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert "/faults" in json.loads((tmp_path / "control.json").read_text())["paths"]


def test_control_api_has_no_dialect(verb: Verb) -> None:
    """The line says why."""
    ended = verb("openapi", "--control", "--dialect", "server")

    assert (ended.code, ended.out) == (2, "")
    assert "--dialect is of the API" in ended.err
