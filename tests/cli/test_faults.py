"""`faults`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.cli.faults import FIELD_HELP, add_command
from tiledesk_mock.faults.rule import Fault

from .conftest import Verb


def test_fault_is_added_and_listed(verb: Verb, mock: TiledeskMock) -> None:
    """The list has the requests that it hit."""
    assert verb("faults", "add", "--status", "503", "--path", "/testauth", "--count", "2").out == "fault-1\n"

    status = requests.get(f"{mock.url}/testauth", auth=mock.agent.basic, timeout=5).status_code

    assert status == 503
    assert [line.split() for line in verb("faults").out.splitlines()] == [
        ["id", "effect", "when", "hits", "seen"],
        ["fault-1", "status", "503", "path", "/testauth,", "count", "2", "1", "1"],
    ]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["--latency", "0.5", "--person", "agent"], {"latency": 0.5, "person": "agent"}),
        (["--status", "200", "--body", '{"a": 1}'], {"status": 200, "body": {"a": 1}}),
        (["--status", "200", "--body", "text"], {"status": 200, "body": "text"}),
        (
            ["--status", "301", "--headers", "Location: /a", "--headers", "X-A=b"],
            {"status": 301, "headers": {"Location": "/a", "X-A": "b"}},
        ),
        (["--drop", "midway", "--method", "POST"], {"drop": "midway", "method": "POST"}),
        (["--truncate", "--nth", "3"], {"truncate": True, "nth": 3}),
        (["--truncate", "10", "--after", "1"], {"truncate": 10, "after": 1}),
        (["--garble", "--name", "order.paid"], {"garble": True, "name": "order.paid"}),
        (["--drip", "100", "--probability", "0.5"], {"drip": 100, "probability": 0.5}),
        (["--hang", "--path", "/events"], {"hang": True, "path": "/events"}),
    ],
    ids=str,
)
def test_options_are_the_fields_of_a_rule(verb: Verb, words: list[str], rule: dict[str, Any]) -> None:
    """With their types."""
    (added,) = verb("faults", "add", *words, "--json").documents

    assert added == {"id": "fault-1", **rule}


def test_every_field_has_an_option_with_help() -> None:
    """A new field of a rule needs a sentence."""
    names = {field.name for field in fields(Fault)} - {"id"}

    assert names == FIELD_HELP.keys() <= {param.name for param in add_command.params}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--path", "/events"], "is not a rule with an effect: latency, status, drop"),
        (["--status", "99"], "fault.status: 99 is not a status from 200 to 599"),
        (["--status", "abc"], "'abc' is not a valid integer"),
        (["--truncate", "ten"], "fault.truncate: 'ten' is not true or a number of bytes"),
        (["--hang", "--person", "agnt"], "no person has the role, e-mail address or id 'agnt'"),
    ],
    ids=str,
)
def test_wrong_rule_is_refused(verb: Verb, mock: TiledeskMock, words: list[str], message: str) -> None:
    """Nothing is added."""
    refused = verb("faults", "add", *words)

    assert refused.code in (1, 2)
    assert message in refused.err
    assert len(mock.faults) == 0


def test_fault_is_removed(verb: Verb, mock: TiledeskMock) -> None:
    """An unknown one is refused with what may be meant."""
    mock.faults.hang(path="/nowhere")
    mock.faults.hang(path="/nowhere")

    assert verb("faults", "remove", "fault-1") == (0, "", "")

    assert [rule["id"] for rule in verb("faults", "--json").documents] == ["fault-2"]
    assert verb("faults", "remove", "fault-1") == (
        1,
        "",
        "Error: there is no fault 'fault-1': did you mean fault-2?\n",
    )


def test_all_faults_are_removed(verb: Verb, mock: TiledeskMock) -> None:
    """Then a line on standard error says that there are none."""
    mock.faults.hang(path="/nowhere")

    verb("faults", "clear")

    assert verb("faults") == (0, "", "no fault is in force\n")
