"""A script: changes a store in child processes, each of which ends before its nth change of the folder.

`kill_steps.py FOLDER CHANGE` prints JSON: how many children ended early, and after which of them a start
finds neither the old world nor the new one.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from itertools import count
from pathlib import Path

from tiledesk_mock.settings import Durability, InlineSeed
from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.clock import format_time
from tiledesk_mock.tiledesk.conversations import Message
from tiledesk_mock.tiledesk.model import Dataset, Event, User

WATCHED = ("os.rename", "os.remove", "os.truncate", "open")
"""The audit events of changes of a folder."""


def world(first, size):
    """Return a world whose events, users and messages tell which one it is."""
    ids = [f"{number:024x}" for number in range(first, first + size)]
    time = format_time(1_767_225_600_000 + first)
    users = tuple(
        User(id=i, email=f"{i}@x.it", password="x", created_at=time, updated_at=time) for i in ids[:3]
    )
    fields = {"id_project": "p" * 24, "created_by": "u" * 24, "created_at": time, "updated_at": time}
    events = tuple(Event(id=i, name="a.b", **fields) for i in ids)
    sent = {"sender": "x", "recipient": "x", "channel": None}
    return Dataset(users, events=events, messages=tuple(Message(id=i, **sent, **fields) for i in ids))


def fill(database):
    """Fill an empty store."""
    return replace(database)


def replace(database):
    """Replace everything."""
    return lambda: database.replace(world(1000, 40), (InlineSeed("{}"),))


def replace_after_savepoint(database):
    """Replace everything while there is a savepoint."""
    database.savepoint()
    return replace(database)


def add(database):
    """Add people and events."""
    return lambda: database.add(world(1000, 40))


def add_events(database):
    """Add events that are longer than a page."""
    return lambda: database.events.add_all(world(1000, 40).events)


def roll_back(database):
    """Cut both files."""
    savepoint = database.savepoint()
    database.add(world(1000, 40))
    return lambda: database.rollback(savepoint)


def roll_back_replaced(database):
    """Go back to what was replaced."""
    savepoint = database.savepoint()
    database.replace(world(1000, 40))
    return lambda: database.rollback(savepoint)


def roll_back_one_replaced(database):
    """Append to one file and cut the other."""
    savepoint = database.savepoint()
    database.add(world(1000, 40))
    database._events.compact()
    return lambda: database.rollback(savepoint)


def content(folder):
    """Return what a start finds."""
    with Database(folder / "x.json") as database:
        return database.dataset(), database.seed


def end_early(folder, change, step):
    """Make a change in a child, and return whether it ended before its nth step."""
    pid = os.fork()
    if pid == 0:
        left = [step]

        def hook(event, args):
            if (
                armed
                and event in WATCHED
                and str(folder) in str(args[0]) + str(folder) * (event == "os.truncate")
            ):
                left[0] -= 1
                if left[0] < 0:
                    os._exit(9)

        armed = []
        sys.addaudithook(hook)
        database = Database(folder / "x.json", durability=Durability.NONE)
        act = change(database)
        shutil.copytree(folder, folder.with_name("old"))
        armed.append(True)
        act()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9


def main(folder, change):
    """Print what was found."""
    (folder / "base").mkdir()
    if change is not fill:
        with Database(folder / "base" / "x.json") as database:
            database.replace(world(0, 30))
    mixed = []
    for step in count():
        for name in ("run", "old"):
            shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(folder / "base", folder / "run")
        ended = end_early(folder / "run", change, step)
        old, found = content(folder / "old"), content(folder / "run")
        left = sorted(path.name for path in (folder / "run").iterdir())
        if not ended:
            new = found
            break
        mixed.append((step, old, found, left))
    wrong = [step for step, old, found, left in mixed if found not in (old, new) or len(left) > 2]
    sys.stdout.write(json.dumps({"kills": len(mixed), "wrong": wrong}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), globals()[sys.argv[2]])
