"""`openapi`: the OpenAPI documents that ship."""

from __future__ import annotations

from typing import Final

import click

from ..control.openapi_controls import CONTROL_FILE, api_file
from ..control.openapi_files import OPENAPI_FILES
from ..settings import Dialect
from .command import WrongUse, write_output
from .options import examples

_DIALECTS: Final = [dialect.value for dialect in Dialect]
_FILE: Final = click.Path(dir_okay=False, allow_dash=True)


@click.command("openapi", epilog=examples("tiledesk-mock openapi --dialect server --output tiledesk.json"))
@click.option("--dialect", type=click.Choice(_DIALECTS), help="Of the API in this dialect. [documented]")
@click.option("--control", "is_control", is_flag=True, help="Of the control API, /__admin.")
@click.option(
    "-o", "--output", type=_FILE, metavar="FILE", default="-", help="Write to this file. [standard output]"
)
def openapi_command(dialect: str | None, is_control: bool, output: str) -> None:
    """Print the OpenAPI 3.1 document of the emulated API, or of the control API.

    No emulator needs to run. A running one sends it at /__admin/openapi.json, or openapi-control.json.
    Generate a client of a real Tiledesk from `--dialect server`.
    """
    if is_control and dialect is not None:
        raise WrongUse("--dialect is of the API: the control API is the same in both")
    name = CONTROL_FILE if is_control else api_file(Dialect(dialect or Dialect.DOCUMENTED))
    write_output(OPENAPI_FILES[name], output)
