"""Seeds that ship, and datasets written as seeds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledesk_mock.errors import SeedError
from tiledesk_mock.seeding.records import SeedRecords
from tiledesk_mock.seeding.seeds import (
    builtin_seed,
    default_seed,
    read_seed,
    seed_document,
    seed_file,
)
from tiledesk_mock.tiledesk.clock import Clock
from tiledesk_mock.tiledesk.ids import Ids

from ..contract_recordings import CONTRACT
from .reading import SHOP, load_files, read

RECORDED_SEED = CONTRACT / "world.json"


class TestBuiltin:
    """Seeds that ship."""

    def test_default_seed_passes_the_checks(self) -> None:
        """The default seed, which is not checked at start-up, is valid."""
        checked = load_files([builtin_seed("default")])

        assert default_seed() == checked

    def test_default_seed_needs_no_library(self) -> None:
        """Reading the default seed imports no schema, no YAML library, and nothing for conversations."""
        code = (
            "import sys; before = set(sys.modules); from tiledesk_mock.seeding.records import SeedRecords;"
            "from tiledesk_mock.seeding.seeds import default_seed;"
            "default_seed();"
            "late = {'tiledesk_mock.seeding.schema', 'tiledesk_mock.seeding.conversations', 'yaml'};"
            "sys.exit(bool(late & set(sys.modules)))"
        )

        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_seed_is_loaded_by_name_or_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A single word is a file of that name, or else a seed that ships."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "mine").write_text(json.dumps(SHOP))
        (tmp_path / "empty").mkdir()

        names = [load_files([name]).projects[0].name for name in ("mine", "empty")]

        assert names == ["Shop", "Example"]
        assert seed_file("missing.json") == Path("missing.json")

    def test_name_that_does_not_ship_is_refused(self) -> None:
        """The error lists the seeds that ship."""
        with pytest.raises(SeedError, match=r"default, busy, empty"):
            builtin_seed("bsuy")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TIMES = st.sampled_from(["-2h", "-1d12h", "2026-01-31T12:00:00.5+02:00"])
EVENTS = st.lists(
    st.fixed_dictionaries(
        {"name": st.text(min_size=1, max_size=8)},
        optional={
            "attributes": JSON,
            "createdAt": TIMES,
            "updatedAt": TIMES,
            "project_user": st.sampled_from([None, "owner@example.com", "customer-1"]),
            "createdBy": st.sampled_from(["owner@example.com", "customer-1", "system"]),
        },
    ),
    max_size=5,
)
BOTS = st.lists(
    st.fixed_dictionaries(
        {"name": st.text(min_size=1)}, optional={"secret": st.none() | st.text(max_size=4)}
    ),
    max_size=2,
)


class TestExport:
    """Worlds as seeds."""

    @given(events=EVENTS, bots=BOTS)
    def test_dataset_survives_export(self, events: list[dict[str, Any]], bots: list[dict[str, Any]]) -> None:
        """An export is imported without a difference, at any later time."""
        dataset = read({**SHOP, "events": events, "bots": bots})
        later = Clock()

        text = json.dumps(seed_document(dataset))
        records = SeedRecords(clock=later, ids=Ids(later), secret=lambda: "other")
        again = read_seed(json.loads(text), "x", records)

        assert again == dataset

    @pytest.mark.parametrize("file", [RECORDED_SEED, builtin_seed("busy"), builtin_seed("empty")], ids=str)
    def test_whole_seed_survives_export(self, file: Path) -> None:
        """Every kind of record survives, each with all of its fields."""
        dataset = load_files([file])

        assert read(seed_document(dataset)) == dataset


def test_role_that_is_nearly_known_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Projects may have roles of their own."""
    members = [{"uuid_user": "c-2", "role": "usr"}, {"uuid_user": "c-3", "role": "partner"}]

    read({**SHOP, "project_users": [*SHOP["project_users"], *members]})

    (line,) = caplog.messages
    assert line.startswith("seed.json: project_users[2].role: 'usr' is not one of Tiledesk's roles")
    assert line.endswith("did you mean user?")
