"""A second process through any name of a file is refused, and told which process has it open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tiledesk_mock.errors import StoreLocked
from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.model import Dataset

fcntl = pytest.importorskip("fcntl")  # Windows lets few users create links

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux shows who holds a lock")

OPEN = """
import sys
from pathlib import Path
from tiledesk_mock.errors import StoreError
from tiledesk_mock.store.database import Database
try:
    Database(Path(sys.argv[1])).close()
    print("opened")
except StoreError as error:
    print(type(error).__name__, error)
"""

FORK = """
import os, sys, time
from pathlib import Path
from tiledesk_mock.store.database import Database
database = Database(Path(sys.argv[1]))
child = os.fork()
if child:
    if sys.argv[2] == "closed":
        database.close()
    print(os.getpid(), child, flush=True)
    os._exit(0)
os.close(1)
sys.stdin.read()  # the child lives until the test is over
"""


def open_elsewhere(path: Path) -> str:
    """Open a file in another process, and return what came of it."""
    words = [sys.executable, "-c", OPEN, str(path)]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


@pytest.fixture(params=["hard link", "symbolic link", "hard link of the people"])
def link(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return another name of a file, in another folder."""
    link = tmp_path / "folder" / "y.json"
    link.parent.mkdir()
    if request.param == "symbolic link":
        link.symlink_to(path)
    elif request.param == "hard link":
        os.link(path, link)
    else:
        os.link(path.with_name("x.people.json"), link.with_name("y.people.json"))
    return link


@linux
def test_second_name_is_refused(path: Path, link: Path) -> None:
    """In this process and in another one. The line names the process that has the file open."""
    with Database(path):
        with pytest.raises(StoreLocked, match=f"is in use by process {os.getpid()}: stop that"):
            Database(link)
        refused = open_elsewhere(link)

    assert refused.startswith("StoreLocked ")
    assert f"is in use by process {os.getpid()}: stop that, or choose another file" in refused
    assert [file.name for file in link.parent.glob("*.lock")] == []


def test_second_name_can_be_used_afterwards(path: Path, link: Path) -> None:
    """A lock ends when the file is closed."""
    Database(path).close()

    assert open_elsewhere(link) == "opened"


def test_lock_outlives_compaction(path: Path, tmp_path: Path) -> None:
    """A file that was written anew is locked, too."""
    with Database(path) as database:
        database.replace(Dataset())
        os.link(path, tmp_path / "y.json")

        refused = open_elsewhere(tmp_path / "y.json")

    assert refused.startswith("StoreLocked ")


def test_hard_links_are_reported(path: Path, tmp_path: Path) -> None:
    """Writing the file anew parts them, so the log has a line. Each name has whole data then."""
    os.link(path, tmp_path / "y.json")
    lines: list[str] = []

    with Database(path, log=lines.append) as database:
        database.replace(Dataset())

    assert lines == [
        f"{path} has several hard links: its other names keep the old content once it is rewritten"
    ]
    assert len(Database(tmp_path / "y.json").events) == 10


@linux
def test_forked_child_of_a_dead_parent_is_named(path: Path) -> None:
    """It holds the lock that its parent took, whose id may belong to another program by now."""
    words = [sys.executable, "-c", FORK, str(path), "killed"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid, child = parent.stdout.read().split()

        refused = open_elsewhere(path)
        parent.communicate()

    assert f"is in use by process {child}, which was forked from {pid}, which has ended: stop" in refused


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_child_holds_no_lock_of_a_closed_file(path: Path) -> None:
    """A pool of workers may outlive the emulator that their process had."""
    words = [sys.executable, "-c", FORK, str(path), "closed"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        parent.stdout.read()

        opened = open_elsewhere(path)
        parent.communicate()

    assert opened == "opened"


@linux
def test_stale_id_in_a_lock_file_is_not_the_holder(path: Path) -> None:
    """The file names the process that took the lock; the line names the one that has it now."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with path.with_name("x.json.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(f"{ended.pid}\n")
        file.flush()

        with pytest.raises(StoreLocked, match=f"is in use by process {os.getpid()}, which was forked from"):
            Database(path)
