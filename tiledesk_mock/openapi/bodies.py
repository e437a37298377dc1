"""JSON Schemas of the bodies of requests, and of responses that are no records."""

from __future__ import annotations

from typing import Final

import msgspec

from ..emulator.accounts import PHONE
from ..node.validator import Checks, is_email
from ..tiledesk.events import EVENT_CHECKS
from ..tiledesk.model import Subscription
from ..web.routes import (
    ANONYMOUS_CHECKS,
    GUEST_DETAILS,
    SIGN_IN_CHECKS,
    SIGN_UP_CHECKS,
    signed_in_document,
    signed_up_document,
)
from .inference import Part, Schema, inferred
from .records import NOTES, SENT, field_schema, ref

_TEXT: Final[Schema] = {"type": "string"}
_TOKEN: Final = Part({"type": "string", "description": "Goes into the header `Authorization`, as it is."})
_PASSWORD: Final[Schema] = {**_TEXT, "minLength": 1, "format": "password"}
_PHONE: Final[Schema] = {
    "type": ["string", "null"],
    "pattern": f"^{PHONE}$",
    "description": "A number as E.164 has it, such as `+391234567`.",
}

_CHECKED: Final = {
    True: {**_TEXT, "format": "email"},
    False: {**_TEXT, "minLength": 1},
}
"""The schema of a field by whether it has to be an e-mail address."""


def request_schemas() -> dict[str, Schema]:
    """Return the schemas of the bodies of requests, by name.

    They describe what is accepted and used. Other fields are ignored, and other types than text are refused
    or made to text, as Node does.
    """
    update = {
        field.encode_name: field_schema(field)
        for field in msgspec.structs.fields(Subscription)
        if field.name not in ("id", "order")
    }
    return {
        "SignIn": _checked(SIGN_IN_CHECKS),
        "SignUp": _checked(SIGN_UP_CHECKS, password=_PASSWORD, phone=_PHONE),
        "SignInAnonymously": _checked(ANONYMOUS_CHECKS, **dict.fromkeys(GUEST_DETAILS, SENT)),
        "FireEvent": _checked(EVENT_CHECKS, attributes=SENT),
        "Subscribe": _checked({"event": bool, "target": bool}),
        "UpdateSubscription": {
            "type": "object",
            "properties": update,
            "patternProperties": {"^\\$": {"description": "An operator, such as `$set` or `$unset`."}},
        },
    }


def response_schemas() -> dict[str, Schema]:
    """Return the schemas of the bodies of responses that are no records, by name."""
    claims: Schema = {"type": "object", "description": "The claims of the token, or a user."}
    users = {
        "SignedIn": ref("Profile"),
        "SignedInGuest": ref("Guest"),
        "SignedInWithToken": {"anyOf": [ref("User"), claims]},
    }
    return {
        **{
            name: inferred([signed_in_document(_TOKEN, Part(user))], exact=True)  # type: ignore[arg-type]
            for name, user in users.items()
        },
        "SignedUp": inferred([signed_up_document(Part(ref("User")))], exact=True),  # type: ignore[arg-type]
    }


def _checked(checks: Checks, **others: Schema) -> Schema:
    """Return the schema of a body with the fields that are checked, and others."""
    fields = {name: _CHECKED[check is is_email] | _note(name) for name, check in checks.items()}
    return {"type": "object", "properties": {**fields, **others}, "required": [*checks]}


def _note(name: str) -> Schema:
    return {"description": NOTES[name]} if name in NOTES else {}
