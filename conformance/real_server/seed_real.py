"""Writes a seed into the database of the real server, after removing what is there.

`python -m conformance.real_server.seed_real [FILE]`; the database is that of the environment variable
MONGO_URI.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import bcrypt
from bson import ObjectId
from pymongo import MongoClient
from pymongo.database import Database

from ..servers import WORLD, Seed

DEFAULT_URI: Final = "mongodb://127.0.0.1:27017/?directConnection=true"

_SEEDED: Final = datetime.datetime(2026, 1, 1)
_STAMPS: Final = {"createdAt": _SEEDED, "updatedAt": _SEEDED, "__v": 0}
_VISITORS: Final = ("guest", "user")


def write_seed(seed: Seed | None = None, uri: str | None = None) -> None:
    """Replace what is in the database at `uri`, by default that of MONGO_URI, by the records of a seed.

    By default it is the seed of the recorded world.
    """
    world = seed or json.loads(WORLD.read_bytes())
    database = _database(uri or os.environ.get("MONGO_URI", DEFAULT_URI))
    for name in database.list_collection_names():
        database[name].delete_many({})
    for kind, (collection, completed) in _KINDS.items():
        if records := world.get(kind, []):
            database[collection].insert_many([_document(record, completed) for record in records])


@cache
def _database(uri: str) -> Database[dict[str, Any]]:
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=5000)
    return client["tiledesk"]


@cache
def _hashed(password: str) -> str:
    """Return the hash of a password, with the least cost: it is compared on every request."""
    hashed: bytes = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4, prefix=b"2a"))
    return hashed.decode()


def _document(
    record: dict[str, Any], completed: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """Return the document of a record of the seed."""
    document = completed({**record, "_id": ObjectId(record["_id"]), **_STAMPS})
    return document | ({"last_login_at": _SEEDED} if "last_login_at" in record else {})


def _missing(record: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """Return the defaults of those fields that a record does not have."""
    return {name: value for name, value in defaults.items() if name not in record}


def _user(user: dict[str, Any]) -> dict[str, Any]:
    return {**user, "password": _hashed(user["password"])} | _missing(user, status=100, emailverified=True)


def _project(project: dict[str, Any]) -> dict[str, Any]:
    # The channels of the recorded projects were added to documents that existed: they are at the end.
    channels = {name: project[name] for name in ("channels",) if name in project}
    others = {name: value for name, value in project.items() if name not in channels}
    return {**others, **_missing(project, status=100), **channels}


def _member(member: dict[str, Any]) -> dict[str, Any]:
    references = {
        name: ObjectId(member[name]) for name in ("id_project", "id_user") if member.get(name) is not None
    }
    return {
        **member,
        **references,
        **_missing(member, status="active", user_available=True, number_assigned_requests=0),
        "roleType": 2 if member["role"] in _VISITORS else 1,
        "tags": [],
        "permissions": [],
        "trashed": False,
        "createdBy": str(member.get("id_user") or member["uuid_user"]),
        "last_login_at": _SEEDED,
    }


def _as_it_is(record: dict[str, Any]) -> dict[str, Any]:
    return record


def _subscription(subscription: dict[str, Any]) -> dict[str, Any]:
    return {**subscription, **_missing(subscription, **{"global": False})}


_KINDS: Final[dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]]] = {
    "users": ("users", _user),
    "projects": ("projects", _project),
    "project_users": ("project_users", _member),
    "bots": ("faq_kbs", _as_it_is),
    "departments": ("departments", _as_it_is),
    "groups": ("groups", _as_it_is),
    "subscriptions": ("subscriptions", _subscription),
}
"""The collection of each kind of record, and what completes one."""

if __name__ == "__main__":
    write_seed(json.loads(Path(sys.argv[1]).read_bytes()) if sys.argv[1:] else None)
