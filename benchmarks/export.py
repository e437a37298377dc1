"""Measure exports: `python benchmarks/export.py [--events 100000] [--against TREE]`.

First what makes the text, in this process: Python's `json.dump` of all records with an indentation, and what
`export` does. Both write the same bytes. Then the whole verb, on a file and on a running emulator, whose
processor seconds are counted, too. `--against` is another source tree with an own `.venv`, which is measured
in turns with this one. Figures are medians.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from statistics import median

from bulk import Figure, Server, filled, run, write_seeds

from tiledesk_mock.emulator import Emulator
from tiledesk_mock.node.json import collector_paused, indented_json
from tiledesk_mock.settings import Settings


def texts(store: Path, runs: int) -> None:
    """Print the processor seconds of both ways to make the text of an export."""
    old, new = [], []
    with Emulator(Settings(db=store, webhooks_anywhere=False)) as emulator, collector_paused():
        target = store.with_name("out.json")
        for _ in range(runs):
            start = time.process_time()
            with target.open("w", encoding="utf-8") as file:
                json.dump(emulator.state.export(), file, indent=1, ensure_ascii=False)
            middle = time.process_time()
            text = indented_json(emulator.state.exported())
            new.append(time.process_time() - middle)
            old.append(middle - start)
        if text != target.read_bytes():
            raise SystemExit("the texts differ")
    print(
        f"json.dump {median(old):.2f} s, export {median(new):.2f} s: {median(new) / median(old):.2f} of it\n"
    )


def verbs(trees: list[Path], folder: Path, runs: int) -> None:
    """Print what the whole verb takes in each tree, and the ratio to the first."""
    store, out = filled(trees[-1], folder), str(folder / "out.json")
    figures: dict[tuple[str, Path], list[Figure]] = {}
    for _ in range(runs):
        for tree in trees:
            figures.setdefault(("export --db", tree), []).append(
                run(tree, "export", "--db", store, "-o", out)
            )
        for tree in trees:
            server = Server(tree, folder)
            try:
                figures.setdefault(("export --url", tree), []).append(server.run("export", "-o", out))
            finally:
                server.stop()
    print(f"{'':14}{'tree':>12}{'processor':>12}{'wall clock':>12}{'ratios':>14}")
    for verb, tree in sorted(figures, key=lambda key: (key[0], trees.index(key[1]))):
        processor, wall = (median(row[column] for row in figures[verb, tree]) for column in (0, 1))
        first = [median(row[column] for row in figures[verb, trees[0]]) for column in (0, 1)]
        ratios = f"{processor / first[0]:.2f}   {wall / first[1]:.2f}"
        print(f"{verb:14}{tree.name:>12}{processor:10.2f} s{wall:10.2f} s{ratios:>14}", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--against", type=Path)
    options = parser.parse_args()
    here = Path(__file__).parents[1]
    trees = [here] if options.against is None else [options.against.resolve(), here]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_seeds(folder, options.events)
        texts(Path(filled(here, folder)), options.runs)
        verbs(trees, folder, options.runs)


if __name__ == "__main__":
    main()
