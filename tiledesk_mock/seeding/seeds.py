"""Seeds: what an emulator holds when it starts, from files or documents, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from ..errors import SeedError
from ..node.convert import ConversionError, convert
from ..node.json import Json
from ..settings import InlineSeed
from ..tiledesk.clock import Clock
from ..tiledesk.ids import Ids
from ..tiledesk.model import Dataset
from ..tiledesk.wire import VERSION_KEY, Document, event_document, record_document
from .errors import SeedEntry, SeedErrors
from .files import read_document
from .records import KINDS, Records

_BUILTIN: Final = ("default", "busy", "empty")
_NOTHING: Final = Dataset()


def load_seed(
    files: Sequence[Path | str],
    *,
    clock: Clock,
    ids: Ids,
    secret: Callable[[], str],
    existing: Dataset = _NOTHING,
) -> Dataset:
    """Read seed files as one seed, whose parts may refer to each other and to what is `known`.

    Files are JSON or YAML, or the names of seeds that ship; an InlineSeed is its own text.
    `secret` makes what a bot or a subscription without a secret signs with. Returns the new records alone.
    Raises SeedError, and then nothing of the seed counts.
    """
    documents = [_document(file) for file in files]
    return _checked(documents, clock=clock, ids=ids, secret=secret, known=existing)


def read_seed(
    document: Json,
    source: str,
    *,
    clock: Clock,
    ids: Ids,
    secret: Callable[[], str],
    existing: Dataset = _NOTHING,
) -> Dataset:
    """Read a seed that is parsed already; `source` is what errors call it. Otherwise as `load_seed`."""
    return _checked([(source, document)], clock=clock, ids=ids, secret=secret, known=existing)


def default_seed() -> Dataset:
    """Return one project with a person of every role and a bot, without events and subscriptions.

    It says all of its ids, times and secrets itself. It is not checked against the schema, a test does that:
    start-up is a matter of milliseconds.
    """
    file, clock = builtin_seed("default"), Clock()
    documents = [(str(file), json.loads(file.read_bytes()))]
    return _world(documents, SeedErrors(), clock=clock, ids=Ids(clock), secret=str, known=_NOTHING)


def builtin_seed(name: str) -> Path:
    """Return the file of a seed that ships: `default`, `busy` or `empty`.

    Raises SeedError for any other name.
    """
    if name not in _BUILTIN:
        raise SeedError(name, "", f"no file, and no seed that ships: expected one of {', '.join(_BUILTIN)}")
    return _fixtures() / f"{name}.json"


def seed_file(name: Path | str) -> Path:
    """Return the file that is meant: one of that name, or the seed that ships under it.

    Raises SeedError for a single word that is neither.
    """
    path = Path(name)
    is_word = not path.suffix and len(path.parts) == 1
    return builtin_seed(path.name) if is_word and not path.is_file() else path


def seed_document(world: Dataset) -> Document:
    """Write a world as a seed: read again, it is the same world to the last field."""
    seed: Document = {
        kind: [_without_version(record_document(record, secrets=True)) for record in getattr(world, kind)]
        for kind in KINDS[:-1]
    }
    for bot in seed["bots"]:
        bot.setdefault("secret", None)
    events = (_without_version(event_document(event)) for event in world.events)
    # What is left out would be made or found, and nothing is to be: null says so.
    return {**seed, "events": [{"project_user": None, **event} for event in events]}


def _checked(
    documents: list[tuple[str, Json]], *, clock: Clock, ids: Ids, secret: Callable[[], str], known: Dataset
) -> Dataset:
    # Imported here because start-up with the default seed, which is not checked, shall not wait for the types.
    from .schema import SEED

    problems = SeedErrors()
    for file, document in documents:
        try:
            convert(document, SEED)
        except ConversionError as error:
            for one in (error, *error.others):
                problems.add(file, one.path, one.problem)
    problems.raise_any()
    return _world(documents, problems, clock=clock, ids=ids, secret=secret, known=known)


def _world(
    documents: list[tuple[str, Json]],
    problems: SeedErrors,
    *,
    clock: Clock,
    ids: Ids,
    secret: Callable[[], str],
    known: Dataset,
) -> Dataset:
    records = Records(clock=clock, ids=ids, secret=secret, known=known, problems=problems)
    world = records.world(_rows(documents))
    problems.raise_any()
    return world


def _rows(documents: list[tuple[str, Json]]) -> Iterator[SeedEntry]:
    order = 0
    for file, document in documents:
        for kind in KINDS:
            for index, entry in enumerate(document.get(kind, ())):
                yield SeedEntry(entry, file, kind, index, order)
                order += 1


def _document(seed: Path | str) -> tuple[str, Json]:
    """Return what errors call a seed, and the seed itself."""
    if isinstance(seed, InlineSeed):
        return "the seed given", json.loads(seed)
    return str(seed), read_document(seed_file(seed))


def _without_version(document: Document) -> Document:
    del document[VERSION_KEY]
    return document


def _fixtures() -> Path:
    try:
        return Path(str(resources.files("tiledesk_mock.fixtures")))
    except ModuleNotFoundError:
        # A checkout that is not installed has the folder beside the package.
        return Path(__file__).parents[2] / "fixtures"
