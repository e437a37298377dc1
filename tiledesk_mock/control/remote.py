"""The controls of an emulator elsewhere: its control API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import requests

from ..emulator.people import Person, person_from
from ..errors import ControlError
from ..http.exchange import Exchange
from ..journal.rendering import exchange_from_document
from ..node.json import Json
from ..tiledesk.wire import Document
from .operations import as_json
from .remote_webhooks import RemoteHookControls

_TIMEOUT: Final = 30.0


class RemoteControls:
    """Controls of the emulator whose server is at `root`, `http://HOST:PORT`.

    `token` is asked for by emulators that listen to other machines. No connection is kept between calls.
    """

    def __init__(self, root: str, token: str | None = None) -> None:
        self.root: Final = root
        self._headers: Final = {"Authorization": f"Bearer {token}"} if token else {}
        self.hooks: Final = RemoteHookControls(self.call)

    def call(
        self, method: str, path: str, document: Json = None, *, may_be_gone: bool = False, **query: Any
    ) -> Any:
        """Call `/__admin/PATH`; return its JSON, or raise ControlError with the reason.

        What is not there, and `may_be_gone`, is no error: the answer is empty then.
        """
        try:
            with requests.Session() as session:
                answer = session.request(
                    method,
                    f"{self.root}/__admin/{path}",
                    data=None if document is None else as_json(document),
                    params=query,
                    headers=self._headers,
                    timeout=_TIMEOUT,
                    # Neither a proxy is meant, nor what .netrc has for this host.
                    proxies={"http": "", "https": "", "all": ""},
                    auth=_as_it_is,
                )
        except requests.RequestException as error:
            raise ControlError(
                f"no emulator answers at {self.root}: start one with `tiledesk-mock serve`, "
                f"or say where one is ({type(error).__name__})"
            ) from error
        if may_be_gone and answer.status_code == requests.codes.not_found:
            return {}
        if answer.status_code >= requests.codes.bad_request:
            raise ControlError(_reason(answer))
        try:
            return answer.json()
        except ValueError as error:
            raise ControlError(_strange(answer)) from error

    def version(self) -> Document:
        """Return `version`, the `server` that is spoken, and the `dialect`."""
        return dict(self.call("GET", "version"))

    def reset(self) -> None:
        """Go back to the seed."""
        self.call("POST", "reset")

    def state(self) -> Document:
        """Return everything that is stored, as a seed."""
        return dict(self.call("GET", "state"))

    def replace_state(self, seed: Json) -> None:
        """Put what a seed describes in place of everything."""
        self.call("PUT", "state", seed)

    def add_seed(self, seed: Json) -> dict[str, int]:
        """Add what a seed describes; return how much of each kind that was."""
        return dict(self.call("POST", "seed", seed))

    def snapshots(self) -> list[str]:
        """Return the names of the snapshots, in the order in which they were taken."""
        return list(self.call("GET", "state/snapshots")["snapshots"])

    def take_snapshot(self, name: str | None = None) -> str:
        """Remember what is stored under a name; return the name."""
        if not name:
            return str(self.call("POST", "state/snapshots")["snapshot"])
        return str(self.call("PUT", f"state/snapshots/{_segment(name)}")["snapshot"])

    def restore(self, name: str) -> None:
        """Go back to a snapshot."""
        self.call("POST", f"state/snapshots/{_segment(name)}/restore")

    def drop_snapshot(self, name: str) -> None:
        """Forget a snapshot."""
        self.call("DELETE", f"state/snapshots/{_segment(name)}")

    def clock(self) -> Document:
        """Return the time as `now`, and whether it is `frozen`."""
        return dict(self.call("GET", "clock"))

    def set_clock(self, wanted: Mapping[str, Json]) -> Document:
        """Set the clock: `{"freeze": TIME}`, `{"now": TIME}`, `{}` for real time; return it."""
        return dict(self.call("PUT", "clock", dict(wanted)))

    def advance_clock(self, seconds: float) -> Document:
        """Let that many seconds pass; return the clock."""
        return dict(self.call("POST", "clock/advance", {"seconds": seconds}))

    def faults(self) -> list[Document]:
        """Return the rules that are in force."""
        return list(self.call("GET", "faults")["faults"])

    def add_fault(self, rule: Mapping[str, Any]) -> Document:
        """Add a rule; return it with its id."""
        if isinstance(rule.get("body"), bytes):
            raise ControlError("the body of a fault elsewhere is text or JSON, not bytes")
        return dict(self.call("POST", "faults", dict(rule)))

    def remove_fault(self, id_fault: str) -> None:
        """Take a rule away."""
        self.call("DELETE", f"faults/{_segment(id_fault)}")

    def clear_faults(self) -> None:
        """Take all rules away."""
        self.call("DELETE", "faults")

    def requests(self) -> Sequence[Exchange]:
        """Return what the journal holds, oldest first; secrets are covered."""
        return tuple(exchange_from_document(one) for one in self.call("GET", "requests")["requests"])

    def clear_requests(self) -> None:
        """Forget what the journal holds."""
        self.call("DELETE", "requests")

    def drifts(self) -> list[Document]:
        """Return all drifts, with how often each was asked for."""
        return list(self.call("GET", "differences")["differences"])

    def realtime(self) -> Document:
        """Return the WebSockets' `connections`, and the last `frames` that were published."""
        return dict(self.call("GET", "realtime"))

    def people(self, called: str | None = None) -> Iterator[Person]:
        """Yield who can call the API, with their credentials; the first project's people first."""
        people = map(person_from, self.call("GET", "people")["people"])
        return (person for person in people if called is None or person.is_called(called))

    def events(self) -> list[Document]:
        """Return all events, oldest first, as the dialect shows them."""
        return list(self.call("GET", "events")["events"])

    def fire(self, fields: Document, by: str, project: str | None = None) -> Document:
        """Fire an event in the name of a person, without a request; return it."""
        return dict(self.call("POST", "events", {**fields, "by": by, "project": project}))

    def emit_standard(
        self, name: str, attributes: Mapping[str, Json], by: str | None = None, project: str | None = None
    ) -> Document:
        """Fire one of the platform's own events about a member with the role `by`; return it."""
        wanted = {"name": name, "attributes": dict(attributes), "by": by, "project": project}
        return dict(self.call("POST", "standard-events", wanted))

    def changes(self, since: int = -1, timeout: float = 0.0) -> int:
        """Return how much has happened; wait for more than `since`, for `timeout` seconds or some of them."""
        return int(self.call("GET", "changes", since=since, timeout=timeout)["changes"])


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Return the request with the credentials that it has."""
    return request


def _segment(name: str) -> str:
    """Return a name as a part of a path, even one that means something there: `..`, `a/b`."""
    return quote(name, safe="").replace(".", "%2E")


def _reason(answer: requests.Response) -> str:
    """Return the line that the control API gives as the reason, or what another server says."""
    try:
        document = answer.json()
    except ValueError:
        document = None
    if isinstance(document, dict) and "error" in document:
        return str(document["error"])
    return _strange(answer)


def _strange(answer: requests.Response) -> str:
    return f"{answer.url} answered {answer.status_code}: is that an emulator?"
