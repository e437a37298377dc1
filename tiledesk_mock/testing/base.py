"""What all handles share, local and remote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from ..control.controls import Controls
from ..control.operator_answer import OperatorAnswer
from ..control.people import Person, named_by_id
from ..errors import ExpectationError, SetupError
from ..http.paths import PathPattern
from ..journal.rendering import curl_command, exchange_line
from ..node.json import ABSENT, Absent, Json
from ..seeding.files import read_document
from ..seeding.seeds import seed_file
from ..tiledesk.wire import Document
from .accessors import HandleClock, HandleFaults, HandleRealtime, HandleRequests, HandleStubs

if TYPE_CHECKING:
    from ..faults.stubs import Stub, StubFunction
    from .conversation import Conversation

_UNNAMED_CLAIM: Final = (
    "the claims of a custom token have names: "
    'write custom_token(_id="ann-1", email="ann@example.com", role="agent")'
)


class _PersonOfRole:
    """The first person with the role that the attribute is named by. A bot has a token only."""

    def __set_name__(self, _: type, role: str) -> None:
        self._role = role

    def __get__(self, handle: BaseHandle | None, _: type | None = None) -> Person:
        return self if handle is None else handle.person(self._role)  # type: ignore[return-value]  # of a class


class BaseHandle:
    """People, events, seeds, snapshots, clock, faults, stubs, requests of the emulator behind `controls`."""

    controls: Controls

    @property
    def project_id(self) -> str:
        """The id of the first project."""
        first = next(self.controls.people(), None)
        if first is None:
            raise SetupError("the seed has no people")
        return first.id_project

    @property
    def people(self) -> list[Person]:
        """The people who can call the API; the first project's come first, bots last."""
        return [person for person in self.controls.people() if person.sign]

    def person(self, name: str) -> Person:
        """Return the first person with that role, e-mail address or id.

        Those of the first project come first. Raises SetupError if no person matches.
        """
        person = self.controls.find_people(name)[0]
        if person.sign is None:
            raise person.token_error()
        return person

    def custom_token(self, *unnamed: NoReturn, project: str | None = None, **claims: Json) -> str:
        """Return a custom token, which begins with `JWT `: what a server with single sign-on signs.

        Args:
            unnamed: nothing; claims have names.
            project: the id of the project whose `jwtSecret` signs it; by default the first one.
            claims: `_id`, `email`, `role`, `firstname`, ...; the audience is the project's.

        Raises SetupError if the project has no secret, and for a claim without a name.
        """
        if unnamed:
            raise SetupError(_UNNAMED_CLAIM)
        return self.controls.custom_token(claims, project)

    owner = _PersonOfRole()
    admin = _PersonOfRole()
    supervisor = _PersonOfRole()
    agent = _PersonOfRole()
    teammate = _PersonOfRole()
    user = _PersonOfRole()
    guest = _PersonOfRole()
    bot = _PersonOfRole()

    @property
    def events(self) -> list[Document]:
        """All events, oldest first, in the dialect's form."""
        return self.controls.events()

    def fire(
        self, name: str, attributes: Json = ABSENT, by: Person | str = "owner", *, project: str | None = None
    ) -> Document:
        """Fire an event without a request; return it.

        Args:
            name: its name.
            attributes: any JSON value; without it, the event has none.
            by: who fires it: a person, role, e-mail address or id.
            project: the id of the project; by default the person's.

        Raises SetupError for an event that Tiledesk would refuse.
        """
        return self.controls.fire(name, attributes, by.id if isinstance(by, Person) else by, project)

    def emit_standard(
        self,
        name: str,
        /,  # an event may have a field `name`
        by: Person | str | Document | None = None,
        *,
        project: str | None = None,
        **fields: Person | Conversation | Json,
    ) -> Document:
        """Send one of the platform's own events, as `message.create`, to whoever subscribed to it.

        The emulator's data change as the event says. Custom events, as `typing.start`, are stored and come as
        `event.emit` and `event.emit.NAME`.

        Args:
            name: one of the names of `standard_events`.
            by: who does it, or the person of a custom event: a person, role, e-mail address or id.
            project: the id of the project; by default that of `by`, else the first.
            fields: those of the event, as `text`. Records are named by a name or an id, or are documents, and
                people are given as `by` is; a request may be a `Conversation`. The rest follows from the
                emulator's data.

        Returns the payload of the webhook, or of a custom event the event.

        Raises SetupError for an unknown name, field or record.
        """
        if by is not None:
            fields["by"] = by
        if project is None and isinstance(by, Person):
            project = by.id_project
        return self.controls.emit_standard(
            name, {key: named_by_id(one) for key, one in fields.items()}, project
        )

    def conversation(
        self,
        text: str | None = None,
        by: Person | str | Document | None = None,
        *,
        id: str | Document | Conversation | None = None,  # noqa: A002  (the field's name)
        project: str | None = None,
        **fields: Person | Json,
    ) -> Conversation:
        """Open a conversation as a visitor's first message does, or go on with one; return its handle.

        The webhooks that Tiledesk sends go to whoever subscribed, in its order: `lead.create` for who writes
        for the first time, `operator.select`, `request.create`, `message.create`, ...

        Args:
            text: the first message, by default `hello`.
            by: who writes: a person, role, e-mail address, id or document; by default a guest.
            id: the request to go on with, and then the only argument: its `request_id`, `_id` or document, or
                another handle.
            project: the id of the project; by default that of `by`, else the first.
            fields: `channel` (a name), `department`, `attributes`, `email`, `senderFullname`, `request_id`,
                `participants`, ... With `message=False` it is a request that the API made, without a message.

        Raises SetupError for what Tiledesk refuses.
        """
        from .conversation import Conversation  # here, since few tests have one

        arguments = {"text": text, "by": by, "project": project}
        given = {key: value for key, value in arguments.items() if value is not None} | fields
        if id is not None:
            return Conversation(self.controls, self._request_id(id, given))
        if project is None and isinstance(by, Person):
            given["project"] = by.id_project
        values = {key: named_by_id(value) for key, value in given.items()}
        started = self.controls.start_conversation(values)
        return Conversation(self.controls, started["request_id"], started["sent"])

    def _request_id(self, reference: str | Document | Conversation, others: Mapping[str, object]) -> str:
        """Return the `request_id` of the request to go on with; raise SetupError for `others` beside it."""
        if others:
            raise SetupError(f"conversation: id= takes no {', '.join(others)} beside it: go on with .say()")
        named = named_by_id(reference)
        key = named.get("_id") if isinstance(named, Mapping) else named
        if not isinstance(key, str) or not key:
            raise SetupError("conversation: id: expected an id, or a document with an _id")
        return str(self.controls.conversation(key)["request"]["request_id"])

    @property
    def conversations(self) -> list[Document]:
        """The requests of all projects, oldest first, as `request.update` has them."""
        return self.controls.conversations()

    def ask_operator(
        self,
        by: Person | str | Document | None = None,
        text: str | None = None,
        *,
        request: str | Document | Conversation | None = None,
        department: str | Document | None = None,
        project: str | None = None,
        timeout: float = 10.0,
    ) -> OperatorAnswer:
        """Ask the subscribers of `operator.select` which agent a request goes to; assign nothing.

        As on the real server the first response counts, and it is retried if there is none. The retries are
        made at once.

        Args:
            by: who writes the first message of a request that is not made: a person, role, e-mail address or
                id; by default a guest.
            text: that message.
            request: the `request_id`, id, document or `Conversation` of a request that exists, instead.
            department: the name, id or document of a department; by default that of the request, else the
                default one.
            project: the id of the project; by default the first.
            timeout: seconds after which a receiver counts as one that never responds.

        Returns the choice; `effect` and `reason` say what the real server makes of a wrong answer. Raises
        SetupError for a person or record that does not exist.
        """
        if project is None and isinstance(by, Person):
            project = by.id_project
        return self.controls.ask_operator(
            named_by_id(by), text, named_by_id(request), department, project, timeout
        )

    @property
    def standard_events(self) -> list[Document]:
        """The platform's own events: names, descriptions, and fields with their types."""
        return self.controls.standard_events()

    @property
    def realtime(self) -> HandleRealtime:
        """The WebSockets: who is connected to what, and which frames were sent."""
        return HandleRealtime(self.controls)

    def seed(self, document: Mapping[str, Json] | str | Path | None = None, **lists: Json) -> None:
        """Add a seed to what is stored: a document, a file or its name, or lists (`events=[...]`).

        Raises SeedError, and then nothing is added.
        """
        content = read_document(seed_file(document)) if isinstance(document, (str, Path)) else document
        self.controls.add_seed({**content, **lists} if isinstance(content, Mapping) else content or lists)

    def reset(self) -> None:
        """Go back to the seed: data, clock, ids, journal, faults, snapshots."""
        self.controls.reset()

    def snapshot(self, name: str | None = None) -> str:
        """Take a snapshot of what is stored, by default under a new name; return the name.

        This costs next to nothing.
        """
        return self.controls.take_snapshot(name)

    def restore(self, name: str) -> None:
        """Go back to a snapshot: all data. Raises SetupError if it does not exist.

        Clock, faults and journal stay as they are.
        """
        self.controls.restore(name)

    @property
    def clock(self) -> HandleClock:
        """The emulator's clock."""
        return HandleClock(self.controls)

    def stub(
        self,
        method: str | None,
        path: PathPattern,
        response: Json | bytes | StubFunction | Absent = ABSENT,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Stub:
        """Respond to requests, above all to those of routes that are not emulated, until the next reset.

        Args:
            method: an HTTP method, None for any.
            path: a pattern as those of faults, as `/leads/*`, or a regular expression.
            response: the body: JSON, text or bytes, without it an empty one; or a function of the request,
                which returns one of them, or `(status, response)` or `(status, response, headers)`.
            status: from 200 to 599.
            headers: header fields, in place of Express's own.

        Returns the stub with its `id`. Raises SetupError for a wrong field, and for a function or bytes if
        the emulator is remote.
        """
        return self.stubs.add(
            method=method, path=path, response=response, status=status, headers=dict(headers or {})
        )

    @property
    def stubs(self) -> HandleStubs:
        """The stubs: iterate over them, remove them, count their hits."""
        return HandleStubs(self.controls)

    @property
    def faults(self) -> HandleFaults:
        """The rules that disturb responses."""
        return HandleFaults(self.controls)

    @property
    def requests(self) -> HandleRequests:
        """The requests with their responses."""
        return HandleRequests(self.controls)

    @property
    def deliveries(self) -> list[Document]:
        """The webhook deliveries with their attempts, oldest first."""
        return self.controls.deliveries()

    @property
    def drifts(self) -> dict[str, int]:
        """The drifts that requests depended on, and how many requests."""
        return {drift["id"]: drift["count"] for drift in self.controls.drifts() if drift["count"]}

    def check_strict(self) -> None:
        """Raise ExpectationError if there were requests to paths that are not emulated."""
        lines = [
            f"  {exchange_line(exchange)}\n    {curl_command(exchange.request)}"
            for exchange in self.requests.unmatched
        ]
        if lines:
            raise ExpectationError(
                "\n".join(["requests to paths that tiledesk-mock does not emulate:", *lines])
            )
