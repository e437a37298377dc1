"""What a tester calls for the request of a step: the emulator does not serve the routes of conversations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import UNSET, Struct

from tiledesk_mock.errors import ControlError
from tiledesk_mock.node.json import Json
from tiledesk_mock.scenarios.runner import Runner
from tiledesk_mock.scenarios.scenarios import substitute
from tiledesk_mock.testing.conversation import Conversation
from tiledesk_mock.testing.remote import RemoteMock

from ..http import credentials
from ..names import without_times
from ..servers import Server
from .described import described, without_what_varies
from .order import numbered
from .receiver import Arrival, Receiver
from .scenes import Case, answers_of, request_of, scene_runner
from .world import VARIABLES, seed_of

Fields = dict[str, Any]


class Given(Struct, frozen=True):
    """What a step gives: who it is, the ids in its path, and its body."""

    by: str
    ids: dict[str, str]
    body: Any

    @property
    def fields(self) -> Fields:
        """Return the fields of the body."""
        return dict(self.body) if isinstance(self.body, Mapping) else {}


class TesterCalls:
    """Performs the steps of a scene with the handle of an emulator, and keeps what steps save."""

    def __init__(self, mock: RemoteMock, runner: Runner) -> None:
        self.mock: Final[Any] = mock
        self.conversations: Final[dict[str, Any]] = {}
        self._runner: Final = runner
        self._saved: Final = {**credentials().substitutions, **VARIABLES}

    def perform(self, step: Case) -> None:
        """Perform a step; raise LookupError for a request that no call stands for."""
        if "no_call" in step:
            return
        request = request_of(step)
        path = substitute(request.path, self._saved)
        call, ids = _call_for(request.method, path)
        if call is None:
            list(self._runner.run(request))
            return
        body = {} if request.json is UNSET else json.loads(substitute(json.dumps(request.json), self._saved))
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name not in step.get("ignored", ())}
        person = (request.person or "").partition("/")[0]
        try:
            result = call(self, Given(_IDS.get(person, person), ids, body))
        except ControlError:
            if "select" not in step:  # the real server refuses some answers, too
                raise
            return
        self._saved.update({name: _value_at(result, str(place)) for name, place in request.save.items()})

    def emit(self, name: str, /, **fields: Json) -> Any:
        """Emit an event of the platform; return its payload."""
        return self.mock.emit_standard(name, **fields)


def play(server: Server, case: Case) -> list[dict[str, Json]]:
    """Play a scene on an emulator; return for each step which webhooks came, in which order."""
    with Receiver() as receiver, RemoteMock(server.url) as mock:
        server.reset(seed_of(case, receiver.port))
        calls, shown = TesterCalls(mock, scene_runner(server)), list[dict[str, Any]]()
        for step in case["steps"]:
            receiver.answers = answers_of(step)
            calls.perform(step)
            server.wait_for_deliveries()
            shown.append(_shown(step, receiver.take()))
    played: Any = json.loads(without_what_varies(without_times(json.dumps(shown)), receiver.port))
    return list(played)


def _shown(step: Case, arrivals: list[Arrival]) -> dict[str, Any]:
    order = [[name] for name in numbered(arrival.name for arrival in arrivals)]
    return {"step": step["name"], "order": order, "webhooks": described(arrivals)}


_IDS: Final = {
    "customer": "customer-42",
    "newcustomer": "customer-77",
    "outsider": "65a000000000000000000006",
}
"""The ids of people who are named by them: their role is that of others, too."""

Call = Callable[[TesterCalls, Given], Any]


def _value_at(value: Any, place: str) -> str:
    """Return the value at a dotted path of a payload, or of the document of a conversation."""
    value = value.request if isinstance(value, Conversation) else value
    for part in place.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return str(value)


def _call_for(method: str, path: str) -> tuple[Call | None, dict[str, str]]:
    """Return the call for a request, None if the emulator serves it, and the ids in its path."""
    for call_method, pattern, call in _TABLE:
        if re.fullmatch(call_method, method) and (match := re.fullmatch(pattern, path)):
            return call, match.groupdict()
    raise LookupError(f"no call stands for {method} {path}: add it to the table of conformance/standard")


def _nothing(_calls: TesterCalls, _given: Given) -> None:
    """Call nothing: the real server sends no webhook."""


def _message(calls: TesterCalls, given: Given) -> Any:
    """Say something in a conversation, or open it."""
    name, fields = given.ids["r"], given.fields
    if given.by == "customer-42":  # the name is in the token, which a call does not have
        fields.setdefault("senderFullname", "Cleo ")
    if name in calls.conversations:
        return calls.conversations[name].say(fields.pop("text"), by=given.by, **fields)
    if "departmentid" in fields:
        fields["department"] = fields.pop("departmentid")
    calls.conversations[name] = calls.mock.conversation(by=given.by, request_id=name, **fields)
    return None


def _handle(do: Callable[[Any, Given], Any]) -> Call:
    """Return a call of the handle of a conversation, which returns the request."""
    return lambda calls, given: do(calls.conversations[given.ids["r"]], given).request


def _request(calls: TesterCalls, given: Given) -> Any:
    """Open a conversation without a message."""
    fields = given.fields
    if "departmentid" in fields:
        fields["department"] = fields.pop("departmentid")
    return calls.mock.conversation(by=given.by, text=fields.pop("first_text"), message=False, **fields)


def _typing(calls: TesterCalls, given: Given) -> Any:
    """Do what the chat service reports: who types, and who is online."""
    body = given.fields
    if body["event_type"] == "typing-start":
        fields = {name: body[name] for name in ("recipient_id", "writer_id", "data")}
        return calls.emit("typing.start", by=body["writer_id"], **fields)
    fields = {"member": body["user_id"], "presence": body["presence"]}
    calls.emit("project_user.update", **fields)
    return calls.emit("project_user.update.agent", **fields)


def _updates(name: str, reference: str) -> Call:
    """Return a call that emits the update or deletion of a record."""
    return lambda calls, given: calls.emit(name, **{reference: given.ids["id"]}, **given.fields)


def _creates(name: str) -> Call:
    return lambda calls, given: calls.emit(name, by=given.by, **given.fields)


def _attributes(name: str, reference: str) -> Call:
    return lambda calls, given: calls.emit(name, **{reference: given.ids["id"]}, attributes=given.body)


def _bot_made(calls: TesterCalls, given: Given) -> Any:
    """Make a bot; one that the platform runs gets its address afterwards."""
    made = calls.emit("faqbot.create", by=given.by, **given.fields)
    if made["type"] in ("tilebot", "dialogflow", "rasa"):
        calls.emit("faqbot.update", bot=made["_id"])
    return made


def _bot_published(calls: TesterCalls, given: Given) -> Any:
    """Make the copy of a tilebot that is published, with the answers of each new tilebot."""
    bot = next(one for one in calls.mock.controls.state()["bots"] if one["_id"] == given.ids["id"])
    made = _bot_made(calls, Given(given.by, {}, {"name": bot["name"], "type": bot["type"]}))
    for name in ("start", "welcome", "defaultFallback"):
        calls.emit("faq.create", by=given.by, bot=made["_id"], intent_display_name=name)
    calls.emit("faqbot.update", bot=made["_id"])
    calls.emit("faqbot.update", bot=made["_id"], trashed=True)
    return calls.emit("faqbot.update", bot=bot["_id"])


def _answer_made(calls: TesterCalls, given: Given) -> Any:
    fields = given.fields
    return calls.emit("faq.create", by=given.by, bot=fields.pop("id_faq_kb"), **fields)


def _answer_changed(calls: TesterCalls, given: Given) -> Any:
    fields = {name: value for name, value in given.fields.items() if name != "id_faq_kb"}
    return calls.emit("faq.update", faq=given.ids["id"], **fields)


def _department_fields(given: Given) -> Fields:
    names = {"id_bot": "bot", "id_group": "group"}
    return {names.get(name, name): value for name, value in given.fields.items()}


def _member_changed(calls: TesterCalls, given: Given) -> Any:
    """Change a member: a team member's update has a variant of its own."""
    member = given.ids.get("id") or given.by
    changed = calls.emit("project_user.update", member=member, **given.fields)
    if "id_user" in changed:
        calls.emit("project_user.update.agent", member=member)
    return changed


