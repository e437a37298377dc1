"""Two JSON values side by side, with what always differs matched by identity and not by value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from ..node.json import Json
from ..redaction.secrets import header_and_claims
from .differences import CompareOptions, DifferenceKind, Finding, Place, found
from .identities import IdMap
from .rows import Rows, has_id
from .volatile import IDENTITIES, Part, PartKind, form_of, is_placeholder, parts_of, revealed

_SECONDS: Final = frozenset({"iat", "exp", "nbf"})
_THIS_CENTURY: Final = 978_307_200
_HIDDEN_SECRET: Final = "REDACTED-secret-"  # noqa: S105  (what stands for one)
_PERSONAL: Final = frozenset({"firstname", "lastname", "fullname", "fullName", "emailverified"})
_PEOPLE: Final = frozenset({"project_user", "user", "id_user"})


class Walk:
    """Goes through two values side by side; what it finds equal, it learns to be the same."""

    def __init__(self, identities: IdMap, rigor: CompareOptions) -> None:
        self._identities: Final = identities
        self._rigor: Final = rigor

    def values(self, here: Json, there: Json, place: Place) -> Iterator[Finding]:
        """Yield the differences of two values."""
        if isinstance(here, dict) and isinstance(there, dict):
            yield from self._objects(here, there, place)
        elif isinstance(here, list) and isinstance(there, list):
            yield from self._lists(here, there, place)
        elif isinstance(here, str) and isinstance(there, str):
            yield from self.texts(here, there, place)
        elif _is_member(here, there, place.key):
            yield from self._member(here, there, place)
        elif not self._is_same(here, there, place.key):
            yield found(place, here, there)

    def texts(self, here: str, there: str, place: Place) -> Iterator[Finding]:
        """Yield the differences of two texts."""
        ours, theirs = parts_of(here), parts_of(there)
        if any(part.kind is PartKind.HIDDEN for part in theirs):
            yield from self._hidden(here, there, place)
            return
        if not self._is_alike(ours, theirs):
            yield found(place, here, there)
            return
        for mine, other in zip(ours, theirs, strict=True):
            if mine.kind in IDENTITIES and not self._identities.pair(mine.text, other.text):
                yield found(place, here, there, DifferenceKind.IDENTITY)
                return
            if mine.kind is PartKind.TOKEN:
                yield from self._tokens(mine.text, other.text, place)

    def _hidden(self, here: str, there: str, place: Place) -> Iterator[Finding]:
        """Compare with a text in which secrets were taken out: what stands for one here is that secret."""
        pairs = revealed(parts_of(there), here)
        if pairs is None:
            yield found(place, here, there)
            return
        for part, text in pairs:
            if part.kind is PartKind.HIDDEN:
                self._identities.pair_tokens(text, part.text)
            is_named = part.kind in IDENTITIES or part.text.startswith(_HIDDEN_SECRET)
            if is_named and not self._identities.pair(text, part.text):
                yield found(place, here, there, DifferenceKind.IDENTITY)

    def _objects(self, here: dict[str, Json], there: dict[str, Json], place: Place) -> Iterator[Finding]:
        for key in {**here, **there}:
            inner = place.within(key, here, there)
            if key in _PERSONAL and not self._rigor.same_people:
                continue
            if key not in there:
                yield found(inner, here[key], None, DifferenceKind.ONLY_HERE)
            elif key not in here:
                yield found(inner, None, there[key], DifferenceKind.ONLY_THERE)
            else:
                yield from self._walk_in(key).values(here[key], there[key], inner)
        mine, other = [key for key in here if key in there], [key for key in there if key in here]
        if self._rigor.key_order and mine != other:
            yield found(place, mine, other, DifferenceKind.ORDER)

    def _walk_in(self, key: str) -> Walk:
        """Return who goes on below a key: the order of a person's fields is that of their seeding."""
        return Walk(self._identities, replace(self._rigor, key_order=False)) if key in _PEOPLE else self

    def _lists(self, here: list[Json], there: list[Json], place: Place) -> Iterator[Finding]:
        if all(has_id(item) for item in (*here, *there)) and (here or there):
            yield from Rows(self._identities, self._rigor, here, there).compare(self.values, place)
            return
        if len(here) != len(there):
            yield found(place, f"{len(here)} items", f"{len(there)} items")
        for number, (mine, other) in enumerate(zip(here, there, strict=False)):
            yield from self.values(mine, other, place.item(number))

    def _member(self, here: Json, there: Json, place: Place) -> Iterator[Finding]:
        ids = [side["_id"] if isinstance(side, dict) else side for side in (here, there)]
        kind = DifferenceKind.FORM if self._identities.pair(*ids) else DifferenceKind.IDENTITY
        yield found(place, here, there, kind)

    def _tokens(self, here: str, there: str, place: Place) -> Iterator[Finding]:
        if is_placeholder(here) or is_placeholder(there):
            return
        self._identities.pair_tokens(here, there)
        ours, theirs = header_and_claims(here), header_and_claims(there)
        if (ours is None) != (theirs is None):
            yield found(place, here, there)
        elif ours is not None and theirs is not None:
            for name, mine, other in zip(("header", "claims"), ours, theirs, strict=True):
                yield from self._walk_in("user").values(mine, other, place.within(name, ours, theirs))

    def _is_alike(self, here: list[Part], there: list[Part]) -> bool:
        """Tell whether two texts are the same but for what always differs."""
        if [part.kind for part in here] != [part.kind for part in there]:
            return False
        return all(map(self._is_same_part, here, there))

    def _is_same_part(self, here: Part, there: Part) -> bool:
        if here.kind is PartKind.TEXT:
            return here.text == there.text or self._is_called(here.text, there.text)
        if here.kind is PartKind.TIME and not is_placeholder(there.text):
            settled = min(here.text, there.text) < self._rigor.settled
            return here.text == there.text if settled else form_of(here.text) == form_of(there.text)
        return True

    def _is_called(self, here: str, there: str) -> bool:
        """Tell whether a text is how the other side calls the same; addresses are kept in small letters."""
        other = self._identities.to_right(here)
        return other != here and other.lower() == there.lower()

    def _is_same(self, here: Json, there: Json, key: str) -> bool:
        if key == "count" and self._rigor.own_only:
            return type(here) is type(there)
        if type(here) is type(there) and here == there:
            return True
        return key in _SECONDS and all(_is_moment(side) for side in (here, there))


def _is_moment(value: Json) -> bool:
    """Tell whether a value is seconds since 1970, or stands for them."""
    return value == "<iat>" or (isinstance(value, int) and value >= _THIS_CENTURY)


def _is_member(here: Json, there: Json, key: str) -> bool:
    """Tell whether one side has a project user and the other the id of one."""
    if key != "project_user":
        return False
    return (has_id(here) and isinstance(there, str)) or (isinstance(here, str) and has_id(there))
