"""Worlds in the form in which a database takes them in at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final

from msgspec import Struct

from ..tiledesk.model import Bot, Dataset, Project, ProjectUser, Subscription, User
from ..tiledesk.wire import record_document
from .layout import Document, encoded

KIND: Final = "kind"
"""The field of a stored document that tells what kind of record it is."""

KINDS: Final[Mapping[type, str]] = {
    User: "user",
    Project: "project",
    ProjectUser: "project_user",
    Bot: "bot",
    Subscription: "subscription",
}


class EncodedWorld(Struct, frozen=True):
    """A world, and by their numbers its records that are no events: each as a document, and that as JSON."""

    world: Dataset
    records: Mapping[int, Any]
    documents: Mapping[int, Document]
    bodies: Mapping[int, bytes]


def stored_document(record: Any) -> Document:
    """Return a record that is no event as it is stored: with its secrets and its kind."""
    return {KIND: KINDS[type(record)], **record_document(record, secrets=True)}


def records_of(world: Dataset) -> Iterable[Any]:
    """Return everything in a world that is no event."""
    return chain(world.users, world.projects, world.project_users, world.bots, world.subscriptions)


def encode_world(world: Dataset) -> EncodedWorld:
    """Return a world as it will be stored."""
    records = dict(enumerate(records_of(world), 1))
    documents = {number: stored_document(record) for number, record in records.items()}
    return EncodedWorld(
        world, records, documents, {number: encoded(one) for number, one in documents.items()}
    )
