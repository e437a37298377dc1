"""What answers in the emulator's place, as `/__admin` sets and tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..cassettes.cassette import Order, RecordMode, Repeat
from ..cassettes.files import parse_cassette
from ..cassettes.har import har_document
from ..cassettes.record import Recording
from ..cassettes.replay import Replay
from ..errors import SettingsError
from ..http.exchange import Mode
from ..http.upstream import Upstream
from ..node.json import Json
from ..redaction.redactor import Redaction
from ..tiledesk.wire import Document
from .emulator import Emulator

EMULATE: Final = "emulate"
REPLAY: Final = "replay"
RECORD: Final = "record"

_SENT: Final = "the cassette that was sent"
_IN_MEMORY: Final = "the recording in memory"

_KNOWN: Final = {
    EMULATE: frozenset({"mode"}),
    REPLAY: frozenset({"mode", "cassette", "order", "repeat", "strict", "fallback"}),
    RECORD: frozenset({"mode", "upstream", "redact", "redact_paths"}),
}


class ModeControl:
    """Sets and tells the mode of one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator: Final = emulator
        self._upstream: Upstream | None = None
        emulator.on_close.append(self._let_go)

    def mode(self) -> Document:
        """Return the mode, and how far it is: what was recorded, what was not asked for, what was missed."""
        mode = self._emulator.mode
        if isinstance(mode, Recording):
            return {"mode": RECORD, "recorded": len(mode.entries), **_progress(mode.replay)}
        if isinstance(mode, Replay):
            return {"mode": REPLAY, **_progress(mode)}
        return {"mode": EMULATE if mode is None else type(mode).__name__.removesuffix("Mode").lower()}

    def set_mode(self, wanted: Mapping[str, Any]) -> Document:
        """Set the mode: `{"mode": "emulate"}`, or `replay` with a cassette, or `record` with an upstream.

        Raises a SetupError for anything else, and then the mode stays as it is.
        """
        name = wanted.get("mode")
        known = _KNOWN.get(str(name))
        if known is None:
            raise SettingsError("mode", name, f"one of {', '.join(_KNOWN)}")
        for given in wanted:
            if given not in known:
                raise SettingsError(str(name), given, f"one of {', '.join(sorted(known))}")
        upstream = Upstream(_text(wanted, "upstream")) if name == RECORD else None
        try:
            mode = self._made(str(name), wanted, upstream)
        except BaseException:
            if upstream is not None:
                upstream.close()
            raise
        self._emulator.mode = mode
        self._let_go()
        self._upstream = upstream
        return self.mode()

    def cassette(self) -> Document:
        """Return what is replayed, or what was recorded, redacted, as a HAR."""
        mode = self._emulator.mode
        if isinstance(mode, Recording):
            return har_document(mode.redacted())
        return har_document(mode.cassette.entries if isinstance(mode, Replay) else ())

    def _made(self, name: str, wanted: Mapping[str, Any], upstream: Upstream | None) -> Mode | None:
        if name == EMULATE:
            return None
        if name == RECORD:
            redaction = Redaction(_names(wanted, "redact"), _names(wanted, "redact_paths"))
            return Recording(_IN_MEMORY, upstream, RecordMode.ALL, redaction=redaction)
        return Replay(
            parse_cassette(wanted.get("cassette"), _SENT),
            order=_word(Order, wanted, "order", Order.ANY),
            repeat=_word(Repeat, wanted, "repeat", Repeat.ONCE),
            strict=_flag(wanted, "strict"),
            fallback=_flag(wanted, "fallback"),
        )

    def _let_go(self) -> None:
        if self._upstream is not None:
            self._upstream.close()


def _progress(replay: Replay | None) -> Document:
    if replay is None:
        return {}
    return {
        "source": replay.cassette.source,
        "entries": len(replay.cassette.entries),
        "unused": [str(entry) for entry in replay.unused],
        "misses": [str(miss) for miss in replay.misses],
    }


def _word(kind: Any, wanted: Mapping[str, Any], name: str, default: Any) -> Any:
    try:
        return kind(wanted.get(name, default))
    except ValueError:
        expected = " or ".join(member.value for member in kind)
        raise SettingsError(name, wanted[name], expected) from None


def _flag(wanted: Mapping[str, Any], name: str) -> bool:
    value: Json = wanted.get(name, False)
    if not isinstance(value, bool):
        raise SettingsError(name, value, "true or false")
    return value


def _text(wanted: Mapping[str, Any], name: str) -> str:
    value: Json = wanted.get(name)
    if not isinstance(value, str):
        raise SettingsError(name, value, "an http or https URL")
    return value


def _names(wanted: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value: Json = wanted.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SettingsError(name, value, "a list of names")
    return tuple(value)
