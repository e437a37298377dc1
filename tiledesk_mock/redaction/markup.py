"""Names with values in XML, HTML and multipart bodies: `<password>X</password>`, `name="pin" value="X"`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from .pairs import ChangeValue

_TAG: Final = re.compile(r"<(?P<name>[A-Za-z_][\w.:-]{0,63})(?P<attributes>(?:\s[^<>]{0,4096})?)>")
_ATTRIBUTE: Final = re.compile(
    r"(?P<name>[\w:.-]{1,64})\s{0,8}=\s{0,8}(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)'|(?P<c>[^\s\"'>]+))"
)
_CONTENT: Final = re.compile(r"<!\[CDATA\[(?P<data>(?:[^\]]|\](?!\]>))*)\]\]>|<[^<>]*>|(?P<text>[^<>]+)")
_LONGEST_ELEMENT: Final = 16384

_NAMING: Final = frozenset({"autocomplete", "id", "key", "name", "property", "type"})
_VALUES: Final = frozenset({"content", "data-value", "value"})

_PART: Final = re.compile(
    r"form-data;[^\r\n]{0,256}?\bname=\"?(?P<name>[^\"\r\n;]{1,128})\"?[^\r\n]{0,512}\r?\n"
    r"(?:[\w-]{1,64}:[^\r\n]{0,512}\r?\n){0,16}\r?\n"
)

Span = tuple[str, int, int]
"""A name, and where its value begins and ends."""


def change_markup(text: str, is_name: Callable[[str], bool], change: ChangeValue) -> str:
    """Return XML or HTML with the contents of named elements, and the values of named fields, changed."""
    return _changed(text, _elements(text, is_name), change)


def change_parts(text: str, is_name: Callable[[str], bool], change: ChangeValue) -> str:
    """Return a multipart body with its named fields changed."""
    return _changed(text, _parts(text, is_name), change)


def _changed(text: str, spans: Iterator[Span], change: ChangeValue) -> str:
    pieces, end = [], 0
    for name, start, stop in spans:
        if start >= end and text[start:stop].strip():
            pieces += [text[end:start], change(name, text[start:stop], False)]
            end = stop
    return "".join([*pieces, text[end:]])


def _elements(text: str, is_name: Callable[[str], bool]) -> Iterator[Span]:
    for tag in _TAG.finditer(text):
        local_name = tag["name"].rpartition(":")[2]
        yield from _fields(tag, is_name)
        if not is_name(local_name) or tag["attributes"].endswith("/"):
            continue
        start = tag.end()
        stop = text.find(f"</{tag['name']}", start, start + _LONGEST_ELEMENT)
        if stop < 0:  # it may be cut off; `<token>` in a sentence has a blank after it
            stop = text.find("<", start) if text[start : start + 1].strip() else start
            stop = len(text) if stop < 0 else stop
        for content in _CONTENT.finditer(text, start, stop):
            group = "data" if content["data"] else "text"
            if content[group]:
                yield local_name, *content.span(group)


def _fields(tag: re.Match[str], is_name: Callable[[str], bool]) -> Iterator[Span]:
    """Yield the value of a tag such as `<input name="password" value="X">`."""
    if "=" not in tag["attributes"]:
        return
    found = list(_ATTRIBUTE.finditer(tag["attributes"]))
    texts = {attribute["name"].lower(): attribute for attribute in found}
    names = [attribute[attribute.lastgroup or 0] for key, attribute in texts.items() if key in _NAMING]
    name = next(filter(is_name, names), None)
    if name is None:
        return
    offset = tag.start("attributes")
    for key, attribute in texts.items():
        if key in _VALUES:
            start, stop = attribute.span(attribute.lastgroup or 0)
            yield name, offset + start, offset + stop


def _parts(text: str, is_name: Callable[[str], bool]) -> Iterator[Span]:
    position = 0
    while (part := _PART.search(text, position)) is not None:
        position = part.end()
        if is_name(part["name"]):
            stop = text.find("\n--", position)
            stop = len(text) if stop < 0 else stop
            yield part["name"], position, stop - (text[stop - 1 : stop] == "\r")
            position = stop
