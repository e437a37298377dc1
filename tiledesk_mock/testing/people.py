"""People with their credentials."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can call the API: `basic` is `auth` for requests, `headers` are its `headers`.

    `id` is the project user's; guests, external users and bots have no password, so their `basic` is None.
    """

    id: str
    role: str
    email: str | None
    basic: tuple[str, str] | None
    jwt: str

    @property
    def headers(self) -> dict[str, str]:
        """Return an Authorization header, by token."""
        return {"Authorization": self.jwt}
