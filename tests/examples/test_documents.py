"""What the documents show is run: tests as tests, scripts as scripts, commands in a shell.

The first line of a block says what it is.

    python             tests run as a test file; anything else as a script beside an emulator and its file
    python fails       fails with the text of the block that follows
    sh                 runs in bash beside an emulator, and ends well
    sh background      gets ready, and stops on SIGTERM
    sh not run: WHY    is not run, for this reason
    yaml NAME          is loaded as what it is: a seed, scenarios, or credentials
    ini                sets what can be set
    text               is not run

A name, as in `yaml shop.yaml`, is a file that the other blocks of the document find; those of the README are
found by all. With a folder it is one of this project, which has the same text. Ports stand for free ones, and
`https://api.tiledesk.com` for a second emulator.
"""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.cassettes.record import Recording
from tiledesk_mock.http.upstream import Upstream
from tiledesk_mock.plugin.options import EMULATOR_FIELDS, INI_PREFIX, PLUGIN_FIELDS
from tiledesk_mock.scenarios.credentials import read_credentials
from tiledesk_mock.scenarios.scenarios import read_scenarios

from .checkout import Checkout
from .documents import BLOCKS, ROOT, Block
from .running import UPSTREAM, environment, free_port, run, running, translated

pytest_plugins = ["pytester"]

TESTED: set[Block] = set()
"""The blocks for which a test of this file is run."""

README = ROOT / "README.md"

