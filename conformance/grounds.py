"""The grounds: files of cases, their recordings, and the module that plays them.

A ground is a file `fixtures/contract/GROUND.yaml`, a list of cases that have a `name`. Its recording is
`fixtures/contract/recordings/GROUND.json`, what `play` returned for each case by name. The first word of a
ground says which module plays it: `realtime`, `webhooks`, `raw`, `standard`,
`frames` or `operator`; all others are scenarios over HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import yaml

from tiledesk_mock.node.json import Json

from . import http, operator_select, raw, realtime, webhooks
from .servers import Server
from .standard import frames
from .standard import ground as standard

Case = dict[str, Any]

CONTRACT: Final = Path(__file__).parents[1] / "fixtures" / "contract"
_NOT_GROUNDS: Final = ("credentials",)


class GroundModule(Protocol):
    """A module that plays the cases of grounds."""

    def play(self, server: Server, case: Case) -> Json:
        """Return what a server, which was reset, answers to a case. Names are in place of ids and times."""

    def size(self, case: Case, recorded: Json, /) -> int:
        """Return how many exchanges a case counts as, of which these answers are recorded."""


HTTP: Final[GroundModule] = http
STANDARD: Final[GroundModule] = standard
FRAMES: Final[GroundModule] = frames
_MODULES: Final[dict[str, GroundModule]] = {
    "realtime": realtime,
    "webhooks": webhooks,
    "raw": raw,
    "standard": STANDARD,
    "frames": FRAMES,
    "operator": operator_select,
}


def grounds() -> list[str]:
    """Return the names of all grounds."""
    return sorted(file.stem for file in CONTRACT.glob("*.yaml") if file.stem not in _NOT_GROUNDS)


def http_grounds() -> list[str]:
    """Return the names of the grounds that are scenarios over HTTP."""
    return [name for name in grounds() if module_of(name) is HTTP]


def module_of(ground: str) -> GroundModule:
    """Return the module that plays a ground."""
    return _MODULES.get(ground.partition("_")[0], HTTP)


@cache
def cases_of(ground: str) -> list[Case]:
    """Return the cases of a ground."""
    cases: list[Case] = yaml.safe_load((CONTRACT / f"{ground}.yaml").read_text("utf-8"))
    return cases


def recording_of(ground: str) -> dict[str, Json]:
    """Return what the real server answered to each case of a ground, by the name of the case."""
    recording: dict[str, Json] = json.loads(_recording(ground).read_bytes())
    return recording


def write_recording(ground: str, recorded: dict[str, Json]) -> None:
    """Write what the real server answered to cases of a ground; keep what it answered to the others."""
    known = recording_of(ground) if _recording(ground).exists() else {}
    names = [case["name"] for case in cases_of(ground)]
    recording = {name: answers for name in names if (answers := recorded.get(name, known.get(name)))}
    _recording(ground).write_text(json.dumps(recording, indent=1) + "\n", "utf-8")


def size_of(ground: str) -> int:
    """Return how many exchanges the cases of a ground are."""
    recording, module = recording_of(ground), module_of(ground)
    return sum(module.size(case, recording[case["name"]]) for case in cases_of(ground))


def play_all(server: Server, ground: str, text: str = "") -> Iterator[tuple[Case, Json]]:
    """Play the cases with a text in their name on a server that is reset before; yield case and answers."""
    for case in cases_of(ground):
        if text not in case["name"]:
            continue
        server.reset()
        yield case, module_of(ground).play(server, case)


def _recording(ground: str) -> Path:
    return CONTRACT / "recordings" / f"{ground}.json"
