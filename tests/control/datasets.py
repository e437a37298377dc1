"""Datasets made by random calls of the API and of /__admin, for tests of exports."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import requests
from hypothesis import strategies as st

from tiledesk_mock.testing import TiledeskMock
from tiledesk_mock.tiledesk.auth import sign_token

Call = tuple[str, str, Any, str]
"""Method, path (with `{project}` and `{subscription}`), JSON body, and who sends it."""

PROJECT = "65b0000000000000000000a1"
IDS = st.sampled_from([PROJECT, "65b0000000000000000000ff", "twelve chars", "", "nonsense", PROJECT.upper()])
OWNER = st.just("owner")
CALLERS = ["owner", "agent", "guest", "external", "bot", "nobody"]

TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            "",
            " ",
            "event.emit",
            "$x",
            "a.b",
            "__proto__",
            "\ud800",
            "\0",
            "jo@shop.example",
            PROJECT,
            "-2h",
            "null",
        ]
    ),
)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([0, -0.0, 1e400, -1e400, 2**53 + 1, 10**400, 1e21, 5e-324, 2**1024]),
)
KEYS = TEXTS | st.sampled_from(
    ["constructor", "prototype", "toBSON", "_id", "_bsontype", "$ref", "$id", "1", "01"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
DEEP = st.integers(1, 320).map(lambda depth: json.loads("[" * depth + "]" * depth))
ADDRESSES = st.one_of(
    TEXTS,
    st.emails(),
    st.sampled_from(
        ["Jo@Shop.example", '"a b"@shop.example', '"a@b"@shop.example', "ß@shop.example", "İ@shop.example"]
    ),
)
TIMES = st.sampled_from(
    [
        "2026-01-31T12:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1969-12-31T23:59:59.999Z",
        0,
        -1,
        1e15,
    ]
)

SIGN_UP = st.fixed_dictionaries(
    {"email": ADDRESSES, "password": VALUES}, optional={"firstname": VALUES, "lastname": VALUES}
)
ANONYMOUS = st.fixed_dictionaries(
    {"id_project": IDS | VALUES},
    optional={"firstname": VALUES, "lastname": VALUES, "email": VALUES, "attributes": VALUES},
)
EVENT = st.fixed_dictionaries(
    {"name": TEXTS | VALUES}, optional={"attributes": VALUES | DEEP | st.dictionaries(KEYS, VALUES)}
)
SUBSCRIPTION = st.fixed_dictionaries(
    {},
    optional={
        "event": TEXTS | VALUES,
        "target": TEXTS | VALUES,
        "secret": VALUES,
        "id_project": IDS,
        "createdBy": VALUES,
    },
)
UPDATE = st.fixed_dictionaries(
    {},
    optional={
        "event": TEXTS | st.none(),
        "target": TEXTS | st.none(),
        "secret": TEXTS | st.none(),
        "id_project": TEXTS | IDS | st.none(),
        "createdBy": TEXTS | st.none(),
        "global": st.booleans() | st.none(),
        "__v": st.integers(0, 9) | st.none(),
        "$unset": st.dictionaries(
            st.sampled_from(["event", "target", "secret", "__v", "id_project"]), st.just(1)
        ),
        "$nothing": st.just(0),
    },
)
CLAIMS = st.fixed_dictionaries(
    {"sub": st.sampled_from(["userexternal", "guest", "user", ""])},
    optional={"_id": TEXTS | VALUES, "email": VALUES, "firstname": VALUES},
)
SEED_USERS = st.fixed_dictionaries(
    {
        "email": st.sampled_from(["a@b.example", "C@d.example"]),
        "password": TEXTS,
        "status": st.sampled_from([100, 0]),
    }
)
SEEDS = st.one_of(
    SEED_USERS.map(lambda user: {"users": [user]}),
    st.builds(
        lambda name, status: {"projects": [{"name": name, "status": status}]},
        TEXTS,
        st.sampled_from([100, 0]),
    ),
    st.builds(
        lambda role, uuid, status, trashed: {
            "project_users": [
                {"id_project": PROJECT, "role": role, "uuid_user": uuid, "status": status, "trashed": trashed}
            ]
        },
        TEXTS,
        TEXTS,
        st.sampled_from(["active", "disabled"]),
        st.booleans(),
    ),
    st.builds(
        lambda name, secret: {"bots": [{"id_project": PROJECT, "name": name, "secret": secret}]},
        TEXTS,
        st.none() | TEXTS,
    ),
    EVENT.map(lambda event: {"events": [{"id_project": PROJECT, "createdAt": "-200d"} | event]}),
)


def _call(method: str, path: str, bodies: Any, callers: Any = OWNER) -> Any:
    return st.tuples(st.just(method), st.just(path), bodies, callers)


CALLS = st.one_of(
    _call("POST", "/auth/signup", SIGN_UP),
    _call("POST", "/auth/signinanonymously", ANONYMOUS),
    _call("CLAIMS", "/auth/signinwithcustomtoken", CLAIMS),
    _call("POST", "/{project}/events", EVENT, st.sampled_from(CALLERS)),
    _call("POST", "/{project}/subscriptions", SUBSCRIPTION),
    _call("PUT", "/{project}/subscriptions/{subscription}", SUBSCRIPTION),
    _call("PUT", "/{project}/subscriptions/{subscription}", UPDATE),
    _call("PUT", "/{project}/subscriptions/65e0000000000000000000ff", UPDATE),
    _call("DELETE", "/{project}/subscriptions/{subscription}", st.none()),
    _call("ADMIN", "/seed", SEEDS),
    _call("CLOCK", "/clock", TIMES),
    _call("ADMIN", "/events", EVENT),
)
"""The strategy of one call; a dataset is made by a list of them."""


class DatasetMaker:
    """Sends calls to an emulator, and keeps the credentials that they return."""

    def __init__(self, mock: TiledeskMock) -> None:
        self.mock = mock
        self.session = requests.Session()
        self.external = ""
        self.guest = ""
        self.subscription = PROJECT
        self.people: list[tuple[str, str]] = []

    def send(self, call: Call) -> int:
        """Send a call; return the status."""
        method, path, body, who = call
        if method in ("ADMIN", "CLOCK"):
            verb = "POST" if method == "ADMIN" else "PUT"
            fields = {"now": body} if method == "CLOCK" else body
            return self._request(verb, f"{_admin(self.mock)}{path}", fields, {}).status_code
        headers = {"Authorization": self._authorization(who)}
        if method == "CLAIMS":
            method, headers = "POST", {"Authorization": f"JWT {self._token(body)}"}
            self.external = headers["Authorization"]
        target = path.format(project=self.mock.project_id, subscription=self.subscription)
        response = self._request(method, self.mock.url + target, body, headers)
        self._learn(path, body, response)
        return response.status_code

    def _request(self, method: str, url: str, body: Any, headers: dict[str, str]) -> requests.Response:
        text = (
            json.dumps(body).replace("Infinity", "1e999").replace("NaN", "-1e999")
        )  # as JavaScript may write it
        data = None if body is None else text.encode()
        return self.session.request(
            method, url, data=data, headers={"Content-Type": "application/json"} | headers
        )

    def _learn(self, path: str, body: Any, response: requests.Response) -> None:
        if response.status_code != 200:
            return
        if path == "/auth/signup":
            self.people.append((body["email"], body["password"]))
        elif path == "/auth/signinanonymously":
            self.guest = response.json()["token"]
        elif path.endswith("/subscriptions"):
            self.subscription = response.json()["_id"]

    def _token(self, claims: Any) -> str:
        audience = f"https://tiledesk.com/projects/{self.mock.project_id}"
        return sign_token({"aud": audience, "iat": 1, **claims}, "project-secret")

    def _authorization(self, who: str) -> str:
        if who in ("guest", "external"):
            return str(getattr(self, who))
        if who == "nobody":
            return ""
        person = self.mock.bot if who == "bot" else getattr(self.mock, who)
        return f"JWT {person.jwt.removeprefix('JWT ')}" if who == "bot" else _basic(person.basic)

    def answers(self) -> list[Any]:
        """Return what the emulator answers to all credentials."""
        url, project = self.mock.url, self.mock.project_id
        found: list[Any] = []
        for who in CALLERS:
            headers = {"Authorization": self._authorization(who)}
            for path in (f"/{project}/events", f"/{project}/subscriptions"):
                response = self._request("GET", url + path, None, headers)
                found.append((response.status_code, response.text))
        for email, password in self.people:
            response = self._request("POST", f"{url}/auth/signin", {"email": email, "password": password}, {})
            found.append((response.status_code, response.json().get("user")))
        return found


def _basic(pair: Sequence[str]) -> str:
    return "Basic " + base64.b64encode(":".join(pair).encode()).decode()


def _admin(mock: TiledeskMock) -> str:
    return mock.url.removesuffix("/v3") + "/__admin"


def export(mock: TiledeskMock) -> str:
    """Return what GET /__admin/state responds."""
    response = requests.get(f"{_admin(mock)}/state")
    response.raise_for_status()
    return response.text


def difference(calls: Sequence[Call], dialect: str) -> str:
    """Make a dataset, import its export into another emulator, and return how the two differ, or nothing."""
    with TiledeskMock(dialect=dialect) as first, TiledeskMock(dialect=dialect, seed={}) as second:
        maker = DatasetMaker(first)
        for call in calls:
            maker.send(call)
        for mock in (first, second):
            mock.controls.set_clock(freeze="2026-06-01T00:00:00Z")
        exported = export(first)
        url = f"{_admin(second)}/state"
        response = requests.put(url, data=exported.encode(), headers={"Content-Type": "application/json"})
        if response.status_code != 200:
            return f"import: {response.status_code} {response.text}"
        if (again := export(second)) != exported:
            return f"exported {exported}\nand again {again}"
        if second.controls.state() != (stored := first.controls.state()):
            return f"stored {stored}\nand again {second.controls.state()}"
        answers = maker.answers()
        maker.mock = second
        for one, other in zip(answers, maker.answers(), strict=True):
            if one != other:
                return f"answer {one}\nand again {other}"
    return ""
