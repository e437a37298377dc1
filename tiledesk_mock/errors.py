"""The tree of exceptions that users of this package may meet.

TiledeskMockError
├── ApiError                       what Tiledesk itself would refuse; web.responses has a row for each
│   ├── UnreadableBody             500, before anything else
│   ├── BodyTooLarge               413
│   ├── MalformedEscape            500
│   ├── InvalidProjectId           400
│   ├── ProjectNotFound            400
│   ├── Unauthenticated            401 (or 400), passport's plain text
│   ├── UnprocessableToken      500, a token that makes Tiledesk stumble
│   ├── UnexpectedType             500, a field that Tiledesk takes for a text without looking
│   ├── MalformedAuthorization       403
│   ├── NotAMember                 403
│   ├── RoleTooLow                 403
│   ├── ValidationFailed           422
│   ├── EventNotSaved              500
│   ├── ObjectNotFound             404
│   ├── ObjectNotRead              500
│   ├── ObjectNotSaved             500
│   ├── ObjectNotUpdated           500
│   ├── ObjectNotDeleted           500
│   ├── InvalidDirection           500
│   ├── SigninRefused              401
│   ├── EmailTaken                 403
│   ├── CredentialsMissing         200, says Tiledesk
│   ├── AudienceMissing            400
│   ├── RateLimited                429
│   └── NoResponse              504 here, a hang there
├── SetupError                     what the tester got wrong
│   ├── SettingsError              a setting, with its name and what was expected
│   ├── SeedError                  a seed, with file, path and what was expected
│   ├── CassetteError              a cassette, with file, entry and what was expected
│   ├── ScenarioError              scenarios or their cast, with file, scenario, step and what was expected
│   ├── UnknownDelivery            a delivery that is not in the log
│   ├── UnknownStandardEvent       an event that the platform does not fire, or not with that attribute
│   ├── UnknownSnapshot            a name that no snapshot has
│   ├── EventRefused               an event that Tiledesk would refuse
│   ├── ControlError             what an emulator elsewhere refused, or that it does not answer
│   ├── PortInUse                  an address that cannot be bound
│   └── StoreError                 a file that cannot be used
│       ├── StoreLocked            another process has it open
│       ├── StoreUnrecognized           not a file of ours; left as it is
│       └── StoreCorrupted           ours, but broken in the middle; left as it is
├── WebhookInvalid                 a webhook that its receiver should refuse
├── ConnectionDropped              a fault left a client without an answer, and there is no socket to reset
├── InvalidToken                   a token that is none, is signed by another secret, or is not valid now
├── StorageFull                    a write that the disk refused, of which nothing is kept; or a sync
├── UpstreamError                  a real Tiledesk that gave no answer
└── ExpectationError               a failed expectation (an AssertionError too)

TiledeskDriftWarning               beside the tree, a UserWarning: a test leans on a drift
RealHostRefused                    in interception.guard, since it is a socket's error as well

Errors that never leave the module that raises them stand there.
Errors are told apart by who they are, as all exceptions are, and not by their fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class TiledeskMockError(Exception):
    """Base of everything that this package raises on purpose."""


class ApiError(TiledeskMockError):
    """What Tiledesk refuses. Status and body stand in the table of `tiledesk_mock.web.responses`.

    `drifts` names the disagreements that the refused request asked for.
    """

    drifts: tuple[str, ...] = ()


class UnreadableBody(ApiError):
    """The request's body is not what its Content-Type or Content-Encoding says."""


@dataclass(eq=False, repr=False)
class BodyTooLarge(ApiError):
    """The request's body is longer than `limit` bytes."""

    limit: int


class MalformedEscape(ApiError):
    """The path has a percent-escape that is not UTF-8."""


@dataclass(eq=False, repr=False)
class InvalidProjectId(ApiError):
    """`id_project` is not the form of an ObjectId."""

    id_project: str


@dataclass(eq=False, repr=False)
class ProjectNotFound(ApiError):
    """No enabled project has the id `id_project`."""

    id_project: str


@dataclass(eq=False, repr=False)
class Unauthenticated(ApiError):
    """No credentials, or none that anybody has.

    `status` is 401, or 400 for an Authorization header that cannot be taken apart; `challenge` tells
    whether the answer carries `WWW-Authenticate`.
    """

    status: int = 401
    challenge: bool = True


class UnprocessableToken(ApiError):
    """A token that Tiledesk fails on rather than refuses: no URL as audience, no ObjectId as user."""


class UnexpectedType(ApiError):
    """A field that is no text, or is not where Tiledesk looks for it after its check has found it."""


class MalformedAuthorization(ApiError):
    """Authenticated, but the Authorization header has more than two parts."""


@dataclass(eq=False, repr=False)
class NotAMember(ApiError):
    """The caller does not belong to the project."""

    drifts: tuple[str, ...] = ()


class RoleTooLow(ApiError):
    """The caller's role in the project does not reach."""


@dataclass
class InvalidField:
    """One row of a 422 answer: the field, where it was looked for, its value (if `given`)."""

    param: str
    location: str = "body"
    value: Any = None
    has_value: bool = False


@dataclass(eq=False, repr=False)
class ValidationFailed(ApiError):
    """The request's fields do not pass; one entry for each that does not."""

    fields: list[InvalidField]

    def __str__(self) -> str:
        return "; ".join(f"{field.param}: {field.value!r} is not valid" for field in self.fields)


@dataclass(eq=False, repr=False)
class EventNotSaved(ApiError):
    """The event does not fit Tiledesk's schema; `error` is mongoose's or BSON's sentence."""

    error: str


