"""Accessors of a handle: `clock`, `faults`, `requests`, `realtime` and `webhooks`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypedDict, overload

from msgspec import structs

from ..control.controls import Controls
from ..errors import ControlError, SettingsError, SetupError
from ..expectations.verdict import find_matches
from ..faults.faults import FaultShortcuts
from ..http.exchange import Exchange
from ..http.paths import PathPattern
from ..journal.rendering import exchange_line
from ..node.json import ABSENT
from ..tiledesk.wire import Document

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..control.people import Person
    from ..faults.rule import Fault
    from ..faults.stubs import Stub
    from .receiver import Receiver, Secrets

Time = str | datetime
"""A time: ISO 8601 text with `Z` or an offset, or an aware datetime."""


class RequestFields(TypedDict, total=False):
    """What `expect_request` finds a request by, beside its method and path."""

    json: Any
    exact: Any
    query: Mapping[str, Any] | None
    headers: Mapping[str, Any] | None
    person: Person | str | None
    status: Any
    emulated: bool | None
    drift: str | None
    fault: str | None


class _Accessor:
    def __init__(self, controls: Controls) -> None:
        self._controls: Final = controls


class HandleClock(_Accessor):
    """The emulator's time. Created times, expiry, retries and rate windows follow it."""

    def freeze(self, time: Time | None = None) -> None:
        """Stand still at `time`, or where the clock is."""
        self._controls.set_clock(freeze=True if time is None else _iso_text(time))

    def set(self, time: Time) -> None:
        """Run on from `time`."""
        self._controls.set_clock(now=_iso_text(time))

    def advance(self, seconds: float) -> None:
        """Jump ahead by `seconds`, frozen or running."""
        self._controls.advance_clock(seconds)

    def reset(self) -> None:
        """Go back to the machine's time."""
        self._controls.set_clock()

    def now(self) -> datetime:
        """Return the time."""
        return datetime.fromisoformat(self.iso().replace("Z", "+00:00"))

    def iso(self) -> str:
        """Return the time as Tiledesk writes it: `2026-01-31T23:59:59.123Z`."""
        now: str = self._controls.clock()["now"]
        return now

    @property
    def is_frozen(self) -> bool:
        """Whether the clock stands still."""
        return bool(self._controls.clock()["frozen"])


class HandleFaults(_Accessor, FaultShortcuts):
    """The fault rules in force; `Faults` documents `add` and its shorter forms."""

    def add(self, /, **rule: Any) -> Fault:
        """Add a rule; return it with its `id`. Raises SettingsError for a wrong one."""
        from ..faults.rule import fault_document, read_fault  # here, since most tests have no faults

        fault = read_fault(rule, "fault")
        return _fault(self._controls.add_fault({**fault_document(fault), "body": fault.body}))

    def remove(self, fault: Fault | str) -> None:
        """Remove a rule; raise SetupError if it is not in force."""
        id_fault = _id(fault)
        if not self._controls.remove_fault(id_fault):
            raise SetupError(f"there is no fault {id_fault!r}")

    def clear(self) -> None:
        """Remove all rules."""
        self._controls.clear_faults()

    def hits(self, fault: Fault | str) -> int:
        """Return how many requests a rule has disturbed."""
        id_fault = _id(fault)
        return next((rule["hits"] for rule in self._controls.faults() if rule["id"] == id_fault), 0)

    def __iter__(self) -> Iterator[Fault]:
        return iter([_fault(rule) for rule in self._controls.faults()])

    def __len__(self) -> int:
        return len(self._controls.faults())


