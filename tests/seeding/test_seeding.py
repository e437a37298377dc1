"""Seeds: files and documents to datasets, datasets to documents, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledesk_mock.errors import SeedError
from tiledesk_mock.node.convert import ConversionError, convert
from tiledesk_mock.node.json import ABSENT
from tiledesk_mock.seeding.records import SeedRecords
from tiledesk_mock.seeding.schema import SEED
from tiledesk_mock.seeding.seeds import (
    builtin_seed,
    default_seed,
    load_documents,
    read_seed,
    seed_document,
    seed_documents,
    seed_file,
)
from tiledesk_mock.tiledesk.clock import Clock
from tiledesk_mock.tiledesk.ids import Ids
from tiledesk_mock.tiledesk.model import Dataset

from ..contract_recordings import CONTRACT

RECORDED_SEED = CONTRACT / "world.json"

REPEATED = "a0: &a0 [1,1]\n" + "".join(
    f"a{level}: &a{level} [{f'*a{level - 1},' * 10}]\n" for level in range(1, 10)
)
"""YAML of 500 bytes that stands for two thousand million numbers."""

VALIDATOR = jsonschema.Draft202012Validator(
    json.loads(builtin_seed("empty").with_name("seed.schema.json").read_bytes())
)

SHOP: dict[str, Any] = {
    "users": [{"email": "Owner@Example.com", "password": "owner-secret"}],
    "projects": [{"name": "Shop"}],
    "project_users": [
        {"id_user": "owner@example.com", "role": "owner"},
        {"uuid_user": "customer-1", "role": "user"},
    ],
}


def record_options() -> dict[str, Any]:
    """Return a frozen clock, ids that repeat, and one secret for all."""
    clock = Clock()
    clock.freeze("2026-03-10T12:00:00Z")
    return {"clock": clock, "ids": Ids(clock, seed=1), "secret": lambda: "made-secret"}


def read(document: Any, **options: Any) -> Dataset:
    """Read a seed document called `seed.json`."""
    return read_seed(document, "seed.json", SeedRecords(**record_options(), **options))


def load_files(files: Sequence[Path | str]) -> Dataset:
    """Load seed files as one seed."""
    return load_documents(seed_documents(files), SeedRecords(**record_options()))


def refused(document: Any, **options: Any) -> SeedError:
    """Return the error that reading a seed document raises."""
    with pytest.raises(SeedError) as caught:
        read(document, **options)
    return caught.value


def with_event(**fields: Any) -> dict[str, Any]:
    """Return the shop with one event."""
    return {**SHOP, "events": [{"name": "order.paid", **fields}]}


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Dataset]:
    """Write texts under their names, and load them as one seed."""

    def write_and_load(**texts: str | bytes) -> Dataset:
        files = []
        for name, text in texts.items():
            files.append(tmp_path / name.replace("_", "."))
            files[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_files(files)

    return write_and_load


class TestFilledIn:
    """Fields that a seed leaves out."""

    def test_user_gets_the_defaults_of_signing_up(self) -> None:
        """A user is enabled, not verified, created now, and the address is lower-cased."""
        (user,) = read(SHOP).users

        assert (user.email, user.status, user.emailverified) == ("owner@example.com", 100, False)
        assert user.created_at == user.updated_at == "2026-03-10T12:00:00.000Z"
        assert user.firstname is user.phone is ABSENT

    def test_project_belongs_to_its_owner(self) -> None:
        """A project is created by its owner."""
        dataset = read(SHOP)

        assert dataset.projects[0].created_by == dataset.users[0].id

    def test_project_without_owner_is_made_by_the_system(self) -> None:
        """A project without an owner is created by Tiledesk's `system`."""
        dataset = read({"projects": [{"name": "Shop"}]})

        assert dataset.projects[0].created_by == "system"

    def test_member_is_made_by_themselves(self) -> None:
        """Members are created by the user or the uuid that they are; visitors have their own role type."""
        dataset = read(SHOP)
        owner, customer = dataset.project_users

        assert (owner.id_user, owner.created_by, owner.role_type) == (
            dataset.users[0].id,
            dataset.users[0].id,
            1,
        )
        assert (customer.uuid_user, customer.created_by, customer.role_type) == (
            "customer-1",
            "customer-1",
            2,
        )
        assert owner.id_project == customer.id_project == dataset.projects[0].id

    def test_event_without_author_belongs_to_the_owner(self) -> None:
        """By default an event is fired by the project's owner, without attributes."""
        dataset = read(with_event())
        (event,) = dataset.events

        assert (event.project_user, event.created_by) == (dataset.project_users[0].id, dataset.users[0].id)
        assert (event.status, event.attributes) == ("stardard", ABSENT)

    def test_event_of_a_visitor_is_created_by_the_uuid(self) -> None:
        """An event is created by its author: for a visitor that is the uuid."""
        dataset = read(with_event(project_user="customer-1"))

        assert dataset.events[0].project_user == dataset.project_users[1].id
        assert dataset.events[0].created_by == "customer-1"

    def test_event_without_project_user_stays_without(self) -> None:
        """A null as author is kept, as in events of bots."""
        dataset = read(with_event(project_user=None, createdBy="65d000000000000000000001"))

        assert dataset.events[0].project_user is None

    def test_created_by_an_address_finds_the_member(self) -> None:
        """A creator named by e-mail address is the author, too."""
        dataset = read(with_event(createdBy="OWNER@example.com"))

        assert dataset.events[0].project_user == dataset.project_users[0].id
        assert dataset.events[0].created_by == dataset.users[0].id

    def test_secrets_are_made_for_bots_and_subscriptions(self) -> None:
        """Bots and subscriptions without a secret get one, a bot with null stays without."""
        hook = {"event": "event.emit", "target": "http://127.0.0.1:9/"}
        dataset = read(
            {**SHOP, "bots": [{"name": "a"}, {"name": "b", "secret": None}], "subscriptions": [hook]}
        )

        assert [bot.secret for bot in dataset.bots] == ["made-secret", None]
        assert dataset.subscriptions[0].secret == "made-secret"

    def test_ids_are_kept_in_lower_case(self) -> None:
        """An id in the seed is kept, as mongoose writes it."""
        dataset = read({"projects": [{"_id": "65B00000000000000000000A", "name": "Shop"}]})

        assert dataset.projects[0].id == "65b00000000000000000000a"

    def test_numbers_are_javascripts(self) -> None:
        """Numbers in attributes are the ones that JavaScript would read."""
        dataset = read(with_event(attributes={"whole": 2.0, "large": 2**53 + 1}))

        assert repr(dataset.events[0].attributes) == "{'whole': 2, 'large': 9007199254740992}"


