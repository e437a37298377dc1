"""`/__admin/stream`: the timeline as Server-Sent Events.

A stream holds no thread: one thread sends to all of them, on sockets that our own server has given up.
Under other servers a response has what is there and ends; the client comes again.
"""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from flask import Response, request
from msgspec import Struct

from ..control.operations import CONTROL_HEADER
from ..emulator import Emulator
from ..errors import SetupError
from ..http.stopwatch import stopwatch
from ..journal.timeline import Entry, EntryKind, Timeline
from ..journal.timeline_documents import entry_document, entry_id
from ..node.json import stringify
from ..text import suggestion
from .waits import STOPPING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_INTERVAL: Final = 0.1
"""Seconds between two batches."""

_BATCH: Final = 1000
"""The most entries of a batch."""

_ALIVE: Final = 15.0
"""Seconds after which a stream without entries gets an `alive`."""

_STUCK: Final = 30.0
"""Seconds after which a stream is closed whose client takes nothing."""

_log: Final = logging.getLogger("tiledesk_mock")

_LAST_CHUNK: Final = b"0\r\n\r\n"
_NOW: Final = "now"
_KINDS: Final = tuple(kind.value for kind in EntryKind)
_READ: Final = 4096
_RETRY: Final = b"retry: 1000\n"
_HEADERS: Final = {
    **dict([CONTROL_HEADER]),
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would wait for more
}
_FRAMING: Final = (
    "Transfer-Encoding: chunked",
    "Connection: close",
)  # clients then read each message at once
_HEAD: Final = "\r\n".join(
    ("HTTP/1.1 200 OK", *(": ".join(field) for field in _HEADERS.items()), *_FRAMING, "", "")
).encode()


class SocketGivenUp(BrokenPipeError):
    """The stream goes on without the server, which takes this for a closed connection and writes nothing."""

    def __init__(self) -> None:
        super().__init__(errno.EPIPE, "the connection has become a stream")


class Reader(Struct):
    """How far a client has read the timeline.

    Attributes:
        number: of the last entry that it has.
        kinds: those that it wants; all if empty.
        is_lost: whether it is unknown how many entries it has missed.
    """

    number: int
    kinds: frozenset[EntryKind] = frozenset()
    is_lost: bool = False

    def beginning(self, start: str) -> bytes:
        """Return the first message: the client knows from then on where to go on."""
        missed = _event("missed", '{"missed":null}') if self.is_lost else b""
        return missed + _RETRY + self.alive(start)

    def alive(self, start: str) -> bytes:
        """Return the message that a client gets when nothing happens."""
        return _event("alive", "{}", entry_id(start, self.number))


