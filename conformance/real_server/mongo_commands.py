"""The commands of MongoDB that the real server sends, answered by mongomock.

Where mongomock and MongoDB differ, and the server's answers show it, MongoDB's documentation is followed:
the order of documents, what `skip`, `limit` and `sort` refuse, duplicate keys.
"""

from __future__ import annotations

import datetime
import itertools
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import bson
import mongomock
from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from .bson_order import Document, sort_documents

Command = dict[str, Any]

_OK: Final = {"ok": 1.0}
_DUPLICATE_KEY: Final = 11000
_BATCH: Final = 1000


class CommandError(Exception):
    """A command that MongoDB refuses, with its code, the code's name and a message."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(message)
        self.code: Final = code
        self.name: Final = name
        self.message: Final = message


class Commands:
    """Answers commands, one at a time, from databases in memory."""

    def __init__(self) -> None:
        self._client: Final[Any] = mongomock.MongoClient()
        self._lock: Final = threading.RLock()
        self._cursors: Final[dict[int, list[Document]]] = {}
        self._cursor_ids: Final = itertools.count(1000)
        self._by_name: Final[Mapping[str, Callable[[str, Command], Document]]] = {
            "aggregate": self._aggregate,
            "buildinfo": _build_info,
            "count": self._count,
            "create": self._create,
            "createindexes": self._create_indexes,
            "delete": self._delete,
            "distinct": self._distinct,
            "drop": self._drop,
            "dropdatabase": self._drop_database,
            "find": self._find,
            "findandmodify": self._find_and_modify,
            "getmore": self._get_more,
            "hello": _hello,
            "insert": self._insert,
            "ismaster": _hello,
            "listcollections": self._list_collections,
            "listdatabases": self._list_databases,
            "listindexes": self._list_indexes,
            "update": self._update,
            **dict.fromkeys(_ACKNOWLEDGED, _acknowledge),
        }

    def reply(self, database: str, command: Command) -> Document:
        """Return the reply to a command, also where it fails."""
        name = next(iter(command))
        answer = self._by_name.get(name.lower())
        if answer is None:
            return _failure(59, "CommandNotFound", f"no such command: '{name}'")
        with self._lock:
            try:
                return answer(database, command)
            except CommandError as error:
                return _failure(error.code, error.name, error.message)
            except DuplicateKeyError:
                return _failure(_DUPLICATE_KEY, "DuplicateKey", "E11000 duplicate key error")
            except Exception as error:  # noqa: BLE001  (whatever mongomock raises is a failed command)
                return _failure(1, "InternalError", f"{type(error).__name__}: {error}")

    def _collection(self, database: str, command: Command) -> Any:
        return self._client[database][next(iter(command.values()))]

    def _batch(self, database: str, name: str, documents: list[Document], size: int | None) -> Document:
        """Return the first documents, and keep the rest for `getMore`."""
        first, rest = documents[: size or _BATCH], documents[size or _BATCH :]
        cursor = next(self._cursor_ids) if rest else 0
        if rest:
            self._cursors[cursor] = rest
        return _cursor_reply("firstBatch", first, f"{database}.{name}", cursor)

    def _get_more(self, database: str, command: Command) -> Document:
        documents = self._cursors.pop(int(command["getMore"]), [])
        return _cursor_reply("nextBatch", documents, f"{database}.{command['collection']}")

    def _list_collections(self, database: str, command: Command) -> Document:
        wanted = (command.get("filter") or {}).get("name")
        names = self._client[database].list_collection_names()
        if isinstance(wanted, str):
            names = [name for name in names if name == wanted]
        documents = [
            {"name": name, "type": "collection", "options": {}, "info": {"readOnly": False}} for name in names
        ]
        return self._batch(database, "$cmd.listCollections", documents, None)

    def _list_databases(self, _database: str, _command: Command) -> Document:
        return {"databases": [{"name": name} for name in self._client.list_database_names()], **_OK}

    def _drop_database(self, database: str, _command: Command) -> Document:
        self._client.drop_database(database)
        return dict(_OK)

    def _create(self, database: str, command: Command) -> Document:
        if command["create"] not in self._client[database].list_collection_names():
            self._client[database].create_collection(command["create"])
        return dict(_OK)

    def _drop(self, database: str, command: Command) -> Document:
        self._client[database].drop_collection(command["drop"])
        return dict(_OK)

    def _create_indexes(self, database: str, command: Command) -> Document:
        """Make unique indexes only: nothing else about an index shows. mongomock lacks sparse ones."""
        collection = self._collection(database, command)
        for index in command["indexes"]:
            is_partial = index.get("sparse") or "partialFilterExpression" in index
            if index.get("unique") and not is_partial and list(index["key"]) != ["phone"]:
                collection.create_index(list(index["key"].items()), unique=True, name=index["name"])
        return {"createdCollectionAutomatically": False, "numIndexesBefore": 1, "numIndexesAfter": 1, **_OK}

    def _list_indexes(self, database: str, command: Command) -> Document:
        name = command["listIndexes"]
        index = {"v": 2, "key": {"_id": 1}, "name": "_id_", "ns": f"{database}.{name}"}
        return self._batch(database, name, [index], None)

    def _insert(self, database: str, command: Command) -> Document:
        collection, inserted = self._collection(database, command), 0
        errors: list[Document] = []
        message = f"E11000 duplicate key error collection: {database}.{command['insert']} index: dup"
        for index, document in enumerate(command["documents"]):
            if _inserted(collection, document):
                inserted += 1
                continue
            errors.append(_write_error(index, message) | {"keyPattern": {}, "keyValue": {}})
            if command.get("ordered", True):
                break
        return {"n": inserted, **_OK} | ({"writeErrors": errors} if errors else {})

    def _find(self, database: str, command: Command) -> Document:
        collection, wanted = self._collection(database, command), command.get("filter") or {}
        skip, limit, sort = _skip(command), _limit(command), _checked_sort(command)
        documents = sort_documents(list(collection.find(wanted)), sort)
        if projection := command.get("projection"):
            order = {document["_id"]: place for place, document in enumerate(documents)}
            documents = list(collection.find(wanted, projection))
            documents.sort(key=lambda document: order.get(document.get("_id"), 0))
        documents = documents[skip:]
        if limit:
            documents = documents[:limit]
        if command.get("singleBatch"):
            return _cursor_reply("firstBatch", documents, f"{database}.{command['find']}")
        return self._batch(database, command["find"], documents, command.get("batchSize"))

    def _count(self, database: str, command: Command) -> Document:
        collection = self._collection(database, command)
        return {"n": collection.count_documents(command.get("query") or {}), **_OK}

    def _distinct(self, database: str, command: Command) -> Document:
        values = self._collection(database, command).distinct(command["key"], command.get("query") or {})
        return {"values": values, **_OK}

    def _aggregate(self, database: str, command: Command) -> Document:
        documents = list(self._collection(database, command).aggregate(command["pipeline"]))
        size = (command.get("cursor") or {}).get("batchSize")
        return self._batch(database, command["aggregate"], documents, size)

    def _update(self, database: str, command: Command) -> Document:
        collection, matched, modified = self._collection(database, command), 0, 0
        upserted: list[Document] = []
        errors: list[Document] = []
        for index, update in enumerate(command["updates"]):
            try:
                result = _updated(collection, update)
            except DuplicateKeyError:
                errors.append(_write_error(index, "E11000 duplicate key error"))
                continue
            matched += result.matched_count or (1 if result.upserted_id else 0)
            modified += result.modified_count or 0
            if result.upserted_id is not None:
                upserted.append({"index": index, "_id": result.upserted_id})
        reply: Document = {"n": matched, "nModified": modified, **_OK}
        reply |= {"upserted": upserted} if upserted else {}
        return reply | ({"writeErrors": errors} if errors else {})

    def _delete(self, database: str, command: Command) -> Document:
        collection, deleted = self._collection(database, command), 0
        for delete in command["deletes"]:
            method = collection.delete_one if delete.get("limit") == 1 else collection.delete_many
            deleted += method(delete["q"]).deleted_count
        return {"n": deleted, **_OK}

    def _find_and_modify(self, database: str, command: Command) -> Document:
        collection, query = self._collection(database, command), command.get("query") or {}
        options = {
            "projection": command.get("fields") or None,
            "sort": list((command.get("sort") or {}).items()) or None,
        }
        if command.get("remove"):
            removed = collection.find_one_and_delete(query, **options)
            return {"value": removed, "lastErrorObject": {"n": 1 if removed else 0}, **_OK}
        existed = collection.find_one(query) is not None
        update, is_upsert = command["update"], bool(command.get("upsert"))
        _check_update(query, update)
        method = collection.find_one_and_update if _has_operators(update) else collection.find_one_and_replace
        returned = ReturnDocument.AFTER if command.get("new") else ReturnDocument.BEFORE
        value = method(query, update, upsert=is_upsert, return_document=returned, **options)
        last_error: Document = {"n": 1 if (value or existed) else 0, "updatedExisting": existed}
        if not existed and is_upsert and value:
            last_error |= {"upserted": value["_id"], "n": 1}
        return {"value": value, "lastErrorObject": last_error, **_OK}


_ACKNOWLEDGED: Final = (
    "ping",
    "endsessions",
    "killcursors",
    "killallsessions",
    "saslstart",
    "logout",
    "getparameter",
    "serverstatus",
    "connectionstatus",
    "getlog",
    "collstats",
    "dropindexes",
)
"""Commands that are answered with nothing."""


def _acknowledge(_database: str, _command: Command) -> Document:
    return dict(_OK)


def _hello(_database: str, _command: Command) -> Document:
    return {
        "ismaster": True,
        "isWritablePrimary": True,
        "maxBsonObjectSize": 16_777_216,
        "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000,
        "localTime": datetime.datetime.now(datetime.timezone.utc),
        "minWireVersion": 0,
        "maxWireVersion": 9,
        "readOnly": False,
        **_OK,
    }


def _build_info(_database: str, _command: Command) -> Document:
    return {"version": "4.2.24", "versionArray": [4, 2, 24, 0], **_OK}


def _failure(code: int, name: str, message: str) -> Document:
    return {"ok": 0.0, "errmsg": message, "code": code, "codeName": name}


def _write_error(index: int, message: str) -> Document:
    return {"index": index, "code": _DUPLICATE_KEY, "errmsg": message}


def _cursor_reply(key: str, documents: list[Document], namespace: str, cursor: int = 0) -> Document:
    return {"cursor": {key: documents, "id": bson.Int64(cursor), "ns": namespace}, **_OK}


def _skip(command: Command) -> int:
    """Return the number of documents to skip: numbers are truncated, and must not be negative."""
    skip = command.get("skip") or 0
    skip = int(skip) if abs(skip) < 2**63 else skip
    if skip < 0:
        raise CommandError(
            51024, "Location51024", f"BSON field 'skip' value must be >= 0, actual value '{skip}'"
        )
    return int(skip)


def _limit(command: Command) -> int:
    limit = int(command.get("limit") or 0)
    if limit < 0:
        raise CommandError(
            51024, "Location51024", f"BSON field 'limit' value must be >= 0, actual value '{limit}'"
        )
    return limit


def _checked_sort(command: Command) -> Mapping[str, Any]:
    """Return the sort of a command; raise CommandError if MongoDB refuses one of its fields."""
    sort: Mapping[str, Any] = command.get("sort") or {}
    for field in sort:
        if field == "":
            raise CommandError(15, "OverflowSortKey", "FieldPath cannot be constructed with empty string")
        if field.startswith("$"):
            raise CommandError(16410, "Location16410", "FieldPath field names may not start with '$'.")
        if field.endswith("."):
            raise CommandError(40353, "Location40353", "FieldPath must not end with a '.'.")
        if field.startswith(".") or ".." in field:
            raise CommandError(15998, "Location40353", "FieldPath field names may not be empty strings.")
    return sort


def _inserted(collection: Any, document: Document) -> bool:
    """Insert a document, and return whether its unique keys are new."""
    try:
        collection.insert_one(document)
    except DuplicateKeyError:
        return False
    return True


def _has_operators(update: Any) -> bool:
    return not isinstance(update, list) and any(key.startswith("$") for key in update)


def _check_update(query: Document, update: Any) -> None:
    """Raise CommandError for an update that MongoDB refuses, and mongomock does not.

    These are operators that change the same path or a path in it, and another `_id`.
    """
    if not _has_operators(update):
        return
    paths = sorted(path for changes in update.values() if isinstance(changes, dict) for path in changes)
    for path, following in itertools.pairwise(paths):
        if following == path or following.startswith(f"{path}."):
            message = f"Updating the path '{following}' would create a conflict at '{path}'"
            raise CommandError(40, "ConflictingUpdateOperators", message)
    wanted, changed = query.get("_id"), update.get("$set", {}).get("_id")
    if changed is not None and isinstance(wanted, ObjectId) and changed != wanted:
        message = "Performing an update on the path '_id' would modify the immutable field '_id'"
        raise CommandError(66, "ImmutableField", message)


def _updated(collection: Any, update: Document) -> Any:
    """Run one update, and return mongomock's result."""
    query, change, upsert = update["q"], update["u"], update.get("upsert", False)
    _check_update(query, change)
    if not _has_operators(change):
        return collection.replace_one(query, change, upsert=upsert)
    method = collection.update_many if update.get("multi") else collection.update_one
    return method(query, change, upsert=upsert, array_filters=update.get("arrayFilters"))
