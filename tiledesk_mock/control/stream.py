"""The client of `/__admin/stream`: the timeline of a running emulator as it grows."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from typing import Final

import requests
from msgspec import Struct

from ..node.json import Json
from .remote import RemoteControls

_TIMEOUT: Final = (5.0, 40.0)
"""Seconds for a connection, and between two messages, of which one comes every 15 seconds."""

_RECONNECT_INTERVAL: Final = 0.5
"""Seconds until a broken stream is opened again."""

_CHUNK: Final = 65_536


class StreamMessage(Struct, frozen=True):
    """A message of the stream.

    `event` is `entries`, with a list of summaries as `data`; `missed`, with their number or, after a restart
    of the emulator, with null in `data`; `alive`; or `lost`, if the emulator does not respond any more.
    """

    event: str
    data: Json = None


def follow_timeline(
    controls: RemoteControls, since: str | None = None, kinds: Collection[str] = ()
) -> Iterator[StreamMessage]:
    """Yield the messages of the stream, which is opened again whenever it breaks.

    Args:
        controls: those of the emulator.
        since: the id of the last entry that is known; None for all that are kept.
        kinds: the kinds of entries; all if empty.

    Raises ControlError if the emulator refuses, or if it does not respond in the beginning, without `since`.
    """
    last, is_lost, was_open = since, False, since is not None
    while True:
        try:
            for event, data, id_last in _messages(controls, last, kinds):
                last, is_lost, was_open = id_last or last, False, True
                yield StreamMessage(event, data)
        except requests.RequestException as error:
            if not was_open:
                raise controls.no_response(error) from error
            if not is_lost:
                is_lost = True
                yield StreamMessage("lost")
        time.sleep(_RECONNECT_INTERVAL)


def _messages(
    controls: RemoteControls, last: str | None, kinds: Collection[str]
) -> Iterator[tuple[str, Json, str | None]]:
    """Yield event, data and id of the messages of one connection, until it ends."""
    path = f"/stream?kind={','.join(kinds)}" if kinds else "/stream"
    headers = {"Last-Event-ID": last} if last else {}
    with requests.Session() as session, controls.open_stream(session, path, headers, _TIMEOUT) as response:
        fields: dict[str, str] = {}
        # Not `decode_unicode`: texts would also be split at the line separators of Unicode.
        for line in response.iter_lines(_CHUNK):
            name, _, value = line.decode().partition(": ")
            if line:
                fields[name] = value
                continue
            if "event" in fields:
                yield fields["event"], json.loads(fields["data"]), fields.get("id")
            fields = {}