class Messages:
    """Encodes what readers get next. Made anew for each batch: readers at the same place share it."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline: Final = timeline
        self._summaries: Final[dict[int, str]] = {}
        self._chunks: Final[dict[tuple[int, frozenset[EntryKind]], tuple[bytes, int]]] = {}

    def next(self, reader: Reader) -> bytes:
        """Return the next message, empty without a new entry, and move the reader on."""
        message, reader.number = self._message(reader.number, reader.kinds)
        return message

    def next_chunk(self, reader: Reader) -> bytes:
        """Return what `next` does as a chunk of a response."""
        place = reader.number, reader.kinds
        if place not in self._chunks:
            message, last = self._message(*place)
            self._chunks[place] = _chunk(message), last
        chunk, reader.number = self._chunks[place]
        return chunk

    def _message(self, number: int, kinds: frozenset[EntryKind]) -> tuple[bytes, int]:
        entries = self._timeline.since(number)
        if not entries:
            return b"", number
        missed = entries[0].number - number - 1
        message = _event("missed", f'{{"missed":{missed}}}') if missed else b""
        entries = entries[:_BATCH]
        wanted = [one for one in entries if not kinds or one.kind in kinds]
        last = entries[-1].number
        if wanted:
            data = f"[{','.join(map(self._summary, wanted))}]"
            message += _event("entries", data, entry_id(self._timeline.start, last))
        return message, last

    def _summary(self, entry: Entry) -> str:
        if entry.number not in self._summaries:
            self._summaries[entry.number] = stringify(entry_document(entry, self._timeline.start))
        return self._summaries[entry.number]


class Stream:
    """The stream of one client on its socket, which is never waited for."""

    def __init__(self, sock: socket.socket, reader: Reader, start: str) -> None:
        self._socket: Final = sock
        self._reader: Final = reader
        self._start: Final = start
        self._unsent = _chunk(reader.beginning(start))
        self._moved = stopwatch()
        sock.setblocking(False)

    def advance(self, messages: Messages) -> bool:
        """Send what comes next; return whether the client is still there."""
        now = stopwatch()
        if not self._unsent:
            self._unsent = messages.next_chunk(self._reader)
        if not self._unsent and now - self._moved >= _ALIVE:
            self._unsent = _chunk(self._reader.alive(self._start))
        sent = self._send()
        if sent:
            self._unsent, self._moved = self._unsent[sent:], now
        is_stuck = bool(self._unsent) and now - self._moved >= _STUCK
        return sent is not None and not is_stuck

    def close(self) -> None:
        """End the response if the client takes that, and close the connection."""
        with suppress(OSError):
            if not self._unsent:
                self._socket.send(_LAST_CHUNK)
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _send(self) -> int | None:
        """Return how many bytes the client took; None if it has left."""
        try:
            with suppress(BlockingIOError):
                if not self._socket.recv(_READ):
                    return None
            with suppress(BlockingIOError):
                return self._socket.send(self._unsent) if self._unsent else 0
        except OSError:
            return None
        return 0


class Streams:
    """Sends the timeline to all clients, in a thread that runs while there are any."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline: Final = timeline
        self._lock: Final = threading.Lock()
        self._streams: Final[set[Stream]] = set()
        self._closing: Final = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, sock: socket.socket, reader: Reader) -> None:
        """Begin a stream on a socket, which is closed at its end."""
        stream = Stream(sock, reader, self._timeline.start)
        with self._lock:
            if self._closing.is_set():
                stream.close()
                return
            self._streams.add(stream)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tiledesk-mock streams", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End all streams, and each later one at once."""
        with self._lock:
            self._closing.set()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while streams := self._open():
            messages = Messages(self._timeline)
            for stream in streams:
                if not self._advance(stream, messages):
                    self._remove(stream)
            self._closing.wait(_INTERVAL)

    def _advance(self, stream: Stream, messages: Messages) -> bool:
        try:
            return stream.advance(messages)
        except Exception:  # noqa: BLE001  (a defect must not end the thread, which later streams need)
            _log.exception("a stream failed: please report this")
            return False

    def _open(self) -> tuple[Stream, ...]:
        """Return the open streams; without any the thread is to end."""
        with self._lock:
            if self._closing.is_set():
                for stream in self._streams:
                    stream.close()
                self._streams.clear()
            if not self._streams:
                self._thread = None
            return tuple(self._streams)

    def _remove(self, stream: Stream) -> None:
        with self._lock:
            self._streams.discard(stream)
        stream.close()


def stream_view(emulator: Emulator) -> Callable[[], Response]:
    """Return the view of `GET /__admin/stream`."""
    timeline = emulator.journal.timeline
    streams = Streams(timeline)
    emulator.on_close.append(streams.close)

    def stream() -> Response:
        reader = _reader(timeline)
        sock = None if request.method == "HEAD" else _given_up_socket(request.environ)
        if sock is not None:
            streams.add(sock, reader)
            raise SocketGivenUp
        return Response(_rest(timeline, reader), headers=_HEADERS)

    return stream


def _rest(timeline: Timeline, reader: Reader) -> Iterator[bytes]:
    """Yield what a client has not read yet."""
    yield reader.beginning(timeline.start)
    last = timeline.last
    while reader.number < last:
        yield Messages(timeline).next(reader)


def _reader(timeline: Timeline) -> Reader:
    """Return where a client wants to begin. Raises SetupError for a query that means nothing."""
    for name in request.args:
        if name not in ("since", "kind"):
            raise SetupError(f"the stream has no {name!r}: {suggestion(name, ('since', 'kind'))}")
    kinds = frozenset(map(_kind, filter(None, request.args.get("kind", "").split(","))))
    since = request.headers.get("Last-Event-ID") or request.args.get("since")
    if since is None:
        return Reader(timeline.before_first, kinds)
    if since == _NOW:
        return Reader(timeline.last, kinds)
    number = timeline.number_of(since)
    return Reader(timeline.before_first if number is None else number, kinds, is_lost=number is None)


def _kind(name: str) -> EntryKind:
    if name not in _KINDS:
        raise SetupError(f"kind: {suggestion(name, _KINDS)}")
    return EntryKind(name)


def _given_up_socket(environ: WSGIEnvironment) -> socket.socket | None:
    """Return the client's socket for good, with the response's head sent; None if the server keeps it.

    Our own server only closes its side then. gunicorn and werkzeug's server shut the connection down.
    """
    if STOPPING not in environ or environ["SERVER_PROTOCOL"] != "HTTP/1.1":
        return None
    sock = environ["werkzeug.socket"]
    own: socket.socket = sock.dup()
    with suppress(OSError):  # the client has left, as the stream will find out
        sock.sendall(_HEAD)
    return own


def _chunk(message: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(message), message) if message else b""


def _event(name: str, data: str, id_last: str | None = None) -> bytes:
    line = f"id: {id_last}\n" if id_last else ""
    return f"event: {name}\n{line}data: {data}\n\n".encode()
