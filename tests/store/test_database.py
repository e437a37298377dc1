"""Stored data survives kills, threads, forks, full disks and read-only files; one process has the file."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tiledesk_mock.errors import StoreLocked
from tiledesk_mock.settings import Durability
from tiledesk_mock.store import backend
from tiledesk_mock.store.database import Database, Flusher
from tiledesk_mock.tiledesk.query import EventQuery

ROOT = Path(__file__).parents[2]

PRELUDE = """
import os, sys
from pathlib import Path
from tiledesk_mock.tiledesk.model import Event, Dataset
from tiledesk_mock.errors import StorageFull, StoreError
from tiledesk_mock.settings import Durability
from tiledesk_mock.store.database import Database
import tiledesk_mock.store.files  # a test continues as another user, who may not read the package

TIME = "2026-01-01T00:00:00.000Z"

def make(number, **attributes):
    return Event(id=f"{number:024x}", name="n", id_project="p", created_by="u", created_at=TIME,
                 updated_at=TIME, attributes={"n": number, **attributes})
"""


def script(body):
    """Return a command that runs `body` after the prelude."""
    return [sys.executable, "-c", PRELUDE + textwrap.dedent(body)]


def run(body, *arguments):
    """Run `body` in another process and return what it printed."""
    done = subprocess.run(
        [*script(body), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_acknowledged_event_survives_kills(tmp_path):
    """A writer with four threads is killed twenty times; nothing that it acknowledged is lost."""
    path, acknowledged, lines = tmp_path / "x.json", set(), []
    writer = script("""
        import threading
        start = int(sys.argv[2])
        database = Database(Path(sys.argv[1]), durability=Durability.ALWAYS)
        def work(first):
            for number in range(first, first + 25_000):
                database.events.add(make(number, blob="x" * (number % 700)))
                os.write(1, b"%d\\n" % number)
        for first in range(start, start + 100_000, 25_000):
            threading.Thread(target=work, args=(first,)).start()
    """)

    for number in range(20):
        process = subprocess.Popen(
            [*writer, str(path), str(number * 100_000)], cwd=ROOT, stdout=subprocess.PIPE
        )
        with process:
            output = b"".join(process.stdout.readline() for _ in range(10))
            threading.Timer(random.uniform(0.01, 0.1), process.kill).start()
            output += process.stdout.read()
        assert process.returncode == -signal.SIGKILL
        acknowledged.update(int(line) for line in output.splitlines(keepends=True) if line.endswith(b"\n"))

    with Database(path, log=lines.append) as database:
        found = {event.attributes["n"] for event in database.events.all()}
    assert len(acknowledged) > 100
    assert acknowledged <= found


def test_waiting_threads_share_one_sync(tmp_path, make_event, monkeypatch):
    """With `always`, one sync is for all events that were added before it began."""
    syncs, real, added, all_added = [], os.fsync, [], threading.Event()

    def when_all_are_added(descriptor):
        syncs.append(all_added.wait(30))
        real(descriptor)

    with Database(tmp_path / "x.json", durability=Durability.ALWAYS) as database:
        monkeypatch.setattr(backend, "sync", when_all_are_added)

        def work(number):
            database.events.add(make_event(number))
            added.append(number)
            if len(added) == 20:
                all_added.set()
            database.events.flush()

        with ThreadPoolExecutor(20) as pool:
            list(pool.map(work, range(20)))
        during = list(syncs)

    assert during in ([True], [True, True])  # the one that had begun, and one for all the others


def test_sixteen_threads_lose_nothing(database, make_event):
    """Threads that write and read at once find everything that they wrote."""

    def work(first):
        for number in range(first, first + 50):
            database.events.add(make_event(number))
            assert database.events.get(make_event(number).id) == make_event(number)
            assert database.events.page(EventQuery("p" * 24)).count > 0

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(0, 800, 50)))

    assert len(database.events) == 800


def test_file_is_locked(path):
    """A second opening, here or in another process, is an error that names the file and its holder."""
    with Database(path):
        with pytest.raises(StoreLocked, match=rf"x\.json.*{os.getpid()}"):
            Database(path)
        output = run(
            """
            try:
                Database(Path(sys.argv[1]))
            except StoreError as error:
                print(type(error).__name__, error)
        """,
            path,
        )

    assert output.startswith("StoreLocked")
    assert str(os.getpid()) in output
    assert "\n" not in output.strip()


def test_lock_is_released(path):
    """The file can be opened again after closing, and beside a lock file that a dead process left."""
    lock = path.with_name("x.json.lock")
    database = Database(path)
    database.close()
    database.close()
    assert not lock.exists()

    lock.write_text("99999\n")

    with Database(path) as again:
        assert len(again.events) == 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_child_does_not_write(path):
    """A forked child cannot write. Closing there does not affect the parent."""
    output = run(
        """
        database = Database(Path(sys.argv[1]))
        database.events.add(make(77))
        child = os.fork()
        if not child:
            for write in (lambda: database.events.add(make(78)), lambda: database.replace(Dataset())):
                try:
                    write()
                except StoreError as error:
                    os.write(1, f"{type(error).__name__}: {error}\\n".encode())
            database.close()
            os._exit(0)
        os.waitpid(child, 0)
        database.events.add(make(79))
        database.close()
        print(len(Database(Path(sys.argv[1])).events))
    """,
        path,
    )

    assert output.count("StoreError: ") == 2
    assert output.endswith("12\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_full_disk_keeps_stored_events(path):
    """A write that the disk refuses stores nothing, and the next one works when there is space again."""
    output = run(
        """
        import resource
        path = Path(sys.argv[1])
        database = Database(path, durability=Durability.ALWAYS)
        def limit(size):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        limit(path.stat().st_size + 100)
        for blob in ("", "x" * 9000):
            try:
                database.events.add(make(77, blob=blob))
            except StorageFull as error:
                print(type(error).__name__, len(database.events), database.events.get(f"{77:024x}"))
        limit(resource.RLIM_INFINITY)
        database.events.add(make(78))
        print(len(database.events))
    """,
        path,
    )

    assert output == "StorageFull 10 None\nStorageFull 10 None\n11\n"
    assert len(json.loads(path.read_bytes())["events"]) == 11


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
@pytest.mark.parametrize("write", ["add", "replace"])
def test_full_disk_keeps_people_and_events_together(path, write):
    """If the events of a dataset do not fit, its people are not stored."""
    output = run(
        """
        import resource
        from tiledesk_mock.tiledesk.model import User
        path = Path(sys.argv[1])
        database = Database(path)
        user = User(id="a" * 24, email="a@example.com", password="x", firstname="A", lastname="B",
                    created_at=TIME, updated_at=TIME)
        world = Dataset(users=(user,), events=(make(77, blob="x" * 50_000),))
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
        try:
            getattr(database, sys.argv[2])(world)
        except StorageFull:
            print(database.people.users(), len(database.events))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        database.close()
        with Database(path) as database:
            print(database.people.users(), len(database.events))
    """,
        path,
        write,
    )

    assert output == "() 10\n() 10\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_torn_end_that_a_full_disk_left_is_repaired(path):
    """A rollback cuts the file, and the disk takes the closing braces only after the next start."""
    output = run(
        """
        import resource
        path = Path(sys.argv[1])
        with Database(path) as database:
            savepoint = database.savepoint()
            database.events.add(make(77))
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
            database.rollback(savepoint)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(path.read_bytes().endswith(b"}}\\n"))
        with Database(path) as database:
            print(len(database.events))
    """,
        path,
    )

    assert output == "False\n10\n"
    assert len(json.loads(path.read_bytes())["events"]) == 10
    assert not path.with_name(f"{path.name}.lock").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs the users of POSIX")
def test_read_only_file_is_readable(path):
    """A file without write permission can be read. Writing is an error, and does not change it."""
    before = path.read_bytes()
    for file in path.parent.iterdir():
        file.chmod(0o444)
    path.parent.chmod(0o555)
    for folder in path.parents:  # root runs it as another user, who needs access to the folder
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)

    output = run(
        """
        if not os.geteuid():
            os.seteuid(65534)
        database = Database(Path(sys.argv[1]), log=print)
        try:
            database.events.add(make(77))
        except StorageFull as error:
            print(error)
        print(len(database.events), len(list(database.events.all())))
        print(database.events.expire(1_893_456_000_000), len(database.events))
        database.close()
    """,
        path,
    )

    path.parent.chmod(0o755)
    assert f"{path} may only be read: nothing will be stored in it" in output
    assert "nothing was stored: the file may only be read" in output
    assert output.endswith("10 10\n0 0\n")  # what has expired is not seen, even where it cannot be removed
    assert path.read_bytes() == before


def test_flush_is_called_once_scheduled():
    """The thread starts when a flush is first scheduled, and ends when it is stopped."""
    done, before = threading.Event(), set(threading.enumerate())
    flusher = Flusher(done.set, interval=0.01)
    assert set(threading.enumerate()) <= before

    flusher.schedule()

    assert done.wait(10)
    flusher.stop()
    assert set(threading.enumerate()) <= before


def test_flusher_can_be_stopped_at_any_time():
    """Stopping ends the thread at every point of its loop."""
    before = set(threading.enumerate())

    for _ in range(500):
        flusher = Flusher(lambda: None, interval=0)
        flusher.schedule()
        flusher.stop()

    assert set(threading.enumerate()) <= before


def test_close_leaves_files_only(tmp_path, make_event):
    """After closing there are two files, and no thread."""
    before = set(threading.enumerate())
    with Database(tmp_path / "x.json", durability=Durability.INTERVAL) as database:
        database.events.add(make_event(1))

    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.json", "x.people.json"]
    assert set(threading.enumerate()) <= before


def test_database_in_memory_imports_nothing_for_files() -> None:
    """Most emulators of tests are in memory, and each module costs time at the start."""
    code = (
        "import sys; from tiledesk_mock import TiledeskMock\n"
        "with TiledeskMock(): pass\n"
        "print(*(name for name in sys.modules if name.startswith('tiledesk_mock.store.')))"
    )

    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    assert not {f"tiledesk_mock.store.{name}" for name in ("files", "salvage")} & set(output.split())
