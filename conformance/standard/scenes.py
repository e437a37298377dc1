"""Plays the scenes of the platform's own webhooks, as requests to the real server.

A scene is a case of a ground whose name begins with `standard`. It has

* `available`: the members who are available, by default the agent;
* `seed`: records that are added to the world; one with a known `_id` changes fields of that record;
* `subscribed`: more names that are subscribed to;
* `chat21`: the port at which the real server looks for its chat service, which is started with
  `CHAT21_ENABLED=true CHAT21_URL=http://127.0.0.1:PORT/chat21 CHAT21_ADMIN_TOKEN=x`. What it sends there
  are no webhooks to subscribers, and is left out.

A step is a request as in a scenario. It has a `name`, and perhaps `select`, the response of the subscriber
to `operator.select`. For what a tester calls, `no_call` is why the real server sends no webhook, where a call
would send one, and `ignored` has the names of those fields of the body that the real server ignores.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from functools import reduce
from typing import Any, Final

from msgspec import Struct

from tiledesk_mock.http.exchange import RecordedResponse
from tiledesk_mock.node.convert import convert
from tiledesk_mock.node.json import Json
from tiledesk_mock.scenarios.credentials import Credentials
from tiledesk_mock.scenarios.runner import Runner
from tiledesk_mock.scenarios.scenarios import Step, substitute

from ..http import Sender, credentials
from ..names import Names
from ..servers import Server
from .described import common, described, without_repeated_payloads, without_what_varies
from .order import groups
from .receiver import Arrival, Receiver
from .world import VARIABLES, seed_of

Case = dict[str, Any]

_RUNS: Final = 3
"""How often a scene is played: only what is the same in each of them is an order."""

_QUIET: Final = 0.9
"""Seconds without a webhook after which a step is over."""

_OWN: Final = frozenset({"name", "select", "no_call", "ignored", "by_chance"})
"""The keys of a step that are not of its request."""


class Played(Struct, frozen=True):
    """What a server responded to a step, and what arrived."""

    response: RecordedResponse | None
    arrivals: list[Arrival]


def play(server: Server, case: Case) -> list[dict[str, Any]]:
    """Play a scene on the real server some times; return for each step status, order and webhooks."""
    runs = [_run(server, case) for _ in range(_RUNS)]
    steps: list[dict[str, Any]] = reduce(common, [_named(case, run, port) for run, port in runs])
    for number, step in enumerate(steps):
        arrived = [[arrival.name for arrival in run[number].arrivals] for run, _ in runs]
        step["order"], step["webhooks"] = groups(arrived), without_repeated_payloads(step.pop("webhooks"))
    return steps


def _named(case: Case, run: list[Played], port: int) -> Any:
    """Return the steps of a run with names in place of ids and times."""
    shown = [_shown(step, played) for step, played in zip(case["steps"], run, strict=True)]
    return Names().replaced(json.loads(without_what_varies(json.dumps(shown), port)))


def _run(server: Server, case: Case) -> tuple[list[Played], int]:
    """Play a scene from its seed; return its steps and the port of the target."""
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        if "chat21" in case:
            stack.enter_context(Receiver(case["chat21"]))
        server.reset(seed_of(case, receiver.port))
        runner = scene_runner(server)
        return [_played(runner, receiver, step) for step in case["steps"]], receiver.port


def scene_runner(server: Server) -> Runner:
    """Return what sends the requests of a scene."""
    people = credentials().joined(Credentials(VARIABLES, {}))
    return Runner(people, Sender(server.url))


def request_of(step: Case) -> Step:
    """Return the request of a step."""
    request: Step = convert({key: value for key, value in step.items() if key not in _OWN}, Step)
    return request


def answers_of(step: Case) -> dict[str, Json]:
    """Return the JSON with which the target responds to names in a step."""
    if "select" not in step:
        return {}
    return {"operator.select": json.loads(substitute(json.dumps(step["select"]), VARIABLES))}


def _played(runner: Runner, receiver: Receiver, step: Case) -> Played:
    receiver.answers = answers_of(step)
    result = list(runner.run(request_of(step)))[-1]
    return Played(result.response, receiver.take(_QUIET))


def _shown(step: Case, played: Played) -> dict[str, Json]:
    response = played.response
    status = response.status if response else "no answer"
    body = response.json_or_none() if response else None
    shown: dict[str, Any] = {"step": step["name"], "status": status}
    if status != 200:
        shown["answer"] = body
    if isinstance(body, dict) and isinstance(body.get("request"), dict):
        shown["participants"] = body["request"]["participants"]
    return shown | {"webhooks": described(played.arrivals)}
