"""`seed`, `import`, `reset`, `repair`: the data of a running emulator, or of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import click

from ..cassettes.files import read_cassettes
from ..cassettes.seed import cassette_seed
from ..errors import ControlError, SeedError
from ..node.json import Json, exact_json
from ..seeding.files import parse_json, read_document
from ..seeding.seeds import seed_file
from ..store.repair import FileReport, repair
from ..text import number_of
from .command import WrongUse
from .connection import db_option, open_controls, url_option
from .export import SEED_OUTPUT, counts_text, write_seed
from .progress import progress

_MOST_LOSSES: Final = 20
"""How many losses of a file `repair` prints."""


@click.command("seed")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--from-cassette",
    "cassettes",
    multiple=True,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Add the data as it was before a recording (HAR, or VCR.py's). May be repeated.",
)
@click.option("-o", "--output", type=SEED_OUTPUT, metavar="FILE", help="Only write the seed to a file.")
@url_option
@db_option
def seed_command(
    files: tuple[str, ...], cassettes: tuple[str, ...], output: str | None, url: str, db: str | None
) -> None:
    """Add the data of seeds: files, or default, busy, empty."""
    if not files and not cassettes:
        raise click.UsageError("name a seed, or a recording with --from-cassette")
    with progress(f"reading {', '.join((*files, *cassettes))}"):
        documents = [read_document(seed_file(file)) for file in files]
        if cassettes:
            documents.append(cassette_seed(read_cassettes(cassettes)))
        document = _merged(documents)
    if output is not None:
        with progress(f"writing {output}") as work:
            write_seed(exact_json(document), output)
            work.done = None if output == "-" else f"the seed is written to {output}"
        return
    with (
        progress("adding the data") as work,
        open_controls(url, db) as controls,
        _errors_name_files(*files, *cassettes),
    ):
        added = controls.add_seed(document)
        counts = [number_of(count, name.removesuffix("s")) for name, count in added.items() if count]
        work.done = f"added {', '.join(counts) or 'nothing'}"


@click.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@url_option
@db_option
def import_command(file: TextIO, url: str, db: str | None) -> None:
    """Replace all data with that of an exported file."""
    with progress(f"reading {file.name}"):
        try:
            text = file.read()
        except UnicodeDecodeError as error:
            raise click.BadParameter(f"{file.name} is not UTF-8 text: {error}", param_hint="FILE") from error
        document = _parse_exported(text, file.name)
    del text  # which may be as large as the document
    with (
        progress("replacing all data") as work,
        open_controls(url, db) as controls,
        _errors_name_files(file.name),
    ):
        controls.replace_state(document)
        work.done = f"all data replaced by {_counts(document)} of {file.name}"


def _counts(seed: dict[str, Json]) -> str:
    """Return how many records a valid seed has."""
    events = len(seed.get("events", ()))
    return counts_text(events, sum(map(len, seed.values())) - events)


def _parse_exported(text: str, name: str) -> Json:
    """Return the JSON that `export` wrote; the error of a seed in YAML names the verb that reads it."""
    try:
        return parse_json(text, name)
    except SeedError as error:
        if text.lstrip().startswith(("{", "[")):
            raise
        raise WrongUse(
            f"{error}; this is no file of `export`: `tiledesk-mock seed {name}` adds a seed"
        ) from error


@click.command("reset")
@url_option
@db_option
def reset_command(url: str, db: str | None) -> None:
    """Replace all data with that of the seed."""
    with (
        progress("replacing all data with that of the seed") as work,
        open_controls(url, db) as controls,
    ):
        controls.reset()
        work.done = "all data replaced by that of the seed"


@click.command("repair")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def repair_command(file: Path) -> None:
    """Save what can be read of a damaged FILE, and of the people beside it.

    FILE is what --db names; no process may have it open. A damaged file is written anew with the records that
    are whole; FILE.damaged is a copy of it as it was. What is lost is printed.
    """
    for report in repair(file, click.echo):
        click.echo("\n".join(_report_lines(report)))


def _report_lines(report: FileReport) -> list[str]:
    kept = number_of(report.kept, "record")
    if not report.was_repaired:
        return [f"{report.path} needs no repair: {kept}"]
    where = f"; {report.damaged} is a copy of it as it was" if report.damaged else ""
    lost = [f"  lost: {loss}" for loss in report.losses[:_MOST_LOSSES] or ("nothing",)]
    rest = len(report.losses) - _MOST_LOSSES
    more = [f"  and {rest} more losses"] if rest > 0 else []
    return [f"{report.path} is repaired: {kept} kept{where}", *lost, *more]


@contextmanager
def _errors_name_files(*names: str) -> Iterator[None]:
    """Prepend the names of the files to errors about a seed."""
    try:
        yield
    except (ControlError, SeedError) as error:
        message = f"{', '.join(names)}: {str(error).removeprefix('seed: ')}"
        is_about_seed = isinstance(error, SeedError) or str(error).startswith("seed: ")
        raise WrongUse(message) if is_about_seed else ControlError(message) from error


def _merged(documents: list[Json]) -> Json:
    """Return several seeds as one. An invalid one is returned as it is: reading it raises the error."""
    invalid = [document for document in documents if not isinstance(document, dict)]
    if invalid:
        return invalid[0]
    merged: dict[str, Json] = {}
    for document in documents:
        for kind, entries in document.items():
            before = merged.get(kind, [])
            are_lists = isinstance(before, list) and isinstance(entries, list)
            merged[kind] = before + entries if are_lists else entries
    return merged
