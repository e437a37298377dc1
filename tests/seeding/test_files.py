"""Files of seeds: JSON and YAML, and errors that name the place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tiledesk_mock.errors import SeedError
from tiledesk_mock.tiledesk.model import Dataset

from ..contract_recordings import CONTRACT
from .reading import SHOP, load_files

RECORDED_SEED = CONTRACT / "world.json"

REPEATED = "a0: &a0 [1,1]\n" + "".join(
    f"a{level}: &a{level} [{f'*a{level - 1},' * 10}]\n" for level in range(1, 10)
)
"""YAML of 500 bytes that stands for two thousand million numbers."""


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Dataset]:
    """Write texts under their names, and load them as one seed."""

    def write_and_load(**texts: str | bytes) -> Dataset:
        files = []
        for name, text in texts.items():
            files.append(tmp_path / name.replace("_", "."))
            files[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_files(files)

    return write_and_load


class TestFiles:
    """Files of seeds."""

    def test_recorded_seed_loads(self) -> None:
        """The dataset of the recordings is a seed."""
        dataset = load_files([RECORDED_SEED])

        assert (len(dataset.users), len(dataset.projects), len(dataset.project_users)) == (9, 3, 10)
        assert dataset.subscriptions[0].secret == "subscription-secret-1"

    def test_files_are_merged(self, load: Callable[..., Dataset]) -> None:
        """Several files, JSON and YAML, are one seed; their records refer to each other."""
        dataset = load(a_json=json.dumps(SHOP), b_yaml="events:\n  - {name: x, project_user: customer-1}\n")

        assert dataset.events[0].project_user == dataset.project_users[1].id

    def test_error_names_the_file_that_is_wrong(self, load: Callable[..., Dataset], tmp_path: Path) -> None:
        """Of several files the one with the error is named, and the one that was first."""
        with pytest.raises(SeedError) as caught:
            load(a_json=json.dumps(SHOP), b_json=json.dumps({"users": SHOP["users"]}))

        assert caught.value.file == str(tmp_path / "b.json")
        assert str(tmp_path / "a.json") in caught.value.expected

    def test_yaml_keeps_times_without_quotes(self, load: Callable[..., Dataset]) -> None:
        """A time need not be quoted in YAML."""
        dataset = load(a_json=json.dumps(SHOP), b_yml="events: [{name: x, createdAt: 2026-01-31T12:00:00Z}]")

        assert dataset.events[0].created_at == "2026-01-31T12:00:00.000Z"

    def test_yaml_merges_keys(self, load: Callable[..., Dataset]) -> None:
        """Anchors, aliases and merge keys work."""
        text = "events:\n- &one {name: x, attributes: {n: 1}}\n- {<<: *one, name: y}\n- *one\n"

        dataset = load(a_json=json.dumps(SHOP), b_yaml=text)

        assert [event.name for event in dataset.events] == ["x", "y", "x"]
        assert dataset.events[1].attributes == {"n": 1}

    def test_file_without_suffix_is_json_or_yaml(self, load: Callable[..., Dataset]) -> None:
        """JSON begins with a brace."""
        assert load(a=json.dumps(SHOP), b="events:\n- name: x\n").events[0].name == "x"

    def test_byte_order_mark_is_ignored(self, load: Callable[..., Dataset]) -> None:
        """Files of Windows editors are read."""
        assert load(a_json=b"\xef\xbb\xbf" + json.dumps(SHOP).encode()).projects[0].name == "Shop"

    @pytest.mark.parametrize(
        ("name", "text", "expected"),
        [
            ("a_json", '{"users":\n [}', "line 2, column 3: expected JSON"),
            ("a_json", '{"users": [], "users": []}', "the key 'users' is repeated"),
            ("a_json", '{"users": ' + "[" * 100_000, "nested too deeply"),
            (
                "a_json",
                '{"projects": [{"name": "p"}], "events": [{"name": "x", "attributes": '
                + ("[" * 900 + "]" * 900)
                + "}]}",
                "events[0].attributes: nested too deeply",
            ),
            ("a_json", b"\x89PNG\r\n\x1a\n\x00\xff", "UTF-8"),
            ("a_yaml", "users: [\n", "line 2, column 1: expected YAML"),
            (
                "a_yaml",
                "users: []\nusers: []\n",
                "line 2, column 1: expected YAML: the key 'users' is repeated",
            ),
            ("a_yaml", "users: &a [*a]\n", "line 1, column 12: expected YAML: the alias *a"),
            ("a_yaml", REPEATED, "line 7, column 22: expected YAML: the aliases up to *a5 repeat more than"),
            (
                "a_yaml",
                f"a: &a {'x' * 100_000}\nb: [{'*a,' * 200}]\n",
                "the aliases up to *a repeat more than",
            ),
            (
                "a_yaml",
                f"a: {'1:' * 5_000}1\n",
                "line 1, column 4: expected YAML: a number of 10001 characters",
            ),
            ("a_yaml", f"a: {'1' * 500}.5\n", "a number of 502 characters: put it in quotes"),
            ("a_json", f'{{"a": {"1" * 5_000}}}', "numbers of at most 4300 digits"),
            ("a_yaml", "users: !!python/name:os.system x\n", "is not a type of JSON"),
            ("a_yaml", "users: !!int x\n", "'x' is not of type int"),
            ("a_yaml", "1: []\n", "the key 1 is not text"),
            ("a_yaml", "users: []\n---\nusers: []\n", "line 2, column 1: expected YAML: a second document"),
            ("a_yaml", "users: \x00\n", "expected YAML: "),
            ("a_yaml", "{<<: 3}\n", "expected an object to merge"),
            ("a_yaml", "# nothing\n", "expected an object with the lists"),
        ],
    )
    def test_text_that_cannot_be_read_is_one_line(
        self, load: Callable[..., Dataset], name: str, text: str | bytes, expected: str
    ) -> None:
        """A syntax error is one line, with line and column."""
        with pytest.raises(SeedError) as caught:
            load(**{name: text})

        assert expected in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(("name", "reason"), [("missing.json", "No such file"), ("", "Is a directory")])
    def test_file_that_cannot_be_opened_is_one_line(self, tmp_path: Path, name: str, reason: str) -> None:
        """The error for a missing file or a folder is one line."""
        with pytest.raises(SeedError, match=reason):
            load_files([tmp_path / name])
