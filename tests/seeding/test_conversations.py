"""Departments, groups, leads, requests, messages and bots' answers in seeds."""

from __future__ import annotations

from typing import Any

import pytest

from tiledesk_mock.node.convert import ConversionError, convert
from tiledesk_mock.node.json import ABSENT
from tiledesk_mock.seeding.schema import SEED
from tiledesk_mock.seeding.seeds import seed_document
from tiledesk_mock.tiledesk.model import Dataset

from .reading import read, refused
from .test_schema import VALIDATOR

GUEST, BOT = "65c000000000000000000001", "65d000000000000000000001"
OWNER, PROJECT, MEMBER = (f"65{letter}000000000000000000000" for letter in "abc")

CHAT: dict[str, Any] = {
    "users": [{"_id": OWNER, "email": "owner@example.com", "password": "owner-secret"}],
    "projects": [{"_id": PROJECT, "name": "Shop"}],
    "project_users": [
        {"_id": MEMBER, "id_user": "owner@example.com", "role": "owner"},
        {"_id": GUEST, "uuid_user": "customer-1", "role": "user"},
    ],
    "bots": [{"_id": BOT, "name": "Robin"}],
    "departments": [{"name": "Default Department", "default": True}, {"name": "Sales"}],
    "groups": [{"name": "Team"}],
    "leads": [{"lead_id": "customer-1", "fullname": "Carla"}],
}


def chat(**lists: Any) -> Dataset:
    """Read the shop with a default department and a lead, and further lists."""
    return read({**CHAT, **lists})


class TestFilledIn:
    """Fields that a seed leaves out."""

    def test_department_gets_the_defaults_of_tiledesk(self) -> None:
        """A department is assigned, enabled, not the default one, and made by the owner."""
        _, sales = chat().departments

        assert (sales.routing, sales.status, sales.default, sales.version) == ("assigned", 1, False, 0)
        assert sales.created_by == OWNER
        assert sales.id_bot is ABSENT

    def test_lead_is_made_by_the_system(self) -> None:
        """A lead has no phone, and is made by `system` as the real server does."""
        (lead,) = chat().leads

        assert (lead.created_by, lead.phone, lead.email) == ("system", None, ABSENT)

    def test_lead_without_a_person_gets_an_id(self) -> None:
        """A `lead_id` that is left out is a new uuid."""
        first, second = chat(leads=[{}, {}]).leads

        assert len(first.lead_id) == 36
        assert first.lead_id != second.lead_id

    def test_request_follows_from_its_requester(self) -> None:
        """Lead, department, ids, channel and creator follow from who opened a request."""
        dataset = chat(requests=[{"requester": "customer-1"}])
        (request,) = dataset.requests

        assert (request.requester, request.created_by) == (GUEST, "customer-1")
        assert (request.lead, request.department) == (dataset.leads[0].id, dataset.departments[0].id)
        assert request.request_id.startswith(f"support-group-{PROJECT}-")
        assert len(request.request_id.rpartition("-")[2]) == 32
        assert request.channel == request.channel_outbound == {"name": "chat21"}
        assert (request.status, request.participants) == (100, ())

    def test_request_follows_from_its_lead(self) -> None:
        """The requester that is left out is the member of the lead."""
        (request,) = chat(requests=[{"lead": "customer-1"}]).requests

        assert request.requester == GUEST

    def test_request_stays_without_what_is_null(self) -> None:
        """Null prevents that a reference is filled in."""
        nulls = {"requester": "customer-1", "lead": None, "department": None, "channelOutbound": None}

        (request,) = chat(requests=[nulls]).requests

        assert request.lead is request.department is request.channel_outbound is ABSENT

    def test_participants_say_the_status_of_a_request(self) -> None:
        """A request with an agent and a bot is assigned, and has both apart."""
        (request,) = chat(requests=[{"participants": ["owner@example.com", "bot_Robin"]}]).requests

        assert request.participants == (OWNER, f"bot_{BOT}")
        assert (request.participants_agents, request.participants_bots) == ((OWNER,), (BOT,))
        assert (request.status, request.has_bot) == (200, True)

    def test_tickets_are_counted_up(self) -> None:
        """A number that is left out is one more than the last."""
        requests = chat(requests=[{}, {"ticket_id": 7}, {}]).requests

        assert [request.ticket_id for request in requests] == [1, 7, 8]

    def test_message_follows_from_its_request(self) -> None:
        """Sender, project and channel of a message are those of its request."""
        request = {
            "request_id": "support-group-x",
            "requester": "customer-1",
            "channel": {"name": "whatsapp"},
        }

        (message,) = chat(
            requests=[request], messages=[{"recipient": "support-group-x", "text": "hi"}]
        ).messages

        assert (message.sender, message.created_by, message.id_project) == (
            "customer-1",
            "customer-1",
            PROJECT,
        )
        assert (message.channel, message.type) == ({"name": "whatsapp"}, "text")

    def test_message_finds_its_project_by_its_request(self) -> None:
        """With several projects, a message need not name its own."""
        projects = [*CHAT["projects"], {"name": "Other"}]
        people = [{**one, "id_project": "Shop"} for one in CHAT["project_users"]]

        dataset = read(
            {"users": CHAT["users"], "projects": projects, "project_users": people}
            | {"requests": [{"_id": "6" * 24, "id_project": "Other"}], "messages": [{"recipient": "6" * 24}]}
        )

        assert dataset.messages[0].id_project == dataset.projects[1].id
        assert dataset.messages[0].recipient == dataset.requests[0].request_id

    def test_answer_gets_an_intent(self) -> None:
        """An answer is enabled and live, and its `intent_id` is made."""
        (answer,) = chat(answers=[{"id_faq_kb": "Robin", "question": "q?", "answer": "a!"}]).answers

        assert (answer.id_faq_kb, answer.enabled, answer.status, answer.language) == (BOT, True, "live", "en")
        assert len(answer.intent_id) == 36


