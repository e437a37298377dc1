"""The house: who may import whom."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "tiledesk_mock"

LEVEL = {
    "errors": 0,
    "settings": 0,
    "variables": 0,
    "domain": 1,
    "store": 2,
    "delivery": 2,
    "instruments": 2,
    "emulator": 3,
    "web": 4,
    "server": 5,
    "testing": 6,
    "cli": 7,
    "plugin": 7,
}
"""The rooms from the ground up; those of one level do not import each other, but for the ground's."""

ROOM_OF = {
    "__init__": "cli",
    "__main__": "cli",
    "application": "server",
    "interception": "testing",
    "serving": "server",
}
"""Modules and packages that belong to the room of another name."""

CONFINED = {
    "click": {"cli"},
    "flask": {"application.py", "web"},
    "fastjsonschema": {"store"},
    "anyio": {"interception/httpx.py"},
    "httpx": {"interception/httpx.py"},
    "jwt": {"domain/signatures.py"},
    "pytest": {"conftest_plugin.py", "plugin"},
    "tinydb": {"store"},
    "wsproto": {"web"},
    "yaml": {"store", "instruments"},
}
"""Which rooms (or files) may import a third-party package."""

MODULES = [*sorted(PACKAGE.rglob("*.py")), PACKAGE.parent / "conftest_plugin.py"]


def _room(parts: tuple[str, ...]) -> str:
    name = parts[0].removesuffix(".py") if parts else "__init__"
    return ROOM_OF.get(name, name)


def _imports(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the absolute dotted names that a file imports, as tuples."""
    package = ("tiledesk_mock", *path.relative_to(PACKAGE).parts[:-1]) if path.is_relative_to(PACKAGE) else ()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            named = tuple((node.module or "").split(".")) if node.module else ()
            yield from ((*base, *named, alias.name) for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_imports_go_downwards(path: Path) -> None:
    """A room imports from the rooms below it and from itself."""
    here = _room(path.relative_to(PACKAGE).parts) if path.is_relative_to(PACKAGE) else "plugin"

    for imported in _imports(path):
        if imported[0] == "tiledesk_mock" and len(imported) > 1:
            there = _room(imported[1:])
            assert there == here or LEVEL[there] < LEVEL[here] or LEVEL[here] == 0, (
                f"{here} may not import {there}"
            )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_packages_are_confined(path: Path) -> None:
    """A third-party package is imported in the rooms that are named for it only."""
    inside = path.is_relative_to(PACKAGE)
    here = path.relative_to(PACKAGE).as_posix() if inside else path.name

    for imported in _imports(path):
        rooms = CONFINED.get(imported[0])
        assert rooms is None or here in rooms or (inside and _room(Path(here).parts) in rooms), (
            f"{here} may not import {imported[0]}"
        )


def test_plugin_imports_pytest_only() -> None:
    """Loading the plugin costs nothing in runs that do not use it."""
    plugin = PACKAGE.parent / "conftest_plugin.py"
    top = [
        node for node in ast.parse(plugin.read_text()).body if isinstance(node, (ast.Import, ast.ImportFrom))
    ]

    names = {(node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name for node in top}

    assert {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) == {"pytest"}
