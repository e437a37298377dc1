"""`seed`, `export`, `import`, `reset`: the data of a running emulator, or of a file that nobody has open."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

import click

from ..cassettes.files import read_cassettes
from ..cassettes.seed import cassette_seed
from ..errors import ControlError, SeedError
from ..node.json import Json
from ..seeding.files import parse_json, read_document
from ..seeding.seeds import seed_file
from ..text import number_of
from .command import WrongUse
from .place import controls_at, db_option, url_option

_FILE: Final = click.Path(dir_okay=False, allow_dash=True)


@click.command("seed")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--from-cassette",
    "cassettes",
    multiple=True,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Take the world as it was before a recording: HAR, or VCR.py's. May be repeated.",
)
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Write the seed to a file only.")
@url_option
@db_option
def seed_command(
    files: tuple[str, ...], cassettes: tuple[str, ...], output: str | None, url: str, db: str | None
) -> None:
    """Add what seeds describe: files, or default, busy, empty."""
    if not files and not cassettes:
        raise click.UsageError("name a seed, or a recording with --from-cassette")
    document = _merged([*(read_document(seed_file(file)) for file in files), *_before(cassettes)])
    if output is not None:
        _write(document, output)
        return
    with controls_at(url, db) as controls, _told_of(*files, *cassettes):
        added = controls.add_seed(document)
    told = [number_of(count, name.removesuffix("s")) for name, count in added.items() if count]
    click.echo(f"added {', '.join(told) or 'nothing'}")


@contextmanager
def _told_of(*names: str) -> Iterator[None]:
    """Let an error about a seed begin with the names of its files."""
    try:
        yield
    except (ControlError, SeedError) as error:
        told = f"{', '.join(names)}: {str(error).removeprefix('seed: ')}"
        is_seeds = isinstance(error, SeedError) or str(error).startswith("seed: ")
        raise WrongUse(told) if is_seeds else ControlError(told) from error


def _before(cassettes: tuple[str, ...]) -> list[Json]:
    """Return the seed of the world before recordings that follow each other."""
    return [cassette_seed(read_cassettes(cassettes))] if cassettes else []


@click.command("export")
@click.option("-o", "--output", type=_FILE, metavar="FILE", default="-", help="To a file. [standard output]")
@url_option
@db_option
def export_command(output: str, url: str, db: str | None) -> None:
    """Print everything as a seed, which `import` reads."""
    with controls_at(url, db) as controls:
        _write(controls.state(), output)


@click.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@url_option
@db_option
def import_command(file: TextIO, url: str, db: str | None) -> None:
    """Put what was exported in place of everything that is there."""
    document = _parsed(file)
    with controls_at(url, db) as controls, _told_of(file.name):
        controls.replace_state(document)


@click.command("reset")
@url_option
@db_option
def reset_command(url: str, db: str | None) -> None:
    """Go back to the seed."""
    with controls_at(url, db) as controls:
        controls.reset()


def _merged(documents: list[Json]) -> Json:
    """Return several seeds as one. One that is no seed stays as it is: whoever reads it says so."""
    strange = [document for document in documents if not isinstance(document, dict)]
    if strange:
        return strange[0]
    merged: dict[str, Json] = {}
    for document in documents:
        for kind, entries in document.items():
            before = merged.get(kind, [])
            are_lists = isinstance(before, list) and isinstance(entries, list)
            merged[kind] = before + entries if are_lists else entries
    return merged


def _write(document: Json, output: str) -> None:
    """Write a seed whole or not at all; to a device as it is, which no file shall take the place of."""
    is_file = output != "-" and (os.path.isfile(output) or not os.path.exists(output))
    errors = "backslashreplace"  # which is how JSON writes half of a surrogate pair
    try:
        with click.open_file(output, "w", "utf-8", errors, atomic=is_file) as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
            file.write("\n")
            file.flush()
    except OSError as error:
        if error.errno == errno.EPIPE:  # who reads has read enough, which click sees to
            raise
        raise click.ClickException(f"{output} is not written: {error.strerror}") from error


def _parsed(file: TextIO) -> Json:
    try:
        text = file.read()
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{file.name} is no UTF-8 text: {error}", param_hint="FILE") from error
    return parse_json(text, file.name)