class HandleStubs(_Accessor):
    """The stubs in force; `stub` of the handle adds one."""

    def add(self, **rule: Any) -> Stub:
        """Add a stub; return it with its `id`. Raises SetupError for a wrong one."""
        # Imported here, since most tests have no stubs.
        from ..faults.rule import path_document
        from ..faults.stubs import read_stub

        stub = read_stub(rule)
        sent = {**rule, "path": path_document(stub.path)}
        if stub.response is ABSENT:
            sent.pop("response", None)
        return structs.replace(stub, id=self._controls.add_stub(sent)["id"])

    def remove(self, stub: Stub | str) -> None:
        """Remove a stub; raise SetupError if it is not in force."""
        id_stub = _id(stub)
        if not self._controls.remove_stub(id_stub):
            raise SetupError(f"there is no stub {id_stub!r}")

    def clear(self) -> None:
        """Remove all stubs."""
        self._controls.clear_stubs()

    def hits(self, stub: Stub | str) -> int:
        """Return how many requests a stub has responded to."""
        id_stub = _id(stub)
        return next((one["hits"] for one in self._controls.stubs() if one["id"] == id_stub), 0)

    def __iter__(self) -> Iterator[Document]:
        return iter(self._controls.stubs())

    def __len__(self) -> int:
        return len(self._controls.stubs())


class HandleRequests(_Accessor, Sequence[Exchange]):
    """The requests with their responses, oldest first; as many as the journal keeps."""

    def __len__(self) -> int:
        return len(self._controls.requests())

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Exchange]: ...
    def __getitem__(self, index: int | slice) -> Exchange | Sequence[Exchange]:
        return self._controls.requests()[index]

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._controls.requests())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it changes with every request

    def __repr__(self) -> str:
        return f"[{', '.join(exchange_line(exchange) for exchange in self)}]"

    def matching(
        self, method: str | None = None, path: PathPattern | None = None, **fields: Unpack[RequestFields]
    ) -> list[Exchange]:
        """Return the exchanges that match; the arguments are those of `expect_request`."""
        expected = self._controls.expected_request({"method": method, "path": path, **fields})
        return find_matches(expected, self._controls.requests())

    @property
    def unmatched(self) -> list[Exchange]:
        """The requests to paths that are not emulated."""
        return list(self._controls.unmatched_requests())

    def clear(self) -> None:
        """Empty the journal."""
        self._controls.clear_requests()


class HandleRealtime(_Accessor):
    """The WebSockets of the emulator."""

    @property
    def connections(self) -> list[Document]:
        """The open connections: `id`, `person`, `topics`, and how many frames were `sent` to it."""
        return list(self._controls.realtime()["connections"])

    @property
    def frames(self) -> list[Document]:
        """The frames published last, oldest first: `topic`, `live`, `message`, and the people it went `to`.

        A live frame has a `method`, and as message an event, request, message, member or bot; one that a
        client has published has any JSON value, and the client in `by`. Other frames are what a subscriber
        gets first. What a client publishes is a frame, also if it has no receiver.
        """
        return list(self._controls.realtime()["frames"])

    @property
    def refused(self) -> list[Document]:
        """The topics that clients were refused, oldest first: `person`, `topic` and `reason`."""
        return list(self._controls.realtime()["refused"])

    def disconnect(self, person: Person | str | None = None, *, code: int | None = None) -> int:
        """Close the WebSockets of a person, by default all; return their number.

        Args:
            person: a person, role, e-mail address or id.
            code: the WebSocket status code; by default there is no close frame, as when a network is lost.
        """
        found = self._controls.find_people(person) if isinstance(person, str) else [person]
        names = {name for one in found if one for name in (one.email, one.id_user)}
        ids = [one["id"] for one in self.connections if person is None or one["person"] in names]
        return sum(self._controls.disconnect(key, code) for key in ids)

    def subscribers(self, topic: str) -> list[Document]:
        """Return the connections that have subscribed to a topic."""
        return [connection for connection in self.connections if topic in connection["topics"]]

    def topics(self) -> list[str]:
        """Return the topics that have subscribers."""
        return sorted({topic for connection in self.connections for topic in connection["topics"]})


