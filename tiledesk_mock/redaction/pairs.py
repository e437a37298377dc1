"""Names with values in texts of any form: `password: X`, `"pin" : 4711`, `token => 'X'`, `--api-key X`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

ChangeValue = Callable[[str, str, bool], str]
"""Returns what stands in place of a value: called with the name, the value, and whether it is quoted."""

_NAME_CHARACTERS: Final = r"\w.%$\[\]+-"

# A name begins where none of its characters stands before: so that a long text is searched in linear time.
_HEAD: Final = re.compile(
    rf"(?<![{_NAME_CHARACTERS}])(?<!://)(?:(?P<name>[{_NAME_CHARACTERS}]{{2,}})"
    r"(?P<close>\\{0,15}[\"'`])?[ \t]{0,8}(?P<sign>=>|->|:=|={1,3}|:(?!:|//))[ \t]{0,64}"
    r"|(?P<option>--[\w-]{2,64})[ \t]{1,8}(?=[^\s-]))"
)
"""A name, and what stands between it and its value; or an option of a command, and a blank."""

_LONGEST_QUOTED: Final = 65536
"""Characters of a value in quotes."""

_OPENING: Final = re.compile(r"\s{0,64}[bBfFrRuU]{0,2}(?P<quote>\\{0,15}[\"'`])")
_CLOSED: Final = {
    quote: re.compile(rf"(?P<value>(?:[^{quote}\\]|\\[\s\S]){{0,{_LONGEST_QUOTED}}}){quote}")
    for quote in "\"'`"
}
_TO_LINE_END: Final = re.compile(r"(?P<value>[^\r\n]*)")

_SCHEME: Final = re.compile(r"(?:apikey|basic|bearer|digest|jwt|negotiate|token)[ \t]+(?=\S)", re.IGNORECASE)

_PARAMETER: Final = r"[\w.%+\[\]-]{1,64}"
_WORD: Final = re.compile(
    rf"(?:[^&,;#?|\s\"'`<>\\]+|[,;#?|](?!\s|\Z|{_PARAMETER}[=:])|\\(?![\"'nrt])|<(?![A-Za-z/!]))+"
)
"""A value between others. A `;`, `#` or `?` before another parameter is not part of it."""

_REST: Final = rf"[,;#?](?!\s{{0,8}}{_PARAMETER}[=:])|&(?!{_PARAMETER}=)|\\(?!n)|<(?![A-Za-z/!])"
_LINE: Final = re.compile(rf"(?:[^&,;#?\r\n<\\]+|{_REST})+")
"""A value to the end of its line, as in YAML and in header fields."""

_LINE_OF_PARAMETERS: Final = re.compile(
    rf"(?:[^&,;#? \t\r\n<\\]+|[ \t]+(?!{_PARAMETER}=)(?=[^ \t])|{_REST})+"
)
"""A value to the end of its line or to the next `name=`, as in INI files and in logs."""

_HEADER_FIELD: Final = re.compile("authori[sz]ation|cookie", re.IGNORECASE)
"""Names of header fields that are secret as a whole, with all their parameters."""

_LINE_START: Final = re.compile(
    r"(?:^|[\r\n]|\\n)[ \t\-#/*;>$]*(?:(?:export|set|ENV|ARG|let|const|var)[ \t]+)?\Z"
)
_LONGEST_INDENT: Final = 64

_BLOCK: Final = re.compile(r"(?:[|>][-+\d]{0,3})?[ \t]*\r?\n")
_BLOCK_LINE: Final = re.compile(
    r"(?P<indent>[ \t]*)(?P<dash>-[ \t]+)?(?:[\w.-]{1,64}:(?:[ \t]+|(?=\r?\n|\Z)))?[\"']?"
    r"(?P<value>[^\r\n\"']*)[^\r\n]*(?:\r?\n|\Z)"
)

_TRAILING: Final = " \t.,;:)]}"
"""Punctuation after a value that is not quoted."""


def change_pairs(text: str, is_name: Callable[[str], bool], change: ChangeValue) -> str:
    """Return a text with its named values changed.

    Args:
        text: of any form.
        is_name: whether a name is one whose values are changed.
        change: called with each name and value.
    """
    pieces, end, position = [], 0, 0
    while (head := _HEAD.search(text, position)) is not None:
        position = head.end()
        name = head["name"] or head["option"]
        if not is_name(name):
            continue
        for start, stop, is_quoted in _values(text, head):
            pieces += [text[end:start], change(name, text[start:stop], is_quoted)]
            end = position = stop
    return "".join([*pieces, text[end:]]) if pieces else text


def _values(text: str, head: re.Match[str]) -> list[tuple[int, int, bool]]:
    """Return where the values after a name begin and end, and whether they are quoted."""
    position = head.end()
    opening = _OPENING.match(text, position)
    if opening is not None and (head["close"] or "\n" not in opening[0]):
        return [(*_quoted(text, opening), True)]
    if text[position : position + 1] in ("[", "{", "<"):  # what is in brackets is changed as JSON or XML
        return []
    is_line = head["sign"] in ("=", ":") and _begins_line(text, head)
    block = _BLOCK.match(text, position) if is_line and head["sign"] == ":" else None
    if block is not None:
        return _block(text, block.end(), head)
    scheme = _SCHEME.match(text, position)
    position = scheme.end() if scheme else position
    value = _pattern(head, is_line=is_line).match(text, position)
    if value is None:
        return []
    return [(position, position + len(value[0].rstrip(_TRAILING)), False)]


def _pattern(head: re.Match[str], *, is_line: bool) -> re.Pattern[str]:
    """Return what a value that is not quoted matches."""
    if not is_line:
        return _WORD
    if _HEADER_FIELD.search(head["name"] or ""):
        return _TO_LINE_END
    return _LINE if head["sign"] == ":" else _LINE_OF_PARAMETERS


def _quoted(text: str, opening: re.Match[str]) -> tuple[int, int]:
    """Return where a quoted value begins and ends; without a closing quote, at the end of the line."""
    quote, start = opening["quote"], opening.end()
    if len(quote) > 1:
        stop = text.find(quote, start, start + _LONGEST_QUOTED)
        if stop >= 0:
            return start, stop
    else:
        closed = _CLOSED[quote].match(text, start)
        if closed is not None:
            return closed.span("value")
    line = _TO_LINE_END.match(text, start)
    return start, line.end() if line else start


def _begins_line(text: str, head: re.Match[str]) -> bool:
    start = head.start()
    before = text[max(start - _LONGEST_INDENT, 0) : start]
    match = _LINE_START.search(before)
    return match is not None and (match[0][:1] in ("\r", "\n", "\\") or start < _LONGEST_INDENT)


def _block(text: str, position: int, head: re.Match[str]) -> list[tuple[int, int, bool]]:
    """Return the values in the indented lines below a name."""
    start = head.start()
    line = text[max(text.rfind("\n", 0, start) + 1, start - _LONGEST_INDENT) : start]
    indent, found = len(line) - len(line.lstrip(" \t")), []
    while position < len(text):
        match = _BLOCK_LINE.match(text, position)
        if match is None or not match[0]:
            break
        is_inside = len(match["indent"]) > indent or (match["dash"] and len(match["indent"]) == indent)
        if match[0].strip() and not is_inside:
            break
        if match["value"].strip():
            found.append((*match.span("value"), False))
        position = match.end()
    return found
