"""Where an emulator begins and goes back to: its seed, and what seeds do to what is stored."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any, Final

from ..errors import StoreError
from ..node.json import Json
from ..seeding.seeds import default_seed, load_seed, read_seed, seed_document
from ..settings import InlineSeed, Settings
from ..store.database import Database, Savepoint
from ..store.records import EncodedDataset, encode_dataset
from ..tiledesk.clock import Clock
from ..tiledesk.ids import Ids
from ..tiledesk.model import Dataset
from ..tiledesk.wire import Document

_KEPT_WHOLE: Final = 1000
"""Events of a seed that a file keeps a second time, to go back to."""


class Origin:
    """Fills a database from the seed, and brings it back there.

    Args:
        settings: which seed, and whether it may take the place of other data.
        database: what is filled.
        clock: the start, to which a seed's times may be relative.
        ids: makes what a seed leaves out.
        new_secret: makes the secret of a bot or a subscription.

    `is_older` tells, once it is filled, that the data were there before.
    """

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, ids: Ids, new_secret: Callable[[], str]
    ) -> None:
        self._settings: Final = settings
        self._database: Final = database
        self._making: Final[dict[str, Any]] = {"clock": clock, "ids": ids, "secret": new_secret}
        self._adding: Final = threading.RLock()  # of the re-entrant kind, for signal handlers
        self._mark: Savepoint | None = None
        self.is_older = False

    def fill(self) -> None:
        """Fill an empty database; leave another as it is, unless it is to be filled anew.

        Raises SeedError, or StoreError for a seed on other data.
        """
        self.is_older = not self._database.is_empty and not self._settings.reseed
        if not self.is_older:
            self._begin(self._settings.seed)
        elif self._settings.seed and not self._holds(self._read(self._settings.seed)):
            raise StoreError(
                f"{self._settings.db} holds other data than the seed: start without --seed to go on with it, "
                "or with --reseed to start anew"
            )

    def check(self) -> None:
        """Raise what would keep `return_to` from it: SeedError for a seed that cannot be read any more.

        StoreError, if nobody knows which it was. Nothing has changed then.
        """
        if self._mark is None:
            clock = Clock()
            load_seed(self._earlier(), clock=clock, ids=Ids(clock), secret=str)

    def return_to(self) -> None:
        """Hold what the seed describes, and nothing else."""
        if self._mark is None:
            self._begin(self._earlier())
        else:
            self._database.rollback(self._mark)

    def export(self) -> Document:
        """Return everything that is stored, as a seed."""
        return seed_document(self._database.dataset())

    def add(self, document: Json, source: str, alone: Callable[[], AbstractContextManager[None]]) -> Dataset:
        """Add what a seed describes; return that.

        Raises SeedError, and then nothing was added; `source` is what the error calls the seed. Nobody waits
        while it is read; `alone` keeps others away while it is added.
        """
        with self._adding:  # what another seed adds meanwhile would not be known
            world = read_seed(document, source, **self._making, existing=self._database.dataset())
            with alone():
                self._database.add(world)
        return world

    def replace(self, document: Json, source: str, alone: Callable[[], AbstractContextManager[None]]) -> None:
        """Put what a seed describes in place of everything; raise SeedError, and then nothing changes."""
        world = read_seed(document, source, **self._making)
        with alone():
            self._database.replace(world)

    def _begin(self, seed: tuple[str | Path, ...]) -> None:
        world = self._read(seed) if seed else None
        if world is None:
            self._database.replace(_default_image())
        else:
            self._database.replace(world)
        if self._database.is_persistent:
            self._database.save_seed(_lasting(seed, world))
        self._mark = self._database.savepoint()

    def _read(self, seed: tuple[str | Path, ...]) -> Dataset:
        return load_seed(seed, **self._making)

    def _earlier(self) -> tuple[str | Path, ...]:
        """Return the seed that the file was filled from, in whatever run that was; else the one given now."""
        seed: tuple[str | Path, ...] | None = self._database.seed
        if seed is None:
            seed = self._settings.seed or None
        if seed is None:
            raise StoreError(
                f"{self._settings.db} does not say what seed it began with: name it, as in --seed default"
            )
        return seed

    def _holds(self, seed: Dataset) -> bool:
        """Tell whether everybody in the seed is there: then the database was filled from it before."""
        people = self._database.people
        projects = {project.name for project in people.projects()}
        return all(people.user_by_email(user.email) for user in seed.users) and all(
            project.name in projects for project in seed.projects
        )


def _lasting(seed: tuple[str | Path, ...], world: Dataset | None) -> tuple[str, ...]:
    """Return what brings a seed back in a later run: the world that was made of it, with its ids.

    Of a large one, what names it: then whatever it does not say is made anew.
    """
    if world is not None and len(world.events) <= _KEPT_WHOLE:
        return (InlineSeed(json.dumps(seed_document(world))),)
    return tuple(_lasting_name(one) for one in seed)


def _lasting_name(seed: str | Path) -> str:
    """Return what names a seed from any folder."""
    if isinstance(seed, InlineSeed) or not Path(seed).is_file():
        return seed if isinstance(seed, str) else str(seed)
    return str(Path(seed).resolve())


@cache
def _default_image() -> EncodedDataset:
    """Return the default seed as it is stored. It is made once, since most emulators start from it."""
    return encode_dataset(default_seed())
