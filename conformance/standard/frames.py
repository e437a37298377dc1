"""The grounds of frames: what WebSockets get when requests, messages, members and bots change.

A case has the keys of a scene, or the name of a `scene` of standard_webhooks.yaml, whose steps come before
its own. Five people connect and subscribe to the same topics. `first` has, by the names of steps, topics that
they subscribe to after the step; what each of them gets first is recorded beside the frames of the step. A
message that is the payload of a webhook of its step is named, `payload of NAME`; one that another person or
another topic had before is `the same`. `by_chance` of a step names the agent that the real server took at
random when it was recorded: a receiver of `operator.select` lets the emulator take the same one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from functools import partial
from typing import Any, Final

from tiledesk_mock.node.json import Json
from tiledesk_mock.scenarios.scenarios import substitute
from tiledesk_mock.testing.remote import RemoteMock
from tiledesk_mock.tiledesk.topics import PONG_FRAME, PUBLISH

from ..counts import Compared
from ..differences import ORDER, Difference, differences
from ..http import credentials
from ..known import read_known, reason_of
from ..names import Names, without_hashes, without_times
from ..servers import Emulator, Server
from ..websocket import WebSocketClient, encode_frame
from .calls import TesterCalls
from .comparison import IdNames
from .described import tidy, without_what_varies
from .receiver import Arrival, Receiver
from .scenes import Case, answers_of, request_of, scene_runner
from .world import PEOPLE, VARIABLES, seed_of

GROUND: Final = "frames"
SCENES: Final = "standard_webhooks"

_CLIENTS: Final = ("owner", "admin", "supervisor", "agent", "teammate")
_MEMBERS: Final = tuple(f"/{{a}}/project_users/65c00000000000000000000{digit}" for digit in "12345a")
_USERS: Final = ("{owner}", "{admin}", "{agent}", "{supervisor}", "{teammate}", "{guest_uuid}")
_TOPICS: Final = (
    "/{a}/requests",
    "/{a}/requests/support-group-{a}-one",
    "/{a}/departments",
    "/{a}/groups",
    "/{a}/leads",
    "/{a}/bots/{bot}",
    *_MEMBERS,
    *(f"/{{a}}/project_users/users/{user}" for user in _USERS),
)
_GUEST: Final = {"guest_uuid": "0b6cd2c2-7e3a-4f5e-9d3e-2a0c1c0d0e0f"}
_GUEST_NAME: Final = "<guest>"
"""In place of the guest's uuid, which is in topics."""

_QUIET: Final = 0.9
"""Seconds without a webhook or frame after which a step of the real server is over."""

_GLANCE: Final = 0.05

Frame = dict[str, Any]


def play(server: Server, case: Case) -> Json:
    """Return for each step the frames that came, by topic, and what new subscribers got first."""
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        server.reset(seed_of(case, receiver.port))
        player = _Player(server, stack, receiver)
        player.first(_TOPICS)
        shown = [player.play(step, case.get("first", {}).get(step["name"], ())) for step in steps_of(case)]
    text = json.dumps(shown).replace(_GUEST["guest_uuid"], _GUEST_NAME)
    text = without_what_varies(text, receiver.port)
    if isinstance(server, Emulator):
        played: Json = json.loads(without_times(text))
        return played
    return Names().replaced(json.loads(text))


def size(_case: Case, recorded: Any) -> int:
    """Return the number of steps and of frames, those of new subscribers among them."""
    return len(recorded) + sum(len(step["frames"]) + len(step.get("first", {})) for step in recorded)


def steps_of(case: Case) -> list[Case]:
    """Return the steps of a case: those of its scene, and its own."""
    from ..grounds import cases_of  # which imports this module

    scene = (one["steps"] for one in cases_of(SCENES) if one["name"] == case.get("scene"))
    return [*next(scene, []), *case.get("steps", [])]


def compared_frames(case: str, real: Any, emulator: Any) -> Iterator[Compared]:
    """Yield the steps of a case, their frames, and what new subscribers got first.

    The order of keys is a subject of its own.
    """
    ids = IdNames()
    for theirs, mine in zip(real, emulator, strict=True):
        step = f"{case} / {theirs['step']}"
        yield _compared(step, "", list(differences(_came(theirs), _came(mine))))
        for name, one, other in _pairs(theirs, mine):
            found = list(differences(one, ids.named(one, other)))
            for subject in ("", ORDER):
                about = [one for one in found if (one.path[-1:] == (ORDER,)) is bool(subject)]
                yield _compared(f"{step} / {name}", subject, about)


def _compared(label: str, subject: str, found: list[Difference]) -> Compared:
    return Compared(label, 1, found, reason_of(read_known(), GROUND, label, found), subject)


def _pairs(real: Any, emulator: Any) -> Iterator[tuple[str, Json, Json]]:
    """Yield the topic, the recorded frame or what came first, and the emulator's, which may be None."""
    frames = {_key(frame): frame for frame in emulator["frames"]}
    for frame in real["frames"]:
        yield frame["topic"], frame, frames.get(_key(frame))
    for topic, first in real.get("first", {}).items():
        yield f"first of {topic}", first, emulator.get("first", {}).get(topic)


def _came(step: Any) -> list[Json]:
    """Return which frames came, by topic: the order of topics varies on the real server."""
    return [" ".join(_key(frame)) for frame in step["frames"]]


