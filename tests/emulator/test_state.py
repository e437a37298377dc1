"""The seed of a file: which one a later run may name."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from tiledesk_mock.emulator import Emulator
from tiledesk_mock.errors import StoreError
from tiledesk_mock.seeding.seeds import builtin_seed
from tiledesk_mock.settings import InlineSeed, Settings

Open = Callable[..., None]

SEED = """\
projects:
- {name: Shop}
events:
- {name: order.paid, id_project: Shop, createdAt: -2h}
"""
OTHER = "projects: [{name: Other}]"


@pytest.fixture
def open_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens and closes an emulator on the same file, with seeds."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.yaml").write_text(SEED)
    (tmp_path / "b.yaml").write_text(OTHER)

    def open_and_close(*seeds: str, reseed: bool = False) -> None:
        with Emulator(Settings(db=tmp_path / "x.json", seed=seeds, reseed=reseed)):
            pass

    return open_and_close


def _refused() -> AbstractContextManager[object]:
    return pytest.raises(StoreError, match=r"x\.json was filled from another seed")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("a.yaml",), ("folder/../a.yaml",)),
        (("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")),
        (("busy",), ("busy",)),
        ((), ("default",)),
        (("default",), ()),
        (("a.yaml",), ()),
        ((InlineSeed('{"projects": [{"name": "Other"}]}'),), ("b.yaml",)),
    ],
)
def test_same_seed_goes_on(open_with: Open, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    """The seed may have another path, another order or relative times, or not be named."""
    open_with(*first)

    open_with(*second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("busy",), ("default",)),
        (("default",), ("busy",)),
        ((), ("empty",)),
        (("a.yaml", "b.yaml"), ("a.yaml",)),
        (("a.yaml",), ("a.yaml", "b.yaml")),
        (("a.yaml",), ("b.yaml",)),
    ],
)
def test_other_seed_is_refused(open_with: Open, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    """It is refused even if its users and projects are stored; with `reseed` it replaces them."""
    open_with(*first)

    with _refused():
        open_with(*second)

    open_with(*second, reseed=True)
    open_with(*second)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"# A comment\n{SEED}", nullcontext()),
        (SEED.replace("order.paid", "order.sent"), _refused()),
    ],
)
def test_edited_seed_is_another_seed(
    open_with: Open, tmp_path: Path, content: str, expected: AbstractContextManager[object]
) -> None:
    """A comment does not change it, another value does."""
    open_with("a.yaml")

    (tmp_path / "a.yaml").write_text(content)

    with expected:
        open_with("a.yaml")


@pytest.mark.parametrize("seed", ["a.yaml", "large.json"])
def test_seed_is_the_same_after_a_reset(open_with: Open, tmp_path: Path, seed: str) -> None:
    """A reset in a later run keeps what the file says about its seed."""
    events = [{"name": "order.paid"}] * 1001
    (tmp_path / "large.json").write_text(json.dumps({"projects": [{"name": "Large"}], "events": events}))
    open_with(seed)
    with Emulator(Settings(db=tmp_path / "x.json")) as emulator:
        emulator.reset()

    open_with(seed)

    with _refused():
        open_with("b.yaml")


@pytest.mark.parametrize("is_reset", [False, True])
@pytest.mark.parametrize("seed", ["b.yaml", "busy"])
def test_file_of_an_earlier_version_goes_on_with_its_seed(
    open_with: Open, tmp_path: Path, seed: str, is_reset: bool
) -> None:
    """Such a file has no digest of its seed: its users and projects tell, also after a reset."""
    open_with(seed)
    people = tmp_path / "x.people.json"
    document = json.loads(people.read_bytes())
    del document["origin"]["1"]["digest"]
    people.write_text(json.dumps(document))
    if is_reset:
        with Emulator(Settings(db=tmp_path / "x.json")) as emulator:
            emulator.reset()

    open_with(seed)

    with _refused():
        open_with("a.yaml")


@pytest.mark.parametrize("name", ["default", "busy"])
def test_file_of_a_version_without_departments_goes_on(open_with: Open, tmp_path: Path, name: str) -> None:
    """The seeds that ship got a department; a file that was filled from one before is filled from it."""
    seed = json.loads(builtin_seed(name).read_bytes())
    del seed["departments"]
    (tmp_path / "before.json").write_text(json.dumps(seed))
    open_with("before.json")

    open_with(name)


def test_reset_in_a_later_run_goes_back_to_the_default_seed(tmp_path: Path) -> None:
    """A file that was filled without a seed has the default one."""
    settings = Settings(db=tmp_path / "x.json")
    with Emulator(settings) as emulator:
        before = emulator.state.export()

    with Emulator(settings) as emulator:
        emulator.reset()

        assert emulator.state.export() == before
