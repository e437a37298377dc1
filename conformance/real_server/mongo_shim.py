"""A stand-in for MongoDB: its wire protocol over mongomock, for a machine that has no mongod.

It answers what the real server sends: OP_QUERY for the first command of a connection, OP_MSG for the others.

`python -m conformance.real_server.mongo_shim PORT` serves on 127.0.0.1 until it is stopped.
"""

from __future__ import annotations

import itertools
import socket
import socketserver
import struct
import sys
from contextlib import suppress
from typing import Any, Final

import bson
from bson import CodecOptions

from .mongo_commands import Command, Commands

_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013
_CHECKSUM, _MORE_TO_COME = 1, 2
"""Flags of an OP_MSG: it ends with a checksum, and it is not to be answered."""

_HEADER: Final = struct.Struct("<iiii")
_OPTIONS: Final[Any] = CodecOptions(tz_aware=False)
_NOT_OF_COMMANDS: Final = frozenset({"$db", "lsid", "$readPreference", "$clusterTime"})


class _Handler(socketserver.BaseRequestHandler):
    """A connection."""

    server: _Server

    def handle(self) -> None:
        """Answer messages until the connection is closed."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(EOFError, ConnectionError):
            while True:
                length, request_id, _, operation = _HEADER.unpack(self._received(_HEADER.size))
                self._answer(request_id, operation, self._received(length - _HEADER.size))

    def _received(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.request.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def _answer(self, request_id: int, operation: int, body: bytes) -> None:
        if operation == _OP_QUERY:
            database, command = _read_query(body)
            reply = bson.encode(self.server.commands.reply(database, command))
            self._send(request_id, _OP_REPLY, struct.pack("<iqii", 8, 0, 0, 1) + reply)
        elif operation == _OP_MSG:
            flags, command = _read_message(body)
            kept = {key: value for key, value in command.items() if key not in _NOT_OF_COMMANDS}
            reply = bson.encode(self.server.commands.reply(command.get("$db", "test"), kept))
            if not flags & _MORE_TO_COME:
                self._send(request_id, _OP_MSG, struct.pack("<I", 0) + b"\0" + reply)
        else:
            raise ConnectionError(f"operation {operation} is not known")

    def _send(self, request_id: int, operation: int, body: bytes) -> None:
        header = _HEADER.pack(_HEADER.size + len(body), next(self.server.ids), request_id, operation)
        self.request.sendall(header + body)


class _Server(socketserver.ThreadingTCPServer):
    """A server of all databases."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.commands: Final = Commands()
        self.ids: Final = itertools.count(1)


def _read_query(body: bytes) -> tuple[str, Command]:
    """Return the database and the command of an OP_QUERY: flags, collection, skip, limit, document."""
    end = body.index(0, 4)
    command, _ = _document_at(body, end + 1 + 8)
    return body[4:end].decode().split(".")[0], command.get("$query", command)


def _read_message(body: bytes) -> tuple[int, Command]:
    """Return the flags and the command of an OP_MSG: a document, and lists of others in it."""
    (flags,) = struct.unpack_from("<I", body)
    end = len(body) - (4 if flags & _CHECKSUM else 0)
    command: Command = {}
    lists: Command = {}
    position = 4
    while position < end:
        kind, position = body[position], position + 1
        if kind == 0:
            command, position = _document_at(body, position)
        else:
            name, lists_documents, position = _sequence_at(body, position)
            lists[name] = lists_documents
    return flags, command | lists


def _sequence_at(body: bytes, position: int) -> tuple[str, list[Command], int]:
    """Return the name and the documents of a list at a position, and where it ends."""
    (size,) = struct.unpack_from("<i", body, position)
    end, name_end = position + size, body.index(0, position + 4)
    name, position = body[position + 4 : name_end].decode(), name_end + 1
    documents = []
    while position < end:
        document, position = _document_at(body, position)
        documents.append(document)
    return name, documents, end


def _document_at(body: bytes, position: int) -> tuple[Command, int]:
    """Return the document at a position, and where it ends."""
    (size,) = struct.unpack_from("<i", body, position)
    return bson.decode(body[position : position + size], _OPTIONS), position + size


if __name__ == "__main__":
    _Server(int(sys.argv[1])).serve_forever()
