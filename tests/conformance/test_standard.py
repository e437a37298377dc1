"""How webhooks are compared with the recorded ones: ids, orders of arrival, every field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from conformance.grounds import recording_of
from conformance.standard.comparison import compared_webhooks
from conformance.standard.described import common
from conformance.standard.order import agree, groups, numbered

GROUND, SCENE = "standard_webhooks", "people"
NAMED = re.compile(r"<id:(\d+)>")


def played(recorded: Any) -> Any:
    """Return a recording as an emulator answers it, with ids in place of names."""
    return json.loads(NAMED.sub(lambda name: f"{int(name[1]):024x}", json.dumps(recorded)))


def differing(recorded: Any, emulator: Any) -> list[tuple[str, str, str]]:
    """Return the label, the subject and the places of what differs."""
    found = compared_webhooks(GROUND, SCENE, recorded, emulator)
    return [(one.label, one.subject, place.place) for one in found for place in one.differences]


def changed_values(value: Any) -> Iterator[Any]:
    """Yield a JSON value with one of the values in it changed, for each of them."""
    if isinstance(value, dict):
        yield from ({**value, key: other} for key in value for other in changed_values(value[key]))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from ([*value[:index], other, *value[index + 1 :]] for other in changed_values(item))
    else:
        yield {bool: not value, str: f"{value}x", type(None): "null"}.get(type(value), "a number")


@pytest.fixture
def recorded() -> Any:
    """Return the recording of a scene that may be changed."""
    return deepcopy(recording_of(GROUND)[SCENE])


def test_webhooks_with_other_ids_are_equal(recorded: Any) -> None:
    """An id of the emulator is in the place of each name of the recording."""
    assert differing(recorded, played(recorded)) == []


def test_every_changed_value_of_a_webhook_is_found(recorded: Any) -> None:
    """Each value of the first webhook, changed alone: headers, payload, subscription, claims."""
    step = played(recorded)[0]
    for changed in changed_values(step["webhooks"][0]):
        emulator = [{**step, "webhooks": [changed, *step["webhooks"][1:]]}]

        assert differing(recorded[:1], emulator), changed


def test_id_that_is_another_one_in_a_later_step_is_found(recorded: Any) -> None:
    """The invited member is the same in the whole scene."""
    emulator = played(recorded)
    later = next(step for step in emulator if step["step"] == "role changed")
    later["webhooks"][0]["json"]["payload"]["_id"] = "f" * 24

    assert ("people / role changed / project_user.update", "", "json.payload._id") in differing(
        recorded, emulator
    )


def test_webhook_that_did_not_come_is_found(recorded: Any) -> None:
    """Step and webhook differ."""
    emulator = played(recorded)
    emulator[0] = {**emulator[0], "order": [], "webhooks": []}

    assert [(label, subject) for label, subject, _ in differing(recorded, emulator)] == [
        ("people / signed up", ""),
        ("people / signed up / user.signup", ""),
        ("people / signed up / user.signup", "order of keys"),
    ]


def test_value_that_varies_on_the_real_server_is_not_compared(recorded: Any) -> None:
    """The recording says which values differed between its runs."""
    emulator = played(recorded)
    one, other = [{"a": 1, "b": [{"c": 2}]}, {"a": 1, "b": [{"c": 3}], "d": 4}]
    recorded[0]["webhooks"][0]["json"]["payload"] = common(one, other)
    emulator[0]["webhooks"][0]["json"]["payload"] = one

    assert common(one, other) == {"a": 1, "b": [{"c": "<varies>"}], "d": "<varies>"}
    assert differing(recorded[:1], emulator[:1]) == []


def test_other_order_of_keys_is_counted_apart(recorded: Any) -> None:
    """It is no difference of the webhook."""
    emulator = played(recorded)
    payload = emulator[0]["webhooks"][0]["json"]["payload"]
    emulator[0]["webhooks"][0]["json"]["payload"] = dict(reversed(payload.items()))

    assert differing(recorded, emulator) == [
        ("people / signed up / user.signup", "order of keys", "json.payload.order of keys")
    ]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([["a", "b"], ["a", "b"]], [["a"], ["b"]]),
        ([["a", "b"], ["b", "a"]], [["a", "b"]]),
        ([["m.x", "m.x.1", "p"], ["m.x.1", "m.x", "p"]], [["m.x", "m.x.1"], ["p"]]),
        ([["a", "a"]], [["a", "a (2)"]]),
    ],
)
def test_groups_of_names_came_in_this_order_in_every_run(runs: list[list[str]], expected: Any) -> None:
    """Names that begin alike are in one group."""
    assert groups(runs) == expected


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [(["a", "b", "c"], True), (["b", "a", "c"], True), (["a", "c", "b"], False), (["a", "b"], False)],
)
def test_orders_agree_if_no_two_names_change_places(arrived: list[str], expected: bool) -> None:
    """Inside a group there is no order."""
    assert agree([["a", "b"], ["c"]], [[name] for name in numbered(arrived)]) is expected
