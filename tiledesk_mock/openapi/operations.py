"""What the documents say of each operation that its route does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from .. import errors
from ..errors import ApiError
from ..tiledesk.drifts import (
    CROSS_PROJECT_READ,
    CUSTOM_TOKEN_CLAIMS,
    EVENT_NAME_PREFIX,
    EVENTS_EXPIRE,
    GUEST_USER,
    SHARED_SECRET,
    WEBHOOK_RETRIES,
)
from .responses import Refusal, unauthenticated

Refusals = tuple["type[ApiError] | Refusal", ...]

TAGS: Final[Mapping[str, str]] = {
    "Events": "Custom events of a project. Each is sent to its subscribers.",
    "Subscriptions": "Webhooks: URLs to which events are posted.",
    "Authentication": "Tokens for users, guests and external users.",
    "Server": "Whether the server is up.",
}

UNREADABLE: Final[Refusals] = (errors.UnreadableBody, errors.BodyTooLarge, errors.TooManyParameters)
"""What every operation refuses, since the body is read first."""

CREDENTIALS: Final[Refusals] = (
    unauthenticated(),
    unauthenticated(400, challenge=False),
    errors.MalformedAuthorization,
    errors.UnprocessableToken,
    errors.NoResponse,
)
"""What an operation refuses that needs credentials."""

IN_PROJECT: Final[Refusals] = (
    errors.MalformedEscape,
    errors.InvalidProjectId,
    errors.ProjectNotFound,
    *CREDENTIALS,
    errors.NotAMember,
)
"""What an operation in a project refuses; those for agents and above refuse other roles, too."""


class Details(Struct, frozen=True):
    """What a document says of an operation.

    Attributes:
        tag: the group it belongs to.
        response: the schema of the body of its 200, among the components, or a schema.
        text: its description, in Markdown.
        refusals: the errors that it may end with, beside those that every operation of its kind has.
        body: the name of the schema of its request's body; empty without one.
        drifts: the ids of the drifts that concern it.
        path: the documented path, where capital letters make it easier to read.
    """

    tag: str
    response: str
    text: str = ""
    refusals: Refusals = ()
    body: str = ""
    drifts: tuple[str, ...] = ()
    path: str = ""


DETAILS: Final[Mapping[str, Details]] = {
    "hello": Details("Server", "Text", "The response is a line of text. No credentials are needed."),
    "sign_in": Details(
        "Authentication",
        "SignedIn",
        "The `token` of the response goes into the header `Authorization`, as it is: it begins with `JWT `.",
        (errors.ValidationFailed, errors.SigninRefused, errors.UnexpectedType, errors.NoResponse),
        body="SignIn",
    ),
    "sign_up": Details(
        "Authentication",
        "SignedUp",
        "Without a password, or with an empty one, the response is a 200 that says so, and no user is made. "
        "An `Authorization` header has to be right, or the response is 500 although the user was made.",
        (
            errors.ValidationFailed,
            errors.CredentialsMissing,
            errors.EmailTaken,
            errors.RegistrationFailed,
            errors.UnexpectedType,
        ),
        body="SignUp",
    ),
    "sign_in_anonymously": Details(
        "Authentication",
        "SignedInGuest",
        "Every call makes another guest, who becomes a member of the project with the role `guest`. "
        "Whether the project exists is not checked.",
        (errors.ValidationFailed, errors.ObjectNotSaved, errors.UnexpectedType),
        body="SignInAnonymously",
        drifts=(GUEST_USER,),
        path="/auth/signinAnonymously",
    ),
    "sign_in_with_custom_token": Details(
        "Authentication",
        "SignedInWithToken",
        "The token is signed with HS256 and the project's `jwtSecret`, its `aud` is "
        "`https://tiledesk.com/projects/PROJECT`. Who has the claim `role` with `owner`, `admin` or `agent` "
        "becomes a user, and gets another token. Others become external users, and get back their own token "
        "and their claims as the `user`.",
        (
            unauthenticated(challenge=False),
            errors.MalformedAuthorization,
            errors.AudienceMissing,
            errors.SigninRefused,
            errors.UnprocessableToken,
            errors.NoResponse,
        ),
        drifts=(CUSTOM_TOKEN_CLAIMS,),
        path="/auth/signinWithCustomToken",
    ),
    "test_authentication": Details(
        "Authentication",
        "Checked",
        "Wrong credentials have the response that they have elsewhere, and right ones `success`.",
        CREDENTIALS,
    ),
    "fire_event": Details(
        "Events",
        "Event",
        "The event is stored, posted to the subscribers of `event.emit.NAME` and of `event.emit`, and "
        "published to the WebSockets that have subscribed to the project user's events. `name` may stand in "
        "the query or in a header as well: it is checked wherever it stands, and an empty one is 422. "
        "Fields other than `name` and `attributes` are ignored.",
        (errors.ValidationFailed, errors.EventNotSaved, errors.UnexpectedType),
        body="FireEvent",
        drifts=(EVENT_NAME_PREFIX,),
    ),
    "list_events": Details(
        "Events",
        "EventPage",
        "A page has up to 40 events, the newest first; `count` is their number on all pages. "
        "**`page` counts from 0.**",
        (errors.InvalidDirection,),
        drifts=(EVENTS_EXPIRE,),
    ),
    "get_event": Details(
        "Events",
        "Event",
        "An id that is no ObjectId is 500, and one of no event 404.",
        (errors.ObjectNotRead, errors.ObjectNotFound),
        drifts=(CROSS_PROJECT_READ, EVENTS_EXPIRE),
    ),
    "subscribe": Details(
        "Subscriptions",
        "NewSubscription",
        "Only this response has the `secret`, in the body and in the header `x-hook-secret`. If the project "
        "has this subscription already, the response is its first one to the same event, whatever its "
        "target, without `global`.",
        (errors.ObjectNotSaved,),
        body="Subscribe",
        drifts=(SHARED_SECRET, WEBHOOK_RETRIES),
    ),
    "list_subscriptions": Details("Subscriptions", "[Subscription]", "The list has no pages."),
    "list_deliveries": Details(
        "Subscriptions",
        "[Delivery]",
        "Deliveries that have ended, newest first, 40 on a page. **`page` counts from 0.**",
        (errors.InvalidDirection,),
    ),
    "get_subscription": Details(
        "Subscriptions",
        "Subscription",
        "The subscription may be of any project: its id alone counts.",
        (errors.ObjectNotRead, errors.ObjectNotFound),
    ),
    "update_subscription": Details(
        "Subscriptions",
        "Subscription",
        "The body is an update as MongoDB takes it: fields, or operators such as `$set` and `$unset`. It may "
        "take fields away or make them null. An id of no subscription makes one.",
        (errors.ObjectNotUpdated,),
        body="UpdateSubscription",
    ),
    "delete_subscription": Details(
        "Subscriptions",
        "Subscription|null",
        "The response is the subscription that was deleted, or `null` for an id of none.",
        (errors.ObjectNotDeleted,),
    ),
}
"""The operations by the name of their view."""
