"""People with their credentials."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.wire import Document
from ..errors import SetupError


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can call the API: `basic` is `auth` for requests, `headers` are its `headers`.

    `id` is the project user's; guests, external users and bots have no password, so their `basic` is None.
    `id_user` is what `createdBy` of their events is.
    """

    id: str
    role: str
    email: str | None
    basic: tuple[str, str] | None
    jwt: str
    id_user: str = ""
    id_project: str = ""

    def __str__(self) -> str:
        return f"{self.role} {self.email or self.id}"

    @property
    def headers(self) -> dict[str, str]:
        """Return an Authorization header, by token."""
        return {"Authorization": self.jwt}


def person_of(document: Document) -> Person:
    """Return the person that a document of the control API tells of; raise SetupError without a token."""
    if document["jwt"] is None:
        missing = "the bot has no secret" if document["role"] == "bot" else "the project has no jwtSecret"
        raise SetupError(f"{document['role']} {document['id']} cannot sign in: {missing}")
    email, password = document["email"], document["password"]
    return Person(
        id=document["id"],
        role=document["role"],
        email=email,
        basic=(email, password) if email and password else None,
        jwt=document["jwt"],
        id_user=document["id_user"],
        id_project=document["id_project"],
    )
