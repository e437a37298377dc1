"""The differences from the real server that stay, each with its reason: `known.yaml`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import yaml
from msgspec import Struct

from .differences import Difference

KNOWN: Final = Path(__file__).parent / "known.yaml"


class KnownDifference(Struct, frozen=True, forbid_unknown_fields=True):
    """A difference that stays, with the reason.

    `ground`, `step` and `place` are regular expressions that match a whole text: the kind of the step
    (`POST /auth/signup`), and the place of the difference (`json.user.phone`).
    """

    ground: str
    step: str
    place: str
    reason: str

    def explains(self, ground: str, step: str, difference: Difference) -> bool:
        """Return whether a difference of a step is this one."""
        pairs = ((self.ground, ground), (self.step, step), (self.place, difference.place))
        return all(re.fullmatch(pattern, text) for pattern, text in pairs)


@cache
def read_known() -> list[KnownDifference]:
    """Return the differences that stay."""
    return msgspec.convert(yaml.safe_load(KNOWN.read_text("utf-8")), list[KnownDifference])


def reason_of(
    known: Sequence[KnownDifference], ground: str, step: str, found: Sequence[Difference]
) -> str | None:
    """Return why all differences of a step stay; None if one of them is not known."""
    reasons = [
        next((one.reason for one in known if one.explains(ground, step, difference)), None)
        for difference in found
    ]
    return " ".join(dict.fromkeys(filter(None, reasons))) if reasons and all(reasons) else None
