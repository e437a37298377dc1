"""Damage the files of a store at random, and repair them: `python benchmarks/damages.py [times] [seed]`.

Each time bytes of the events' file or of the people's are removed, overwritten or cut off. The start opens
what is still a valid file, or refuses it in one line. After the repair of a refused one, every record in an
undamaged line has to be there.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tiledesk_mock.emulator import Emulator
from tiledesk_mock.errors import StoreError
from tiledesk_mock.settings import Durability, Settings
from tiledesk_mock.store.database import Database
from tiledesk_mock.store.repair import repair

_ID = re.compile(rb'"_id":"([^"]*)"')


def damaged(data: bytes, rng: random.Random) -> tuple[bytes, int, int]:
    """Return a file with a damage, and where it begins and ends in the whole file."""
    start = rng.randrange(len(data))
    end = min(start + rng.choice([1, 5, 50, 500, 5000]), len(data))
    kind = rng.randrange(4)
    if kind == 0:
        return data[:start], start, len(data)
    filling = [b"", bytes(end - start), rng.randbytes(end - start)][kind - 1]
    return data[:start] + filling + data[end:], start, end


def ids(data: bytes, start: int, end: int) -> set[bytes]:
    """Return the ids of the records in lines that the damage does not touch."""
    found, offset = set(), 0
    for line in data.split(b"\n"):
        after = offset + len(line) + 1
        if (after <= start or offset > end) and offset:
            found |= {match[1] for match in _ID.finditer(line)}
        offset = after
    return found


def main(times: int, seed: int) -> None:
    """Damage and repair, and print how the starts ended."""
    rng, outcomes = random.Random(seed), Counter[str]()
    folder = Path(tempfile.mkdtemp())
    path, people = folder / "x.json", folder / "x.people.json"
    with Emulator(Settings(db=path, seed=("busy",), durability=Durability.NONE)):
        pass
    whole = {file: file.read_bytes() for file in (path, people)}
    began = time.perf_counter()
    for number in range(times):
        for file in folder.iterdir():
            file.unlink()
        for file, data in whole.items():
            file.write_bytes(data)
        file = rng.choice([path, people])
        broken, start, end = damaged(whole[file], rng)
        file.write_bytes(broken)
        try:
            Database(path, durability=Durability.NONE).close()
            outcomes["opened"] += 1  # as when one letter of a text was changed
            continue
        except StoreError as error:
            if "\n" in str(error):
                sys.exit(f"{number}: several lines: {error}")
            outcomes[type(error).__name__] += 1
        try:
            repair(path, lambda _line: None)
        except StoreError as error:
            outcomes[f"not repaired: {str(error).removeprefix(str(file))[:60]}"] += 1
            continue
        with Database(path, durability=Durability.NONE):
            pass
        missing = ids(whole[file], start, end) - set(_ID.findall(file.read_bytes()))
        if missing:
            sys.exit(f"{number}: {file.name} damaged from {start} to {end} has lost {missing}")
    print(f"{times} damages in {time.perf_counter() - began:.0f} s, no whole record lost: {dict(outcomes)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
