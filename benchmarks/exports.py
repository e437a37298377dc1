"""Import the exports of many random datasets, and print what was refused or came back changed.

The datasets are those of `tests/control/test_exports.py`, in any number and with any seed. From the root of
the repository:

    PYTHONPATH=. python benchmarks/exports.py --datasets 2000 --seed 7
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.control.datasets import CALLS, Call, difference


def run(datasets: int, number: int) -> int:
    """Try so many datasets; print the shortest of each difference, and return how many differ."""
    found: Counter[str] = Counter()
    shortest: dict[str, list[Call]] = {}
    start, tried = time.perf_counter(), 0

    @seed(number)
    @settings(
        deadline=None,
        max_examples=datasets,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(CALLS, min_size=3, max_size=20), st.sampled_from(["server", "documented"]))
    def one(calls: list[Call], dialect: str) -> None:
        nonlocal tried
        tried += 1
        if problem := difference(calls, dialect):
            found[problem[:120]] += 1
            shortest[problem[:120]] = min(shortest.get(problem[:120], calls), calls, key=len)

    one()
    for problem, count in found.most_common():
        print(f"{count} of: {problem}\n  {shortest[problem]}")
    print(f"{tried} datasets in {time.perf_counter() - start:.0f} s, {found.total()} differ")
    return found.total()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--datasets", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    sys.exit(bool(run(arguments.datasets, arguments.seed)))