class TestTimes:
    """Times in seeds."""

    @pytest.mark.parametrize(
        ("text", "time"),
        [
            ("-15s", "2026-03-10T11:59:45.000Z"),
            ("-90m", "2026-03-10T10:30:00.000Z"),
            ("-2h", "2026-03-10T10:00:00.000Z"),
            ("-3d", "2026-03-07T12:00:00.000Z"),
            ("-1w", "2026-03-03T12:00:00.000Z"),
            ("-1d12h", "2026-03-09T00:00:00.000Z"),
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
            ("2026-01-31T12:00+02:00", "2026-01-31T10:00:00.000Z"),
            ("2026-01-31 12:00:00.1234567z", "2026-01-31T12:00:00.123Z"),
        ],
    )
    def test_time_is_read(self, text: str, time: str) -> None:
        """Times are ISO 8601, or relative to the start; updatedAt follows createdAt."""
        (event,) = read(with_event(createdAt=text)).events

        assert (event.created_at, event.updated_at) == (time, time)

    @pytest.mark.parametrize(
        "text",
        [
            "yesterday",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-13-31T12:00:00Z",
            "-99999999999w",
            "-2 h",
            "",
        ],
    )
    def test_malformed_time_is_refused(self, text: str) -> None:
        """A text that is not a time, has no offset or is not in the calendar is refused with its path."""
        error = refused(with_event(createdAt=text))

        assert error.path == "events[0].createdAt"
        assert "time" in error.expected


