"""Authentication of callers, and authorization by their roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from msgspec import Struct

from ..errors import (
    InvalidToken,
    MalformedAuthorization,
    NoResponse,
    NotAMember,
    RoleTooLow,
    Unauthenticated,
    UnprocessableToken,
)
from ..http.exchange import Principal, PrincipalKind
from ..node.bson import cast_object_id, object_id
from ..node.json import Json
from ..node.values import is_truthy, to_string
from ..store.database import Database
from ..tiledesk.auth import (
    BasicCredentials,
    Claims,
    JwtCredentials,
    Role,
    parse_authorization,
    role_is_at_least,
    unverified_claims,
    verify_token,
)
from ..tiledesk.clock import Clock
from ..tiledesk.conditions import parse_condition
from ..tiledesk.model import ENABLED, Project, ProjectUser, User
from ..tiledesk.wire import profile_document, record_document, visitor_document

_MACHINES: Final = (PrincipalKind.BOT, PrincipalKind.SUBSCRIPTION)
"""The callers that belong to no project, and may post to any."""

Found = TypeVar("Found")


class Caller(Struct, frozen=True):
    """An authenticated caller; `has_two_parts` is false if their Authorization header had more or fewer."""

    principal: Principal
    has_two_parts: bool


class Authenticator:
    """Authenticates by what is stored, on the emulator's clock."""

    def __init__(self, database: Database, clock: Clock, global_secret: str) -> None:
        self.people: Final = database.people
        self.clock: Final = clock
        self.global_secret: Final = global_secret
        self._machines: Final[dict[str, Callable[[str], Any]]] = {
            "bots": database.people.bot,
            "subscriptions": database.subscriptions.get,
        }

    def authenticate(self, header: str | None) -> Caller:
        """Return the caller with this Authorization header.

        Raises Unauthenticated, or UnprocessableToken for a token at which Tiledesk fails.
        """
        authorization = parse_authorization(header)
        principal = self._principal(authorization.credentials)
        if principal is None:
            raise authorization.failure()
        return Caller(principal, authorization.has_two_parts)

    def verify(self, token: str) -> Claims:
        """Return the claims of a token that is valid now, signed with the secret of its audience.

        Raises InvalidToken, or UnprocessableToken if the audience is not a URL.
        """
        secret = self._secret(unverified_claims(token).get("aud"))
        if not secret:
            raise InvalidToken("no secret belongs to its audience")
        return verify_token(token, secret, self.clock.now())

    def principal_of(self, claims: Claims) -> Principal | None:
        """Return the principal of verified claims; None if there is no such user, bot or subscription."""
        subject = claims.get("sub")
        if subject in (PrincipalKind.GUEST.value, PrincipalKind.EXTERNAL.value):
            return Principal(PrincipalKind(subject), visitor_id(claims), visitor_document(claims))
        if subject in (PrincipalKind.BOT.value, PrincipalKind.SUBSCRIPTION.value):
            machine = _first(self._machines[f"{subject}s"], claims.get("_id"))
            if machine is None:
                return None
            return Principal(PrincipalKind(subject), machine.id, record_document(machine))
        user = self._user(claims)
        return Principal(PrincipalKind.USER, user.id, record_document(user)) if user else None

    def websocket_user(self, token: str) -> Principal:
        """Return the user whose token (without the word JWT) opens a WebSocket.

        Tiledesk's WebSockets verify tokens in their own way: with the global secret, whatever audience and
        subject are, and the claim `_id` is a condition on users. Raises Unauthenticated, or NoResponse for a
        token at which Tiledesk fails.
        """
        try:
            unverified_claims(token)
        except UnprocessableToken:  # a payload that is not JSON; null is JSON
            raise Unauthenticated from None
        try:
            identifier = _user_claim(verify_token(token, self.global_secret, self.clock.now()))
            user = None if identifier is None else self._enabled_user(identifier)
        except InvalidToken:
            raise Unauthenticated from None
        except (NoResponse, UnprocessableToken):
            raise NoResponse("the _id in a token for a WebSocket is no ObjectId") from None
        if user is None:
            raise Unauthenticated
        return Principal(PrincipalKind.USER, user.id, record_document(user))

    def authorize(
        self, caller: Caller, project: Project, required: Role, *, machines: bool = False
    ) -> ProjectUser | None:
        """Return the caller's membership of the project; None for a bot or subscription, if `machines` pass.

        Raises MalformedAuthorization, NotAMember or RoleTooLow.
        """
        if not caller.has_two_parts:
            raise MalformedAuthorization
        if machines and caller.principal.kind in _MACHINES:
            return None
        member = self.member(caller.principal, project.id)
        if member is None:
            raise NotAMember
        if not role_is_at_least(member.role, required):
            raise RoleTooLow
        return member

    def member(self, principal: Principal, id_project: str) -> ProjectUser | None:
        """Return the active membership of a project, if there is one."""
        by_user = principal.kind is PrincipalKind.USER
        member = self.people.member(
            id_project, id_user=principal.id if by_user else None, uuid_user=None if by_user else principal.id
        )
        return member if member and member.status == "active" and not member.trashed else None

    def user_by_credentials(self, email: str, password: str) -> User | None:
        """Return the enabled user with that address and password."""
        user = self.people.user_by_email(email.lower())
        return user if user and user.status == ENABLED and user.password == password else None

    def _principal(self, credentials: BasicCredentials | JwtCredentials | None) -> Principal | None:
        if credentials is None:
            return None
        if isinstance(credentials, BasicCredentials):
            user = self.user_by_credentials(credentials.user, credentials.password)
            return Principal(PrincipalKind.USER, user.id, profile_document(user)) if user else None
        try:
            return self.principal_of(self.verify(credentials.token))
        except InvalidToken:
            return None

    def _enabled_user(self, identifier: Json) -> User | None:
        """Return the first enabled user whose id meets a condition of MongoDB; an id is one."""
        condition = parse_condition(identifier)
        if condition.single_id is not None:
            users = filter(None, [self.people.user(condition.single_id)])
        else:
            users = filter(lambda user: condition.matches(user.id), self.people.users())
        return next((user for user in users if user.status == ENABLED), None)

    def _secret(self, audience: Json) -> str | None:
        """Return the secret that signs tokens of an audience; None if the audience does not exist."""
        if not is_truthy(audience):
            return self.global_secret
        kind, identifier = audience_parts(audience)
        key = object_id(identifier) or ""
        if kind in self._machines:
            machine = self._machines[kind](key)
            return machine.secret if machine else None
        if kind == "projects":
            project = self.people.project(key)
            return project.jwt_secret if project else None
        return self.global_secret

    def _user(self, claims: Claims) -> User | None:
        identifier, document = claims.get("_id"), claims.get("_doc")
        if not is_truthy(identifier):
            identifier = document.get("_id") if isinstance(document, dict) else None
        user = _first(self.people.user, identifier)
        return user if user and user.status == ENABLED else None


