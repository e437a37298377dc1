"""The components of a document, of which only those stay that something refers to."""

from __future__ import annotations

import json
import re
from typing import Final

from ..tiledesk.wire import Document

_REFERENCE: Final = re.compile(r'"#/components/(\w+)/([\w-]+)"')
_NAMED: Final = ("headers", "schemas")


def used_components(document: Document) -> Document:
    """Return a document without the headers and schemas that neither a path nor a used schema refers to."""
    components = document["components"]
    used: set[tuple[str, str]] = set()
    found = _references(document["paths"])
    while found - used:
        used |= found
        found = {one for kind, name in used for one in _references(components[kind][name])}
    kept = {
        kind: {name: one for name, one in components[kind].items() if (kind, name) in used} for kind in _NAMED
    }
    return {**document, "components": {**components, **kept}}


def _references(value: object) -> set[tuple[str, str]]:
    """Return the kinds and names of the components that a value refers to itself."""
    return set(_REFERENCE.findall(json.dumps(value)))
