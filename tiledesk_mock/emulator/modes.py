"""The mode of an emulator: as `/__admin` sets and describes it, and the mode diff during a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from ..cassettes.files import parse_cassette
from ..cassettes.har import har_document
from ..cassettes.record import Recording
from ..cassettes.replay import Replay
from ..diff.report import DiffReport
from ..diff.runner import DiffMode
from ..errors import SettingsError, SetupError
from ..http.upstream import Upstream
from ..node.convert import ConversionError, convert
from ..node.json import Json
from ..redaction.redactor import Redaction
from ..scenarios.credentials import read_credentials, seed_credentials
from ..settings import Order, RecordMode, Repeat
from ..tiledesk.wire import Document
from .emulator import Emulator

_Names = Annotated[list[str], Meta(description="a list of names")]


class EmulateOptions(Struct, forbid_unknown_fields=True):
    """The emulator responds."""

    mode: Literal["emulate"]


class ReplayOptions(Struct, forbid_unknown_fields=True):
    """A cassette responds: a HAR, or one of VCR.py."""

    mode: Literal["replay"]
    cassette: Any = None
    order: Order = Order.ANY
    repeat: Repeat = Repeat.ONCE
    strict: bool = False
    fallback: bool = False


class RecordOptions(Struct, forbid_unknown_fields=True):
    """An upstream responds, and is recorded; `redact` are further secret names."""

    mode: Literal["record"]
    upstream: Annotated[str, Meta(description="an http or https URL")]
    redact: _Names = []
    redact_paths: _Names = []


MODE_OPTIONS: Final[Mapping[str, Any]] = {
    "emulate": EmulateOptions,
    "replay": ReplayOptions,
    "record": RecordOptions,
}


class ModeControl:
    """Sets and describes the mode of one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator: Final = emulator
        self._upstream: Upstream | None = None
        emulator.on_close.append(self._close_upstream)

    def mode(self) -> Document:
        """Return the mode, and its progress: recorded exchanges, unused entries, misses."""
        mode = self._emulator.mode
        if isinstance(mode, Recording):
            return {"mode": "record", "recorded": len(mode.entries), **_progress(mode.replay)}
        if isinstance(mode, Replay):
            return {"mode": "replay", **_progress(mode)}
        return {"mode": "emulate" if mode is None else type(mode).__name__.removesuffix("Mode").lower()}

    def set_mode(self, document: Mapping[str, Json]) -> Document:
        """Set the mode: `{"mode": "emulate"}`, or `replay` with a cassette, or `record` with an upstream.

        Raises a SetupError for anything else; the mode does not change then.
        """
        options = _parse_options(document)
        if isinstance(options, RecordOptions):
            upstream = Upstream(options.upstream)
            redaction = Redaction(tuple(options.redact), tuple(options.redact_paths))
            recording = Recording("the recording in memory", upstream, RecordMode.ALL, redaction=redaction)
            self._set(recording, upstream)
        elif isinstance(options, ReplayOptions):
            cassette = parse_cassette(options.cassette, "the cassette that was sent")
            self._set(
                Replay(
                    cassette,
                    order=options.order,
                    repeat=options.repeat,
                    strict=options.strict,
                    fallback=options.fallback,
                )
            )
        else:
            self._set(None)
        return self.mode()

    def cassette(self) -> Document:
        """Return what is replayed, or what was recorded, redacted, as a HAR."""
        mode = self._emulator.mode
        if isinstance(mode, Recording):
            return har_document(mode.redacted())
        return har_document(mode.cassette.entries if isinstance(mode, Replay) else ())

    def _set(self, mode: Recording | Replay | None, upstream: Upstream | None = None) -> None:
        self._emulator.mode = mode
        self._close_upstream()
        self._upstream = upstream

    def _close_upstream(self) -> None:
        if self._upstream is not None:
            self._upstream.close()


def _parse_options(document: Mapping[str, Json]) -> EmulateOptions | ReplayOptions | RecordOptions:
    name = document.get("mode")
    if not isinstance(name, str) or name not in MODE_OPTIONS:
        raise SettingsError("mode", name, f"one of {', '.join(MODE_OPTIONS)}")
    try:
        options: EmulateOptions | ReplayOptions | RecordOptions = convert(dict(document), MODE_OPTIONS[name])
    except ConversionError as error:
        raise SetupError(str(error)) from error
    return options


def _progress(replay: Replay | None) -> Document:
    if replay is None:
        return {}
    return {
        "source": replay.cassette.source,
        "entries": len(replay.cassette.entries),
        "unused": [str(entry) for entry in replay.unused],
        "misses": [str(miss) for miss in replay.misses],
    }


@contextmanager
def diff_mode(
    emulator: Emulator,
    upstream: str,
    credentials: Path | str | None = None,
    *,
    report: DiffReport | None = None,
    timeout: float = 10.0,
) -> Iterator[DiffMode]:
    """Compare the responses of an emulator with those of the Tiledesk at `upstream` during a block.

    Only documents that the block has made are compared in lists, since the upstream is not reset. The yielded
    mode has the `report`; set its `label` to the name of what sends the next requests.

    Args:
        emulator: its mode is restored at the end.
        upstream: the URL.
        credentials: a file with the project and its people, as `tiledesk-mock diff` reads it;
            by default those of the emulator's seed.
        report: a report to add to.
        timeout: of a request to the upstream, in seconds.

    Raises SettingsError for a malformed URL, and ScenarioError for a wrong file.
    """
    upstream_credentials = None if credentials is None else read_credentials(credentials)
    own_credentials = seed_credentials(emulator.state.export(), emulator.settings.global_secret)
    client = Upstream(upstream, timeout=timeout)
    mode = DiffMode(client.send, own_credentials, upstream_credentials, own_only=True, report=report)
    before, emulator.mode = emulator.mode, mode
    try:
        yield mode
    finally:
        emulator.mode = before
        client.close()
