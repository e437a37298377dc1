"""Webhooks: what reaches a target when an event is fired, as bytes, and the history of it.

A step is a target: a URL, or an object with `url`, and with

* `event`: what is subscribed to; by default an event of this target's own;
* `responses`: what it responds to each request, see `targets.py`; by default 200;
* `body`: `text` or `json`, to see the body of the last request as well, and the token in it.

In a URL `{host}` is the target's address and `{port}` its port. A case may have `fire`: the events that are
fired, with `as`, `name` and `attributes`; by default the owner fires the event of each target.
"""

from __future__ import annotations

import base64
import json
import re
from contextlib import ExitStack
from typing import Any, Final

from tiledesk_mock.http.exchange import RecordedRequest
from tiledesk_mock.node.json import Json

from .http import Sender, credentials
from .names import UUID, Names
from .servers import Server
from .targets import Target

Step = dict[str, Any]

_PROJECT: Final = "65b000000000000000000001"
_THREAD: Final = re.compile(r"EPROTO [0-9A-F]{16}(.*?:)[0-9]+:")
_TIMESTAMP: Final = re.compile(r'"timestamp":[0-9]{13}')
_LENGTH: Final = re.compile(r"(content-length: )[0-9]+", re.IGNORECASE)
_HASH: Final = re.compile(r'"password":"\$2[^"]*",?')
_AGAIN: Final = "the same again"
_LONGEST_SHOWN: Final = 1000
_PAGES: Final = 9


def play(server: Server, case: dict[str, Any]) -> Json:
    """Subscribe the targets of a case, and fire its events; return for each target what it shows."""
    client = _Client(server)
    steps = [{"url": step} if isinstance(step, str) else step for step in case["steps"]]
    with ExitStack() as stack:
        targets = [stack.enter_context(Target(step.get("responses", ()))) for step in steps]
        ids = [
            client.subscribe(*pair, number) for number, pair in enumerate(zip(steps, targets, strict=True))
        ]
        for event in case.get("fire") or [{"name": f"target.{number}"} for number in range(len(steps))]:
            client.fire(event)
        server.wait_for_deliveries()
        history = client.history()
    names = Names()
    return [
        names.replaced(
            _shown(step, target, [one for one in history if one["event"] == event and one["target"] == url])
        )
        for step, target, (event, url) in zip(steps, targets, ids, strict=True)
    ]


def size(case: dict[str, Any], _recorded: Json) -> int:
    """Return the number of targets."""
    return len(case["steps"])


class _Client:
    """Sends requests to a server as people of the recorded world."""

    def __init__(self, server: Server) -> None:
        self._sender: Final = Sender(server.url)

    def subscribe(self, step: Step, target: Target, number: int) -> tuple[str, str]:
        """Subscribe a target; return event and URL, which the history shows."""
        address = f"127.0.0.1:{target.port}"
        url = step["url"].replace("{host}", address).replace("{port}", str(target.port))
        event = step.get("event", f"event.emit.target.{number}")
        created = self._send("owner", "POST", "/subscriptions", {"event": event, "target": url})
        if "put" in step:
            self._send("owner", "PUT", f"/subscriptions/{created['_id']}", step["put"])
            event = step["put"].get("event", event)
        return event, url

    def fire(self, event: Step) -> None:
        """Fire an event."""
        body = {"name": event["name"], "attributes": event.get("attributes", {"total": 5})}
        self._send(event.get("as", "owner"), "POST", "/events", body)

    def history(self) -> list[Json]:
        """Return the history, oldest first."""
        documents: dict[str, Json] = {}
        for page in range(_PAGES):
            found = self._send("owner", "GET", f"/subscriptions/history?page={page}", None)
            if not found:
                break
            documents |= {one["_id"]: one for one in found}
        return list(reversed(documents.values()))

    def _send(self, person: str, method: str, path: str, body: Json) -> Json:
        """Return the JSON of a response, None for a refusal."""
        headers = (
            ("Authorization", credentials().header(person) or ""),
            ("Content-Type", "application/json"),
        )
        data = b"" if body is None else json.dumps(body).encode()
        response = self._sender(RecordedRequest(method, f"/{_PROJECT}{path}", headers, data))
        return json.loads(response.body) if response and response.status < 400 else None


def _shown(step: Step, target: Target, history: list[Json]) -> Json:
    """Return what a target got and the history says; its port is replaced."""
    requests = [request.partition(b"\r\n\r\n") for request in target.requests]
    last = requests[-1][2].decode() if requests else None
    heads = [_head(head.decode(), len(body)) for head, _, body in requests]
    shown: dict[str, Json] = {
        "requests": [_AGAIN if heads[:number].count(head) else head for number, head in enumerate(heads)],
        "history": [_document(document, last) for document in history],
    }
    if "body" in step and last is not None:
        shown |= _body(last, step["body"])
    text = re.sub(rf"(?<![1-9]){target.port}\b", "<port>", json.dumps(shown))
    replaced: Json = json.loads(text)
    return replaced


def _head(head: str, size: int) -> list[str]:
    """Return the lines of a request's head, without its secret and the length of its body."""
    lines = UUID.sub("<secret>", head).split("\r\n")
    return [_LENGTH.sub(r"\1<length>", line) if line.endswith(f" {size}") else line for line in lines]


def _document(document: Json, body: str | None) -> Json:
    """Return a document of the history; its request's body is named if it was the last one sent."""
    shown = dict(document)
    request = shown.get("jsonRequest")
    other = _TIMESTAMP.sub('"timestamp":0', _HASH.sub("", request or ""))
    shown["jsonRequest"] = "<the body>" if request == body or body is None else other
    if isinstance(shown.get("err"), str):
        shown["err"] = _THREAD.sub(r"EPROTO <thread>\1<line>:", shown["err"])
    if len(shown.get("body", "")) > _LONGEST_SHOWN:
        shown["body"] = len(shown["body"])
    if "response" in shown:
        shown["response"] = _response(json.loads(shown["response"]), len((request or "").encode()))
    return shown


def _response(response: Json, size: int) -> Json:
    headers = response["request"]["headers"]
    headers["x-hook-secret"] = UUID.sub("<secret>", headers["x-hook-secret"])
    if headers["content-length"] == size:
        headers["content-length"] = "<length>"
    if isinstance(response.get("body"), str) and len(response["body"]) > _LONGEST_SHOWN:
        response["body"] = len(response["body"])
    return response


def _body(text: str, form: str) -> dict[str, Json]:
    """Return a body as text or as JSON, and the head and claims of its token."""
    head, claims, _ = json.loads(text)["token"].split(".")
    text = _TIMESTAMP.sub('"timestamp":0', _HASH.sub("", text))
    shown = text if form == "text" else json.loads(text) | {"token": "<jwt>"}
    return {"body": shown, "token": [_decoded(head), _decoded(claims) | {"iat": 0}]}


def _decoded(part: str) -> Json:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
