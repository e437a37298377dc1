"""The exceptions that users of this package may meet.

TiledeskMockError
├── ApiError                       what Tiledesk refuses; web.responses has a row for each
├── SetupError                     what the tester got wrong
│   ├── SettingsError              a setting
│   ├── SeedError                  a seed
│   ├── CassetteError              a cassette
│   ├── ScenarioError              a scenario file or its credentials
│   ├── UnknownDelivery            the id of a delivery that is not in the log
│   ├── UnknownEntry               the id of an entry that is not in the timeline
│   ├── UnknownStandardEvent       the name of an event that the platform does not send
│   ├── StandardEventInvalid       what a tester gives to such an event
│   ├── UnknownConversation        the id of a request that does not exist
│   ├── UnknownStep                a step that conversations do not have
│   ├── UnknownSnapshot            the name of a snapshot that does not exist
│   ├── EventRefused               an event that Tiledesk would refuse
│   ├── ControlError               a remote emulator that refuses an operation or does not respond
│   ├── PortInUse                  an address that cannot be bound
│   └── StoreError                 a file that cannot be used as the store
│       ├── StoreLocked            another process has it open
│       ├── StoreUnrecognized      the file is not a store; it is left as it is
│       └── StoreCorrupted         the store is damaged; it is left as it is
├── WebhookInvalid                 a webhook that its receiver should refuse
├── ConnectionDropped              a fault resets a connection, and there is no socket to reset
├── InvalidToken                   a token that is malformed, has another signature, or is not valid now
├── StorageFull                    a write or a sync that the disk refused, or whose file was taken away
├── UpstreamError                  a real Tiledesk that gave no response
└── ExpectationError               a failed expectation (an AssertionError, too)

Two stand elsewhere: TiledeskDriftWarning is a UserWarning, and RealHostRefused (in interception.guard) is
an error of sockets as well. Errors that never leave a module are defined there.

Errors are equal only if they are identical, as all exceptions are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class TiledeskMockError(Exception):
    """Base of everything that this package raises on purpose."""


class ApiError(TiledeskMockError):
    """What Tiledesk refuses. Status and body stand in the table of `tiledesk_mock.web.responses`.

    `drifts` has the ids of the drifts that the refused request depends on. The text of each says why, for the
    tester and not for the client; `tiledesk_mock.web.reasons` looks further.
    """

    drifts: tuple[str, ...] = ()


@dataclass(eq=False, repr=False)
class UnreadableBody(ApiError):
    """The request's body is not what its Content-Type or Content-Encoding says; `problem` says why."""

    problem: str = ""

    def __str__(self) -> str:
        return f"the body cannot be read: {self.problem}"


@dataclass(eq=False, repr=False)
class BodyTooLarge(ApiError):
    """The request's body is longer than `limit` bytes."""

    limit: int

    def __str__(self) -> str:
        return f"the body is longer than {self.limit} bytes, decompressed"


class TooManyParameters(ApiError):
    """The request's body is a form with more parameters than body-parser counts."""

    def __str__(self) -> str:
        return "the body is a form with more than 1000 parameters"


class MalformedEscape(ApiError):
    """The path has a percent-escape that is not UTF-8."""

    def __str__(self) -> str:
        return "the path has a % that does not begin an escape of UTF-8 (a plain % is written %25)"


@dataclass(eq=False, repr=False)
class InvalidProjectId(ApiError):
    """`id_project` is not an ObjectId."""

    id_project: str

    def __str__(self) -> str:
        return f"{self.id_project!r} is not the id of a project"


@dataclass(eq=False, repr=False)
class ProjectNotFound(ApiError):
    """No enabled project has the id `id_project`."""

    id_project: str

    def __str__(self) -> str:
        return f"no enabled project has the id {self.id_project!r}"


@dataclass(eq=False, repr=False)
class Unauthenticated(ApiError):
    """The credentials are missing or wrong.

    `status` is 401, or 400 for an Authorization header that cannot be parsed; `challenge` is whether the
    response has the header `WWW-Authenticate`.
    """

    status: int = 401
    challenge: bool = True

    def __str__(self) -> str:
        return "the credentials are missing or wrong"


@dataclass(eq=False, repr=False)
class UnprocessableToken(ApiError):
    """Tiledesk fails on the token: its audience is not a URL, or its user is not an ObjectId."""

    problem: str = "its payload is null"

    def __str__(self) -> str:
        return f"Tiledesk fails on the token: {self.problem}"


@dataclass(eq=False, repr=False)
class UnexpectedType(ApiError):
    """A field is not text, or is not in the part of the request where Tiledesk reads it."""

    problem: str = "a field is an object that has no text"

    def __str__(self) -> str:
        return f"Tiledesk fails on the request: {self.problem}"


