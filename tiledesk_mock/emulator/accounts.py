"""Signing in and signing up."""

from __future__ import annotations

import re
import threading
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ..errors import (
    CredentialsMissing,
    EmailTaken,
    InvalidToken,
    NoResponse,
    ObjectNotSaved,
    RegistrationFailed,
    SigninRefused,
    UnexpectedType,
    UnprocessableToken,
)
from ..http.exchange import PrincipalKind
from ..node.bson import cast_object_id, cast_optional_string
from ..node.json import ABSENT, Absent, Json
from ..node.values import WHITE_SPACE, is_truthy
from ..tiledesk.auth import AUDIENCE, ISSUER, Claims, sign_token
from ..tiledesk.ids import Ids
from ..tiledesk.model import ENABLED, Bot, OptionalText, ProjectUser, User
from ..tiledesk.wire import Document, profile_document, visitor_document
from .authentication import SUPER_ADMIN, Authenticator

_VISITOR_ROLE_TYPE: Final = 2

PHONE: Final = r"\+?[1-9][0-9]{1,14}"
"""A number as E.164 has it. It is compiled by the few sign-ups that have one."""

SignedIn = tuple[str, Document]
"""A token with the word JWT before it, and the user as the response shows it."""


class UnsignedToken(Struct, frozen=True):
    """The claims of a token, and the secret that signs it."""

    claims: Claims
    secret: str


