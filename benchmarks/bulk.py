"""Measure changes of the whole store: `python benchmarks/bulk.py [--events 100000] [--against TREE]`.

Each figure is the median of processor seconds and of wall-clock seconds of a door through which everything is
replaced, and the largest peak of memory of its process (of the server, where there is one). `--against` is
another source tree with an own `.venv`, which is measured in turns with this one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

from kills import seed

Figure = tuple[float, float, int]
"""Processor seconds, wall-clock seconds, peak of memory in KiB."""


def command(tree: Path, *arguments: str) -> list[str]:
    """Return the command of a source tree."""
    return [str(tree / ".venv" / "bin" / "python"), "-m", "tiledesk_mock", *arguments]


def run(tree: Path, *arguments: str) -> Figure:
    """Run a command to its end."""
    start = time.perf_counter()
    process = subprocess.Popen(command(tree, *arguments), cwd=tree, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{tree} {' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss


def spent(pid: int) -> tuple[float, int]:
    """Return the processor seconds and the peak of memory in KiB of a running process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert peak is not None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(peak[1])


class Server:
    """A server on a store with a seed of many events."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self.tree = tree
        arguments = (
            "serve",
            "--port",
            "0",
            "--db",
            str(folder / "x.json"),
            "--seed",
            str(folder / "old.json"),
        )
        self.process = subprocess.Popen(
            command(tree, *arguments), cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        found = None
        while found is None:
            found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        self.url = found[0]

    def run(self, *arguments: str) -> Figure:
        """Run a command on this server. Its processor seconds are counted, too."""
        before, _ = spent(self.process.pid)
        client, seconds, _ = run(self.tree, *arguments, "--url", self.url)
        after, peak = spent(self.process.pid)
        return client + after - before, seconds, peak

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait()


def filled(tree: Path, folder: Path) -> str:
    """Return a store that was filled from the seed of many events."""
    for name in ("x.json", "x.people.json"):
        (folder / name).unlink(missing_ok=True)
    Server(tree, folder).stop()
    return str(folder / "x.json")


def default(tree: Path, folder: Path) -> str:
    """Return a store with the default seed, into which many events were imported."""
    for name in ("x.json", "x.people.json"):
        (folder / name).unlink(missing_ok=True)
    (folder / "old.json").rename(folder / "many.json")
    shutil.copy(tree / "fixtures" / "default.json", folder / "old.json")
    try:
        Server(tree, folder).stop()
        run(tree, "import", str(folder / "many.json"), "--db", str(folder / "x.json"))
    finally:
        (folder / "many.json").replace(folder / "old.json")
    return str(folder / "x.json")


def doors(tree: Path, folder: Path) -> dict[str, Callable[[], Figure]]:
    """Return what is measured, in this order."""
    new = str(folder / "new.json")

    def through_server(*arguments: str) -> Figure:
        for name in ("x.json", "x.people.json"):
            (folder / name).unlink(missing_ok=True)
        server = Server(tree, folder)
        try:
            if arguments[0] == "reset":
                server.run("import", new)
            return server.run(*arguments)
        finally:
            server.stop()

    return {
        "import --db": lambda: run(tree, "import", new, "--db", filled(tree, folder)),
        "reset --db, default seed": lambda: run(tree, "reset", "--db", default(tree, folder)),
        "reset --db, seed of many": lambda: run(tree, "reset", "--db", filled(tree, folder)),
        "import --url": lambda: through_server("import", new),
        "reset --url": lambda: through_server("reset"),
    }


def write_seeds(folder: Path, events: int) -> None:
    """Write the seeds that stores are filled with and replaced by."""
    for name in ("old", "new"):
        (folder / f"{name}.json").write_text(json.dumps(seed(name, events), indent=1))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--only", action="append")
    options = parser.parse_args()
    here = Path(__file__).parents[1]
    trees = [here] if options.against is None else [options.against.resolve(), here]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # A child's peak of memory is never below that of its parent when it is started.
        with ProcessPoolExecutor(1) as pool:
            pool.submit(write_seeds, folder, options.events).result()
        print(f"{'':26}{'tree':>12}{'processor':>12}{'wall clock':>12}{'memory':>10}")
        for door in options.only or doors(here, folder):
            figures: dict[Path, list[Figure]] = {tree: [] for tree in trees}
            for _ in range(options.runs):
                for tree in trees:
                    figures[tree].append(doors(tree, folder)[door]())
            for tree, rows in figures.items():
                processor, wall = (median(row[column] for row in rows) for column in (0, 1))
                peak = max(row[2] for row in rows) >> 10
                print(f"{door:26}{tree.name:>12}{processor:10.2f} s{wall:10.2f} s{peak:6} MiB", flush=True)
    print(f"{options.events:,} events, {os.cpu_count()} cores, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
