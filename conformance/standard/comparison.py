"""Compares webhooks with the recorded ones: which came, in which order, and each field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from tiledesk_mock.node.json import ABSENT, Json

from ..counts import Compared
from ..differences import ORDER, Difference, differences
from ..known import read_known, reason_of
from ..names import UUID
from .described import AS_IN, HOOK_AND, VARIES, Described
from .order import agree, numbered

_FORMS: Final = {"id": "[0-9a-f]{24}", "uuid": UUID.pattern}
_NAMED: Final = re.compile(r"<(?:id|uuid):\d+>")


def compared_webhooks(ground: str, scene: str, real: Json, emulator: Json) -> Iterator[Compared]:
    """Yield the steps of a scene and their webhooks; and the order of keys of each webhook as a subject.

    The same recorded name has to be the same id of the emulator in the whole scene.
    """
    known, ids = read_known(), IdNames()
    for step, name, found in _found(real, emulator, ids):
        label = " / ".join(part for part in (scene, step, name) if part)
        fields = [one for one in found if one.path[-1:] != (ORDER,)]
        yield Compared(label, 1, fields, reason_of(known, ground, label, fields))
        if name:
            orders = [one for one in found if one.path[-1:] in ((), (ORDER,))]
            yield Compared(label, 1, orders, reason_of(known, ground, label, orders), ORDER)


def _found(real: Any, emulator: Any, ids: IdNames) -> Iterator[tuple[str, str, list[Difference]]]:
    """Yield the differences of each step (its name is empty) and of each of its webhooks."""
    for theirs, mine in zip(real, emulator, strict=True):
        yield theirs["step"], "", list(_arrivals(theirs, mine))
        webhooks = _by_name(mine)
        for name, webhook in _by_name(theirs).items():
            if name not in webhooks:
                yield theirs["step"], name, [Difference((), webhook, ABSENT)]
            else:
                named = ids.named(webhook, webhooks[name])
                found = differences(webhook, named)
                yield theirs["step"], name, [one for one in found if not _varies(one)]


def _arrivals(real: Described, emulator: Described) -> Iterator[Difference]:
    """Yield a difference if other webhooks arrived in a step, or in another order."""
    if not agree(real["order"], emulator["order"]):
        yield Difference(("order",), real["order"], emulator["order"])


def _varies(difference: Difference) -> bool:
    """Return whether a difference is that of a value which varies on the real server."""
    return difference.real == VARIES


def _by_name(step: Described) -> dict[str, Described]:
    """Return the webhooks of a step by name, `NAME (2)` is the second of a name; with payload and claims."""
    webhooks: list[Described] = deepcopy(step["webhooks"])
    names = numbered(webhook["path"].removeprefix("/") for webhook in webhooks)
    named = dict(zip(names, webhooks, strict=True))
    for webhook in webhooks:
        token = webhook.get("token", {})
        if (others := token.pop(HOOK_AND, None)) is not None:
            token["claims"] = {**webhook["json"]["hook"], **others}
        payload = webhook["json"].get("payload")
        if isinstance(payload, str) and payload.startswith(AS_IN):
            webhook["json"]["payload"] = named[payload.removeprefix(f"{AS_IN}/")]["json"]["payload"]
    return named


class IdNames:
    """The names of a recording, and which id of the emulator each of them is."""

    def __init__(self) -> None:
        self._ids: Final[dict[str, str]] = {}
        self._names: Final[dict[str, str]] = {}

    def named(self, real: Any, emulator: Any) -> Any:
        """Return the emulator's value with the names of the recording in place of the ids that have them."""
        if isinstance(real, dict) and isinstance(emulator, dict):
            return {key: self.named(real.get(key), value) for key, value in emulator.items()}
        if isinstance(real, list) and isinstance(emulator, list):
            pairs = zip(real, emulator, strict=False)
            return [*(self.named(*pair) for pair in pairs), *emulator[len(real) :]]
        if isinstance(real, str) and isinstance(emulator, str):
            return self._text(real, emulator)
        return emulator

    def _text(self, real: str, emulator: str) -> str:
        names = _NAMED.findall(real)
        if not names:
            return emulator
        pattern = re.sub(r"<(id|uuid):\d+>", lambda name: f"({_FORMS[name[1]]})", re.escape(real))
        match = re.fullmatch(pattern, emulator, re.DOTALL)
        if match is None:
            return emulator
        pairs = zip(names, match.groups(), strict=True)
        return real if all(self._is_same(*pair) for pair in pairs) else emulator

    def _is_same(self, name: str, value: str) -> bool:
        """Return whether an id is the one of a name. The first id of a name is, and the name of an id."""
        return self._ids.setdefault(name, value) == value and self._names.setdefault(value, name) == name
