"""The question `operator.select`: what becomes of a request with the answers of its receivers.

A case has `receivers`, in the order in which they are subscribed, each with

* `answer`: the JSON that it responds; or `responses`, as those of a target in `targets.py`;
* `url`: in place of a target, an address;
* `is_global`: whether the subscription is global.

It may have `available` and `seed`, as a scene of `standard/scenes.py`, and `request`: by default a guest
writes first; `moved` or `assigned` is about a later request, which moves an unassigned conversation to its
department, or assigns it. With `retries` the real server has time for them.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any, Final

from tiledesk_mock.errors import SetupError
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.node.json import Json
from tiledesk_mock.scenarios.scenarios import substitute
from tiledesk_mock.testing.remote import RemoteMock

from .http import Sender, credentials
from .servers import Emulator, Seed, Server
from .standard.receiver import Receiver
from .standard.world import DEPARTMENT, PROJECT, VARIABLES, seed_of
from .targets import Target

Case = dict[str, Any]

_NAME: Final = "operator.select"
_PATH: Final = f"/{PROJECT}/requests/support-group-{PROJECT}-one"
_QUIET: Final = 0.9
_LATER: Final = {
    "moved": (f"{_PATH}/departments", {"departmentid": DEPARTMENT}),
    "assigned": (f"{_PATH}/assign", {}),
}
_SHORT: Final = 2.0
"""Seconds after which a server counts as one that never responds, if there are no retries."""

_LONG: Final = 12.0
_OK: Final = 200
_REFUSED: Final = 500
_NO_ANSWER: Final = "no answer"

_UNASSIGNED: Final[Json] = {"operators": [], "agents": []}


def play(server: Server, case: Case) -> Json:
    """Return what is responded, what becomes of the request, and how many questions each receiver got."""
    is_real = not isinstance(server, Emulator)
    is_later = "request" in case
    with ExitStack() as stack:
        others = stack.enter_context(Receiver())
        targets = [
            None if "url" in one else stack.enter_context(Target(_responses(one, is_later=is_later)))
            for one in case["receivers"]
        ]
        server.reset(_seed(case, targets, others.port))
        shown = (_requested if is_real else _performed)(server, case, others)
        return {**shown, "questions": [target and len(target.requests) - is_later for target in targets]}


def size(_case: Case, _recorded: Json) -> int:
    """Return that a case is one exchange."""
    return 1


def _responses(receiver: Case, *, is_later: bool) -> list[Json]:
    """Return the responses of a target; for a later request, the first one leaves the request unassigned."""
    responses = [_json_response(receiver["answer"])] if "answer" in receiver else receiver["responses"]
    return [_json_response(_UNASSIGNED), *responses] if is_later else list(responses)


def _json_response(value: Json) -> Json:
    """Return a response with a value, in which `{admin}` stands for the admin's id."""
    body = substitute(json.dumps(value), VARIABLES)
    return {"status": "200 OK", "headers": ["Content-Type: application/json"], "body": body}


def _seed(case: Case, targets: list[Target | None], port: int) -> Seed:
    """Return the seed: the receivers in place of the only one of the scenes, and one for each other name."""
    seed = seed_of(case, port)
    others = [one for one in seed["subscriptions"] if one["event"] != _NAME]
    like = next(one for one in seed["subscriptions"] if one["event"] == _NAME)
    receivers = [
        like
        | {
            "_id": f"65e00000000000000001{number:04x}",
            "global": receiver.get("is_global", False),
            "target": f"http://127.0.0.1:{target.port}/{number}" if target else receiver["url"],
        }
        for number, (receiver, target) in enumerate(zip(case["receivers"], targets, strict=True))
    ]
    return {**seed, "subscriptions": others + receivers}


def _requested(server: Server, case: Case, others: Receiver) -> dict[str, Any]:
    """Send the request to the real server; return the response, and which webhooks follow."""
    sender = Sender(server.url, _LONG if case.get("retries") else _SHORT)
    first = {"text": "hello", "senderFullname": "Gus"}
    if later := _LATER.get(case.get("request", "")):
        _send(sender, "guest", "POST", f"{_PATH}/messages", first)
        others.take(_QUIET)
        shown = _shown(_send(sender, "owner", "PUT", *later))
    else:
        shown = _shown(_send(sender, "guest", "POST", f"{_PATH}/messages", first))
    webhooks = {arrival.name for arrival in others.take(_QUIET)}
    if case.get("retries"):
        server.wait_for_deliveries()
    return shown | {"webhooks": sorted(webhooks)}


def _send(sender: Sender, person: str, method: str, path: str, body: Json) -> RecordedResponse | None:
    headers = (("Authorization", credentials().header(person) or ""), ("Content-Type", "application/json"))
    return sender(RecordedRequest(method, path, headers, json.dumps(body).encode()))


def _shown(response: RecordedResponse | None) -> dict[str, Any]:
    if response is None:
        return {"status": _NO_ANSWER}
    body: Any = json.loads(response.body)
    if response.status != _OK:
        return {"status": response.status}
    return _of_request(body.get("request", body), is_new="request" in body)


def _of_request(request: Any, *, is_new: bool) -> dict[str, Any]:
    """Return the response 200, and what the request shows of the selection."""
    shown = {"status": _OK, "request": {name: request[name] for name in ("status", "participants")}}
    return shown | ({"available_agents": request["snapshot"]["availableAgentsCount"]} if is_new else {})


def _performed(server: Server, case: Case, others: Receiver) -> dict[str, Any]:
    """Do the same on an emulator, with the calls of a tester; return what the real server would respond."""
    with RemoteMock(server.url) as mock:
        try:
            conversation = mock.conversation(by="guest", text="hello", senderFullname="Gus")
            if later := _LATER.get(case.get("request", "")):
                server.wait_for_deliveries()
                others.take()
                conversation.move(DEPARTMENT) if "departmentid" in later[1] else conversation.assign()
            shown = _of_request(conversation.request, is_new=not later)
        except SetupError as error:
            shown = {"status": _REFUSED if str(_REFUSED) in str(error) else _NO_ANSWER}
        server.wait_for_deliveries()
    return shown | {"webhooks": sorted({arrival.name for arrival in others.take()})}
