"""Schemathesis sends what the documents describe, and what they do not, to a running emulator."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tiledesk_mock import TiledeskMock
from tiledesk_mock.control.openapi_controls import CONTROL_FILE, api_file
from tiledesk_mock.control.openapi_files import OPENAPI_FILES
from tiledesk_mock.node.json import parse_json
from tiledesk_mock.settings import Dialect

schemathesis = pytest.importorskip("schemathesis", reason="pip install -e .[schemathesis]: needs Python 3.11")

from schemathesis.checks import not_a_server_error  # noqa: E402  (where it is installed)
from schemathesis.specs.openapi import checks  # noqa: E402

MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
EXAMPLES = 6
"""Requests of each operation, of those that fit its document and of those that do not."""

NOT_OF_CONTROL = {
    checks.positive_data_acceptance: "a schema does not know which people, projects and ids exist",
    checks.ignored_auth: "on this machine no token is needed",
}
NOT_OF_API = {
    checks.positive_data_acceptance: "a schema does not know which people, projects and ids exist",
    checks.negative_data_rejection: "the real server casts or ignores what it does not expect",
    checks.content_type_conformance: "the real server sends 400, 401 and 403 as text without a Content-Type; "
    "their body is checked where it has one",
    checks.ignored_auth: "for a header that cannot be parsed the real server has 400, and 401 for any other",
    checks.unsupported_method: "the real server has 404 for other methods, and no Allow",
    not_a_server_error: "the real server has 500 for a body that it cannot parse or cast: it is documented",
}
"""The checks that are off, with the reason."""

BESIDE = {"/stream": "it has no end", "/": "it is the page", "/static/{file}": "it is the page's"}
"""Paths of the control API that are not sent."""


def operations(name: str) -> list[Any]:
    """Return the operations of a document."""
    document = schemathesis.openapi.from_dict(parse_json(OPENAPI_FILES[name].decode()))
    found = [one.ok() for one in document.get_all_operations()]
    return [
        pytest.param(one, id=one.label) for one in found if one.path not in BESIDE or name != CONTROL_FILE
    ]


def send(operation: Any, url: str, off: dict[Any, str], **overrides: Any) -> None:
    """Send an operation as its document says, and otherwise; check the responses."""
    for mode in MODES:
        if mode is MODES[1] and not (operation.query or operation.body):
            continue  # any text is an id

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def compare(case: Any) -> None:
            for name, value in overrides.items():
                if name in case.path_parameters:
                    case.path_parameters[name] = value
            response = case.call(base_url=url, timeout=30)
            untyped = () if "content-type" in response.headers else (checks.response_schema_conformance,)
            case.validate_response(response, excluded_checks=[*off, *untyped])

        compare()


@pytest.mark.parametrize("operation", operations(CONTROL_FILE))
def test_control_api_is_as_documented(operation: Any) -> None:
    """Each operation has an emulator of its own: a reset or another state is of no other's concern."""
    with TiledeskMock() as mock:
        send(operation, f"{mock.url.removesuffix('/v3')}/__admin", NOT_OF_CONTROL)


@pytest.mark.parametrize("operation", operations(api_file(Dialect.DOCUMENTED)))
def test_documented_dialect_is_as_documented(operation: Any) -> None:
    """In the project of the default seed."""
    with TiledeskMock() as mock:
        send(operation, mock.url, NOT_OF_API, project_id=mock.project_id)


@pytest.mark.parametrize("operation", operations(api_file(Dialect.SERVER)))
def test_server_dialect_is_as_documented(operation: Any) -> None:
    """In the project of the default seed."""
    with TiledeskMock(dialect="server") as mock:
        send(operation, mock.url, NOT_OF_API, project_id=mock.project_id)