_CHANGING = (
    (re.compile(r"\b[0-9a-f]{24}\b"), "ID"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
)


def blocks(language: str, info: str = "", *, tests: bool | None = None) -> pytest.MarkDecorator:
    """Parametrize a test with all blocks of a kind.

    The info `FILE` matches the name of a file, `FOLDER/FILE` one with a folder.
    """
    chosen = [
        block
        for block in BLOCKS
        if block.language == language
        and (block.info == info or (info in ("FILE", "FOLDER/FILE") and block.is_file))
        and ("/" in block.info or info != "FOLDER/FILE")
        and tests in (None, block.is_test)
    ]
    TESTED.update(chosen)
    return pytest.mark.parametrize("block", chosen, ids=str)


@pytest.fixture
def upstream() -> Iterator[str]:
    """Run the emulator that stands for the reader's own Tiledesk; return its URL."""
    with TiledeskMock() as mock:
        yield mock.url.removesuffix("/v3")


@pytest.fixture
def folder(tmp_path: Path, block: Block, upstream: str) -> Path:
    """Return a folder with the files of the block's document, and a recording."""
    fill(tmp_path, block, upstream)
    return tmp_path


def fill(folder: Path, block: Block, upstream: str) -> None:
    """Write the files that the examples of a document use."""
    for other in BLOCKS:
        if other.document in (README, block.document) and other.is_file and "/" not in other.info:
            (folder / other.info).write_text(other.text.replace(UPSTREAM, upstream))
    for example in ("checkout.py", "tickets.py"):
        shutil.copy(ROOT / "tests/examples" / example, folder)
    npm = folder / "bin" / "npm"  # the tests of a project in another language
    npm.parent.mkdir()
    npm.write_text(
        '#!/bin/sh\ncurl --fail --silent -u "$TILEDESK_MOCK_USER:$TILEDESK_MOCK_PASSWORD" '
        '"$TILEDESK_MOCK_URL/$TILEDESK_MOCK_PROJECT_ID/events"\n'
    )
    npm.chmod(0o755)
    record(folder / "session.har", upstream)


def record(file: Path, upstream: str) -> None:
    """Record a session with two requests."""
    way = Upstream(f"{upstream}/v3")
    with TiledeskMock() as mock:
        recording = mock.emulator.mode = Recording(file, way, "all")
        checkout = Checkout(mock.url, mock.project_id, mock.agent.basic)
        checkout.paid(7, 42)
        checkout.orders()
        recording.commit()
    way.close()


@blocks("python", tests=True)
def test_tests_pass(
    block: Block, folder: Path, upstream: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block that defines tests is a test file that passes, in any order."""
    monkeypatch.setenv("SHOP_TILEDESK", f"{upstream}/v3")
    shutil.copytree(folder, pytester.path, dirs_exist_ok=True)
    pytester.makepyfile(test_example=block.text)

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-q", "-W", "default")

    assert result.ret == 0


@blocks("python", "fails")
def test_failure_reads_as_shown(block: Block, folder: Path, pytester: pytest.Pytester) -> None:
    """The output of the run contains the text that follows, apart from ids, ports and times."""
    shown = BLOCKS[BLOCKS.index(block) + 1].text
    shutil.copytree(folder, pytester.path, dirs_exist_ok=True)
    pytester.makepyfile(test_example=block.text)

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-W", "default")

    assert result.ret == 1
    assert without_changing_values(shown.strip()) in without_changing_values(result.stdout.str())


def without_changing_values(text: str) -> str:
    """Replace values that change from run to run."""
    for pattern, word in _CHANGING:
        text = pattern.sub(word, text)
    return text


@blocks("python", tests=False)
def test_scripts_run(block: Block, folder: Path) -> None:
    """Another block is a script, which finds a running emulator and its file."""
    with TiledeskMock(db=folder / "tiledesk-mock.json") as mock:
        mock.fire("order.paid", {"order": 1})

        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", block.text],
            cwd=folder,
            env=environment(mock.url, folder),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 0, done.stderr


@blocks("sh")
def test_commands_succeed(block: Block, folder: Path, upstream: str) -> None:
    """Commands run beside an emulator, and end with exit code 0."""
    with TiledeskMock() as mock:
        port = int(mock.url.removesuffix("/v3").rpartition(":")[2])

        environ = environment(mock.url, folder)
        run(translated(block.text, {"8900": port}, upstream), folder, environ)


@blocks("sh", "background")
def test_commands_get_ready(block: Block, folder: Path, upstream: str) -> None:
    """Commands that keep running get ready, and stop on SIGTERM."""
    with TiledeskMock() as mock:
        environ = environment(mock.url, folder)
        environ["TILEDESK_MOCK_PORT"] = str(free_port())

        with running(translated(block.text, {}, upstream), folder, environ) as output:
            assert output.read_text()


@blocks("yaml", "FILE")
def test_yaml_is_valid(block: Block, folder: Path) -> None:
    """A seed is loaded; scenarios and credentials for `diff` are read."""
    file = folder / block.info
    if "scenario" in block.info:
        assert read_scenarios(file)
    elif "credentials" in block.info:
        assert read_credentials(file).people
    else:
        with TiledeskMock(seed=file) as mock:
            assert mock.people


@blocks("ini")
def test_ini_has_known_settings(block: Block) -> None:
    """Every setting of an ini file exists."""
    parser = configparser.ConfigParser()
    parser.read_string(block.text)

    names = {name.removeprefix(INI_PREFIX) for name in parser["pytest"] if name.startswith(INI_PREFIX)}

    assert names <= EMULATOR_FIELDS.keys() | PLUGIN_FIELDS.keys()


@blocks("python", "FOLDER/FILE")
def test_shown_files_are_those_of_the_project(block: Block) -> None:
    """A block with the path of a file of the project has the text of that file."""
    assert block.text == (ROOT / block.info).read_text("utf-8")


def test_blocks_are_all_of_a_known_kind() -> None:
    """A block of another kind would not be run."""
    known = {"python", "sh", "yaml", "ini", "json", "text"}

    others = [block for block in BLOCKS if not (block.is_file or block.reason_not_to_run)]

    assert {block.language for block in BLOCKS} <= known
    assert {block.info for block in others} <= {"", "background", "fails"}
    assert all(block.is_file for block in BLOCKS if block.language == "yaml")


def test_block_that_is_not_run_has_a_reason() -> None:
    """Unless it is text, or a file that another block of its document uses."""
    untested = [block for block in BLOCKS if block not in TESTED and block.language != "text"]

    assert [str(block) for block in untested if not (is_used(block) or block.reason_not_to_run)] == []


def test_only_commands_may_have_a_reason_not_to_run() -> None:
    """Python, YAML and settings are always run or read."""
    assert {block.language for block in BLOCKS if block.reason_not_to_run} == {"sh", "json"}


def is_used(block: Block) -> bool:
    """Whether a block is a file that pytest reads, or that another block of the document names."""
    others = [other for other in BLOCKS if other.document == block.document and other != block]
    return block.info == "conftest.py" or (
        block.is_file and any(block.info in other.text for other in others)
    )
