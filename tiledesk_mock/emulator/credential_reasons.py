"""Why credentials are refused, in a sentence for the tester. It never has a password, a token or a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..errors import ApiError, InvalidToken, UnprocessableToken
from ..http.exchange import PrincipalKind
from ..node.bson import object_id
from ..node.json import Json, parse_json, stringify
from ..node.values import is_truthy
from ..text import closest, number_of, shorten
from ..tiledesk.auth import (
    AUDIENCE,
    Claims,
    JwtCredentials,
    decode_basic,
    parse_authorization,
    unverified_claims,
    verify_token,
)
from ..tiledesk.clock import Clock, format_time
from ..tiledesk.model import ENABLED
from .authentication import Authenticator, audience_parts

_SCHEMES: Final = ("Bearer", "Token", "Digest", "ApiKey", "OAuth", "Negotiate")
"""Schemes that Tiledesk does not know. Only their names are shown: any other word may be a secret."""

_NO_VALUES: Final = ("undefined", "null", "None", "NaN", "[object Object]", "true", "false")
"""What a client sends in place of a token that it does not have."""

_LONGEST: Final = 80
_MOST_SECRETS: Final = 100
"""How many secrets are tried, at about 20 microseconds each."""

_GLOBAL: Final = "the global secret (the setting global_secret)"
_OWN_SECRETS: Final = {
    "projects": "jwtSecret of the project",
    "bots": "secret of the bot",
    "subscriptions": "secret of the subscription",
}
_ALGORITHMS: Final = ("HS256", "HS384", "HS512")
_TOKEN_SHAPE: Final = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)


def credentials_reason(
    authenticator: Authenticator,
    header: str | None,
    secret_token: str | None = None,
    *,
    only_tokens: bool = False,
) -> str:
    """Return why `authenticate` refuses these credentials at this moment.

    With `only_tokens` passwords do not count, as where a custom token signs in.
    """
    credentials = parse_authorization(header).credentials
    if isinstance(credentials, JwtCredentials):
        return f"the token in the Authorization header {token_reason(authenticator, credentials.token)}"
    if only_tokens and header and "basic" in header.lower():
        reason = "an e-mail address and a password do not sign in here, only a token does: JWT TOKEN"
    else:
        reason = _header_reason(authenticator, header)
    if secret_token:
        return f"{reason}; and the secret_token in the query {token_reason(authenticator, secret_token)}"
    return reason


def websocket_reason(authenticator: Authenticator, token: str | None, header: str | None) -> str:
    """Return why a WebSocket is refused that is opened with this `token` in the query."""
    if token:
        problem = _signed_reason(authenticator, token, authenticator.global_secret, _GLOBAL)
        return f"the token in the query of the WebSocket {problem}"
    ignored = ", and an Authorization header does not count there" if header else ""
    return f"no token: a WebSocket is opened with ?token=JWT%20... in its URL{ignored}"


def token_reason(authenticator: Authenticator, token: str) -> str:
    """Return what is wrong with a token, as the end of a sentence whose subject is the token."""
    try:
        audience = unverified_claims(token).get("aud")
        secret = authenticator.secret_of(audience)
    except UnprocessableToken as error:
        return f"is one at which Tiledesk fails: {error.problem}"
    if not secret:
        return _unknown_aud(authenticator, audience)
    return _signed_reason(authenticator, token, secret, _expected_secret(audience))


def _header_reason(authenticator: Authenticator, header: str | None) -> str:
    """Return what is wrong with an Authorization header without a token that Tiledesk would verify."""
    if not header:
        return "no credentials: the request has no Authorization header (Basic, or JWT TOKEN)"
    scheme, _, rest = header.strip().partition(" ")
    if "basic" in scheme.lower():
        return _basic_reason(authenticator, header)
    if scheme.lower() == "jwt":
        return "no token follows the word JWT in the Authorization header"
    if not rest:
        return f"the Authorization header is one word: put {_words(scheme)} before it"
    known = next((one for one in _SCHEMES if one.lower() == scheme.lower()), None)
    name = f"the scheme {known}" if known else "a scheme that Tiledesk does not know"
    validity = _if_valid(authenticator, rest.strip())
    return f"the Authorization header has {name}: write JWT before a token{validity}"


def _words(word: str) -> str:
    return "the word JWT and a space" if _TOKEN_SHAPE.search(word) else "its scheme (JWT or Basic)"


def _if_valid(authenticator: Authenticator, token: str) -> str:
    """Return what to know about a token behind the wrong scheme."""
    if not _TOKEN_SHAPE.fullmatch(token):
        return ""
    try:
        is_valid = authenticator.principal_of(authenticator.verify(token)) is not None
    except (ApiError, InvalidToken):
        is_valid = False
    return (
        " (the token itself is valid)"
        if is_valid
        else f"; and the token {token_reason(authenticator, token)}"
    )


def _basic_reason(authenticator: Authenticator, header: str) -> str:
    parts = header.split(" ")
    encoded = parts[1] if len(parts) > 1 else ""
    if not encoded and parts[2:]:
        return "two spaces follow the word Basic, where there has to be one"
    if not encoded:
        return "nothing follows the word Basic: it needs the base64 of EMAIL:PASSWORD"
    if ":" in encoded:
        return "what follows Basic is plain text, and has to be the base64 of EMAIL:PASSWORD"
    user, colon, password = decode_basic(encoded).partition(":")
    if not colon:
        return "what follows Basic is not the base64 of EMAIL:PASSWORD: decoded, it has no colon"
    if not user:
        return "the e-mail address before the colon is empty"
    return _password_reason(authenticator, user, password)


def _password_reason(authenticator: Authenticator, email: str, password: str) -> str:
    """Return why an e-mail address and a password are refused."""
    user = authenticator.people.user_by_email(email.lower())
    if user is None:
        emails = [one.email for one in authenticator.people.users()[:_MOST_SECRETS]]
        near = closest(email.lower(), emails, 0.8)
        hint = (
            f": did you mean {near}?" if near else "" if "@" in email else ": it has to be an e-mail address"
        )
        return f"no user has the e-mail address {email}{hint}"
    if user.status != ENABLED:
        return f"the user {user.email} is disabled (status {user.status}, not {ENABLED})"
    if not user.password:
        return f"{user.email} has no password, and signs in by a token only"
    if not password:
        return f"the password of {user.email} is empty"
    if ":" in password:
        return f"the password of {user.email} is wrong: Tiledesk reads it up to its first colon"
    if password.strip() == user.password:
        return f"the password of {user.email} has white space around it (echo adds a line break: use printf)"
    return f"the password of {user.email} is wrong"


def _signed_reason(authenticator: Authenticator, token: str, secret: str, name: str) -> str:
    """Return what is wrong with a token that has to be signed with `secret`, which is called `name`."""
    word = token.strip("\"'")
    if word in _NO_VALUES:
        return f"is the word {word}: the client has no token yet"
    if word.lower() == "jwt":
        return "is the word JWT again: a token of a sign-in begins with it already"
    if word != token:
        return "is in quotation marks, which have to go"
    try:
        claims = verify_token(token, secret, authenticator.clock.now())
    except UnprocessableToken as error:
        return f"is one at which Tiledesk fails: {error.problem}"
    except InvalidToken as error:
        return _invalid_reason(authenticator, token, str(error), name)
    return _holder_reason(authenticator, claims)


def _invalid_reason(authenticator: Authenticator, token: str, problem: str, expected: str) -> str:
    parts = token.count(".") + 1
    if parts != 3:
        return f"is malformed: it has {number_of(parts, 'part')} between points, not 3"
    claims = unverified_claims(token)
    if problem in ("expired", "not active yet"):
        return _time_reason(authenticator.clock, claims, problem)
    algorithm = _algorithm(token)
    if algorithm is None:
        return "is malformed: its parts are not base64url of JSON"
    if algorithm not in _ALGORITHMS:
        return f"has the algorithm {algorithm!r}, and only {', '.join(_ALGORITHMS)} are verified"
    needed = f"has to be signed with {expected}"
    for name, secret, audience in _secrets(authenticator):
        try:
            verify_token(token, secret, authenticator.clock.now())
        except InvalidToken as error:
            if str(error) not in ("expired", "not active yet"):
                continue
        return f"is signed with {name} (whose tokens have the aud {audience}), and {needed}"
    return f"is signed with no secret of this emulator's, and {needed}{_aud_clause(claims)}"


def _aud_clause(claims: Claims) -> str:
    return f", by its aud {_shown(claims['aud'])}" if "aud" in claims else ", as it has no aud"


def _algorithm(token: str) -> str | None:
    """Return the algorithm in the header of a token; None if that is malformed."""
    try:
        header = parse_json(decode_basic(token.partition(".")[0]))
    except ValueError:
        return None
    return str(header.get("alg")) if isinstance(header, dict) else None


def _time_reason(clock: Clock, claims: Claims, problem: str) -> str:
    name, phrase = ("exp", "expired at") if problem == "expired" else ("nbf", "is not valid before")
    moment = claims[name]
    if isinstance(moment, bool) or not isinstance(moment, (int, float)):
        return f"has the {name} {_shown(moment)}, which is not a number of seconds since 1970"
    now = format_time(clock.now())
    return f"{phrase} {_time(moment)}, and it is {now} by the emulator's clock{_moved(clock)}"


def _time(seconds: float) -> str:
    try:
        return format_time(int(seconds * 1000))
    except (OverflowError, ValueError):
        return f"{seconds} s after 1970"


def _moved(clock: Clock) -> str:
    if clock.is_frozen:
        return ", which is frozen"
    return ", which was set" if clock.is_shifted else ""


def _holder_reason(authenticator: Authenticator, claims: Claims) -> str:
    """Return what is wrong with the holder of a token that is signed well and valid now."""
    try:
        found = authenticator.principal_of(claims)
    except InvalidToken:
        return "has no _id, which says whose it is"
    except ApiError as error:
        return f"is one at which Tiledesk fails: {getattr(error, 'problem', error)}"
    if found is not None:
        return "is valid, but not as a user's: a WebSocket is opened with the token of a user"
    identifier, subject = _shown(claims.get("_id")), claims.get("sub")
    kinds = [kind.value for kind in PrincipalKind]  # a sub may be any JSON, also what a set cannot have
    kind = subject if subject in kinds else "user"
    key = object_id(claims["_id"]) if isinstance(claims.get("_id"), str) else None
    user = authenticator.people.user(key) if key and kind == "user" else None
    if user is not None:
        return f"is that of {user.email}, who is disabled"
    of_subject = "" if subject in kinds else f" (it has {_sub_text(subject)}, so it is taken for a user's)"
    return f"is signed well, but no {kind} has its _id, {identifier}{of_subject}"


def _sub_text(subject: Json) -> str:
    return "no sub" if subject is None else f"the sub {_shown(subject)}"


def _unknown_aud(authenticator: Authenticator, audience: Json) -> str:
    """Return what is wrong with an aud to which no secret belongs."""
    kind, identifier = audience_parts(audience)
    shown = f"names {identifier!r} in its aud, but"
    if kind != "projects":
        return f"{shown} no {kind.removesuffix('s')} has this id, or it has no secret"
    project = authenticator.people.project(object_id(identifier) or "")
    if project is None:
        return f"{shown} no project has this id"
    if project.status != ENABLED:
        return f"{shown} the project {project.name} is disabled"
    return f"{shown} the project {project.name} has no jwtSecret, with which its tokens are signed"


def _expected_secret(audience: Json) -> str:
    if not is_truthy(audience):
        return _GLOBAL
    kind, identifier = audience_parts(audience)
    return f"the {_OWN_SECRETS[kind]} {identifier}" if kind in _OWN_SECRETS else _GLOBAL


def _secrets(authenticator: Authenticator) -> Iterator[tuple[str, str, str]]:
    """Yield the secrets that sign tokens, each with its name and the aud of its tokens."""
    people = authenticator.people
    yield "the global secret", authenticator.global_secret, AUDIENCE
    for project in people.projects()[:_MOST_SECRETS]:
        if project.jwt_secret:
            name = f"the jwtSecret of the project {project.name}"
            yield name, project.jwt_secret, f"{AUDIENCE}/projects/{project.id}"
    for bot in people.bots()[:_MOST_SECRETS]:
        if bot.secret:
            yield f"the secret of the bot {bot.name}", bot.secret, f"{AUDIENCE}/bots/{bot.id}"


def _shown(value: Json) -> str:
    """Return a claim as JSON, a long one by its type."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "an array"
    return shorten(stringify(value), _LONGEST)
