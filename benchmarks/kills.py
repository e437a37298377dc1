"""Kill changes of the whole store: `python benchmarks/kills.py [--kills 200] [--events 20000]`.

A child process changes a store of many events in one of the ways below, and then fires events one by one,
each of which it acknowledges on its output. It is killed (-9) at a moment that is spread over the change, or,
every second time, soon after the first new file appeared beside the store. A start afterwards must find the
old world or the new one, whole, and every event that was acknowledged. The table has the numbers of each.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path

from tiledesk_mock.control.controls import Controls
from tiledesk_mock.emulator import Emulator
from tiledesk_mock.settings import Settings
from tiledesk_mock.tiledesk.clock import format_time

PROJECT = f"{0xAB:024x}"
START = 1_767_225_600_000
FIRED = "fired.here"
Change = Callable[[], Emulator]


def seed(name: str, size: int) -> dict[str, list[dict[str, object]]]:
    """Make a seed whose people and events all say which one it is. It leaves nothing to be made up."""
    first = sum(name.encode()) * 1_000_000
    times = {"createdAt": format_time(START), "updatedAt": format_time(START)}
    people = [f"{first + number:024x}" for number in range(5)]
    owner = {
        "_id": people[0],
        "id_project": PROJECT,
        "id_user": people[0],
        "role": "owner",
        "createdBy": "system",
    }
    return {
        "users": [{"_id": i, "email": f"{name}{i}@x.it", "password": "x", **times} for i in people],
        "projects": [{"_id": PROJECT, "name": name, "createdBy": people[0], **times}],
        "project_users": [{**owner, **times}],
        "events": [
            {
                "_id": f"{first + number:024x}",
                "name": f"{name}.event",
                "attributes": {"order": number, "customer": {"city": "Lecce", "tags": ["a", "b"]}},
                "id_project": PROJECT,
                "project_user": people[0],
                "createdBy": people[0],
                "createdAt": format_time(START + number * 7),
                "updatedAt": format_time(START + number * 7),
            }
            for number in range(size)
        ],
    }


def digest(document: dict[str, list[dict[str, object]]]) -> str:
    """Return a digest of an export without the events that were fired one by one."""
    events = [event for event in document["events"] if event["name"] != FIRED]
    return sha256(json.dumps({**document, "events": events}, sort_keys=True).encode()).hexdigest()


def opened(folder: Path, name: str | None = None, *, reseed: bool = False) -> Emulator:
    """Open the store of a folder, with a seed if named."""
    seeds = (str(folder.parent / f"{name}.json"),) if name else ()
    return Emulator(Settings(db=folder / "x.json", seed=seeds, reseed=reseed, webhooks_anywhere=False))


def document(folder: Path, name: str) -> dict[str, list[dict[str, object]]]:
    """Read one of the seeds beside a folder."""
    return json.loads((folder.parent / f"{name}.json").read_bytes())  # type: ignore[no-any-return]  # Any


def replacing(folder: Path) -> Change:
    """Replace everything in a store that an earlier process left, as `import --db` does."""
    emulator, new = opened(folder), document(folder, "new")
    return lambda: (Controls(emulator).replace_state(new), emulator)[1]


def putting(folder: Path) -> Change:
    """Replace everything in a store that was filled in this run, as PUT /__admin/state does."""
    emulator, new = opened(folder, "old", reseed=True), document(folder, "new")
    return lambda: (Controls(emulator).replace_state(new), emulator)[1]


def reseeding(folder: Path) -> Change:
    """Start with --reseed."""
    return lambda: opened(folder, "new", reseed=True)


def adding(folder: Path) -> Change:
    """Add a seed."""
    emulator, more = opened(folder), document(folder, "new")
    del more["projects"]
    return lambda: (Controls(emulator).add_seed(more), emulator)[1]


def restoring(folder: Path) -> Change:
    """Restore a snapshot after everything was replaced."""
    emulator = opened(folder)
    controls = Controls(emulator)
    controls.take_snapshot("a")
    controls.replace_state(document(folder, "new"))
    return lambda: (controls.restore("a"), emulator)[1]


def restoring_added(folder: Path) -> Change:
    """Restore a snapshot after people and events were added."""
    emulator = opened(folder)
    controls, more = Controls(emulator), document(folder, "new")
    del more["projects"]
    controls.take_snapshot("a")
    controls.add_seed(more)
    return lambda: (controls.restore("a"), emulator)[1]


def resetting(folder: Path) -> Change:
    """Reset a store that an earlier process left to its seed, which is read again."""
    emulator = opened(folder)
    Controls(emulator).replace_state(document(folder, "new"))
    return lambda: (Controls(emulator).reset(), emulator)[1]


def resetting_added(folder: Path) -> Change:
    """Reset a store that was filled in this run, after people and events were added."""
    emulator = opened(folder, "old", reseed=True)
    controls, more = Controls(emulator), document(folder, "new")
    del more["projects"]
    controls.add_seed(more)
    return lambda: (controls.reset(), emulator)[1]


CHANGES: dict[str, Callable[[Path], Change]] = {
    "import": replacing,
    "PUT /state": putting,
    "serve --reseed": reseeding,
    "restore, replaced": restoring,
    "restore, added": restoring_added,
    "reset, seed read": resetting,
    "reset, added": resetting_added,
    "add": adding,
}


def child(folder: Path, name: str) -> None:
    """Make a change, and then fire events until the end."""
    change = CHANGES[name](folder)
    if not folder.with_name("before").exists():
        shutil.copytree(folder, folder.with_name("before"))
    print("begin", flush=True)
    emulator = change()
    print("end", flush=True)
    controls = Controls(emulator)
    for _ in count():
        print(controls.fire(FIRED)["_id"], flush=True)


def export(folder: Path) -> tuple[str, set[object], list[str]]:
    """Start on a folder; return the digest of what is found, the events fired one by one, and the files."""
    with opened(folder) as emulator:
        found = emulator.state.export()
    fired = {event["_id"] for event in found["events"] if event["name"] == FIRED}
    return digest(found), fired, sorted(path.name for path in folder.iterdir())


def started(root: Path, name: str) -> subprocess.Popen[str]:
    """Start a child, and return when it begins its change."""
    folder = root / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "base", folder)
    process = subprocess.Popen(
        [sys.executable, __file__, "--child", str(folder), name], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    if process.stdout.readline() != "begin\n":
        raise SystemExit(f"{name}: the child failed")
    return process


def unkilled(root: Path, name: str) -> tuple[float, str, str]:
    """Let a change come to its end; return the seconds that it took, and the worlds before and after it."""
    shutil.rmtree(root / "before", ignore_errors=True)
    process = started(root, name)
    assert process.stdout is not None
    start = time.perf_counter()
    process.stdout.readline()
    seconds = time.perf_counter() - start
    process.kill()
    process.wait()
    return seconds, export(root / "before")[0], export(root / "run")[0]


def kill(root: Path, name: str, duration: float, *, is_early: bool) -> tuple[bool, set[str]]:
    """Kill a change once. Return whether it had ended, and the acknowledged events."""
    process = started(root, name)
    assert process.stdout is not None
    if is_early:
        names, end = set(os.listdir(root / "run")), time.perf_counter() + duration * 10
        while not set(os.listdir(root / "run")) - names and time.perf_counter() < end:
            time.sleep(0.0002)
        time.sleep(random.choice((0.0, random.uniform(0, 0.002), random.uniform(0, duration / 5))))
    else:
        time.sleep(random.uniform(0, duration * 1.15))
    process.send_signal(signal.SIGKILL)
    lines = process.stdout.read().split("\n")
    process.wait()
    return lines[0] == "end", {line for line in lines[1:-1] if line}


def judged(root: Path, old: str, new: str, *, has_ended: bool, acknowledged: set[str]) -> str:
    """Return which world a start finds, in capitals what must not be found."""
    prefix = "recovered, " if any((root / "run").glob("*.change")) else ""
    found, fired, names = export(root / "run")
    if acknowledged - fired:
        return "LOST"
    if len(names) > 3:
        return f"LEFT {names}".upper()
    if found == old:
        return "OLD AFTER ITS END" if has_ended else f"{prefix}old"
    return f"{prefix}new" if found == new else "MIXED"


def main() -> None:
    """Kill changes, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--only", choices=CHANGES)
    parser.add_argument("--child", nargs=2, metavar=("FOLDER", "CHANGE"))
    options = parser.parse_args()
    if options.child:
        child(Path(options.child[0]), options.child[1])
        return
    logging.disable()
    with tempfile.TemporaryDirectory() as name:
        table(Path(name), options)


def table(root: Path, options: argparse.Namespace) -> None:
    """Kill each change equally often, and print what was found."""
    for seed_name in ("old", "new"):
        (root / f"{seed_name}.json").write_text(json.dumps(seed(seed_name, options.events)))
    (root / "base").mkdir()
    opened(root / "base", "old").close()
    names = [options.only] if options.only else list(CHANGES)
    wrong = 0
    for number, name in enumerate(names):
        duration, old, new = unkilled(root, name)
        kills = options.kills // len(names) + (number < options.kills % len(names))
        found: Counter[str] = Counter()
        for turn in range(kills):
            has_ended, acknowledged = kill(root, name, duration, is_early=bool(turn % 2))
            found[judged(root, old, new, has_ended=has_ended, acknowledged=acknowledged)] += 1
        wrong += sum(times for which, times in found.items() if which.upper() == which)
        print(f"{name:18}{duration:6.2f} s{kills:5} kills  {dict(sorted(found.items()))}", flush=True)
    print(f"{options.kills} kills, {wrong} mixed or lost, {options.events:,} events")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