class Accounts:
    """The use cases of `/auth`."""

    def __init__(self, authenticator: Authenticator, ids: Ids) -> None:
        self._authenticator: Final = authenticator
        self._people: Final = authenticator.people
        self._clock: Final = authenticator.clock
        self._global_secret: Final = authenticator.global_secret
        self._ids: Final = ids
        self.adding: Final = threading.Lock()

    def sign_in(self, email: Json, password: Json) -> SignedIn:
        """Sign in with address and password.

        Raises SigninRefused if they are wrong, and UnexpectedType if the address is not text.
        """
        if not isinstance(email, str):
            raise UnexpectedType("email is not text in the body, where it has to be")
        user = self._people.user_by_email(email.lower())
        if user is None or user.status != ENABLED:
            cause = f"no user has the e-mail address {email}" if user is None else f"{email} is disabled"
            raise SigninRefused("Authentication failed. User not found.", cause)
        if not is_truthy(password):
            raise SigninRefused(
                "Authentication failed.  Password is required.",
                "the password is missing or empty in the body",
            )
        if isinstance(password, dict) and "toString" in password:
            raise NoResponse("a password has a field toString")
        if user.password != password:
            cause = f"the password is not that of {email}"
            raise SigninRefused("Authentication failed. Wrong password.", cause)
        return self.sign(self.unsigned_user_token(user)), profile_document(user)

    def sign_up(self, fields: Document, header: str | None = None) -> User:
        """Make a user with the address, the password, the names and the phone number in `fields`.

        Raises CredentialsMissing without address or password, EmailTaken if another user has the address,
        and RegistrationFailed for a field that is not text, or a phone number that is none. An Authorization
        header without a valid token of the global secret fails, too, after the user was made; with the super
        admin's the user is verified, which the returned one does not show.
        """
        email, password = fields.get("email"), fields.get("password")
        if not is_truthy(email) or not is_truthy(password):
            raise CredentialsMissing
        if not isinstance(email, str):
            raise RegistrationFailed("email is not text")
        password, firstname, lastname = (
            _text(fields, name) for name in ("password", "firstname", "lastname")
        )
        phone = _phone(fields)
        with self.adding:
            if self._people.user_by_email(email.lower()):
                raise EmailTaken(email.lower())
            user = self.add_user(email, str(password), firstname, lastname, phone)
        if not header:
            return user
        try:
            claims = self._authenticator.claims(header)
        except (InvalidToken, UnprocessableToken) as error:
            raise RegistrationFailed(
                f"the user was made, but there is an Authorization header without a valid token: {error}"
            ) from None
        if claims.get("email") == SUPER_ADMIN:
            self._people.save(replace(user, emailverified=True))
        return user

    def add_user(
        self,
        email: str,
        password: str,
        firstname: OptionalText,
        lastname: OptionalText,
        phone: OptionalText = ABSENT,
    ) -> User:
        """Add a user with a new address, and return it. With an empty password it signs in by token only."""
        now = self._clock.iso()
        user = User(
            id=self._ids.object_id(),
            email=email.lower(),
            password=password,
            firstname=firstname,
            lastname=lastname,
            phone=phone,
            created_at=now,
            updated_at=now,
        )
        self._people.save(user)
        return user

    def sign_in_anonymously(self, id_project: Json | Absent, details: Document) -> SignedIn:
        """Make a guest with these `details`. The server does not check that the project exists.

        Without a project in the body the guest is a member of none. Raises ObjectNotSaved for a malformed
        project id.
        """
        project = None if id_project is ABSENT else cast_object_id(id_project)
        if project is None and id_project is not ABSENT:
            raise ObjectNotSaved("id_project is not the id of a project: 24 hexadecimal digits")
        guest: Document = {"_id": self._ids.uuid(), "firstname": f"guest#{self._ids.hex(4)}"}
        guest |= {name: value for name, value in details.items() if name != "firstname" or is_truthy(value)}
        if project is not None:
            self.add_visitor(project, guest["_id"], "guest")
        user = visitor_document(guest)
        return self.sign(self.unsigned_token(user, PrincipalKind.GUEST)), user

    def unsigned_user_token(self, user: User) -> UnsignedToken:
        """Return the token of a user before it is signed."""
        return self.unsigned_token(profile_document(user))

    def unsigned_token(self, user: Document, kind: PrincipalKind = PrincipalKind.USER) -> UnsignedToken:
        """Return the token of a user or guest whose claims are these fields, before it is signed."""
        claims = user | {"iat": self._now(), "aud": AUDIENCE, "iss": ISSUER, "sub": kind.value}
        return UnsignedToken(claims | {"jti": self._ids.uuid()}, self._global_secret)

    def unsigned_visitor_token(self, member: ProjectUser) -> UnsignedToken | None:
        """Return the token of a guest or external user; None for the latter if the project has no secret."""
        claims: Claims = {"_id": member.uuid_user, "iat": self._now()}
        if member.role == "guest":
            claims |= {"aud": AUDIENCE, "iss": ISSUER, "sub": PrincipalKind.GUEST.value}
            return UnsignedToken(claims, self._global_secret)
        project = self._people.project(member.id_project)
        if project is None or not project.jwt_secret:
            return None
        claims |= {"aud": f"{AUDIENCE}/projects/{project.id}", "sub": PrincipalKind.EXTERNAL.value}
        return UnsignedToken(claims, project.jwt_secret)

    def unsigned_bot_token(self, bot: Bot) -> UnsignedToken | None:
        """Return the token of a bot; None if the bot has no secret."""
        if not bot.secret:
            return None
        audience = {"aud": f"{AUDIENCE}/bots/{bot.id}", "iss": ISSUER, "sub": PrincipalKind.BOT.value}
        return UnsignedToken({"_id": bot.id, "name": bot.name, "iat": self._now()} | audience, bot.secret)

    def sign(self, unsigned: UnsignedToken) -> str:
        """Return a token, with the word JWT before it."""
        return f"JWT {sign_token(unsigned.claims, unsigned.secret)}"

    def add_visitor(self, id_project: str, uuid: str, role: str, id_user: str | None = None) -> None:
        """Add a member with a uuid: a guest, an external user, or the user of a custom token."""
        now = self._clock.iso()
        member = ProjectUser(
            id=self._ids.object_id(),
            id_project=id_project,
            id_user=id_user,
            uuid_user=uuid,
            role=role,
            role_type=_VISITOR_ROLE_TYPE,
            last_login_at=now,
            created_by=uuid,
            created_at=now,
            updated_at=now,
        )
        self._people.save(member)

    def _now(self) -> int:
        return self._clock.now() // 1000


def _text(fields: Document, name: str) -> OptionalText:
    """Return a field as mongoose casts it to a string; raise RegistrationFailed if it does not."""
    try:
        return cast_optional_string(fields.get(name, ABSENT))
    except TypeError:
        raise RegistrationFailed(f"{name} is not text") from None


def _phone(fields: Document) -> OptionalText:
    """Return the phone number as mongoose trims and checks it; raise RegistrationFailed if it is none."""
    phone = _text(fields, "phone")
    if not isinstance(phone, str):
        return phone
    phone = phone.strip(WHITE_SPACE)
    if phone and not re.fullmatch(PHONE, phone):
        raise RegistrationFailed("phone is not a number as E.164 has it: +391234567890")
    return phone
