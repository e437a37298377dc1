"""The documents of the API against the tables and routes of the emulator."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.openapi.drifts import DRIFT_KEY
from tiledesk_mock.openapi.operations import DETAILS
from tiledesk_mock.openapi.routes import routes
from tiledesk_mock.tiledesk.drifts import DRIFTS

from .api_responses import document, operations, schema_validator

DIALECTS = ["documented", "server"]
LARGEST = 400_000
"""Bytes of a document: more is slow in Swagger UI."""


def values_of(key: str, node: Any) -> Iterator[Any]:
    """Yield the values of a key anywhere in a document."""
    if isinstance(node, dict):
        yield from ([node[key]] if key in node else [])
        yield from (found for value in node.values() for found in values_of(key, value))
    elif isinstance(node, list):
        yield from (found for value in node for found in values_of(key, value))


def media_types(node: Any) -> Iterator[Any]:
    """Yield the media types of a document that have examples."""
    contents = [content for found in values_of("content", node) for content in found.values()]
    yield from (one for one in contents if "examples" in one)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_route_is_described(dialect: str) -> None:
    """A new route needs its row in `openapi/operations.py`, and an old row goes."""
    found = {
        (method.upper(), path.lower()) for path, item in document(dialect)["paths"].items() for method in item
    }

    assert found == {(one.method, one.path) for one in routes()}
    assert {one.view for one in routes()} == DETAILS.keys()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_drift_is_noted(dialect: str) -> None:
    """Each stands where it counts, with what documentation and server do."""
    noted = [one for notes in values_of(DRIFT_KEY, document(dialect)) for one in notes]

    assert {one["id"]: (one["documented"], one["server"]) for one in noted} == {
        drift.id: (drift.documented, drift.server) for drift in DRIFTS
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_examples_fit_their_schemas(dialect: str) -> None:
    """Those of requests and of responses."""
    found = list(media_types(document(dialect)["paths"]))

    for one in found:
        for example in one["examples"].values():
            schema_validator(json.dumps(one["schema"]), dialect).validate(example["value"])
    assert found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_operation_that_succeeds_with_json_has_an_example(dialect: str) -> None:
    """It is what people read first."""
    successes = {name: one["responses"]["200"]["content"] for name, one in operations(dialect).items()}

    without = [
        name
        for name, one in successes.items()
        if "examples" not in one.get("application/json", {"examples": 1})
    ]
    assert without == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_document_is_not_large(dialect: str) -> None:
    """Swagger UI takes long for long ones."""
    assert len(json.dumps(document(dialect), indent=1)) < LARGEST


@pytest.mark.parametrize("word", ["ascending", "asc", "1", "descending", "desc", "-1"])
def test_described_directions_are_accepted(word: str) -> None:
    """The document lists the words for a direction."""
    parameters = {one["name"]: one for one in operations("server")["list_events"]["parameters"]}
    with TiledeskMock(dialect="server") as mock:
        owner = mock.person("owner").basic
        events = f"{mock.url}/{mock.project_id}/events"
        response = requests.get(events, params={"direction": word}, auth=owner, timeout=10)

    assert word in parameters["direction"]["schema"]["enum"]
    assert response.status_code == 200


def test_parameters_are_those_that_lists_read() -> None:
    """`sortField` counts as documented only, where the server's document says that it is ignored."""
    for dialect in DIALECTS:
        names = [
            one["name"] for one in operations(dialect)["list_events"]["parameters"] if one["in"] == "query"
        ]
        assert names == ["page", "direction", "sort", "sortField", "project_user"]

    (ignored,) = (
        one for one in operations("server")["list_events"]["parameters"] if one["name"] == "sortField"
    )
    assert ignored["deprecated"]


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("sign_in", "/auth/signin"),
        ("sign_up", "/auth/signup"),
        ("sign_in_anonymously", "/auth/signinAnonymously"),
        ("fire_event", "/{project}/events"),
        ("subscribe", "/{project}/subscriptions"),
    ],
)
def test_required_fields_of_a_body_are_required(operation: str, path: str) -> None:
    """A request without one of them is refused, and so is one that the schema of the body refuses."""
    content = operations("documented")[operation]["requestBody"]["content"]["application/json"]
    schema = document("documented")["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    whole = {
        "email": "new@example.com",
        "event": "event.emit.t",
        "target": "http://127.0.0.1:9/",
        "password": "p",
    }
    with TiledeskMock() as mock:
        whole["id_project"] = mock.project_id
        for name in schema["required"]:
            body = {field: whole.get(field, "text") for field in schema["required"] if field != name}
            url = mock.url + path.format(project=mock.project_id)
            response = requests.post(url, json=body, auth=mock.person("owner").basic, timeout=10)

            with pytest.raises(jsonschema.ValidationError):
                schema_validator(json.dumps(schema), "documented").validate(body)
            assert response.status_code in (422, 500)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_patterns_are_those_of_javascript(dialect: str) -> None:
    """They escape only what means something: other escapes are errors in ECMA-262."""
    patterns = [one for one in values_of("pattern", document(dialect)) if isinstance(one, str)]

    assert patterns
    assert [one for one in patterns if re.search(r"\\[^dws^$\\.*+?()\[\]{}|/]", one)] == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_component_is_used(dialect: str) -> None:
    """What nothing refers to is left out."""
    text = json.dumps(document(dialect))
    components = document(dialect)["components"]
    names = [f"#/components/{kind}/{name}" for kind in ("headers", "schemas") for name in components[kind]]

    assert [name for name in names if f'"{name}"' not in text] == []