class TestRefused:
    """Wrong seeds."""

    @pytest.mark.parametrize(
        ("document", "text"),
        [
            ([], "expected an object with the lists users"),
            ({"evnets": []}, "evnets: unknown; did you mean events?"),
            ({"users": {}}, "users: expected a list, not {}"),
            ({"users": [3]}, "users[0]: expected an object with email and password, not 3"),
            ({"users": [{"email": "a@b"}]}, "users[0].password: missing; expected a password"),
            (
                {"users": [{"email": "a", "password": "x"}]},
                'users[0]: expected an e-mail address as email, not "a"',
            ),
            ({"projects": [{"nmae": "x", "name": "y"}]}, "projects[0].nmae: unknown; did you mean name?"),
            ({"projects": [{"_id": "7", "name": "x"}]}, "projects[0]._id: expected an id of 24 hex digits"),
            ({"project_users": [{"role": "", "id_user": "x"}]}, "project_users[0].role: expected a role"),
            (
                {"project_users": [{"role": "x"}]},
                "project_users[0]: expected an object with a role and id_user",
            ),
            ({"events": [{"name": 3}]}, "events[0].name: expected a non-empty string, not 3"),
            ({"events": [{"name": "x"}]}, "events[0].id_project: missing"),
        ],
    )
    def test_wrong_type_is_refused_with_its_path(self, document: Any, text: str) -> None:
        """The error has file, path, what was expected and the value."""
        error = refused(document)

        assert str(error).startswith("seed.json: ")
        assert text in str(error)

    @pytest.mark.parametrize(
        ("kind", "entry", "field"),
        [
            ("project_users", {"id_user": "missing@example.com", "role": "agent"}, "id_user"),
            ("project_users", {"id_user": None, "uuid_user": None, "role": "agent"}, "id_user"),
            ("project_users", {"uuid_user": "x", "role": "user", "id_project": "Nowhere"}, "id_project"),
            ("events", {"name": "x", "project_user": "missing@example.com"}, "project_user"),
            ("events", {"name": "x", "createdBy": "missing@example.com"}, "createdBy"),
            ("bots", {"name": "x", "id_project": "65b0000000000000000000ff"}, "id_project"),
        ],
    )
    def test_unresolved_reference_is_refused(self, kind: str, entry: dict[str, Any], field: str) -> None:
        """References must be to records that exist."""
        number = len(SHOP.get(kind, []))

        error = refused({**SHOP, kind: [*SHOP.get(kind, []), entry]})

        assert error.path == f"{kind}[{number}].{field}"

    @pytest.mark.parametrize(
        ("kind", "entry", "field"),
        [
            ("users", {"email": "OWNER@example.com", "password": "x"}, "email"),
            ("project_users", {"id_user": "owner@example.com", "role": "admin"}, "id_user"),
            ("project_users", {"uuid_user": "customer-1", "role": "guest"}, "uuid_user"),
        ],
    )
    def test_duplicate_is_refused(self, kind: str, entry: dict[str, Any], field: str) -> None:
        """An address and a membership are unique."""
        error = refused({**SHOP, kind: [*SHOP[kind], entry]})

        assert error.path.endswith(f"].{field}")
        assert "taken by" in error.expected

    def test_all_errors_are_reported(self) -> None:
        """One error has the first problem in its text, and all others in the order of the file."""
        error = refused({"users": [{"email": ""}], "events": [{"name": "", "createdAt": "never"}]})

        paths = [error.path, *(other.path for other in error.others)]
        assert paths == ["users[0].password", "users[0].email", "events[0].name", "events[0].createdAt"]
        assert str(error).endswith("(and 3 more: users[0].email, events[0].name, events[0].createdAt)")

    def test_member_of_another_project_cannot_be_the_author(self) -> None:
        """An event's author has to be a member of the event's project."""
        shop = with_event(id_project="Other", project_user="owner@example.com")
        seed = {**shop, "projects": [{"name": "Shop"}, {"name": "Other"}], "project_users": []}
        seed["project_users"] = [{**member, "id_project": "Shop"} for member in SHOP["project_users"]]

        assert refused(seed).path == "events[0].project_user"

    def test_seed_is_added_to_existing_records(self) -> None:
        """A seed may refer to existing records, and must not repeat them."""
        existing = read(SHOP)

        added = read({"events": [{"name": "x", "project_user": "customer-1"}]}, existing=existing)
        error = refused({"users": SHOP["users"]}, existing=existing)

        assert added.events[0].project_user == existing.project_users[1].id
        assert not added.users
        assert error.path == "users[0].email"

    def test_id_of_an_existing_event_is_taken(self) -> None:
        """An id that an event has already is refused, wherever that event is stored."""
        id_event = "65f000000000000000000001"

        error = refused(with_event(_id=id_event.upper()), has_event=id_event.__eq__)

        assert str(error).endswith(
            "events[0]._id: taken by a record that exists already; expected one of its own"
        )

    def test_other_fields_of_tiledesk_are_ignored(self) -> None:
        """Further fields of Tiledesk's own documents are allowed."""
        user = {**SHOP["users"][0], "__v": 0, "id": "x", "isAuthenticated": True}
        project = {"name": "Shop", "settings": {}, "profile": {"name": "free"}}

        dataset = read({**SHOP, "$schema": "seed.schema.json", "users": [user], "projects": [project]})

        assert dataset.projects[0].name == "Shop"


