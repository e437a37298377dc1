#!/bin/sh
# Guess: click's `open_file(..., atomic=True)` leaves the old file as it is if the block raises an error: its context
#   manager calls `close(delete=True)` then.
# What happens: click 8.5.1 renames the temporary file over the old one all the same, so that half a document
#   replaces a whole one. `click.File("w", atomic=True)` does the same when the command fails.
# Why it matters: a command that writes an export this way loses the last good export when the disk is full, which
#   is what the option seems to be for.
# Source: run here; the parameter `delete` of `_AtomicFile.close` is not used, see pallets/click pull request 3221.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet click==8.5.1
cat > write.py <<'P'
from pathlib import Path

import click

Path("export.json").write_text('{"kept": true}')
try:
    with click.open_file("export.json", "w", atomic=True) as file:
        file.write('{"half')
        raise OSError("no space left")
except OSError as error:
    print("error:", error)
print("export.json:", Path("export.json").read_text())
P
venv/bin/python write.py | tee seen
# Seen: error: no space left
#       export.json: {"half
grep -qx 'export.json: {"half' seen
