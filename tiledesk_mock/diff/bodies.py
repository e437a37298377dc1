"""The differences of two response bodies: ids are compared by identity, times by form, the rest by value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from ..comparison.id_map import IdMap
from ..comparison.json_diff import Difference, DifferenceKind, JsonDiff
from ..comparison.text_parts import IDENTIFIERS, PartKind, TextPart, match_parts, split_parts
from ..node.json import ABSENT, Json
from ..node.json_text import JsonPath
from ..redaction.secrets import header_and_claims

_SECONDS: Final = frozenset({"iat", "exp", "nbf"})
_THIS_CENTURY: Final = 978_307_200
_SECRET_PLACEHOLDER: Final = "REDACTED-secret-"  # noqa: S105  (a prefix)
_PERSONAL: Final = frozenset({"firstname", "lastname", "fullname", "fullName", "emailverified"})
_PEOPLE: Final = frozenset({"project_user", "user", "id_user"})
PASSWORD_HASH: Final = re.compile(r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}")
"""A bcrypt hash. The real server shows some; the emulator never does."""

_FULL_TIME: Final = re.compile(r".*T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")
"""A time as servers write it. Other times are those of clients, and are equal on both sides."""


class CompareOptions(Struct, frozen=True):
    """How exactly responses are compared.

    Args:
        own_only: whether of listed documents only those count that the session has met, since the other
            server has documents of others.
        same_people: whether the names of people count.
        settled: times before this one have to be equal; later ones only have to have the same form.
        etags: whether an ETag has to be that of its body.
    """

    own_only: bool = False
    same_people: bool = True
    settled: str = ""
    etags: bool = True


class BodyDiff(JsonDiff):
    """Finds the differences of two bodies, and learns which id of one is which of the other."""

    def __init__(self, id_map: IdMap, options: CompareOptions, *, key_order: bool = True) -> None:
        self._id_map: Final = id_map
        self._options: Final = options
        self._key_order: Final = key_order

    def objects(
        self, left: Mapping[str, Any], right: Mapping[str, Any], path: JsonPath
    ) -> Iterator[Difference]:
        """Yield the differences of two objects, the order of their keys included."""
        for key in {**left, **right}:
            if key in _PERSONAL and not self._options.same_people:
                continue
            if key not in left and _is_password_hash(right[key]):
                continue
            inner = (*path, key)
            for difference in self.values(left.get(key, ABSENT), right.get(key, ABSENT), inner):
                yield replace(difference, parents=(left, right)) if difference.path == inner else difference
        mine, other = [key for key in left if key in right], [key for key in right if key in left]
        # The order of a person's fields is that of their seed.
        if self._key_order and mine != other and _PEOPLE.isdisjoint(path):
            yield Difference(path, mine, other, DifferenceKind.ORDER)

    def lists(self, left: Sequence[Any], right: Sequence[Any], path: JsonPath) -> Iterator[Difference]:
        """Yield the differences of two lists; a document is compared with the one of the same id."""
        if (left or right) and all(_has_id(item) for item in (*left, *right)):
            yield from self._documents(left, right, path)
        else:
            yield from super().lists(left, right, path)

    def scalars(self, left: Any, right: Any, path: JsonPath) -> Iterator[Difference]:
        """Yield the differences of two values that are not both objects or both lists."""
        if isinstance(left, str) and isinstance(right, str):
            yield from self.texts(left, right, path)
        elif _key(path) == "project_user" and _is_object_and_id(left, right):
            ids = [side["_id"] if isinstance(side, dict) else side for side in (left, right)]
            kind = DifferenceKind.FORM if self._id_map.pair(*ids) else DifferenceKind.IDENTITY
            yield Difference(path, left, right, kind)
        elif not self._is_same(left, right, _key(path)):
            yield Difference(path, left, right)

    def texts(self, left: str, right: str, path: JsonPath) -> Iterator[Difference]:
        """Yield the differences of two texts."""
        mine, other = split_parts(left), split_parts(right)
        if any(part.kind is PartKind.PLACEHOLDER for part in other):
            yield from self._redacted(left, right, path)
        elif len(mine) != len(other) or not all(map(self._is_same_part, mine, other)):
            yield Difference(path, left, right)
        else:
            for part, match in zip(mine, other, strict=True):
                if part.kind in IDENTIFIERS and not self._id_map.pair(part.text, match.text):
                    yield Difference(path, left, right, DifferenceKind.IDENTITY)
                    return
                if part.kind is PartKind.TOKEN:
                    yield from self._tokens(part.text, match.text, path)

    def _redacted(self, left: str, right: str, path: JsonPath) -> Iterator[Difference]:
        """Compare with a redacted text: what the left side has in place of a placeholder is its secret."""
        matches = match_parts(right, left)
        if matches is None:
            yield Difference(path, left, right)
            return
        for part, text in matches:
            if part.kind in IDENTIFIERS or part.text.startswith(_SECRET_PLACEHOLDER):
                if not self._id_map.pair(text, part.text):
                    yield Difference(path, left, right, DifferenceKind.IDENTITY)
            elif part.kind is PartKind.PLACEHOLDER:
                self._id_map.set_pair(text, part.text)

    def _tokens(self, left: str, right: str, path: JsonPath) -> Iterator[Difference]:
        if _is_stand_in(left) or _is_stand_in(right):
            return
        self._id_map.set_pair(left, right)
        mine, other = header_and_claims(left), header_and_claims(right)
        if mine is None or other is None:
            if mine is not other:
                yield Difference(path, left, right)
            return
        unordered = BodyDiff(self._id_map, self._options, key_order=False)
        for name, part, match in zip(("header", "claims"), mine, other, strict=True):
            yield from unordered.values(part, match, (*path, name))

    def _is_same_part(self, left: TextPart, right: TextPart) -> bool:
        if left.kind is not right.kind:
            return False
        if left.kind is PartKind.TEXT:
            return left.text == right.text or self._is_substitute(left.text, right.text)
        if left.kind is PartKind.TIME and not _is_stand_in(right.text):
            return left.text == right.text or self._is_later_time(left.text, right.text)
        return True

    def _is_later_time(self, left: str, right: str) -> bool:
        """Return whether two times have the same form, and neither is settled."""
        is_settled = min(left, right) < self._options.settled
        return not is_settled and bool(_FULL_TIME.fullmatch(left)) and _form_of(left) == _form_of(right)

    def _is_substitute(self, left: str, right: str) -> bool:
        """Return whether a text is the other side's word for the same; addresses are kept in lower case."""
        other = self._id_map.to_right(left)
        return other != left and other.lower() == right.lower()

    def _is_same(self, left: Json, right: Json, key: str) -> bool:
        if type(left) is type(right) and (left == right or (key == "count" and self._options.own_only)):
            return True
        return key in _SECONDS and all(map(_is_seconds, (left, right)))

    def _documents(self, left: Sequence[Any], right: Sequence[Any], path: JsonPath) -> Iterator[Difference]:
        """Yield the differences of two lists of documents, each compared with its match."""
        if self._options.own_only:
            left = [document for document in left if self._id_map.right_of(document["_id"])]
            right = [document for document in right if self._id_map.left_of(document["_id"])]
        matches = self._matches(left, right)
        for index, match in sorted(matches.items()):
            yield from self.values(left[index], right[match], (*path, index))
        for index in sorted(set(range(len(left))) - matches.keys()):
            yield from self.values(left[index], ABSENT, (*path, index))
        for index in sorted(set(range(len(right))) - set(matches.values())):
            yield from self.values(ABSENT, right[index], (*path, index))
        order = [match for _, match in sorted(matches.items())]
        if order != sorted(order):
            yield Difference(path, order, sorted(order), DifferenceKind.ORDER)

    def _matches(self, left: Sequence[Any], right: Sequence[Any]) -> dict[int, int]:
        """Return the index of the match on the right for each document on the left that has one.

        Documents whose ids are unknown match in the order in which they are listed.
        """
        index_of = {document["_id"].lower(): index for index, document in enumerate(right)}
        matches, unknown = {}, []
        for index, document in enumerate(left):
            known = self._id_map.right_of(document["_id"])
            same = document["_id"] if self._id_map.left_of(document["_id"]) is None else None
            match = index_of.get((known or same or "").lower())
            if match is not None:
                matches[index] = match
            elif known is None:
                unknown.append(index)
        matched = set(matches.values())
        candidates = (
            index
            for index, document in enumerate(right)
            if index not in matched and self._id_map.left_of(document["_id"]) is None
        )
        return matches | dict(zip(unknown, candidates, strict=False))


def _is_password_hash(value: Json) -> bool:
    """Return whether a value is a bcrypt hash."""
    return isinstance(value, str) and PASSWORD_HASH.fullmatch(value) is not None


def _key(path: JsonPath) -> str:
    """Return the last key in a path."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _has_id(item: Json) -> bool:
    return isinstance(item, dict) and isinstance(item.get("_id"), str)


def _is_object_and_id(left: Json, right: Json) -> bool:
    """Return whether one side has an object and the other an id."""
    return (_has_id(left) and isinstance(right, str)) or (isinstance(left, str) and _has_id(right))


def _is_stand_in(text: str) -> bool:
    """Return whether a part is a name such as `<time>`, which stands for it in a written response."""
    return text.endswith(">")


def _form_of(time: str) -> str:
    return re.sub(r"\d", "0", time)


def _is_seconds(value: Json) -> bool:
    """Return whether a value is seconds since 1970, or stands for them."""
    return value == "<iat>" or (isinstance(value, int) and value >= _THIS_CENTURY)
