"""Entries of seeds as records: what is filled in, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tiledesk_mock.node.json import ABSENT

from .reading import SHOP, read, refused, with_event


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
