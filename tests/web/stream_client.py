"""A client of `/__admin/stream`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import requests


class Message(NamedTuple):
    """A message of a stream."""

    event: str
    data: Any
    id: str | None


def stream_url(url: str, query: str = "") -> str:
    """Return the address of the stream beside the API at `url`."""
    return f"{url.removesuffix('/v3')}/__admin/stream{query}"


class StreamClient:
    """Reads a stream."""

    def __init__(self, url: str, query: str = "", last: str | None = None, **more: Any) -> None:
        headers = more.pop("headers", {}) | ({"Last-Event-ID": last} if last else {})
        url = stream_url(url, query)
        self.response = requests.get(url, headers=headers, stream=True, timeout=20, **more)
        self.last = last
        self._messages = self._read()

    def __enter__(self) -> StreamClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()

    def __iter__(self) -> Iterator[Message]:
        """Yield each message, from the one with which the stream begins, until the stream ends."""
        return self._messages

    def entries(self, count: int) -> list[dict[str, Any]]:
        """Return at least so many of the next entries."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            message = next(self._messages)
            found += message.data if message.event == "entries" else []
        return found

    def _read(self) -> Iterator[Message]:
        fields: dict[str, str] = {}
        for line in self.response.iter_lines(decode_unicode=True):
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
                continue
            self.last = fields.get("id", self.last)
            yield Message(fields["event"], json.loads(fields["data"]), fields.get("id"))
            fields = {}