class TestSchema:
    """The JSON Schema, which editors use, and the reader accept the same."""

    @pytest.mark.parametrize(
        "document",
        [
            [],
            {"evnets": []},
            {"users": None},
            {"users": [3]},
            {"users": [{"email": "a@b"}]},
            {"users": [{"email": "a", "password": "x"}]},
            {"users": [{"email": "", "password": ""}]},
            {"users": [{"email": "a@b", "password": "x", "status": "100"}]},
            {"users": [{"email": "a@b", "password": "x", "status": 1.5}]},
            {"users": [{"email": "a@b", "password": "x", "emailverified": 1}]},
            {"users": [{"email": "a@b", "password": "x", "emailverified": None}]},
            {"projects": [{"name": ""}]},
            {"projects": [{"name": "x", "_id": "65B00000000000000000000A\n"}]},
            {"projects": [{"name": "x", "colour": "red"}]},
            {"project_users": [{"role": "x"}]},
            {"project_users": [{"role": "x", "id_user": ""}]},
            {"project_users": [{"role": "x", "uuid_user": "y", "tags": {}}]},
            {"project_users": [{"role": "x", "uuid_user": "y", "last_login_at": "now"}]},
            {"bots": [{"name": "x", "score": True}]},
            {"subscriptions": [{"event": "event.emit"}]},
            {"subscriptions": [{"event": "event.emit", "target": "http://x", "secret": None}]},
            {"subscriptions": [{"event": "event.emit", "target": None}]},
            {"subscriptions": [{"event": "event.emit", "target": "http://x", "id_project": ""}]},
            {"subscriptions": [{"event": "event.emit", "target": "http://x", "createdBy": None}]},
            {"subscriptions": [{"event": "event.emit", "target": "http://x", "global": None}]},
            {"subscriptions": [{"order": ["event", "colour"]}]},
            {"events": [{"name": "x", "createdAt": "2026-01-31"}]},
            {"events": [{"name": "x", "project_user": 3}]},
            {"$schema": 3},
        ],
    )
    def test_schema_refuses_what_the_reader_refuses(self, document: Any) -> None:
        """An editor marks what would be an error."""
        assert not VALIDATOR.is_valid(document)
        with pytest.raises(ConversionError):
            convert(document, SEED)

    @pytest.mark.parametrize(
        "document",
        [
            {},
            {"$schema": "seed.schema.json", "users": []},
            {"users": [{"email": "a@b", "password": "x", "status": 100.0, "firstname": None, "__v": []}]},
            {"users": [{"email": "a", "password": ""}, {"email": " b\n", "password": ""}]},
            {"projects": [{"name": "x", "_id": "65B00000000000000000000A", "jwtSecret": None, "tags": 3}]},
            {"project_users": [{"role": "x", "id_user": None, "last_login_at": None, "tags": [1, {}]}]},
            {"project_users": [{"role": "x", "uuid_user": "y", "last_login_at": "-1d12h", "trashed": True}]},
            {"bots": [{"name": "x", "secret": None, "score": -1, "url": None}]},
            {"subscriptions": [{"event": "event.emit", "target": "http://x", "global": True}]},
            {"subscriptions": [{"order": ["_id", "event", "__v"], "event": None}]},
            {"events": [{"name": "x", "attributes": None, "createdAt": "2026-01-31T12:00Z"}]},
            json.loads(RECORDED_SEED.read_bytes()),
            *(json.loads(builtin_seed(name).read_bytes()) for name in ("default", "busy", "empty")),
        ],
    )
    def test_schema_accepts_what_the_reader_accepts(self, document: Any) -> None:
        """An editor marks nothing that is right."""
        assert list(VALIDATOR.iter_errors(document)) == []
        assert convert(document, SEED)