def _project_changed(calls: TesterCalls, given: Given) -> Any:
    """Change a project. A body may set one setting by `settings.NAME`."""
    id_project, fields, settings = given.ids["id"], given.fields, Fields()
    for name in [name for name in fields if name.startswith(_SETTING)]:
        settings[name.removeprefix(_SETTING)] = fields.pop(name)
    if settings:
        projects = calls.mock.controls.state()["projects"]
        stored = next(one for one in projects if one["_id"] == id_project)
        fields["settings"] = {**stored.get("settings", {}), **settings}
    return calls.emit("project.update", project=id_project, **fields)


def _member_trashed(calls: TesterCalls, given: Given) -> Any:
    return calls.emit("project_user.delete", member=given.ids["id"], trashed=True)


_SETTING: Final = "settings."
_A: Final = "/65b000000000000000000001"
_R: Final = rf"{_A}/requests/(?P<r>[^/]+)"
_ID: Final = r"(?P<id>[^/?]+)"
_TABLE: Final[tuple[tuple[str, str, Call | None], ...]] = (
    ("POST", rf"{_R}/messages", _message),
    ("PATCH", _R, _handle(lambda one, given: one.update(by=given.by, **given.fields))),
    (
        "PATCH",
        rf"{_R}/attributes",
        _handle(lambda one, given: one.update(by=given.by, attributes=given.body)),
    ),
    ("POST", rf"{_R}/notes", _handle(lambda one, given: one.note(given.body["text"], by=given.by))),
    ("POST", rf"{_R}/participants", _handle(lambda one, given: one.join(given.body["member"], by=given.by))),
    ("DELETE", rf"{_R}/participants/{_ID}", _handle(lambda one, given: one.leave(given.ids["id"]))),
    (
        "POST",
        rf"{_R}/followers",
        _handle(lambda one, given: one.update(by=given.by, followers=[given.body["member"]])),
    ),
    ("PUT", rf"{_R}/tag", _handle(lambda one, given: one.update(by=given.by, tags=given.body))),
    ("DELETE", rf"{_R}/notes/.*", _handle(lambda one, given: one.update(by=given.by, notes=[]))),
    ("PUT", rf"{_R}/participants", _handle(lambda one, given: one.set_participants(given.body, by=given.by))),
    ("PATCH", rf"{_R}/rating", _handle(lambda one, given: one.rate(**given.fields))),
    ("PUT", rf"{_R}/departments", _handle(lambda one, given: one.move(given.body["departmentid"]))),
    ("PUT", rf"{_R}/close", _handle(lambda one, given: one.close(by=given.by, **given.fields))),
    ("PUT", rf"{_R}/reopen", _handle(lambda one, given: one.reopen(by=given.by))),
    ("PUT", rf"{_R}/assign", _handle(lambda one, given: one.assign(by=given.by))),
    ("DELETE", _R, _nothing),
    ("POST", f"{_A}/requests", _request),
    ("POST", "/chat21/requests", _typing),
    ("POST", f"{_A}/leads", _creates("lead.create")),
    ("(PUT|PATCH|DELETE)", f"{_A}/leads/.*", _nothing),
    ("POST", f"{_A}/faq_kb", _bot_made),
    ("PUT", f"{_A}/faq_kb/{_ID}", _updates("faqbot.update", "bot")),
    ("PUT", f"{_A}/faq_kb/{_ID}/publish", _bot_published),
    ("PUT", f"{_A}/faq_kb/{_ID}/language/.*", _nothing),
    ("POST", f"{_A}/project_users", _nothing),
    ("PATCH", f"{_A}/faq_kb/{_ID}/attributes", _attributes("faqbot.update", "bot")),
    ("DELETE", f"{_A}/faq_kb/{_ID}", _updates("faqbot.delete", "bot")),
    ("POST", f"{_A}/faq", _answer_made),
    ("PUT", f"{_A}/faq/{_ID}", _answer_changed),
    ("PATCH", f"{_A}/faq/{_ID}/attributes", _attributes("faq.update", "faq")),
    ("DELETE", rf"{_A}/faq/{_ID}(\?.*)?", _updates("faq.delete", "faq")),
    ("POST", f"{_A}/project_users/invite", _creates("project_user.invite")),
    ("PUT", f"{_A}/project_users/", _member_changed),
    ("PUT", f"{_A}/project_users/{_ID}", _member_changed),
    ("DELETE", rf"{_A}/project_users/{_ID}\?hard=true", _updates("project_user.delete", "member")),
    ("DELETE", rf"{_A}/project_users/{_ID}\?soft=true", _member_trashed),
    ("DELETE", f"{_A}/project_users/{_ID}", _nothing),
    (
        "POST",
        f"{_A}/departments",
        lambda calls, given: calls.emit("department.create", by=given.by, **_department_fields(given)),
    ),
    (
        "(PUT|PATCH)",
        f"{_A}/departments/{_ID}",
        lambda calls, given: calls.emit(
            "department.update", department=given.ids["id"], **_department_fields(given)
        ),
    ),
    ("DELETE", f"{_A}/departments/{_ID}", _updates("department.delete", "department")),
    ("POST", f"{_A}/groups", _creates("group.create")),
    ("PUT", f"{_A}/groups/{_ID}", _updates("group.update", "group")),
    (
        "DELETE",
        f"{_A}/groups/{_ID}",
        lambda calls, given: calls.emit("group.update", group=given.ids["id"], trashed=True),
    ),
    ("DELETE", rf"{_A}/groups/{_ID}\?force=true", _updates("group.delete", "group")),
    ("POST", "/projects", _creates("project.create")),
    ("(PUT|PATCH)", f"/projects/{_ID}", _project_changed),
    ("DELETE", f"/projects/{_ID}", _updates("project.delete", "project")),
    ("POST", "/auth/.*", None),
    ("POST", f"{_A}/events", None),
    ("POST", f"{_A}/subscriptions", None),
    ("(PUT|POST)", f"(/users/|{_A}/tags|{_A}/canned)", _nothing),
)
"""The requests of steps; None where the emulator serves them."""