class TestReferences:
    """Names of other records."""

    def test_department_names_bot_and_groups(self) -> None:
        """A bot and groups are named; a group may be an object with more."""
        groups = ["Team", {"group_id": "Team", "percentage": 50}]

        dataset = chat(
            departments=[{"name": "Sales", "id_bot": "Robin", "id_group": "Team", "groups": groups}]
        )

        (department,), (team,) = dataset.departments, dataset.groups
        assert (department.id_bot, department.id_group) == (BOT, team.id)
        assert department.groups == ({"group_id": team.id}, {"group_id": team.id, "percentage": 50})

    def test_group_names_users_by_address(self) -> None:
        """The members of a group are users' ids or addresses."""
        (group,) = chat(groups=[{"name": "Team", "members": ["Owner@example.com", OWNER]}]).groups

        assert group.members == (OWNER, OWNER)

    def test_lead_of_a_user_is_named_by_address(self) -> None:
        """A lead's person and a request's lead may be named by the user's address."""
        dataset = chat(leads=[{"lead_id": "owner@example.com"}], requests=[{"lead": "owner@example.com"}])

        assert dataset.leads[0].lead_id == OWNER
        assert (dataset.requests[0].lead, dataset.requests[0].requester) == (dataset.leads[0].id, MEMBER)

    def test_documents_of_the_real_server_are_entries(self) -> None:
        """Whole documents in place of ids are read as the ids, and what follows from others is ignored."""
        request = {
            "_id": "6" * 24,
            "request_id": "support-group-x",
            "requester": {"_id": GUEST, "uuid_user": "customer-1", "isAuthenticated": True},
            "lead": {"_id": "7" * 24, "lead_id": "customer-1"},
            "department": {"_id": "8" * 24, "name": "Sales", "hasBot": False},
            "snapshot": {"availableAgentsCount": 1},
            "participatingAgents": [{"_id": OWNER}],
            "messages": [],
            "id": "6" * 24,
            "__v": 3,
        }

        dataset = chat(requests=[request], messages=[{"recipient": "support-group-x", "request": request}])

        (made,) = dataset.requests
        assert (made.requester, made.lead, made.department) == (GUEST, "7" * 24, "8" * 24)
        assert (made.version, made.snapshot) == (3, {"availableAgentsCount": 1})

    def test_documents_of_people_are_references(self) -> None:
        """A member with the whole user, and an event with the whole member, are entries, too."""
        member = {**CHAT["project_users"][0], "id_user": {"_id": OWNER, "firstname": "Olivia"}}
        event = {"name": "x", "project_user": {**member, "isAuthenticated": True}}

        dataset = chat(project_users=[member], leads=[], events=[event])

        assert dataset.project_users[0].id_user == OWNER
        assert dataset.events[0].project_user == MEMBER

    @pytest.mark.parametrize(
        ("kind", "entry", "path"),
        [
            ("groups", {"name": "x", "members": ["nobody@example.com"]}, "members[0]"),
            ("departments", {"name": "x", "id_bot": "Marvin"}, "id_bot"),
            ("departments", {"name": "x", "groups": ["Crew"]}, "groups[0]"),
            ("departments", {"name": "x", "groups": [{"group_id": "Crew"}]}, "groups[0].group_id"),
            ("leads", {"lead_id": "nobody@example.com"}, "lead_id"),
            ("requests", {"requester": "customer-9"}, "requester"),
            ("requests", {"requester": {"name": "x"}}, "requester"),
            ("requests", {"lead": "customer-9"}, "lead"),
            ("requests", {"department": "Returns"}, "department"),
            ("requests", {"participants": ["customer-9"]}, "participants[0]"),
            ("requests", {"participants": [OWNER, "bot_Marvin"]}, "participants[1]"),
            ("requests", {"closed_by": "nobody@example.com"}, "closed_by"),
            ("messages", {"recipient": "support-group-x"}, "recipient"),
            ("answers", {"id_faq_kb": "Marvin"}, "id_faq_kb"),
        ],
    )
    def test_unknown_reference_is_refused(self, kind: str, entry: dict[str, Any], path: str) -> None:
        """The error is one line that names the entry and the field."""
        error = refused({**CHAT, kind: [entry]})

        assert error.path == f"{kind}[0].{path}"
        assert "expected" in str(error)
        assert "\n" not in str(error)

    def test_request_of_another_project_is_no_recipient(self) -> None:
        """A message belongs to the project of its request."""
        projects = [*CHAT["projects"], {"name": "Other"}]
        request = {"request_id": "support-group-x", "id_project": "Other"}
        message = {"recipient": "support-group-x", "id_project": "Shop"}

        error = refused({"projects": projects, "requests": [request], "messages": [message]})

        assert error.path == "messages[0].recipient"

    @pytest.mark.parametrize(
        ("request_field", "kind", "entry"),
        [
            ("department", "departments", {"name": "Sales"}),
            ("lead", "leads", {"lead_id": "customer-1"}),
            ("requester", "project_users", {"uuid_user": "customer-1", "role": "user"}),
        ],
    )
    def test_record_of_another_project_is_refused(
        self, request_field: str, kind: str, entry: dict[str, Any]
    ) -> None:
        """The id of a record that another project has is not that of a removed one."""
        projects = [*CHAT["projects"], {"name": "Other"}]
        entry = {**entry, "_id": "6" * 24, "id_project": "Other"}

        error = refused(
            {"projects": projects, kind: [entry]}
            | {"requests": [{"id_project": "Shop", request_field: "6" * 24}]}
        )

        assert error.path == f"requests[0].{request_field}"

    @pytest.mark.parametrize("field", ["_id", "request_id"])
    def test_value_of_another_request_is_refused(self, field: str) -> None:
        """`_id` and `request_id` are those of one request only, also of one that exists."""
        requests = [{field: "6" * 24}]
        existing = chat(requests=requests)

        assert refused({**CHAT, "requests": requests * 2}).path == f"requests[1].{field}"
        error = refused({"requests": [{**requests[0], "id_project": "Shop"}]}, existing=existing)
        assert error.path == f"requests[0].{field}"

    def test_seed_is_added_to_existing_conversations(self) -> None:
        """A further seed refers to the records that exist, and goes on counting tickets."""
        existing = chat(requests=[{"request_id": "support-group-x", "ticket_id": 4}])

        dataset = read(
            {"requests": [{"lead": "customer-1", "department": "Sales"}]}
            | {"messages": [{"recipient": "support-group-x", "text": "more"}]},
            existing=existing,
        )

        (request,) = dataset.requests
        assert (request.ticket_id, request.department) == (5, existing.departments[1].id)
        assert dataset.messages[0].recipient == "support-group-x"


