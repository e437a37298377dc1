"""What a test expects, as values that tell how near something comes."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any, Final, Protocol, TypeVar

from msgspec.structs import replace

from ..errors import SettingsError
from ..node.json import Json
from ..redaction.masking import MASK, masked_form
from ..redaction.secrets import is_secret_name
from .matching import Difference, described, differences

Item = TypeVar("Item", contravariant=True)

NAME_WEIGHT: Final = 10.0
"""How much it counts that a name is quite another one."""


class Expected(Protocol[Item]):
    """Something expected of items of one kind."""

    @property
    def noun(self) -> str:
        """Return what the items are called: `event`, `request`, `delivery`."""

    def description(self) -> str:
        """Say in a line what is expected, after "a" or "an"."""

    def mismatches(self, item: Item, /) -> list[Difference]:
        """Return where an item is not as expected; empty if it is."""

    def describe(self, item: Item, /) -> str:
        """Say in a line what an item is."""


def with_parts(noun: str, subset: Any, exact: Any) -> list[str]:
    """Say what is expected of contents: at least some, or exactly some."""
    if exact is not ...:
        return [f"with exactly the {noun} {described(exact)}"]
    return [] if subset is ... else [f"with at least the {noun} {described(subset)}"]


def check_status(status: Any) -> None:
    """Raise SettingsError for a text, which no status ever is."""
    if isinstance(status, str):
        raise SettingsError("status", status, "a number, a type or a function")


def named(expected: Any, came: Json, path: str = "name") -> list[Difference]:
    """Compare names: the more alike they are, the nearer is the miss."""
    found = differences(expected, came, path)
    if found and isinstance(expected, str):
        alike = SequenceMatcher(None, expected, str(came)).ratio()
        return [Difference(path, found[0].expected, found[0].came, NAME_WEIGHT * (1 - alike))]
    return found


def covered(found: list[Difference]) -> list[Difference]:
    """Return differences without the secrets that came: by the way to them, or in a form."""
    return [_covered(one) for one in found]


def _covered(found: Difference) -> Difference:
    if not any(map(is_secret_name, found.path.split("."))):
        return replace(found, came=masked_form(found.came))
    there = found.came != "nothing"
    expected = f"{MASK} (as given)" if found.expected.startswith(('"', "...")) else found.expected
    return replace(found, expected=expected, came=f"{MASK} (another one)" if there else found.came)