@dataclass(eq=False, repr=False)
class ObjectNotFound(ApiError):
    """Nothing has that id."""

    drifts: tuple[str, ...] = ()


class ObjectNotRead(ApiError):
    """The id is malformed."""


class ObjectNotSaved(ApiError):
    """What was posted lacks a field, or one is malformed."""


class ObjectNotUpdated(ApiError):
    """The id or a field of an update is malformed."""


class ObjectNotDeleted(ApiError):
    """The id of a deletion is malformed."""


class InvalidDirection(ApiError):
    """`direction` is none of the words that mongoose takes."""


@dataclass(eq=False, repr=False)
class SigninRefused(ApiError):
    """Nobody signs in like that; `reason` is Tiledesk's sentence."""

    reason: str


class EmailTaken(ApiError):
    """Somebody signed up with that address before."""


class CredentialsMissing(ApiError):
    """A sign-up without a password."""


class AudienceMissing(ApiError):
    """A custom token without `aud`."""


@dataclass(eq=False, repr=False)
class RateLimited(ApiError):
    """More requests than the rate limit lets through; `retry_after` seconds until the next may pass."""

    retry_after: int
    drifts: tuple[str, ...] = ()


@dataclass(eq=False, repr=False)
class NoResponse(ApiError):
    """The real server never answers this request; `reason` says why."""

    reason: str


class SetupError(TiledeskMockError):
    """What the tester got wrong: a setting, a seed, a file, a port."""


@dataclass(eq=False, repr=False)
class SettingsError(SetupError):
    """The setting `name` was `given`, which is not `expected`."""

    name: str
    value: object
    expected: str

    def __str__(self) -> str:
        return f"{self.name}: {self.value!r} is not {self.expected}"


@dataclass(eq=False, repr=False)
class SeedError(SetupError):
    """A seed that cannot be used: where it is (`file`), the place in it (`path`), and what was `expected`.

    `others` are further errors of the same seed. As text it is one line, which names their number.
    """

    file: str
    path: str
    expected: str
    others: tuple[SeedError, ...] = ()

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        more = f" (and {len(self.others)} more: {self._places()})" if self.others else ""
        return f"{place}: {self.expected}{more}"

    def _places(self) -> str:
        shown = ", ".join(other.path or other.file for other in self.others[:5])
        return shown if len(self.others) <= 5 else f"{shown}, ..."


@dataclass(eq=False, repr=False)
class ScenarioError(SetupError):
    """Scenarios or a cast that cannot be read: `file`, the `place` in it, and what was `expected`."""

    file: str
    path: str
    expected: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.path, self.expected) if part)


@dataclass(eq=False, repr=False)
class CassetteError(SetupError):
    """A cassette that cannot be used: where it is (`file`), the place in it (`path`), what was `expected`."""

    file: str
    path: str
    expected: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        return f"{place}: {self.expected}"


@dataclass(eq=False, repr=False)
class UnknownDelivery(SetupError):
    """No delivery in the log has the id `id_delivery`."""

    id_delivery: str

    def __str__(self) -> str:
        return f"no delivery {self.id_delivery!r} in the log"


@dataclass(eq=False, repr=False)
class UnknownStandardEvent(SetupError):
    """The platform fires no event (or none with the attribute) `given`; it is to be one of `known`."""

    name: str
    available: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} is nothing that the platform fires: expected one of {', '.join(self.available)}"


@dataclass(eq=False, repr=False)
class UnknownSnapshot(SetupError):
    """No snapshot is called `name`; those that are there are `known`."""

    name: str
    available: tuple[str, ...] = ()

    def __str__(self) -> str:
        known = f"there are {', '.join(self.available)}" if self.available else "none was taken"
        return f"there is no snapshot {self.name!r}: {known}"


class EventRefused(SetupError):
    """An event that a tester gave and that Tiledesk would refuse with the error `reason`."""

    def __init__(self, reason: ApiError | TypeError) -> None:
        super().__init__(f"this event is refused: {str(reason) or type(reason).__name__}")


class ControlError(SetupError):
    """What an emulator elsewhere refused through its control API, or that none answers there."""


class PortInUse(SetupError):
    """The address cannot be bound: somebody else has it, or it is not ours to take."""


class StoreError(SetupError):
    """A file that cannot be used as the store; it is left as it is."""


class StoreLocked(StoreError):
    """Another process has the file open."""


class StoreUnrecognized(StoreError):
    """The file is not one of ours."""


class StoreCorrupted(StoreError):
    """The file is one of ours, and broken somewhere before its end."""


class WebhookInvalid(TiledeskMockError):
    """A webhook that does not come from the subscription whose secret was given; the message says why."""


@dataclass(eq=False, repr=False)
class ConnectionDropped(TiledeskMockError):
    """A fault leaves a client without an answer, or in the middle of one, and no socket tells it so.

    `reason` is `request`, `answer` or `midway` for a connection that is reset there, `timeout` for a client
    that would wait in vain.
    """

    reason: str


class InvalidToken(TiledeskMockError):
    """The token is not one, is not signed with the secret, or is not valid at this time."""


class StorageFull(TiledeskMockError):
    """The disk refused a write, of which nothing is there then; or to make safe what was written before."""


@dataclass(eq=False, repr=False)
class UpstreamError(TiledeskMockError):
    """The upstream gave no answer, for this `reason`; `status` is what the client is told."""

    status: int
    reason: str

    def __str__(self) -> str:
        return self.reason


class ExpectationError(TiledeskMockError, AssertionError):
    """What a test expected did not come; the message shows what did."""


class TiledeskDriftWarning(UserWarning):
    """A test asked for something that the documentation promises and the real server does not do."""
