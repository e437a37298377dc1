"""Who is meant by a role, an e-mail address or an id, and which requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..emulator.people import Person
from ..errors import SetupError
from ..expectations.request import ExpectedRequest
from ..http.principal import caller_matches
from ..text import suggestion
from ..tiledesk.auth import ROLE_NAMES
from .operations import Controls


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
    if person in ROLE_NAMES:
        return person
    known = next(controls.people(person), None)
    if known is not None:
        return (known.email or known.id_user) if known.id == person else person
    if person.isalpha() and not any(
        caller_matches(person, one.principal, one.role) for one in controls.requests()
    ):
        called_so(person, controls.people())
    return person


def request_like(wanted: Mapping[str, Any], controls: Controls) -> ExpectedRequest:
    """Return what is expected of requests, in a tester's words: the fields of ExpectedRequest.

    Raises SetupError for other words, and for a person whom `sender` refuses.
    """
    for name in wanted:
        if name not in ExpectedRequest.__struct_fields__:
            raise SetupError(
                f"no request has {name!r}: {suggestion(name, ExpectedRequest.__struct_fields__)}"
            )
    person = wanted.get("person")
    return ExpectedRequest(**{**wanted, "person": None if person is None else sender(person, controls)})


def names_of(people: Iterable[Person]) -> dict[str, str]:
    """Return what to call whoever has an id: `owner owner@example.com`."""
    return {key: str(one) for one in reversed(list(people)) for key in (one.id, one.id_user)}
