"""What a message of a failed expectation adds to the nearest miss: where it came from, who was meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..domain.exchange import Exchange, goes_by
from ..domain.roles import ROLES
from ..domain.wire import Document
from ..emulator.controls import Controls
from ..emulator.people import Person
from ..errors import SetupError
from ..instruments.showing import curl, line, shown_body

_OK: Final = 200
_REFUSED: Final = 3
"""Refused requests that a message shows at most."""


def about_event(event: Document | None, posts: Sequence[Exchange]) -> list[str]:
    """Tell which of the requests that fire events fired this one, and which were refused."""
    answered = [one for one in posts if one.answer]
    key = event["_id"].encode() if event else None
    origins = [one for one in answered if key and one.answer and key in one.answer.body]
    refused = [one for one in answered if one.answer and one.answer.status != _OK]
    if event is None and any(one.answer and one.answer.status == _OK for one in answered):
        return ["requests were answered 200: by a cassette, an upstream or a fault, which store nothing here"]
    told = [f"it came by\n  {line(one)}\n  {curl(one.request)}" for one in origins]
    return told + [
        f"refused:\n  {line(one)}\n  {shown_body(one.answer)}\n  {curl(one.request)}"
        for one in refused[-_REFUSED:]
    ]


def about_request(exchange: Exchange | None) -> list[str]:
    """Tell what a request was answered, and how to send it again."""
    return [] if exchange is None else [f"answered {shown_body(exchange.answer)}", curl(exchange.request)]


def about_delivery(delivery: Document | None) -> list[str]:
    """Tell each attempt of a delivery."""
    return [_attempt(one) for one in delivery["attempts"]] if delivery else []


def _attempt(attempt: Document) -> str:
    again = f", again at {attempt['next_at']}" if attempt["next_at"] else ""
    came = attempt["error"] or f"answered {attempt['status']}"
    return f"  attempt {attempt['number']} at {attempt['at']}: {came}{again}"


def ids_of(person: Person | str, people: Iterable[Person]) -> frozenset[str]:
    """Return what everybody with that role, e-mail address or id goes by in events.

    Raises SetupError for a name that nobody has: nothing would ever be theirs.
    """
    called = called_so(person, people)
    bots = {one.id_user for one in called if one.role == "bot"}
    return frozenset(one.id for one in called) | bots


def called_so(person: Person | str, people: Iterable[Person]) -> list[Person]:
    """Return everybody with that role, e-mail address or id; raise SetupError for a name that nobody has."""
    everybody = list(people)
    wanted = person.id if isinstance(person, Person) else person
    called = [one for one in everybody if one.is_called(wanted)]
    if not called and isinstance(person, str):
        roles = ", ".join(dict.fromkeys(one.role for one in everybody))
        raise SetupError(f"nobody has the role, e-mail address or id {person!r}: the roles are {roles}")
    return called


def sender(person: Person | str, controls: Controls) -> str:
    """Return what somebody goes by in requests: by the project's own id for them, no request tells.

    Raises SetupError for a word that is no role, and that nobody goes by. Others may come later, with an
    address or an id that nobody has yet.
    """
    if isinstance(person, Person):
        return person.email or person.id_user
    if person in ROLES:
        return person
    known = next(controls.people(person), None)
    if known is not None:
        return (known.email or known.id_user) if known.id == person else person
    if person.isalpha() and not any(goes_by(person, one.principal, one.role) for one in controls.requests()):
        called_so(person, controls.people())
    return person


def names_of(people: Iterable[Person]) -> dict[str, str]:
    """Return what to call whoever has an id: `owner owner@example.com`."""
    return {key: str(one) for one in reversed(list(people)) for key in (one.id, one.id_user)}
