"""Signing in and signing up."""

from __future__ import annotations

import threading
from typing import Final

from msgspec import Struct

from ..errors import (
    AudienceMissing,
    CredentialsMissing,
    EmailTaken,
    InvalidToken,
    MalformedAuthorization,
    ObjectNotSaved,
    SigninRefused,
    Unauthenticated,
    UnexpectedType,
)
from ..http.exchange import PrincipalKind
from ..node.bson import cast_object_id, object_id
from ..node.json import Json
from ..node.values import is_truthy
from ..tiledesk.auth import AUDIENCE, ISSUER, Claims, JwtCredentials, parse_authorization, sign_token
from ..tiledesk.ids import Ids
from ..tiledesk.model import ENABLED, Bot, ProjectUser, User
from ..tiledesk.wire import Document, profile_document, visitor_document
from .authentication import Authenticator, audience_parts, visitor_id
from .subscriptions import cast_text

_VISITOR_ROLE_TYPE: Final = 2

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
        self._adding: Final = threading.Lock()

    def sign_in(self, email: Json, password: Json) -> SignedIn:
        """Sign in with address and password.

        Raises SigninRefused if they are wrong, and UnexpectedType if the address is not text.
        """
        if not isinstance(email, str):
            raise UnexpectedType
        user = self._people.user_by_email(email.lower())
        if user is None or user.status != ENABLED:
            raise SigninRefused("Authentication failed. User not found.")
        if user.password != password:
            raise SigninRefused("Authentication failed. Wrong password.")
        return self.sign(self.unsigned_user_token(user)), profile_document(user)

    def sign_up(self, email: Json, password: Json, firstname: Json, lastname: Json) -> User:
        """Make a user.

        Raises CredentialsMissing without address or password, EmailTaken if another user has the address,
        UnexpectedType for an address and ObjectNotSaved for any other field that is not text.
        """
        if not is_truthy(email) or not is_truthy(password):
            raise CredentialsMissing
        if not isinstance(email, str):
            raise UnexpectedType
        password, firstname, lastname = (
            cast_text(value, ObjectNotSaved) for value in (password, firstname, lastname)
        )
        with self._adding:
            if self._people.user_by_email(email.lower()):
                raise EmailTaken
            now = self._clock.iso()
            user = User(
                id=self._ids.object_id(),
                email=email.lower(),
                password=password,
                firstname=firstname,
                lastname=lastname,
                created_at=now,
                updated_at=now,
            )
            self._people.save(user)
            return user

    def sign_in_anonymously(self, id_project: Json, details: Document) -> SignedIn:
        """Make a guest with these `details`. The server does not check that the project exists.

        Raises ObjectNotSaved for a malformed project id.
        """
        project = cast_object_id(id_project)
        if project is None:
            raise ObjectNotSaved
        guest: Document = {"_id": self._ids.uuid(), "firstname": f"guest#{self._ids.hex(4)}"}
        guest |= {name: value for name, value in details.items() if name != "firstname" or is_truthy(value)}
        self._add_visitor(project, guest["_id"], role="guest")
        claims = {**guest, "iat": self._now(), "aud": AUDIENCE, "iss": ISSUER, "sub": "guest"}
        unsigned = UnsignedToken(claims | {"jti": self._ids.uuid()}, self._global_secret)
        return self.sign(unsigned), visitor_document(guest)

    def sign_in_with_custom_token(self, header: str | None) -> SignedIn:
        """Sign in with a token that a project signed for its external user, and make that user a member.

        Raises Unauthenticated, MalformedAuthorization, or AudienceMissing for a token without an audience.
        """
        authorization = parse_authorization(header)
        credentials = authorization.credentials
        refusal = Unauthenticated(401, challenge=False)  # only the `jwt` strategy is used here
        if not isinstance(credentials, JwtCredentials):
            raise refusal
        try:
            claims = self._authenticator.verify(credentials.token)
        except InvalidToken:
            raise refusal from None
        if self._authenticator.principal_of(claims) is None:
            raise refusal
        if not authorization.has_two_parts:
            raise MalformedAuthorization
        audience = claims.get("aud")
        if not audience:
            raise AudienceMissing
        kind, identifier = audience_parts(audience)
        project = object_id(identifier)
        if kind == "projects" and project and claims.get("sub") == PrincipalKind.EXTERNAL.value:
            uuid = visitor_id(claims)
            with self._adding:
                if not self._people.member(project, uuid_user=uuid):
                    self._add_visitor(project, uuid, role="user")
        return f"JWT {credentials.token}", claims

    def unsigned_user_token(self, user: User) -> UnsignedToken:
        """Return the token of a user before it is signed."""
        claims = profile_document(user) | {"iat": self._now(), "aud": AUDIENCE, "iss": ISSUER, "sub": "user"}
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

    def _add_visitor(self, id_project: str, uuid: str, role: str) -> None:
        now = self._clock.iso()
        member = ProjectUser(
            id=self._ids.object_id(),
            id_project=id_project,
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