def audience_parts(audience: Json) -> tuple[str, str]:
    """Return the first two segments of an audience's path: a kind (`projects`, `bots`) and an id.

    Raises UnprocessableToken if the audience is not a URL.
    """
    # Imported on first use: only tokens have an audience.
    from ..node.url import url_path

    try:
        path = url_path(to_string(audience))
    except (TypeError, ValueError):
        raise UnprocessableToken from None
    _, kind, identifier = f"{path}//".split("/")[:3]
    return kind, identifier


def visitor_id(claims: Claims) -> str:
    """Return the id in the claims of a guest or external user, as text."""
    identifier = claims.get("_id")
    return "" if identifier is None or isinstance(identifier, (dict, list)) else to_string(identifier)


def _user_claim(claims: Claims) -> Json:
    """Return the id in the claims of a token for a WebSocket. Raises NoResponse if Tiledesk fails at them."""
    if is_truthy(claims.get("_id")):
        return claims["_id"]
    document = claims.get("_doc")
    if document is None:
        raise NoResponse("a token for a WebSocket has no _id")
    return document.get("_id") if isinstance(document, dict) else None


def _first(find: Callable[[str], Found | None], claim: Json) -> Found | None:
    """Return the first record with one of the ids in a claim."""
    return next((found for key in _identifiers(claim) if (found := find(key)) is not None), None)


def _identifiers(value: Json) -> list[str]:
    """Return the ObjectIds in a claim: one, or those of an array. Tiledesk fails at a malformed one."""
    if value is None:
        return []
    identifiers = [cast_object_id(item) for item in (value if isinstance(value, list) else [value])]
    if None in identifiers:
        raise UnprocessableToken
    return [identifier for identifier in identifiers if identifier]
