"""Signing in with a custom token: one that a project's own server has signed, for single sign-on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..errors import (
    AudienceMissing,
    InvalidToken,
    MalformedAuthorization,
    NoResponse,
    SetupError,
    SigninRefused,
    Unauthenticated,
    UnprocessableToken,
)
from ..http.exchange import PrincipalKind
from ..node.bson import cast_optional_string, cast_string, object_id
from ..node.json import ABSENT, Json
from ..node.values import is_truthy
from ..tiledesk.auth import AUDIENCE, Claims, JwtCredentials, parse_authorization
from ..tiledesk.model import ACTIVE, ENABLED, Project, User
from ..tiledesk.wire import loaded_document
from .accounts import Accounts, SignedIn, UnsignedToken
from .authentication import Authenticator, audience_parts, claimed_id, subject_of

_USER_ROLES: Final = ("owner", "admin", "agent")
"""The roles that make a user of who has them in their claims; others are external users."""

_EXTERNAL_ROLE: Final = "user"
_NO_PASSWORD: Final = ""

_ID_IS_TAKEN: Final = (
    "no user has the e-mail address of a custom token, and none is made, since its _id belongs to a member "
    "already: to a customer, or to a user with another e-mail address"
)


class CustomTokens:
    """The use case of `/auth/signinWithCustomToken`.

    The real server responds with a user that it has just made together with the bcrypt hash of a made-up
    password, in the body and in the token. Neither is made here: such a user signs in by a token only.
    """

    def __init__(self, authenticator: Authenticator, accounts: Accounts) -> None:
        self._authenticator: Final = authenticator
        self._accounts: Final = accounts
        self._people: Final = authenticator.people

    def sign_in(self, header: str | None, secret_token: str | None = None) -> SignedIn:
        """Sign in with the token in an Authorization header, and make its person a member of its project.

        The `secret_token` of the query counts if the header has no token. Returns a new token and the user if
        the claims have the role of an owner, admin or agent, else the header and the claims. Whose token it
        is does not matter otherwise, and neither does its subject.

        Raises Unauthenticated, MalformedAuthorization, AudienceMissing for a token without an audience,
        SigninRefused for a disabled member, or NoResponse.
        """
        claims = self._claims(header, secret_token)
        audience = claims.get("aud")
        if not is_truthy(audience):
            raise AudienceMissing
        kind, identifier = audience_parts(audience)
        project = object_id(identifier)
        header = header or ""
        as_sent = header, claims
        if kind != "projects" or project is None:
            return as_sent
        with self._accounts.adding:
            try:
                member = next(iter(self._authenticator.visitors(project, claims.get("_id"))), None)
            except UnprocessableToken:
                return as_sent  # Tiledesk does not look at the error of its query
            if member is not None and member.status != ACTIVE:
                raise SigninRefused(
                    "Authentication failed. Project_user not active.",
                    f"the membership of {member.uuid_user} in the project {project} is disabled",
                )
            is_member = member is not None
            if claims.get("role") in _USER_ROLES:
                return self._user_signed_in(project, as_sent, is_member=is_member)
            if is_member or not self._add_external_user(project, claims):
                return as_sent
        return header if header.startswith("JWT ") else f"JWT {header}", claims

    def signed(self, project: Project, claims: Mapping[str, Json]) -> str:
        """Return a token with these claims that the project has signed, with the word JWT before it.

        Raises SetupError if the project has no secret.
        """
        if not project.jwt_secret:
            raise SetupError(f"the project {project.name} has no jwtSecret to sign a custom token with")
        audience = {"sub": PrincipalKind.EXTERNAL.value, "aud": f"{AUDIENCE}/projects/{project.id}"}
        issued = {"iat": self._authenticator.clock.now() // 1000}
        return self._accounts.sign(UnsignedToken({**issued, **audience, **claims}, project.jwt_secret))

    def _claims(self, header: str | None, secret_token: str | None) -> Claims:
        authorization = parse_authorization(header)
        credentials = authorization.credentials
        token = credentials.token if isinstance(credentials, JwtCredentials) else secret_token
        refusal = Unauthenticated(401, challenge=False)  # only the `jwt` strategy is used here
        if not token:
            raise refusal
        try:
            claims = self._authenticator.verify(token)
            claimed_id(claims)
            subject_of(claims)
        except InvalidToken:
            raise refusal from None
        if not authorization.has_two_parts:
            raise MalformedAuthorization
        return claims

    def _user_signed_in(self, project: str, as_sent: SignedIn, *, is_member: bool) -> SignedIn:
        """Sign in a user, who has to exist already if the uuid is that of a member."""
        header, claims = as_sent
        user = self._user(claims, may_add=not is_member)
        document = loaded_document(user)
        signed_in = self._accounts.sign(self._accounts.unsigned_token(document)), document
        if is_member or self._is_active(project, user):
            return signed_in
        try:
            uuid = _text(claims.get("_id"))
        except TypeError:
            return header, document  # the member is not saved
        self._accounts.add_visitor(project, uuid, str(claims["role"]), user.id)
        return signed_in

    def _is_active(self, project: str, user: User) -> bool:
        """Return whether the first membership of a user is active: Tiledesk looks at no other."""
        first = next(iter(self._people.members(project, user.id)), None)
        return first is not None and first.status == ACTIVE

    def _user(self, claims: Claims, *, may_add: bool) -> User:
        """Return the user with the address in the claims; add one if no user has it.

        Raises NoResponse for a disabled user, if no user has it and none may be added, and if a field of
        a new one is not text.
        """
        email = claims.get("email")
        if not isinstance(email, str) or not email:
            raise NoResponse("a custom token without e-mail address signs in a user")
        user = self._people.user_by_email(email.lower())
        if user is not None and user.status == ENABLED:
            return user
        if user is not None:
            raise NoResponse("a custom token signs in a user who is disabled")
        if not may_add:
            raise NoResponse(_ID_IS_TAKEN)
        try:
            firstname, lastname = (
                cast_optional_string(claims.get(name, ABSENT)) for name in ("firstname", "lastname")
            )
        except TypeError:
            raise NoResponse("a custom token has a name that is not text") from None
        return self._accounts.add_user(email, _NO_PASSWORD, firstname=firstname, lastname=lastname)

    def _add_external_user(self, project: str, claims: Claims) -> bool:
        """Add an external user, and return whether mongoose takes its id and role."""
        role = claims.get("role")
        try:
            uuid = _text(claims.get("_id"))
            text = _text(role) if is_truthy(role) else _EXTERNAL_ROLE
        except TypeError:
            return False  # Tiledesk does not look at the error
        self._accounts.add_visitor(project, uuid, text)
        return True


def _text(claim: Json) -> str:
    """Return a required claim as mongoose casts it to a string; raise TypeError if that fails."""
    text = None if claim is None else cast_string(claim)
    if not text:
        raise TypeError("the field is required")
    return text