class MalformedAuthorization(ApiError):
    """The caller is authenticated, but the Authorization header does not have two parts."""

    def __str__(self) -> str:
        return "the credentials are right, but the Authorization header does not have exactly two words"


@dataclass(eq=False, repr=False)
class NotAMember(ApiError):
    """The caller does not belong to the project."""

    drifts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "the caller is not a member of the project"


@dataclass(eq=False, repr=False)
class RoleTooLow(ApiError):
    """The caller's `role` in the project is too low; the role that is `required` would do."""

    drifts: tuple[str, ...] = ()
    role: str = ""
    required: str = ""

    def __str__(self) -> str:
        if not self.role:
            return "the caller's role in the project is too low"
        return f"the caller's role is {self.role}, and has to be {self.required} or higher"


@dataclass
class InvalidField:
    """One row of a 422 response: the field, the part of the request, and its value (with `has_value`)."""

    param: str
    location: str = "body"
    value: Any = None
    has_value: bool = False


@dataclass(eq=False, repr=False)
class ValidationFailed(ApiError):
    """The request has invalid `fields`."""

    fields: list[InvalidField]

    def __str__(self) -> str:
        return "; ".join(f"{field.param}: {field.value!r} is not valid" for field in self.fields)


@dataclass(eq=False, repr=False)
class EventNotSaved(ApiError):
    """The event does not fit Tiledesk's schema; `error` is the message of mongoose or BSON."""

    error: str

    def __str__(self) -> str:
        return f"the event is not saved: {self.error}"


@dataclass(eq=False, repr=False)
class ObjectNotFound(ApiError):
    """No object has the id."""

    drifts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "nothing has this id"


@dataclass(eq=False, repr=False)
class _ObjectError(ApiError):
    """What Tiledesk does not do with an object, for a `problem`."""

    problem: str = "the id is not 24 hexadecimal digits"

    def __str__(self) -> str:
        return self.problem


class ObjectNotRead(_ObjectError):
    """The id is malformed, or a WebSocket's topic is about what does not exist."""


class ObjectNotSaved(_ObjectError):
    """A field of the new object is missing or malformed."""


class ObjectNotUpdated(_ObjectError):
    """The id or a field of an update is malformed."""


class ObjectNotDeleted(_ObjectError):
    """The id of a deletion is malformed."""


@dataclass(eq=False, repr=False)
class InvalidDirection(ApiError):
    """A parameter of a list is malformed: `direction` is not a word that mongoose accepts, for example."""

    problem: str

    def __str__(self) -> str:
        return self.problem


@dataclass(eq=False, repr=False)
class SigninRefused(ApiError):
    """The credentials of a sign-in are wrong; `reason` is Tiledesk's message, `cause` that for the tester."""

    reason: str
    cause: str

    def __str__(self) -> str:
        return self.cause


@dataclass(eq=False, repr=False)
class EmailTaken(ApiError):
    """A user with this e-mail address exists."""

    email: str

    def __str__(self) -> str:
        return f"a user has the e-mail address {self.email} already"


class CredentialsMissing(ApiError):
    """A sign-up has no password."""

    def __str__(self) -> str:
        return "no user is made: email and password have to be filled in the body"


@dataclass(eq=False, repr=False)
class RegistrationFailed(ApiError):
    """A field of a new user is not text, or the Authorization header of the request is wrong."""

    problem: str

    def __str__(self) -> str:
        return self.problem


class AudienceMissing(ApiError):
    """A custom token has no `aud`."""

    def __str__(self) -> str:
        return "the custom token has no aud: it has to name its project, as https://tiledesk.com/projects/PROJECT"


@dataclass(eq=False, repr=False)
class RateLimited(ApiError):
    """There were too many requests; the next is allowed after `retry_after` seconds."""

    retry_after: int
    drifts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"too many requests: the next is allowed in {self.retry_after} s"


@dataclass(eq=False, repr=False)
class NoResponse(ApiError):
    """Tiledesk never responds to this request; `reason` says why."""

    reason: str

    def __str__(self) -> str:
        return f"the real server never responds to this request: {self.reason}"


class SetupError(TiledeskMockError):
    """What the tester got wrong: a setting, a seed, a file, a port."""


@dataclass(eq=False, repr=False)
class SettingsError(SetupError):
    """The `value` of the setting `name` is not what is `expected`."""

    name: str
    value: object
    expected: str

    def __str__(self) -> str:
        return f"{self.name}: {self.value!r} is not {self.expected}"


@dataclass(eq=False, repr=False)
class _FileError(SetupError):
    """A file that cannot be used: its name, the path in it (or an empty text), and what was `expected`."""

    file: str
    path: str
    expected: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.path, self.expected) if part)