def _key(frame: Frame) -> tuple[str, str, str]:
    return frame["topic"], frame["method"], str(frame["number"])


class _Player:
    """Plays the steps of one case."""

    def __init__(self, server: Server, stack: ExitStack, receiver: Receiver) -> None:
        self._is_real: Final = not isinstance(server, Emulator)
        self._server: Final = server
        self._receiver: Final = receiver
        runner = scene_runner(server)
        self._perform: Final = (
            partial(_request, runner)
            if self._is_real
            else TesterCalls(stack.enter_context(RemoteMock(server.url)), runner).perform
        )
        self._clients: Final = {name: stack.enter_context(_connected(server, name)) for name in _CLIENTS}

    def play(self, step: Case, first: Any) -> Frame:
        """Play a step, then subscribe to topics; return what came."""
        self._receiver.answers = answers_of(step)
        if "by_chance" in step and not self._is_real:
            self._receiver.answers = {"operator.select": partial(_chosen, PEOPLE[step["by_chance"]])}
        self._perform(step)
        arrivals = self._arrivals()
        shown: Frame = {"step": step["name"], "frames": _described(self._taken(), arrivals)}
        return shown | ({"first": self.first(first)} if first else {})

    def first(self, topics: Any) -> Frame:
        """Subscribe all clients to topics; return what each got first of each topic."""
        found: Frame = {}
        for topic in map(_filled, topics):
            message = {"action": "subscribe", "payload": {"topic": topic}}
            for client in self._clients.values():
                client.send(encode_frame(json.dumps(message).encode()))
            self._settle(0.2)
            came = {name: _clean(frames[0]["payload"]["message"]) for name, frames in self._taken() if frames}
            found[topic] = _without_repetition(came)
        return found

    def _arrivals(self) -> list[Arrival]:
        if not self._is_real:
            self._server.wait_for_deliveries()
            return self._receiver.take()
        arrivals = self._receiver.take(_QUIET)
        self._settle(_QUIET)
        return arrivals

    def _settle(self, seconds: float) -> None:
        """Let all clients read what has come."""
        for client in self._clients.values():
            client.synchronize()
        if self._is_real:
            time.sleep(seconds)
            for client in self._clients.values():
                client.read(_GLANCE)

    def _taken(self) -> list[tuple[str, list[Frame]]]:
        self._settle(0)
        return [(name, self._published(client)) for name, client in self._clients.items()]

    def _published(self, client: WebSocketClient) -> list[Frame]:
        """Return the frames on topics; respond to heartbeats, without which the server disconnects."""
        frames: list[Any] = [*client.taken()]
        published = [frame for frame in frames if frame.get("action") == PUBLISH]
        if len(published) < len(frames):
            client.send(encode_frame(json.dumps(PONG_FRAME).encode()))
        return published


def _chosen(id_user: str, webhook: Any) -> Json:
    """Return a question `operator.select` with another operator."""
    return {**webhook["payload"], "operators": [{"id_user": id_user}]}


def _request(runner: Any, step: Case) -> None:
    list(runner.run(request_of(step)))


def _connected(server: Server, name: str) -> Any:
    return closing(WebSocketClient(server.url, credentials().header(f"{name}/jwt") or "", {}))


def _filled(text: str) -> str:
    return substitute(text, {**credentials().substitutions, **VARIABLES, **_GUEST})


def _clean(message: Json) -> Json:
    return tidy(without_hashes(message), "", set())


def _described(taken: list[tuple[str, list[Frame]]], arrivals: list[Arrival]) -> list[Frame]:
    """Return the frames of a step by their topics, each once, with who got it."""
    found: dict[str, Frame] = {}
    payloads = {json.dumps(_clean(one.body["payload"])): one.name for one in _by_name(arrivals)}
    for name, frames in taken:
        counts: dict[str, int] = {}
        for frame in frames:
            payload = frame["payload"]
            topic, method = payload["topic"], payload.get("method")
            counts[topic] = number = counts.get(topic, 0) + 1
            text = json.dumps(_clean(payload["message"]))
            shown: Json = f"payload of {payloads[text]}" if text in payloads else json.loads(text)
            key = f"{topic} {method} {number} {text}"
            new: Frame = {"topic": topic, "method": method, "number": number, "to": [], "message": shown}
            found.setdefault(key, new)["to"].append(name)
    frames = sorted(found.values(), key=lambda one: (one["topic"], one["number"]))
    seen: dict[str, str] = {}
    for frame in frames:
        text = json.dumps(frame["message"])
        if isinstance(frame["message"], dict):
            frame["message"] = f"the same as of {seen[text]}" if text in seen else frame["message"]
            seen.setdefault(text, frame["topic"])
    return frames


def _by_name(arrivals: list[Arrival]) -> list[Arrival]:
    """Return webhooks, of variants at last the one without a channel or role."""
    return sorted((one for one in arrivals if "payload" in one.body), key=lambda one: one.name, reverse=True)


def _without_repetition(came: Mapping[str, Json]) -> Frame:
    """Return what people got first; what a person before had is named."""
    seen: dict[str, str] = {}
    shown: Frame = {}
    for name, message in came.items():
        text = json.dumps(message)
        shown[name] = f"the same as {seen[text]}" if text in seen and message else message
        seen.setdefault(text, name)
    return shown
