"""The table of the control API: method, path, and what is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from ..emulator.people import person_document
from ..errors import SetupError
from ..expectations.request import ExpectedRequest
from ..expectations.verdict import find_matches
from ..http.exchange import Exchange
from ..journal.rendering import exchange_document
from ..node.json import Json
from .arguments import Asked
from .callers import request_like
from .local import LocalControls

LONGEST_WAIT: Final = 1.0
"""Seconds that a question for changes waits for one: a stopping server waits for it."""


_FILTERS: Final = ("method", "path", "person", "status")


class NotThere(SetupError):
    """What the path names does not exist."""


class Route(Struct, frozen=True):
    """One row of the table. A body may have the `fields`, None where what is done looks for itself."""

    method: str
    path: str
    answer: Callable[[LocalControls, Asked], Json]
    fields: tuple[str, ...] | None = ()
    query: tuple[str, ...] = ()


def _health(_: LocalControls, __: Asked) -> Json:
    return {"status": "ok"}


def _version(controls: LocalControls, _: Asked) -> Json:
    return controls.version()


def _reset(controls: LocalControls, _: Asked) -> Json:
    controls.reset()
    return {"reset": True}


def _state(controls: LocalControls, _: Asked) -> Json:
    return controls.state()


def _replace_state(controls: LocalControls, asked: Asked) -> Json:
    if not asked.document:  # `{}` would be a seed of nothing, and a body that is forgotten is more likely
        raise SetupError("the body is empty: expected a seed, as GET /state gives it")
    controls.replace_state(dict(asked.document))
    return {"replaced": True}


def _seed(controls: LocalControls, asked: Asked) -> Json:
    if not asked.document:
        raise SetupError("the body is empty: expected a seed")
    return controls.add_seed(dict(asked.document))


def _snapshots(controls: LocalControls, _: Asked) -> Json:
    return {"snapshots": controls.snapshots()}


def _take_snapshot(controls: LocalControls, asked: Asked) -> Json:
    return {"snapshot": controls.take_snapshot(asked.ids.get("name"))}


def _snapshot(controls: LocalControls, asked: Asked) -> Json:
    if asked.ids["name"] not in controls.snapshots():
        raise NotThere(f"there is no snapshot {asked.ids['name']!r}")
    return {"snapshot": asked.ids["name"]}


def _drop_snapshot(controls: LocalControls, asked: Asked) -> Json:
    controls.drop_snapshot(asked.ids["name"])
    return {"dropped": asked.ids["name"]}


def _restore(controls: LocalControls, asked: Asked) -> Json:
    controls.restore(asked.ids["name"])
    return {"restored": asked.ids["name"]}


def _clock(controls: LocalControls, _: Asked) -> Json:
    return controls.clock()


def _set_clock(controls: LocalControls, asked: Asked) -> Json:
    return controls.set_clock(asked.document)


def _advance_clock(controls: LocalControls, asked: Asked) -> Json:
    return controls.advance_clock(asked.document.get("seconds"))  # type: ignore[arg-type]  # checked there


def _faults(controls: LocalControls, _: Asked) -> Json:
    return {"faults": controls.faults()}


def _add_fault(controls: LocalControls, asked: Asked) -> Json:
    return controls.add_fault(asked.document)


def _clear_faults(controls: LocalControls, _: Asked) -> Json:
    controls.clear_faults()
    return {"cleared": True}


def _remove_fault(controls: LocalControls, asked: Asked) -> Json:
    fault = asked.ids["id_fault"]
    if all(known["id"] != fault for known in controls.faults()):
        raise NotThere(f"there is no fault {fault!r}")
    controls.remove_fault(fault)
    return {"removed": fault}


def _requests(controls: LocalControls, asked: Asked) -> Json:
    return _shown(find_matches(_filter(controls, asked), controls.requests()))


def _unmatched(controls: LocalControls, _: Asked) -> Json:
    return _shown(find_matches(ExpectedRequest(emulated=False), controls.requests()))


def _clear_requests(controls: LocalControls, _: Asked) -> Json:
    controls.clear_requests()
    return {"cleared": True}


def _differences(controls: LocalControls, _: Asked) -> Json:
    return {"differences": controls.drifts()}


def _realtime(controls: LocalControls, _: Asked) -> Json:
    return controls.realtime()


def _people(controls: LocalControls, _: Asked) -> Json:
    return {"people": [person_document(person) for person in controls.people()]}


def _events(controls: LocalControls, _: Asked) -> Json:
    return {"events": controls.events()}


def _fire(controls: LocalControls, asked: Asked) -> Json:
    given = asked.document
    by, project = asked.text("by") or "owner", asked.text("project")
    return controls.fire({name: given[name] for name in given if name not in ("by", "project")}, by, project)


def _changes(controls: LocalControls, asked: Asked) -> Json:
    since, timeout = int(asked.number("since")), min(asked.number("timeout"), LONGEST_WAIT)
    return {"changes": controls.changes(since, timeout)}


ROUTES: Final = (
    Route("GET", "/health", _health),
    Route("GET", "/version", _version),
    Route("POST", "/reset", _reset),
    Route("GET", "/state", _state),
    Route("PUT", "/state", _replace_state, None),
    Route("GET", "/state/snapshots", _snapshots),
    Route("POST", "/state/snapshots", _take_snapshot),
    Route("GET", "/state/snapshots/<name>", _snapshot),
    Route("PUT", "/state/snapshots/<name>", _take_snapshot),
    Route("DELETE", "/state/snapshots/<name>", _drop_snapshot),
    Route("POST", "/state/snapshots/<name>/restore", _restore),
    Route("POST", "/seed", _seed, None),
    Route("GET", "/clock", _clock),
    Route("PUT", "/clock", _set_clock, None),
    Route("POST", "/clock/advance", _advance_clock, ("seconds",)),
    Route("GET", "/faults", _faults),
    Route("POST", "/faults", _add_fault, None),
    Route("DELETE", "/faults", _clear_faults),
    Route("DELETE", "/faults/<id_fault>", _remove_fault),
    Route("GET", "/requests", _requests, query=_FILTERS),
    Route("DELETE", "/requests", _clear_requests),
    Route("GET", "/requests/unmatched", _unmatched),
    Route("GET", "/differences", _differences),
    Route("GET", "/realtime", _realtime),
    Route("GET", "/people", _people),
    Route("GET", "/events", _events),
    Route("POST", "/events", _fire, ("name", "attributes", "by", "project")),
    Route("GET", "/changes", _changes, query=("since", "timeout")),
)


def _filter(controls: LocalControls, asked: Asked) -> ExpectedRequest:
    given: dict[str, Any] = dict(asked.query.items())
    if "status" in given:
        given["status"] = int(asked.number("status"))
    return request_like(given, controls)


def _shown(exchanges: list[Exchange]) -> Json:
    return {"requests": [exchange_document(exchange) for exchange in exchanges]}
