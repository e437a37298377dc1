"""The table of operations is complete, and the client sends all of them."""

from __future__ import annotations

import inspect

import pytest

from tiledesk_mock.control.controls import Controls
from tiledesk_mock.control.operations import OPERATIONS, Operation
from tiledesk_mock.control.remote import RemoteControls

BUILT_ON_OPERATIONS = {"find_people", "request_caller", "expected_request"}
IN_ANOTHER_FORM = {"exported"}
"""What an operation returns, but as JSON."""


def test_every_public_method_is_an_operation() -> None:
    """But for those that call operations themselves, and `state` as JSON."""
    methods = {name for name, _ in inspect.getmembers(Controls, inspect.isfunction) if name[0] != "_"}

    assert {operation.name for operation in OPERATIONS} == methods - BUILT_ON_OPERATIONS - IN_ANOTHER_FORM


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_the_client_sends_every_operation(operation: Operation) -> None:
    """It has no emulator of its own."""
    assert getattr(RemoteControls, operation.name) is not operation.perform
    assert inspect.signature(getattr(RemoteControls, operation.name)) == inspect.signature(operation.perform)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_ids_in_a_path_are_parameters(operation: Operation) -> None:
    """And so is the whole body, where one is."""
    parameters = set(inspect.signature(operation.perform).parameters)

    assert {*operation.ids, operation.document or "self"} <= parameters


def test_drain_waits_in_several_requests() -> None:
    """However long the timeout is, no request takes longer than requests may."""
    steps: list[float] = []

    class Client(RemoteControls):
        def _send(self, _: object, __: str, fields: dict[str, float]) -> dict[str, object]:
            steps.append(fields["timeout"])
            return {"drained": len(steps) == 3, "under_way": 3 - len(steps)}

    drained = Client("http://127.0.0.1:9").drain(60)

    assert drained == {"drained": True, "under_way": 0}
    assert max(steps) <= 10
