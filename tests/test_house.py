"""The house: which package may import which, no circles, and where third-party packages are used."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tiledesk_mock"

LINE = (
    "__main__",
    "__init__",
    "cli",
    "plugin",
    "interception",
    "testing",
    "wsgi",
    "openapi",
    "web",
    "control",
    "emulator",
    "diff",
    "scenarios",
    "cassettes",
    "expectations",
    "realtime",
    "webhooks",
    "faults",
    "journal",
    "comparison",
    "redaction",
    "seeding",
    "store",
    "tiledesk",
    "http",
    "node",
    "settings",
    "files",
    "text",
    "errors",
)
"""The packages and top-level modules in one line: each may import those that come after it."""

SERVER_IMPORTS = {"errors", "http"}
"""What the server imports. It stands beside the line."""

IMPORTS_SERVER = {"interception", "testing", "wsgi", "cli"}
"""What may import the server."""

CONFINED = {
    "anyio": {"interception/httpx.py"},
    "certifi": {"http/upstream.py"},
    "click": {"cli"},
    "flask": {"web", "wsgi.py"},
    "httpx": {"interception/httpx.py"},
    "jinja2": {"web"},
    "jwt": {"tiledesk/auth.py"},
    "pytest": {"conftest_plugin.py", "plugin"},
    "requests": {"control", "interception/requests.py"},
    "tinydb": {"store"},
    "urllib3": {"interception/requests.py"},
    "werkzeug": {"web"},
    "yaml": {"seeding"},
}
"""Which packages or files may import a third-party package."""

MODULES = [*sorted(PACKAGE.rglob("*.py")), ROOT / "conftest_plugin.py"]


def _place(path: Path) -> str:
    """Return a file's path as the tables above write it."""
    return path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT).as_posix()


def _package(place: str) -> str:
    """Return the word of the line that a file belongs to."""
    return "plugin" if place == "conftest_plugin.py" else place.partition("/")[0].removesuffix(".py")


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Return the absolute dotted names that a file imports, those inside of functions included."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    package = ("tiledesk_mock", *Path(_place(path)).parts[:-1]) if path.is_relative_to(PACKAGE) else ()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            named = (node.module,) if node.module else ()
            yield from (".".join((*base, *named, alias.name)) for alias in node.names)


def _module_of(name: str) -> Path | None:
    """Return the file that is run when something of this name is imported; None if it is not ours."""
    parts = name.split(".")
    if parts[0] != "tiledesk_mock":
        return None
    for length in (len(parts), len(parts) - 1):
        path = PACKAGE.joinpath(*parts[1:length])
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.exists():
                return candidate
    raise AssertionError(f"{name} is imported and does not exist")


@pytest.mark.parametrize("path", MODULES, ids=_place)
def test_imports_go_down_the_line(path: Path) -> None:
    """A package imports those below it and itself; the server imports and is imported by few."""
    here = _package(_place(path))

    for name in _imports(path):
        module = _module_of(name)
        if module is None or (there := _package(_place(module))) == here:
            continue
        if here == "server":
            is_allowed = there in SERVER_IMPORTS
        elif there == "server":
            is_allowed = here in IMPORTS_SERVER
        else:
            is_allowed = LINE.index(here) < LINE.index(there)
        assert is_allowed, f"{_place(path)} may not import {name}: {there} is not below {here}"


def test_every_package_stands_in_the_line() -> None:
    """A new package has to be given its place."""
    found = {_package(_place(path)) for path in MODULES}

    assert found == {*LINE, "server"}


def test_no_circles() -> None:
    """No module imports itself through others, be it inside of a function."""
    graph = {
        path: {module for name in _imports(path) if (module := _module_of(name)) not in (None, path)}
        for path in MODULES
    }
    open_modules: list[Path] = []
    done: set[Path] = set()

    def visit(path: Path) -> None:
        if path in open_modules:
            circle = [*open_modules[open_modules.index(path) :], path]
            pytest.fail(" > ".join(map(_place, circle)))
        if path not in done:
            open_modules.append(path)
            for imported in sorted(graph[path] - {None}, key=str):
                assert imported is not None
                visit(imported)
            done.add(open_modules.pop())

    for path in MODULES:
        visit(path)


@pytest.mark.parametrize("path", MODULES, ids=_place)
def test_packages_are_confined(path: Path) -> None:
    """A third-party package is imported only where the table says so."""
    place = _place(path)

    for name in _imports(path):
        allowed = CONFINED.get(name.partition(".")[0])
        assert allowed is None or place in allowed or _package(place) in allowed, (
            f"{place} may not import {name}"
        )


def test_plugin_imports_pytest_only() -> None:
    """Loading the plugin costs nothing in runs that do not use it."""
    plugin = PACKAGE / "plugin" / "hooks.py"
    top = [
        node
        for node in ast.parse(plugin.read_text("utf-8")).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]

    names = {(node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name for node in top}

    assert {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) == {"pytest"}


def test_contributing_describes_the_house() -> None:
    """CONTRIBUTING has a row for each package, the same line, and names no file that does not exist."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = set(re.findall(r"`(\w+)(?:/|\.py)`", text.partition("| folder or file |")[2].partition("\n\n")[0]))
    line = re.findall(r"`(\w+)`", text.partition("those below it:\n")[2].partition("\n")[0])
    files = re.findall(r"`((?:\w+/)+\w+\.py)`", text)

    assert rows == {*LINE, "server", "conftest_plugin"} - {"__main__", "__init__"}
    assert tuple(line) == LINE[2:]
    assert not [file for file in files if not ((PACKAGE / file).exists() or (ROOT / file).exists())]
