"""Authentication of callers, and authorization by their roles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
from ..node.bson import cast_object_id, cast_string, object_id
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
from ..tiledesk.model import ACTIVE, ENABLED, Bot, Project, ProjectUser, Subscription, User
from ..tiledesk.wire import loaded_document, profile_document, visitor_document

_MACHINES: Final = (PrincipalKind.BOT, PrincipalKind.SUBSCRIPTION)
"""The callers that belong to no project, and may post to any."""

VISITORS: Final = (PrincipalKind.GUEST, PrincipalKind.EXTERNAL)
"""The callers that are members by the uuid in their token."""

SUPER_ADMIN: Final = "admin@tiledesk.com"
"""The address, by the real server's settings, of the caller who may do everything in every project."""

Found = TypeVar("Found", User, Bot, Subscription)


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
        self._subscriptions: Final = database.subscriptions
        self._machines: Final[dict[str, Callable[[str], Any]]] = {
            "bots": database.people.bot,
            "subscriptions": database.subscriptions.get,
        }

    def authenticate(self, header: str | None, secret_token: str | None = None) -> Caller:
        """Return the caller with this Authorization header.

        The `secret_token` of the query counts if the header has no token, and no right password. Raises
        Unauthenticated, or UnprocessableToken for a token at which Tiledesk fails.
        """
        authorization = parse_authorization(header)
        principal = self._principal(authorization.credentials)
        if principal is None and secret_token and not isinstance(authorization.credentials, JwtCredentials):
            principal = self._principal(JwtCredentials(secret_token))
        if principal is None:
            raise authorization.failure()
        return Caller(principal, authorization.has_two_parts)

    def verify(self, token: str) -> Claims:
        """Return the claims of a token that is valid now, signed with the secret of its audience.

        Raises InvalidToken, or UnprocessableToken if the audience is not a URL.
        """
        secret = self.secret_of(unverified_claims(token).get("aud"))
        if not secret:
            raise InvalidToken("no secret belongs to its audience")
        return verify_token(token, secret, self.clock.now())

    def claims(self, header: str) -> Claims:
        """Return the claims of the token behind any word in a header, signed with the global secret.

        Raises InvalidToken, or UnprocessableToken for the payload null.
        """
        return verify_token(
            header.split(" ", 2)[1] if " " in header else "", self.global_secret, self.clock.now()
        )

    def principal_of(self, claims: Claims) -> Principal | None:
        """Return the principal of verified claims; None if there is no such user, bot or subscription.

        Raises InvalidToken for claims without an id, UnprocessableToken or NoResponse for one at which
        Tiledesk fails.
        """
        identifier = claimed_id(claims)
        kind = _SUBJECTS.get(subject_of(claims), PrincipalKind.USER)
        if kind in VISITORS:
            return Principal(kind, _visitor_id(claims.get("_id")), visitor_document(claims))
        try:
            found = (
                self._enabled_user(identifier)
                if kind is PrincipalKind.USER
                else self._machine(kind, identifier)
            )
        except NoResponse as error:
            raise UnprocessableToken(f"its _id is not the id of a {kind.value}: {error.reason}") from None
        return Principal(kind, found.id, loaded_document(found)) if found else None

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
            user = self._enabled_user(_user_claim(verify_token(token, self.global_secret, self.clock.now())))
        except InvalidToken:
            raise Unauthenticated from None
        except (NoResponse, UnprocessableToken):
            raise NoResponse("the _id in a token for a WebSocket is no ObjectId") from None
        if user is None:
            raise Unauthenticated
        return Principal(PrincipalKind.USER, user.id, loaded_document(user))

    def authorize(
        self, caller: Caller, project: Project, required: Role, *, machines: bool = False
    ) -> ProjectUser | None:
        """Return the caller's membership of the project.

        None is for a bot or subscription, if `machines` pass, and for the super admin, whose events have no
        project user. Raises MalformedAuthorization, NotAMember or RoleTooLow.
        """
        if not caller.has_two_parts:
            raise MalformedAuthorization
        if machines and caller.principal.kind in _MACHINES:
            return None
        is_super_admin = caller.principal.document.get("email") == SUPER_ADMIN
        member = self.member(caller.principal, project.id)
        if member is None and not is_super_admin:
            raise NotAMember
        if member is not None and not role_is_at_least(member.role, required):
            raise RoleTooLow(role=member.role, required=required.name.lower())
        return None if is_super_admin else member

    def member(self, principal: Principal, id_project: str) -> ProjectUser | None:
        """Return the active membership of a project, if there is one.

        Raises UnprocessableToken for a visitor whose id mongoose does not cast.
        """
        if principal.kind is PrincipalKind.USER:
            return active_member(self.people.members(id_project, principal.id))
        if principal.kind in VISITORS:
            return active_member(self.visitors(id_project, principal.document.get("_id")))
        return None

    def user_by_credentials(self, email: str, password: str) -> User | None:
        """Return the enabled user with that address and password."""
        user = self.people.user_by_email(email.lower())
        return user if user and user.status == ENABLED and user.password == password != "" else None

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

    def visitors(self, id_project: str, claim: Json) -> Iterable[ProjectUser]:
        """Yield the members of a project whose uuid meets a condition of MongoDB; an id is one.

        Raises UnprocessableToken for an id that mongoose does not cast.
        """
        if isinstance(claim, str):
            return self.people.visitors(id_project, claim)
        # Imported on first use: the id in a token is text.
        from ..tiledesk.conditions import parse_text_condition

        try:
            condition = parse_text_condition(claim)
        except NoResponse as error:
            raise UnprocessableToken(
                f"its _id is no condition on the uuid of a member: {error.reason}"
            ) from None
        return (one for one in self.people.project_users(id_project) if condition.matches(one.uuid_user))

    def _machine(self, kind: PrincipalKind, identifier: Json) -> Bot | Subscription | None:
        if kind is PrincipalKind.BOT:
            return next(iter(_matching(identifier, self.people.bot, self.people.bots)), None)
        return next(iter(_matching(identifier, self._subscriptions.get, self._subscriptions.all)), None)

    def _enabled_user(self, identifier: Json) -> User | None:
        """Return the first enabled user whose id meets a condition of MongoDB."""
        users = _matching(identifier, self.people.user, self.people.users)
        return next((user for user in users if user.status == ENABLED), None)

    def secret_of(self, audience: Json) -> str | None:
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
            return project.jwt_secret if project and project.status == ENABLED else None
        return self.global_secret