class TestFiles:
    """Files of seeds."""

    def test_recorded_seed_loads(self) -> None:
        """The dataset of the recordings is a seed."""
        dataset = load_files([RECORDED_SEED])

        assert (len(dataset.users), len(dataset.projects), len(dataset.project_users)) == (9, 3, 10)
        assert dataset.subscriptions[0].secret == "subscription-secret-1"

    def test_files_are_merged(self, load: Callable[..., Dataset]) -> None:
        """Several files, JSON and YAML, are one seed; their records refer to each other."""
        dataset = load(a_json=json.dumps(SHOP), b_yaml="events:\n  - {name: x, project_user: customer-1}\n")

        assert dataset.events[0].project_user == dataset.project_users[1].id

    def test_error_names_the_file_that_is_wrong(self, load: Callable[..., Dataset], tmp_path: Path) -> None:
        """Of several files the one with the error is named, and the one that was first."""
        with pytest.raises(SeedError) as caught:
            load(a_json=json.dumps(SHOP), b_json=json.dumps({"users": SHOP["users"]}))

        assert caught.value.file == str(tmp_path / "b.json")
        assert str(tmp_path / "a.json") in caught.value.expected

    def test_yaml_keeps_times_without_quotes(self, load: Callable[..., Dataset]) -> None:
        """A time need not be quoted in YAML."""
        dataset = load(a_json=json.dumps(SHOP), b_yml="events: [{name: x, createdAt: 2026-01-31T12:00:00Z}]")

        assert dataset.events[0].created_at == "2026-01-31T12:00:00.000Z"

    def test_yaml_merges_keys(self, load: Callable[..., Dataset]) -> None:
        """Anchors, aliases and merge keys work."""
        text = "events:\n- &one {name: x, attributes: {n: 1}}\n- {<<: *one, name: y}\n- *one\n"

        dataset = load(a_json=json.dumps(SHOP), b_yaml=text)

        assert [event.name for event in dataset.events] == ["x", "y", "x"]
        assert dataset.events[1].attributes == {"n": 1}

    def test_file_without_suffix_is_json_or_yaml(self, load: Callable[..., Dataset]) -> None:
        """JSON begins with a brace."""
        assert load(a=json.dumps(SHOP), b="events:\n- name: x\n").events[0].name == "x"

    def test_byte_order_mark_is_ignored(self, load: Callable[..., Dataset]) -> None:
        """Files of Windows editors are read."""
        assert load(a_json=b"\xef\xbb\xbf" + json.dumps(SHOP).encode()).projects[0].name == "Shop"

    @pytest.mark.parametrize(
        ("name", "text", "expected"),
        [
            ("a_json", '{"users":\n [}', "line 2, column 3: expected JSON"),
            ("a_json", '{"users": [], "users": []}', "the key 'users' is repeated"),
            ("a_json", '{"users": ' + "[" * 100_000, "nested too deeply"),
            (
                "a_json",
                '{"projects": [{"name": "p"}], "events": [{"name": "x", "attributes": '
                + ("[" * 900 + "]" * 900)
                + "}]}",
                "events[0].attributes: nested too deeply",
            ),
            ("a_json", b"\x89PNG\r\n\x1a\n\x00\xff", "UTF-8"),
            ("a_yaml", "users: [\n", "line 2, column 1: expected YAML"),
            (
                "a_yaml",
                "users: []\nusers: []\n",
                "line 2, column 1: expected YAML: the key 'users' is repeated",
            ),
            ("a_yaml", "users: &a [*a]\n", "line 1, column 12: expected YAML: the alias *a"),
            ("a_yaml", REPEATED, "line 7, column 22: expected YAML: the aliases up to *a5 repeat more than"),
            (
                "a_yaml",
                f"a: &a {'x' * 100_000}\nb: [{'*a,' * 200}]\n",
                "the aliases up to *a repeat more than",
            ),
            (
                "a_yaml",
                f"a: {'1:' * 5_000}1\n",
                "line 1, column 4: expected YAML: a number of 10001 characters",
            ),
            ("a_yaml", f"a: {'1' * 500}.5\n", "a number of 502 characters: put it in quotes"),
            ("a_json", f'{{"a": {"1" * 5_000}}}', "numbers of at most 4300 digits"),
            ("a_yaml", "users: !!python/name:os.system x\n", "is not a type of JSON"),
            ("a_yaml", "users: !!int x\n", "'x' is not of type int"),
            ("a_yaml", "1: []\n", "the key 1 is not text"),
            ("a_yaml", "users: []\n---\nusers: []\n", "line 2, column 1: expected YAML: a second document"),
            ("a_yaml", "users: \x00\n", "expected YAML: "),
            ("a_yaml", "{<<: 3}\n", "expected an object to merge"),
            ("a_yaml", "# nothing\n", "expected an object with the lists"),
        ],
    )
    def test_text_that_cannot_be_read_is_one_line(
        self, load: Callable[..., Dataset], name: str, text: str | bytes, expected: str
    ) -> None:
        """A syntax error is one line, with line and column."""
        with pytest.raises(SeedError) as caught:
            load(**{name: text})

        assert expected in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(("name", "reason"), [("missing.json", "No such file"), ("", "Is a directory")])
    def test_file_that_cannot_be_opened_is_one_line(self, tmp_path: Path, name: str, reason: str) -> None:
        """The error for a missing file or a folder is one line."""
        with pytest.raises(SeedError, match=reason):
            load_files([tmp_path / name])


