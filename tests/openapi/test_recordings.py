"""The documents of the API against what was recorded: in both directions.

Bodies are validated by `jsonschema`: a schema of OpenAPI 3.1 is one of draft 2020-12, which it has whole, and
this project uses it already. `openapi-core` would call it as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec import UNSET

from conformance.grounds import http_grounds
from tiledesk_mock import TiledeskMock
from tiledesk_mock.openapi.recordings import GROUNDS, NO_ANSWER
from tiledesk_mock.openapi.routes import matching_route
from tiledesk_mock.scenarios.credentials import read_credentials
from tiledesk_mock.scenarios.runner import Result, Runner
from tiledesk_mock.scenarios.scenarios import read_scenarios
from tiledesk_mock.web.requests import canonical

from ..contract_recordings import CONTRACT
from ..request_sender import RequestSender
from .api_responses import (
    Answer,
    operations,
    problems,
    recorded_answers,
    schema_validator,
)

SHARED = {
    "304": "Express makes it of every GET that succeeds",
    "413": "the body is read before there is an operation",
    "504": "a token at which the server throws hangs every operation that checks credentials",
    "Failure": "the body is read, and the path decoded, before there is an operation",
    "Unauthorized": "the guard of all operations that need credentials",
    "Bad Request": "the guard of all operations that need credentials",
    "InvalidProjectId": "the guard of all operations in projects",
    "ProjectNotFound": "the guard of all operations in projects",
    "MalformedAuthorization": "the guard of all operations that need credentials",
    "NotAMember": "the guard of all operations in projects",
    "RoleTooLow": "the guard of all operations in projects",
}
"""Statuses and bodies that were recorded of some operations, and why all others have them, too."""

NOT_RECORDED = {
    ("sign_in_with_custom_token", "SigninRefused"): "the recorded world has no disabled member with a uuid",
}
"""Bodies that were not recorded, and why."""


def bodies(operation: str, status: str) -> dict[str, Draft202012Validator | None]:
    """Return what describes the bodies of a status, by name; None for a text without Content-Type."""
    response = operations("server")[operation]["responses"][status]
    schemas = [one["schema"] for one in response.get("content", {}).values()]
    found: dict[str, Draft202012Validator | None] = {
        name_of(branch): schema_validator(json.dumps(branch), "server")
        for schema in schemas
        for branch in schema.get("anyOf", [schema])
    }
    return found | dict.fromkeys(re.findall("the text `(.*?)`", response["description"]), None)


def name_of(branch: Any) -> str:
    """Return the name of the schema that is referred to."""
    return str(branch.get("$ref", "")).rpartition("/")[2]


def is_recorded(operation: str, status: str, name: str) -> bool:
    """Return whether a response was recorded with that status and with the body of that name."""
    check = bodies(operation, status).get(name)
    return any(
        one.text == name if check is None else check.is_valid(one.text if one.body is UNSET else one.body)
        for one in recorded_answers()
        if one.operation == operation and str(one.status) == status
    )


def changed_bodies(body: Any) -> Iterator[Any]:
    """Yield a body with a field more, a field less, and another type; of a list, its first item so."""
    if isinstance(body, list):
        yield from ([changed, *body[1:]] for changed in changed_bodies(body[0]))
        return
    name = "_id" if "_id" in body else next(iter(body))
    yield {**body, "unheard-of": 1}
    yield {**body, name: {"not": "this"}}
    yield {key: value for key, value in body.items() if key != name}


def played(mock: TiledeskMock, ground: str) -> Iterator[Answer]:
    """Send the requests of a ground to an emulator, and yield what it answers."""
    credentials = read_credentials(CONTRACT / "credentials.yaml")
    for scenario in read_scenarios(CONTRACT / f"{ground}.yaml"):
        mock.reset()
        with RequestSender(mock.url) as send:
            runner = Runner(credentials, send)
            results = [result for step in scenario.steps for result in runner.run(step)]
        yield from (answer for result in results if (answer := answer_of(result, scenario.name)) is not None)


def answer_of(result: Result, where: str) -> Answer | None:
    """Return the answer to a request, None if no operation gave it."""
    request, response = result.request, result.response
    route = matching_route(request.method, canonical(request.target.partition("?")[0]))
    if route is None or response is None or request.method in ("HEAD", "OPTIONS"):
        return None
    headers = tuple(name.lower() for name, _ in response.headers)
    kind = response.header("content-type") or ""
    body = response.json() if kind.startswith("application/json") else UNSET
    where = f"{where}: {request.method} {request.target}"
    return Answer(route.operation, where, response.status, headers, kind, body, response.body.decode())


def test_every_ground_of_scenarios_is_read() -> None:
    """A new ground adds what the real server answers to the proof."""
    assert sorted(GROUNDS) == http_grounds()


@pytest.mark.parametrize("operation", operations("server"))
def test_recorded_responses_are_described(operation: str) -> None:
    """Status, headers and body of each response of the real server fit the document of its dialect."""
    answers = [one for one in recorded_answers() if one.operation == operation]

    assert answers
    assert [(one.where, one.status, found) for one in answers if (found := problems(one, "server"))] == []


@pytest.mark.parametrize("operation", operations("server"))
def test_described_responses_are_recorded(operation: str) -> None:
    """Each response that the document names was recorded, or has a reason why not."""
    statuses = {str(one.status) for one in recorded_answers() if one.operation == operation}
    missing = [
        (status, name)
        for status in operations("server")[operation]["responses"]
        for name in bodies(operation, status) or [""]
        if not (status in statuses and (not name or status == "504" or is_recorded(operation, status, name)))
        if status not in SHARED and name not in SHARED and (operation, name) not in NOT_RECORDED
    ]

    assert missing == []


@pytest.mark.parametrize("shared", SHARED)
def test_shared_responses_are_recorded_of_another_operation(shared: str) -> None:
    """What is not recorded of every operation that has it is recorded of one."""
    assert any(
        str(one.status) == shared
        or (
            shared in bodies(one.operation, str(one.status))
            and is_recorded(one.operation, str(one.status), shared)
        )
        for one in recorded_answers()
    )


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("dialect", ["documented", "server"])
def test_responses_of_the_emulator_are_described(ground: str, dialect: str) -> None:
    """What it answers to the recorded requests fits the document of its dialect."""
    with TiledeskMock(dialect=dialect, seed=CONTRACT / "world.json", log_level="error") as mock:
        answers = [*played(mock, ground)]

    assert answers
    assert [(one.where, one.status, found) for one in answers if (found := problems(one, dialect))] == []


@pytest.mark.parametrize("operation", operations("server"))
def test_changed_responses_are_not_described(operation: str) -> None:
    """A field more, a field less and another type are seen in every body but those of text."""
    changed = [
        Answer(one.operation, one.where, one.status, (), one.content_type, body, "")
        for one in recorded_answers()
        if one.operation == operation
        and one.status != NO_ANSWER
        and isinstance(one.body, (dict, list))
        and one.body
        for body in changed_bodies(one.body)
    ]

    assert [(one.where, one.body) for one in changed if not problems(one, "server")] == []


def test_schemas_of_dialects_differ_where_drifts_of_shape_say_so() -> None:
    """An event as the real server sends it is none of the documented dialect."""
    event = next(one for one in recorded_answers() if one.operation == "get_event" and one.status == 200)

    assert problems(event, "server") == []
    assert problems(event, "documented") == ["'id' is a required property"]