def audience_parts(audience: Json) -> tuple[str, str]:
    """Return the first two segments of an audience's path: a kind (`projects`, `bots`) and an id.

    Raises UnprocessableToken if the audience is not a URL.
    """
    # Imported on first use: only tokens have an audience.
    from ..node.url import url_path

    try:
        path = url_path(to_string(audience))
    except (TypeError, ValueError):
        raise UnprocessableToken("its aud is not a URL") from None
    _, kind, identifier = f"{path}//".split("/")[:3]
    return kind, identifier


def claimed_id(claims: Claims) -> Json:
    """Return the id in the claims of a token: `_id`, or else `_id` of `_doc`.

    Raises InvalidToken without an id, and NoResponse for one at which Tiledesk throws while it verifies.
    """
    identifier, document = claims.get("_id"), claims.get("_doc")
    nested = document.get("_id") if isinstance(document, dict) else None
    if identifier is None and nested is None:
        raise InvalidToken("it has no _id")
    if not is_truthy(identifier):
        if document is None:
            raise NoResponse("the _id of a token is false")
        identifier = nested
    try:
        to_string(identifier)
    except TypeError:
        raise NoResponse("the _id of a token has a field toString") from None
    return identifier


_SUBJECTS: Final = {kind.value: kind for kind in PrincipalKind}


def subject_of(claims: Claims) -> str:
    """Return the subject as text: Tiledesk compares it with `==`, which takes an array for its only item.

    Raises NoResponse for an object that cannot become text.
    """
    subject = claims.get("sub")
    try:
        return to_string(subject)
    except TypeError:
        raise NoResponse("the sub of a token has a field toString") from None


def _visitor_id(claim: Json) -> str:
    """Return the id of a guest or external user, which is `createdBy` of their events; empty if not text."""
    try:
        return "" if claim is None else cast_string(claim)
    except TypeError:
        return ""


def active_member(members: Iterable[ProjectUser]) -> ProjectUser | None:
    """Return the first of these memberships that is not disabled; a trashed one counts."""
    for member in members:  # for every request: a generator takes longer
        if member.status == ACTIVE:
            return member
    return None


def _user_claim(claims: Claims) -> Json:
    """Return the id in the claims of a token for a WebSocket. Raises NoResponse if Tiledesk fails at them."""
    if is_truthy(claims.get("_id")):
        return claims["_id"]
    document = claims.get("_doc")
    if document is None:
        raise NoResponse("a token for a WebSocket has no _id")
    return document.get("_id") if isinstance(document, dict) else None


def _matching(
    identifier: Json, find: Callable[[str], Found | None], find_all: Callable[[], Iterable[Found]]
) -> Iterable[Found]:
    """Yield the records whose `id` meets a condition of MongoDB; an id is one.

    Raises NoResponse for a value that mongoose does not cast.
    """
    key = cast_object_id(identifier) if isinstance(identifier, str) else None
    if key is not None:
        return filter(None, [find(key)])
    from ..tiledesk.conditions import parse_condition  # as above

    condition = parse_condition(identifier)
    return (record for record in find_all() if condition.matches(record.id))