class HandleWebhooks(_Accessor):
    """Receivers of webhooks, failing targets, and the deliveries under way."""

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls)
        self._receivers: Final[list[Receiver]] = []

    def receiver(self, *events: str, path: str = "/hook", is_global: bool = False) -> Receiver:
        """Return a local target that listens until its block ends, or a reset, or the emulator stops.

        The end of the block removes its subscriptions to `events`.

        Args:
            events: what it is subscribed to, as `event.emit` or `event.emit.order.paid`; without events the
                client under test has to subscribe its `url`.
            path: the path of its URL.
            is_global: whether it gets the events of all projects, and those that have none, as `user.signup`.
        """
        from .receiver import Receiver  # here, since most tests have no webhooks

        ids: set[str] = set()
        receiver = Receiver(
            self._secrets_of,
            path=path,
            hints_of=self._hints_of,
            unsubscribe=lambda root: self._unsubscribe(ids, root),
        ).start()
        self._receivers.append(receiver)
        ids.update(self.subscribe(event, receiver.url, is_global=is_global)["_id"] for event in events)
        return receiver

    def subscribe(self, event: str, target: str, *, is_global: bool = False) -> Document:
        """Subscribe a target in the first project, in its creator's name; return it with its secret.

        A global subscription gets the events of all projects, and those that have none, as `user.signup`. Of
        a real server only the operator can make one.
        """
        return self._controls.subscribe(event, target, is_global=is_global)

    def fail(
        self,
        target: str | None = None,
        *,
        status: int | None = None,
        error: str | None = None,
        count: int | None = None,
    ) -> Callable[[], object]:
        """Let deliveries to a target (None: to all) fail without a request; return what undoes that.

        Args:
            target: the URL as subscribed.
            status: of the response; 503 if there is no `error` either.
            error: `timeout` (which does not take its time), `refused` or `reset`, instead of a response.
            count: for how many attempts; None is until it is undone, or the emulator is reset.

        Raises SetupError for another error.
        """
        id_failure = self._controls.add_failure(target, status, error, count)["id"]
        return lambda: self._controls.remove_failure(id_failure)

    def drain(self, timeout: float = 10.0) -> Document:
        """Wait until no delivery is under way; retries are made at once, without their waits.

        Returns how many deliveries are still `under_way` after `timeout` seconds, 0 where `drained`.
        """
        return self._controls.drain(timeout)

    def resend(self, id_delivery: str, target: str | None = None) -> Document:
        """Send a delivery again, to the same URL or to `target`, as a new one; return that.

        Raises SetupError for an unknown id, and for a target that is no URL.
        """
        return self._controls.resend(id_delivery, target)

    def stop(self) -> None:
        """Stop all receivers."""
        while self._receivers:
            self._receivers.pop().stop()

    def close(self) -> None:
        """Stop all receivers, and remove their subscriptions."""
        while self._receivers:
            self._receivers.pop().close()

    def _unsubscribe(self, ids: set[str], root: str) -> None:
        """Remove the subscriptions with these ids that are still there.

        After a reset another one may have the same id: its target does not begin with `root`.
        """
        with suppress(SetupError):  # the emulator has ended
            for one in self._controls.subscriptions() if ids else ():
                if one["_id"] in ids and str(one.get("target")).startswith(root):
                    self._controls.unsubscribe(one["_id"])

    def _hints_of(self, target: str) -> list[str]:
        try:
            return self._controls.delivery_hints(target=target)
        except ControlError:  # the emulator elsewhere has ended
            return ["no emulator responds"]

    def _secrets_of(self, id_subscription: str) -> Secrets | None:
        found = (one for one in self._controls.subscriptions() if one["_id"] == id_subscription)
        of_subscription = ((str(one["secret"]), one.get("token_secret")) for one in found)
        return next(of_subscription, None) or self._secret_of_bot(id_subscription)

    def _secret_of_bot(self, id_bot: str) -> Secrets | None:
        found = (one.secret for one in self._controls.people(id_bot) if one.secret is not None)
        return next(((secret, None) for secret in found), None)


def _id(rule: Fault | Stub | str) -> str:
    return rule if isinstance(rule, str) else rule.id


def _fault(rule: Document) -> Fault:
    from ..faults.rule import read_fault  # as in `HandleFaults.add`

    fields = {name: value for name, value in rule.items() if name not in ("id", "seen", "hits")}
    return replace(read_fault(fields, "fault"), id=rule["id"])


def _iso_text(time: Time) -> str:
    if not isinstance(time, (str, datetime)):
        raise SettingsError("a time", time, "an ISO 8601 text or an aware datetime")
    return time if isinstance(time, str) else time.isoformat()
