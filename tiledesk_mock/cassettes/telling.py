"""What a recorded request and its answer tell: fields, documents, times."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ..http.exchange import RecordedResponse
from ..node.json import Json
from ..tiledesk.wire import Document
from .accounts import is_object_id
from .cassette import Entry
from .matching import comparable
from .moments import moment


def fields_given(entry: Entry) -> Document:
    """Return the fields of a request's body, JSON or form."""
    body = comparable(entry.request).body
    fields = body if isinstance(body, dict) else {}
    return {name: value[0] if isinstance(value, list) and value else value for name, value in fields.items()}


def documents_told(told: Json, name: str | None = None) -> list[Document]:
    """Return the documents in an answer: in a list, in a part of it, or the one that it is."""
    found = told.get(name, told) if name and isinstance(told, dict) else told
    documents = found if isinstance(found, list) else [found]
    return [item for item in documents if isinstance(item, dict) and is_object_id(item.get("_id"))]


def part_of(told: Json, name: str | None = None) -> Document:
    """Return an object in an answer, or a part of it that is one; empty if there is none."""
    found = told.get(name) if name and isinstance(told, dict) else told
    return found if isinstance(found, dict) else {}


def json_told(answer: RecordedResponse) -> Any:
    """Return an answer's JSON; None for anything else."""
    try:
        return answer.json()
    except ValueError:
        return None


def when(entry: Entry) -> datetime | None:
    """Return when an entry was answered, by the server's clock if it told."""
    date = entry.response.header("Date")
    try:
        return parsedate_to_datetime(date) if date else moment(entry.started)
    except ValueError:
        return None
