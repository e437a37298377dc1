"""`cassette`: check recordings on disk."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from pathlib import Path

import click
from msgspec import structs

from ..cassettes.checks import Finding, find_old_entries, find_secrets, find_unused_cassettes
from ..cassettes.files import is_cassette
from ..redaction.redactor import Redaction
from ..text import number_of


@click.group("cassette")
def cassette_command() -> None:
    """Check recordings."""


@cassette_command.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True))
@click.option(
    "--used-by",
    "folders",
    multiple=True,
    metavar="DIR",
    type=click.Path(exists=True, path_type=Path),
    help="Find cassettes that no file in this folder names. May be repeated.",
)
@click.option(
    "--older-than",
    "days",
    type=click.FloatRange(0, 36_500),
    metavar="DAYS",
    help="Find entries that are older.",
)
@click.option("--redact", "names", multiple=True, metavar="NAME", help="Another secret header or field.")
@click.option("--redact-path", "paths", multiple=True, metavar="PATH", help="Another secret JSON path.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check_command(
    files: tuple[str, ...],
    folders: tuple[Path, ...],
    days: float | None,
    names: tuple[str, ...],
    paths: tuple[str, ...],
    as_json: bool,
) -> None:
    """Find secrets, cassettes that no test uses, and old entries; exit code 1 if there are any.

    A FILE may be a folder: then all .har files in it are checked, and all .yaml and .yml files that are
    cassettes.
    """
    if days is not None and math.isnan(days):
        raise click.BadParameter("'nan' is not a number of days", param_hint="--older-than")
    paths_to_check = [path for file in files for path in _cassette_paths(Path(file))]
    redaction, now = Redaction(names, paths), datetime.now(timezone.utc)
    findings = [finding for path in paths_to_check for finding in find_secrets(path, redaction)]
    if folders:
        findings += find_unused_cassettes(paths_to_check, folders)
    if days is not None:
        findings += [finding for path in paths_to_check for finding in find_old_entries(path, days, now)]
    _print(findings, len(paths_to_check), as_json=as_json)
    if findings:
        raise SystemExit(1)


def _cassette_paths(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.suffix in (".har", ".yaml", ".yml"))
    return [file for file in files if file.suffix == ".har" or is_cassette(file)]


def _print(findings: list[Finding], count: int, *, as_json: bool) -> None:
    if as_json:
        click.echo(
            json.dumps([structs.asdict(finding) for finding in findings], ensure_ascii=False, indent=1)
        )
        return
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{number_of(len(findings), 'finding')} in {number_of(count, 'cassette')}")
