"""Responses that were recorded or played, and whether a document of the API describes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from msgspec import UNSET, Struct

from tiledesk_mock.control.openapi_files import FOLDER
from tiledesk_mock.node.json import Json
from tiledesk_mock.openapi.recordings import recorded, with_values
from tiledesk_mock.openapi.routes import matching_route
from tiledesk_mock.web.requests import canonical

from ..contract_recordings import CONTRACT

UNLISTED_HEADERS = {"content-type", "content-length", "date", "connection", "keep-alive", "transfer-encoding"}
"""Headers that OpenAPI or HTTP itself describes."""


class Answer(Struct, frozen=True):
    """A response of an operation, `where` it comes from, and its body: JSON, or text."""

    operation: str
    where: str
    status: int
    headers: tuple[str, ...]
    content_type: str
    body: Json
    text: str


@cache
def document(dialect: str) -> Any:
    """Return the document of a dialect as it ships."""
    return json.loads((FOLDER / f"tiledesk-{dialect}.json").read_bytes())


@cache
def operations(dialect: str) -> dict[str, Any]:
    """Return the operations of a document by id."""
    return {one["operationId"]: one for item in document(dialect)["paths"].values() for one in item.values()}


@cache
def recorded_answers() -> tuple[Answer, ...]:
    """Return what was recorded of operations: scenarios, raw requests, and histories of webhooks."""
    return (*_of_scenarios(), *_of_raw_requests(), *_of_histories())


def _of_scenarios() -> Iterator[Answer]:
    for one in recorded():
        if one.operation is not None and one.step.method not in ("HEAD", "OPTIONS"):
            headers = (*one.headers, *(["etag"] if one.etag else []))
            kind = one.headers.get("content-type", "")
            yield Answer(
                one.operation, f"{one.scenario}: {one.step}", one.status, headers, kind, one.body, one.text
            )


def _of_raw_requests() -> Iterator[Answer]:
    cases = yaml.safe_load((CONTRACT / "raw_responses.yaml").read_bytes())
    answers = json.loads((CONTRACT / "recordings" / "raw_responses.json").read_bytes())
    for case in cases:
        for step, answer in zip(case["steps"], answers[case["name"]], strict=True):
            sent = step["send"] if isinstance(step["send"], str) else step["send"][0]
            method, target, *_ = sent.split(" ")
            route = matching_route(method, canonical(target.partition("?")[0]))
            is_answered = answer["received"] and "X-Powered-By" in answer["received"][0]
            if route is not None and method not in ("HEAD", "OPTIONS") and is_answered:
                yield _parsed(route.operation, step["name"], answer["received"][0])


def _parsed(operation: str, where: str, response: str) -> Answer:
    head, _, body = response.partition("\r\n\r\n")
    line, *fields = head.split("\r\n")
    headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
    if headers.get("transfer-encoding") == "chunked":
        body = "".join(body.split("\r\n")[1:-1:2])
    kind = headers.get("content-type", "")
    parsed = json.loads(body) if kind.startswith("application/json") and body else UNSET
    return Answer(operation, where, int(line.split(" ")[1]), (*headers,), kind, parsed, body)


def _of_histories() -> Iterator[Answer]:
    recording = json.loads((CONTRACT / "recordings" / "webhooks.json").read_bytes())
    for case, steps in recording.items():
        for history in [step["history"] for step in steps if isinstance(step, dict) and "history" in step]:
            listed = [_as_sent(entry) for entry in with_values(history)]
            yield Answer("list_deliveries", case, 200, (), "application/json", listed, "")


def _as_sent(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of a history with its response as the text that the recording has parsed."""
    texts = {name: json.dumps(entry[name]) for name in ("response",) if name in entry}
    return {**entry, **texts}


def problems(answer: Answer, dialect: str) -> list[str]:
    """Return in which ways the document of a dialect does not describe a response."""
    response = operations(dialect)[answer.operation]["responses"].get(str(answer.status))
    if response is None:
        return [f"{answer.operation} has no {answer.status}"]
    listed = {name.lower() for name in response.get("headers", {})} | UNLISTED_HEADERS
    found = [f"the header {name} is not listed" for name in answer.headers if name not in listed]
    return found + _problems_of_body(answer, response, dialect)


def _problems_of_body(answer: Answer, response: Any, dialect: str) -> list[str]:
    kind = answer.content_type.partition(";")[0]
    if not kind:
        is_described = not answer.text or f"the text `{answer.text}`" in response["description"]
        return [] if is_described or answer.status == 504 else [f"{answer.text} is not described"]
    if kind not in response.get("content", {}):
        return [f"{kind} is not listed"]
    body = answer.text if answer.body is UNSET else answer.body
    return [
        error.message for error in validator(answer.operation, answer.status, kind, dialect).iter_errors(body)
    ]


@cache
def validator(operation: str, status: int, kind: str, dialect: str) -> Draft202012Validator:
    """Return the validator of a body."""
    schema = operations(dialect)[operation]["responses"][str(status)]["content"][kind]["schema"]
    return schema_validator(json.dumps(schema), dialect)


@cache
def schema_validator(schema: str, dialect: str) -> Draft202012Validator:
    """Return the validator of a schema, given as JSON, that refers to components of a document."""
    return Draft202012Validator({**json.loads(schema), "components": document(dialect)["components"]})
