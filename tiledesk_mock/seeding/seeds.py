"""Seeds: files and documents as datasets, and datasets as seeds."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from ..errors import SeedError
from ..node.convert import ConversionError, convert
from ..node.json import Json, exact_json
from ..settings import InlineSeed
from ..tiledesk.auth import role_hint
from ..tiledesk.clock import Clock
from ..tiledesk.conversations import Department
from ..tiledesk.ids import Ids
from ..tiledesk.model import Dataset, Event
from ..tiledesk.wire import (
    SUBSCRIPTION_FIELDS,
    VERSION_KEY,
    Document,
    record_document,
    record_from_document,
    seed_event,
)
from .errors import SeedEntry, SeedErrors
from .files import read_document
from .filler import NULL_IF_ABSENT
from .records import KINDS, SeedRecords

SeedDocument = tuple[str, Json]
"""The name of a seed in errors, and its content."""

_log: Final = logging.getLogger("tiledesk_mock")

_BUILTIN: Final = ("default", "busy", "empty")

_ADVICE: Final = {
    ("users", "role"): "; roles are those of project_users",
    ("project_users", "groups"): "; groups have members",
}
"""What to write in place of a field that is ignored."""


def load_documents(documents: Sequence[SeedDocument], records: SeedRecords) -> Dataset:
    """Return the records of parsed seeds, which are read as one seed: they may refer to each other.

    Raises SeedError with everything that is wrong.
    """
    # Imported here because start-up with the default seed, which is not checked, shall not wait for it.
    from .schema import SEED

    errors = SeedErrors()
    for file, document in documents:
        try:
            convert(document, SEED)
        except ConversionError as error:  # noqa: PERF203  (a seed has few files)
            for one in (error, *error.others):
                errors.add(file, one.path, one.problem)
    errors.raise_any()
    for line in _warnings(documents):
        _log.warning(line)
    return records.dataset(_entries(documents))


def _warnings(documents: Sequence[SeedDocument]) -> Iterator[str]:
    """Yield what is doubtful in entries that were written by hand. Documents of Tiledesk have an `_id`."""
    from .schema import NOT_KEPT  # here, as in `load_documents`

    for file, document in documents:
        for index, member in enumerate(document.get("project_users", ())):
            hint = None if "_id" in member else role_hint(member["role"])
            if hint is not None:
                yield f"{file}: project_users[{index}].role: {hint}"
        for kind, names in NOT_KEPT.items():
            written = (one.keys() & names for one in document.get(kind, ()) if "_id" not in one)
            for name in sorted(set().union(*written)):
                advice = _ADVICE.get((kind, name), "")
                yield f"{file}: {kind} have no {name} in the emulator: it is ignored{advice}"


def seed_documents(files: Sequence[Path | str]) -> list[SeedDocument]:
    """Return the content of seeds: JSON or YAML files, names of seeds that ship, or an InlineSeed.

    Raises SeedError if one cannot be read.
    """
    return [_document(file) for file in files]


def seed_digest(documents: Iterable[SeedDocument]) -> str:
    """Return a text that is equal for equal seeds, whatever their files are called and in any order."""
    contents = sorted(json.dumps(document, sort_keys=True) for _, document in documents)
    return sha256("\n".join(contents).encode()).hexdigest()


def before_departments(documents: Iterable[SeedDocument]) -> list[SeedDocument]:
    """Return seeds as they were when those that ship had no departments: files have their digest then."""
    return [
        (name, {kind: entries for kind, entries in document.items() if kind != "departments"})
        if name in _BUILTIN
        else (name, document)
        for name, document in documents
    ]


def read_seed(document: Json, source: str, records: SeedRecords) -> Dataset:
    """Return the records of a parsed seed. `source` is its name in errors.

    Raises SeedError with everything that is wrong.
    """
    return load_documents([(source, document)], records)


def default_seed() -> Dataset:
    """Return one project with a person of every role and a bot, without events and subscriptions.

    It contains all of its ids, times and secrets. Its types are not checked (a test does that), because
    start-up takes milliseconds.
    """
    file, clock = builtin_seed("default"), Clock()
    records = SeedRecords(clock=clock, ids=Ids(clock), secret=str)
    document = json.loads(file.read_bytes())
    # Read here because start-up shall not wait for the module that fills in what departments leave out.
    departments = tuple(record_from_document(Department, one) for one in document.pop("departments"))
    return replace(records.dataset(_entries([(str(file), document)])), departments=departments)


def builtin_seed(name: str) -> Path:
    """Return the file of a seed that ships: `default`, `busy` or `empty`.

    Raises SeedError for any other name.
    """
    if name not in _BUILTIN:
        problem = f"neither a file nor a seed that ships: expected one of {', '.join(_BUILTIN)}"
        raise SeedError(name, "", problem)
    return fixtures_folder() / f"{name}.json"


def fixtures_folder() -> Path:
    """Return the folder of the files that ship: seeds, scenarios, recordings, documents of the API."""
    try:
        return Path(str(resources.files("tiledesk_mock.fixtures")))
    except ModuleNotFoundError:
        # In a checkout that is not installed, the folder is beside the package.
        return Path(__file__).parents[2] / "fixtures"


def seed_file(name: Path | str) -> Path:
    """Return the file of that name, or of the seed that ships under it.

    Raises SeedError if a single word is neither.
    """
    path = Path(name)
    is_word = not path.suffix and len(path.parts) == 1
    return builtin_seed(path.name) if is_word and not path.is_file() else path


def seed_document(dataset: Dataset) -> Document:
    """Return a dataset as a seed. Reading that returns an equal dataset."""
    seed: Document = {kind: [_document_of(record) for record in getattr(dataset, kind)] for kind in KINDS}
    # A missing field would be filled in when the seed is read; null prevents that.
    for bot in seed["bots"]:
        bot.setdefault("secret", None)
    for request in seed["requests"]:
        request |= {name: None for name in NULL_IF_ABSENT if name not in request}
    projects = {project.id for project in dataset.projects}
    for document, subscription in zip(seed["subscriptions"], dataset.subscriptions, strict=True):
        is_as_posted = None not in document.values() and subscription.secret and not subscription.version
        if subscription.order or not is_as_posted or subscription.id_project not in projects:
            document["order"] = list(subscription.order or SUBSCRIPTION_FIELDS)
    ordered = {request.id for request in dataset.requests if request.order}  # `__v` shows that it counts
    for document in chain(*(seed[kind] for kind in KINDS if kind != "events")):
        if "order" not in document and not document[VERSION_KEY] and document["_id"] not in ordered:
            del document[VERSION_KEY]
    return seed


def seed_json(dataset: Dataset, events: bytes) -> bytes:
    """Return a dataset and a list of `events` in JSON as a seed in JSON, as `exact_json` writes it."""
    seed = seed_document(dataset)
    lists = ((kind, events if kind == "events" else exact_json(entries)) for kind, entries in seed.items())
    return b"{%b}" % b",".join(b'"%b":%b' % (kind.encode(), entries) for kind, entries in lists)


def _document_of(record: Any) -> Document:
    """Return a record as a seed has it."""
    return seed_event(record) if isinstance(record, Event) else record_document(record, secrets=True)


def _entries(documents: Sequence[SeedDocument]) -> Iterator[SeedEntry]:
    order = 0
    for file, document in documents:
        for kind in KINDS:
            for index, entry in enumerate(document.get(kind, ())):
                yield SeedEntry(entry, file, kind, index, order)
                order += 1


def _document(seed: Path | str) -> SeedDocument:
    """Return the name of a seed in errors, and the seed."""
    if isinstance(seed, InlineSeed):
        return "the inline seed", json.loads(seed)
    return str(seed), read_document(seed_file(seed))
