"""`docs/api.md`, made from the OpenAPI document of the API."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..settings import Dialect
from ..tiledesk.auth import ROLE_NAMES
from .api import api_document

_URL: Final = "http://127.0.0.1:8900"
_PROJECT: Final = "65b0000000000000000000a1"
_TOKEN_ROUTE: Final = "/auth/signinWithCustomToken"  # noqa: S105  (a path)
_SIGN_IN: Final = ("agent", "admin", "owner")
"""The people of the default seed who send the examples: the first that may."""

_MAKERS: Final[Mapping[str, str]] = {
    "event_id": "events -d name=order.paid",
    "subscription_id": "subscriptions -d event=event.emit -d target=http://127.0.0.1:9/hook",
}
"""What the examples of one object send first, to have one."""

_CLAIMS: Final = {"_id": f"{_PROJECT}-ann", "sub": "userexternal", "email": "ann@example.com"}

_EXAMPLES: Final[Mapping[str, Any]] = {
    "sign_up": {"email": "ann@example.com", "password": "ann-secret", "firstname": "Ann", "lastname": "A"},
    "sign_in": {"email": "owner@example.com", "password": "owner-secret"},
    "sign_in_anonymously": {"id_project": _PROJECT},
    "subscribe": {"event": "event.emit.order.paid", "target": "http://127.0.0.1:9/hook"},
    "update_subscription": {"target": "http://127.0.0.1:9/other"},
    "fire_event": {"name": "order.paid", "attributes": {"order": 7}},
}
_HEAD: Final = """# The API

<!-- made by `python -m tiledesk_mock.openapi` from the OpenAPI document: do not edit -->

What the emulator serves, in the documented dialect. Paths come after `/v3`, `/v2`, `/v1`, `/api` or nothing.
**`page` counts from 0.** Where a role passes, the higher ones pass, too, and so do a project's own roles.
The document itself, with schemas and recorded examples: `tiledesk-mock openapi`, or `/__admin/openapi.json`.
Generate a client of a real Tiledesk from `tiledesk-mock openapi --dialect server`.
What comes back out: [webhooks.md](webhooks.md) and [realtime.md](realtime.md).
What `/__admin` does: [control-api.md](control-api.md).
The examples use the default seed of `tiledesk-mock serve`.
"""

_MOST_FIELDS: Final = 12
"""What an object in an example of a response may have to be shown in full."""

Operation = tuple[str, str, Mapping[str, Any]]


def api_markdown() -> str:
    """Return the document of the API in Markdown."""
    document = api_document(Dialect.DOCUMENTED)
    found: list[Operation] = [
        (method.upper(), path, one)
        for path, item in document["paths"].items()
        for method, one in item.items()
    ]
    counts = Counter(cause for _, _, one in found for cause in _causes(one))
    common = [cause for cause, count in counts.items() if count > len(found) / 2 and cause[0] != "200"]
    lines = [_HEAD]
    for tag in dict.fromkeys(one["tags"][0] for _, _, one in found):
        lines.append(f"## {tag}\n")
        for operation in found:
            if operation[2]["tags"][0] == tag:
                lines += _section(operation, common)
    lines += ["## Errors of most requests\n", *_table("status", "cause", sorted(common))]
    return "\n".join(lines).rstrip() + "\n"


def _section(operation: Operation, common: list[tuple[str, str]]) -> Iterator[str]:
    method, path, one = operation
    yield f"### {method} {path}\n"
    yield f"{one['summary']}. {one.get('description', '')}\n"
    parameters = [*_parameters(one)]
    if parameters:
        yield from _table("parameter", "what it is", parameters)
    if (content := one.get("requestBody", {}).get("content", {}).get("application/json")) is not None:
        examples = [example["value"] for example in content.get("examples", {}).values()]
        body: Any = _EXAMPLES.get(one["operationId"]) or next(iter(examples), {})
        yield f"Body: JSON or a form, as `{json.dumps(body, ensure_ascii=False)}`.\n"
    own = [cause for cause in _causes(one) if cause not in common and cause[0] != "200"]
    if own:
        yield from _table("status", "cause", own)
    yield f"```sh\n{_example(operation)}\n```\n"
    yield from _response(one)


def _response(operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the body of a successful response, if the document has an example."""
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    for example in list(content.get("examples", {}).values())[:1]:
        body = json.dumps(_shortened(example["value"]), indent=2, ensure_ascii=False)
        yield f"A response:\n\n```json not run: an example of a response\n{body}\n```\n"


def _shortened(value: Any) -> Any:
    """Return a value with one item of each list, and of a long object its id only."""
    if isinstance(value, list):
        return [_shortened(item) for item in value[:1]]
    if not isinstance(value, dict):
        return value
    if len(value) > _MOST_FIELDS and "_id" in value:
        return {"_id": value["_id"], "...": "..."}
    return {name: _shortened(item) for name, item in value.items()}


def _parameters(operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in operation.get("parameters", ()):
        default = one["schema"].get("default")
        suffix = "" if default is None else f" By default `{default}`."
        if one["in"] == "query":
            yield f"`{one['name']}`", one["description"] + suffix


def _causes(operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield statuses with their causes, of which a description may list several."""
    for status, response in operation["responses"].items():
        description = response["description"]
        lines = description.split("\n") if description.startswith("* ") else [description]
        for line in filter(None, lines):
            yield status, line.removeprefix("* ")


def _table(first: str, second: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    yield f"| {first} | {second} |\n|---|---|"
    yield "\n".join(f"| {one} | {' '.join(what.split())} |" for one, what in rows) + "\n"


def _example(operation: Operation) -> str:
    """Return a command that works with the default seed."""
    method, path, one = operation
    credentials = "" if path == _TOKEN_ROUTE else _credentials(one)
    lines = []
    target = path.replace("{project_id}", _PROJECT)
    for name, maker in _MAKERS.items():
        if f"{{{name}}}" in path:
            made = f"curl -s {credentials} {_URL}/v3/{_PROJECT}/{maker}"
            lines.append(f"id=$({made} | grep -o '\"_id\":\"[0-9a-f]*' | head -1 | cut -d'\"' -f4)")
            target = target.replace(f"{{{name}}}", "$id")
    words = ["curl --fail --silent", credentials]
    if path == _TOKEN_ROUTE:
        claims = shlex.quote(json.dumps({"claims": _CLAIMS}))
        lines.append(f"token=$(curl -s {_URL}/__admin/custom-tokens -d {claims} | cut -d'\"' -f4)")
        words.append('-H "Authorization: $token"')
    body = _EXAMPLES.get(one["operationId"])
    if method != ("GET" if body is None else "POST"):
        words.append(f"-X {method}")
    words.append(f"{_URL}/v3{target}")
    if body is not None:
        words.append(f"-H 'Content-Type: application/json' -d {shlex.quote(json.dumps(body))}")
    return "\n".join([*lines, " ".join(word for word in words if word)])


def _credentials(operation: Mapping[str, Any]) -> str:
    if not operation.get("security"):
        return ""
    roles = operation.get("x-tiledesk-roles", ROLE_NAMES)
    role = next(role for role in _SIGN_IN if role in roles)
    return f"-u {role}@example.com:{role}-secret"
