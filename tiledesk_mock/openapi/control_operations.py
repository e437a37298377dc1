"""An operation of the control API as OpenAPI describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Final

from ..control.operations import Operation
from ..node.json_schema import Schema
from ..tiledesk.conversation_fields import STEPS
from ..tiledesk.wire import Document
from .control_routes import OPEN_PATHS, error_responses
from .control_schemas import ControlSchemas

_STEP: Final = "step"
_RAISES: Final = re.compile(r"\s*(?:Also r|R)aises [A-Z]\w+[^.]*\.")
_ARGUMENT: Final = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)

_IDS: Final[Mapping[str, str]] = {
    "name": "The name of the snapshot",
    "id_request": "The `request_id` or `_id` of the request",
}
"""Descriptions of ids in paths. The others are named by what they are ids of."""


def path_items(operation: Operation, found: ControlSchemas) -> Iterator[tuple[str, Document]]:
    """Yield the path and the description of an operation; several paths if its body follows from a step."""
    path = re.sub(r"<(\w+)>", r"{\1}", operation.path)
    if _STEP not in operation.ids:
        yield path, _described(operation, operation.ids, found.body(operation), found)
        return
    ids = tuple(name for name in operation.ids if name != _STEP)
    for step, kind in STEPS.items():
        document = _described(operation, ids, found.of(kind), found)
        names = {"operationId": f"conversation_{step}", "summary": f"Go on with a conversation: {step}"}
        yield path.replace(f"{{{_STEP}}}", step), {**document, **names}


def _described(
    operation: Operation, ids: tuple[str, ...], body: Schema | None, found: ControlSchemas
) -> Document:
    summary, description, sentences = _docstring(operation)
    found.describe(operation, sentences)
    is_open = operation.path in OPEN_PATHS
    document: Document = {"operationId": operation.name, "summary": summary}
    if description:
        document["description"] = description
    document["tags"] = [operation.path.split("/")[1].removesuffix(".json")]
    parameters = [*map(_id_parameter, ids), *([] if operation.has_body else _query(operation, found))]
    if parameters:
        document["parameters"] = parameters
    if body is not None:
        is_required = operation.document is not None or bool(found.required(operation))
        document["requestBody"] = {"required": is_required, "content": {"application/json": {"schema": body}}}
    if is_open:
        document["security"] = []
    content = {"application/json": {"schema": found.response(operation)}}
    names_something = bool(parameters) or body is not None
    document["responses"] = {
        "200": {"description": "It is done.", "content": content},
        **error_responses(names_something=names_something, has_body=body is not None, is_open=is_open),
    }
    return document


def _id_parameter(name: str) -> Document:
    what = _IDS.get(name) or f"The id of the {name.removeprefix('id_')}"
    schema = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "description": what, "schema": schema}


def _query(operation: Operation, found: ControlSchemas) -> Iterator[Document]:
    for name, property_schema in found.properties(operation).items():
        schema = _without_null(property_schema)
        parameter: Document = {"name": name, "in": "query", "required": name in found.required(operation)}
        if (description := schema.pop("description", None)) is not None:
            parameter["description"] = description
        if schema.get("type") == "object":
            yield {**parameter, "content": {"application/json": {"schema": schema}}}
        else:
            yield {**parameter, "schema": schema}


def _without_null(schema: Schema) -> Schema:
    """Return the schema of a parameter that may be left out, and cannot be null."""
    schema = {name: value for name, value in schema.items() if (name, value) != ("default", None)}
    options = [one for one in schema.pop("anyOf", ()) if one != {"type": "null"}]
    if len(options) > 1:
        return {**schema, "anyOf": options}
    return {**(options[0] if options else {}), **schema}


def _docstring(operation: Operation) -> tuple[str, str, dict[str, str]]:
    """Return the summary of an operation, the rest of its description, and those of its arguments."""
    summary, _, rest = cleandoc(str(operation.perform.__doc__)).partition("\n")
    before, _, listed = rest.partition("Args:\n")
    listed, _, after = listed.partition("\n\n")
    sentences = {match[1]: _sentence(match[2]) for match in _ARGUMENT.finditer(listed)}
    paragraphs = [_RAISES.sub("", one).strip() for one in f"{before}\n\n{after}".split("\n\n")]
    return summary.removesuffix("."), "\n\n".join(one for one in paragraphs if one), sentences


def _sentence(text: str) -> str:
    text = " ".join(text.split()).removesuffix(".")
    return text[:1].upper() + text[1:]