class TestBuiltin:
    """Seeds that ship."""

    def test_default_seed_passes_the_checks(self) -> None:
        """The default seed, which is not checked at start-up, is valid."""
        checked = load_files([builtin_seed("default")])

        assert default_seed() == checked

    def test_default_seed_needs_no_library(self) -> None:
        """Reading the default seed imports neither schema nor YAML library."""
        code = (
            "import sys; before = set(sys.modules); from tiledesk_mock.seeding.records import SeedRecords;"
            "from tiledesk_mock.seeding.seeds import default_seed;"
            "default_seed();"
            "sys.exit(bool({'tiledesk_mock.seeding.schema', 'yaml', 'jsonschema'} & set(sys.modules)))"
        )

        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_seed_is_loaded_by_name_or_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A single word is a file of that name, or else a seed that ships."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "mine").write_text(json.dumps(SHOP))
        (tmp_path / "empty").mkdir()

        names = [load_files([name]).projects[0].name for name in ("mine", "empty")]

        assert names == ["Shop", "Example"]
        assert seed_file("missing.json") == Path("missing.json")

    def test_name_that_does_not_ship_is_refused(self) -> None:
        """The error lists the seeds that ship."""
        with pytest.raises(SeedError, match=r"default, busy, empty"):
            builtin_seed("bsuy")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TIMES = st.sampled_from(["-2h", "-1d12h", "2026-01-31T12:00:00.5+02:00"])
EVENTS = st.lists(
    st.fixed_dictionaries(
        {"name": st.text(min_size=1, max_size=8)},
        optional={
            "attributes": JSON,
            "createdAt": TIMES,
            "updatedAt": TIMES,
            "project_user": st.sampled_from([None, "owner@example.com", "customer-1"]),
            "createdBy": st.sampled_from(["owner@example.com", "customer-1", "system"]),
        },
    ),
    max_size=5,
)
BOTS = st.lists(
    st.fixed_dictionaries(
        {"name": st.text(min_size=1)}, optional={"secret": st.none() | st.text(max_size=4)}
    ),
    max_size=2,
)


class TestExport:
    """Worlds as seeds."""

    @given(events=EVENTS, bots=BOTS)
    def test_dataset_survives_export(self, events: list[dict[str, Any]], bots: list[dict[str, Any]]) -> None:
        """An export is imported without a difference, at any later time."""
        dataset = read({**SHOP, "events": events, "bots": bots})
        later = Clock()

        text = json.dumps(seed_document(dataset))
        records = SeedRecords(clock=later, ids=Ids(later), secret=lambda: "other")
        again = read_seed(json.loads(text), "x", records)

        assert again == dataset

    @pytest.mark.parametrize("file", [RECORDED_SEED, builtin_seed("busy"), builtin_seed("empty")], ids=str)
    def test_whole_seed_survives_export(self, file: Path) -> None:
        """Every kind of record survives, each with all of its fields."""
        dataset = load_files([file])

        assert read(seed_document(dataset)) == dataset