class TestTypes:
    """The types of the lists."""

    @pytest.mark.parametrize(
        "document",
        [
            {"departments": [{}]},
            {"departments": [{"name": "x", "default": None}]},
            {"groups": [{"name": "x", "members": [3]}]},
            {"leads": [{"lead_id": ""}]},
            {"requests": [{"requester": 3}]},
            {"requests": [{"status": "200"}]},
            {"requests": [{"closed_at": "now"}]},
            {"requests": [{"snapshot": None}]},
            {"messages": [{"text": "hi"}]},
            {"messages": [{"recipient": "x", "text": None}]},
            {"answers": [{"question": "q?"}]},
            {"answers": [{"id_faq_kb": "Robin", "colour": "red"}]},
        ],
    )
    def test_wrong_type_is_refused(self, document: Any) -> None:
        """Reader and JSON Schema refuse the same."""
        assert not VALIDATOR.is_valid(document)
        with pytest.raises(ConversionError):
            convert(document, SEED)

    def test_own_documents_are_valid(self) -> None:
        """An editor marks nothing in an export."""
        dataset = chat(requests=[{"request_id": "x"}], messages=[{"recipient": "x"}])

        assert list(VALIDATOR.iter_errors(seed_document(dataset))) == []


class TestMessagesInsideOfRequests:
    """The messages of a request may stand in its entry."""

    def test_messages_are_those_of_the_request(self) -> None:
        """They are written by the requester, unless they have a sender, when the request was made."""
        texts = [{"text": "hello"}, {"text": "hi", "sender": "owner@example.com"}]
        request = {"requester": "customer-1", "createdAt": "-1h", "messages": texts}

        dataset = chat(requests=[request], messages=[])

        assert [(one.sender, one.text) for one in dataset.messages] == [
            ("customer-1", "hello"),
            (OWNER, "hi"),
        ]
        (read,) = dataset.requests
        assert {one.recipient for one in dataset.messages} == {read.request_id}
        assert {one.created_at for one in dataset.messages} == {read.created_at}
        assert read.first_text == "hello"

    def test_message_that_is_in_the_list_too_is_read_once(self) -> None:
        """A request that the real server has closed shows its messages, which a list may have as well."""
        message = {"_id": "66" * 12, "text": "hello"}
        request = {"request_id": "r-1", "requester": "customer-1", "messages": [message]}

        dataset = chat(requests=[request], messages=[{**message, "recipient": "r-1"}])

        assert [one.text for one in dataset.messages] == ["hello"]

    @pytest.mark.parametrize(
        ("messages", "problem"),
        [
            ("hello", "requests[0].messages: expected a list"),
            (
                [{"text": "hello", "by": "customer-1"}],
                "messages[0].by: unknown; expected an object with text and",
            ),
            ([{"recipient": "r-2"}], "requests[0].messages[0].recipient: expected that of the request"),
            ([{"sender": "nobody@example.com"}], "requests[0].messages[0].sender: expected a person's id"),
        ],
    )
    def test_error_names_the_place_in_the_request(self, messages: Any, problem: str) -> None:
        """The path begins with the request."""
        error = refused({**CHAT, "requests": [{"requester": "customer-1", "messages": messages}]})

        assert problem in str(error)
        assert not error.others


def test_department_has_the_bot_and_the_group_that_are_named() -> None:
    """`bot` and `group`, which Tiledesk's documents show, stand for the ids that are left out."""
    dataset = chat(departments=[{"name": "Sales", "bot": "Robin", "group": "Team"}])

    assert (dataset.departments[0].id_bot, dataset.departments[0].id_group) == (BOT, dataset.groups[0].id)


def test_log_names_ignored_fields_of_entries_that_were_written_by_hand(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Documents of Tiledesk have many of them, and an `_id`."""
    chat(leads=[{"_id": "67" * 12, "company": "ACME"}, {"nationality": "Italian"}])

    line = "seed.json: leads have no nationality in the emulator: it is ignored"
    assert caplog.messages == [line]