class CassetteError(_FileError):
    """A cassette cannot be used; `file`, `path` (of an entry in it) and `expected` say why."""


class ScenarioError(_FileError):
    """A scenario file or its credentials cannot be used; `file`, `path` and `expected` say why."""


@dataclass(eq=False, repr=False)
class SeedError(_FileError):
    """A seed cannot be used; `file`, `path` and `expected` say why.

    `others` are the further errors of the same seed. The text of the error is one line, which counts them.
    """

    others: tuple[SeedError, ...] = ()

    def __str__(self) -> str:
        if not self.others:
            return super().__str__()
        paths = [other.path or other.file for other in self.others]
        listed = ", ".join(paths[:5]) + (", ..." if len(paths) > 5 else "")
        return f"{super().__str__()} (and {len(paths)} more: {listed})"


@dataclass(eq=False, repr=False)
class UnknownDelivery(SetupError):
    """No delivery in the log has the id `id_delivery`."""

    id_delivery: str

    def __str__(self) -> str:
        return f"no delivery {self.id_delivery!r} in the log"


@dataclass(eq=False, repr=False)
class UnknownEvent(SetupError):
    """No stored event has the id `id_event`."""

    id_event: str

    def __str__(self) -> str:
        return f"no event {self.id_event!r} is stored"


@dataclass(eq=False, repr=False)
class UnknownEntry(SetupError):
    """No entry of the timeline has the id `id_entry`."""

    id_entry: str

    def __str__(self) -> str:
        return f"there is no entry {self.id_entry!r} in the timeline, which keeps the last ones only"


@dataclass(eq=False, repr=False)
class StandardEventInvalid(SetupError):
    """A tester gives something to the event `name` that it cannot have; `problem` says what."""

    name: str
    problem: str

    def __str__(self) -> str:
        return f"{self.name}: {self.problem}"


class UnknownStandardEvent(StandardEventInvalid):
    """The platform has no event `name`; `problem` says why, or which name is meant."""


@dataclass(eq=False, repr=False)
class UnknownConversation(SetupError):
    """No request has that id."""

    id: str

    def __str__(self) -> str:
        return f"there is no request {self.id!r}: it was never opened, or the emulator was reset since"


@dataclass(eq=False, repr=False)
class UnknownStep(SetupError):
    """A conversation has no such step; `steps` are those that it has."""

    step: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return f"a conversation has no step {self.step!r}: expected one of {', '.join(self.steps)}"


@dataclass(eq=False, repr=False)
class UnknownSnapshot(SetupError):
    """There is no snapshot `name`; `available` are the names of those that exist."""

    name: str
    available: tuple[str, ...] = ()

    def __str__(self) -> str:
        available = f"there are {', '.join(self.available)}" if self.available else "none was taken"
        return f"there is no snapshot {self.name!r}: {available}"


class EventRefused(SetupError):
    """A tester fires an event that Tiledesk would refuse with the error `reason`."""

    def __init__(self, reason: ApiError | TypeError) -> None:
        super().__init__(f"this event is refused: {str(reason) or type(reason).__name__}")


class ControlError(SetupError):
    """A remote emulator refuses an operation of its control API, or does not respond."""


class PortInUse(SetupError):
    """The address cannot be bound: it is in use, or needs more rights."""


class StoreError(SetupError):
    """A file cannot be used as the store; it is left as it is."""


class StoreLocked(StoreError):
    """Another process has the file open."""


class StoreUnrecognized(StoreError):
    """The file is not a store."""


class StoreCorrupted(StoreError):
    """The file is a store that is damaged before its end."""


class WebhookInvalid(TiledeskMockError):
    """A webhook does not come from the subscription with this secret; the message says why."""


@dataclass(eq=False, repr=False)
class ConnectionDropped(TiledeskMockError):
    """A fault resets the connection or lets the client wait, where the client has no socket.

    `reason` is where the connection is reset (`request`, `response` or `midway`), or `timeout`.
    """

    reason: str


class InvalidToken(TiledeskMockError):
    """The token is malformed, is not signed with the secret, or is not valid at this time."""


class StorageFull(TiledeskMockError):
    """The disk refused a write, of which nothing is kept, or a sync of what was written before.

    Every write is refused once another program has deleted, moved, replaced or changed the file.
    """


@dataclass(eq=False, repr=False)
class UpstreamError(TiledeskMockError):
    """The upstream gave no response, for this `reason`; the client gets the `status`."""

    status: int
    reason: str

    def __str__(self) -> str:
        return self.reason


class ExpectationError(TiledeskMockError, AssertionError):
    """An expectation of a test failed; the message shows what came instead."""


class TiledeskDriftWarning(UserWarning):
    """A test depends on something that the documentation promises and the real server does not do."""
