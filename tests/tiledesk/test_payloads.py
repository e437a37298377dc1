"""The documents of the platform's own webhooks."""

from __future__ import annotations

import json

from msgspec.structs import replace

from tiledesk_mock.tiledesk.conversations import Conversation, Department, Group, Lead, Message
from tiledesk_mock.tiledesk.model import Bot, Project, ProjectUser, User
from tiledesk_mock.tiledesk.payloads import (
    MemberUser,
    bot_payload,
    department_payload,
    group_payload,
    member_payload,
    project_payload,
    user_payload,
)
from tiledesk_mock.tiledesk.request_payloads import (
    References,
    message_payload,
    new_snapshot,
    request_payload,
)
from tiledesk_mock.tiledesk.wire import record_document, record_from_document, with_fields

TIME = "2026-01-01T00:00:00.000Z"
TIMES = {"created_at": TIME, "updated_at": TIME}
USER = User(id="a1", email="ann@example.com", password="hush-hush", firstname="Ann", lastname="Bell", **TIMES)
PROJECT = Project(id="b1", name="Acme", created_by="a1", jwt_secret="hush-hush", **TIMES)
MEMBER = ProjectUser(id="c1", id_project="b1", id_user="a1", role="agent", created_by="a1", **TIMES)
GUEST = ProjectUser(
    id="c2", id_project="b1", uuid_user="g1", role="guest", role_type=2, created_by="g1", **TIMES
)
BOT = Bot(
    id="d1",
    name="Robby",
    slug="robby",
    id_project="b1",
    secret="hush-hush",
    created_by="a1",
    url="/ext",
    **TIMES,
)
DEPARTMENT = Department(id="e1", name="Sales", id_project="b1", created_by="a1", **TIMES)
LEAD = Lead(id="f1", lead_id="g1", fullname="Gus", id_project="b1", created_by="system", **TIMES)
REFERENCES = References(requester=GUEST, lead=LEAD, department=DEPARTMENT, agents=(USER,), bots=(BOT,))
CONVERSATION = Conversation(
    id="r1",
    request_id="support-group-b1-one",
    requester="c2",
    lead="f1",
    department="e1",
    id_project="b1",
    created_by="g1",
    channel={"name": "chat21"},
    ticket_id=1,
    snapshot=new_snapshot(REFERENCES, 1),
    **TIMES,
)
MESSAGE = Message(
    id="m1",
    sender="g1",
    recipient="support-group-b1-one",
    text="hello",
    id_project="b1",
    created_by="g1",
    channel={"name": "chat21"},
    **TIMES,
)


def test_no_payload_has_a_password_or_secret() -> None:
    """Whatever a payload is made of, it has no password, no hash and no secret."""
    references = replace(REFERENCES, requester=MEMBER, user=USER, department_bot=BOT)
    payloads = [
        user_payload(USER),
        bot_payload(BOT),
        project_payload(PROJECT, 0),
        member_payload(MEMBER, USER, id_user=MemberUser.WHOLE),
        request_payload(CONVERSATION, references),
        message_payload(MESSAGE, CONVERSATION, references),
    ]

    text = json.dumps(payloads)

    assert "hush-hush" not in text
    assert "password" not in text
    assert "ecret" not in text


def test_fields_stand_where_they_were_set() -> None:
    """A POST sets a bot before the times; a later change sets new fields behind them."""
    made = replace(DEPARTMENT, id_bot="d1", bot_only=True)
    changed = with_fields(DEPARTMENT, id_group=None, id_bot=None)

    assert [*department_payload(made)][8:] == [
        *("tags", "id_bot", "bot_only", "createdAt", "updatedAt", "__v", "hasBot", "id")
    ]
    assert [*department_payload(changed)][-6:] == ["updatedAt", "__v", "id_group", "id_bot", "hasBot", "id"]
    assert department_payload(made)["hasBot"] is True


def test_loaded_record_has_defaults_first() -> None:
    """A stored document has the order in which it was stored; mongoose puts the defaults before the id."""
    stored = {"_id": "f", "name": "Team", "members": [], "trashed": False, "enabled": True}
    stored |= {"id_project": "b1", "createdBy": "a1", "createdAt": TIME, "updatedAt": TIME, "__v": 0}
    group = record_from_document(Group, stored)

    assert [*record_document(group)] == [*stored]
    assert [*group_payload(group)][:5] == ["members", "enabled", "_id", "name", "trashed"]


def test_order_of_an_incomplete_document_means_nothing() -> None:
    """A seed that was written by hand says nothing about the order of fields."""
    group = record_from_document(
        Group,
        {
            "name": "Team",
            "_id": "f",
            "id_project": "b1",
            "createdBy": "a1",
            "createdAt": TIME,
            "updatedAt": TIME,
        },
    )

    assert [*record_document(group)][:4] == ["members", "enabled", "_id", "name"]


def test_a_member_has_as_much_of_the_user_as_the_webhook_says() -> None:
    """An update has the names, an invitation also the e-mail address, a list of agents the id."""
    by_form = {form: member_payload(MEMBER, USER, id_user=form)["id_user"] for form in MemberUser}

    assert by_form[MemberUser.ID] == "a1"
    assert by_form[MemberUser.NAMES] == {"firstname": "Ann", "lastname": "Bell", "_id": "a1"}
    assert [*by_form[MemberUser.NAMES_AND_EMAIL]] == ["email", "firstname", "lastname", "_id"]
    assert by_form[MemberUser.WHOLE]["emailverified"] is False


def test_a_members_virtual_fields_come_last() -> None:
    """A member has isAuthenticated, id and isBusy at the end; the last one not when it is removed."""
    assert [*member_payload(GUEST)][-3:] == ["isAuthenticated", "id", "isBusy"]
    assert [*member_payload(GUEST, is_busy=None)][-2:] == ["isAuthenticated", "id"]
    assert member_payload(GUEST)["isAuthenticated"] is False


def test_a_project_of_a_seed_has_what_the_server_fills_in() -> None:
    """A stored project without a plan has it behind the stored fields, and the virtual fields at the end."""
    payload = project_payload(PROJECT, 0)

    assert [*payload][-9:] == [
        *("channels", "profile", "versions", "bannedUsers", "trialExpired", "trialDaysLeft"),
        *("isActiveSubscription", "id", "id_project"),
    ]
    assert payload["channels"] == [{"name": "chat21"}]


def test_a_request_has_virtual_fields_outside_of_messages_only() -> None:
    """`request.*` has `requester_id` and `id` and documents with virtual fields; `message.create` has not."""
    whole = request_payload(CONVERSATION, REFERENCES)
    stored = message_payload(MESSAGE, CONVERSATION, REFERENCES)["request"]

    assert [*whole][-4:] == ["requester_id", "participatingAgents", "participatingBots", "id"]
    assert [*stored][-3:] == ["__v", "participatingBots", "participatingAgents"]
    assert whole["requester"]["isAuthenticated"] is False
    assert "isAuthenticated" not in stored["requester"]
    assert whole["department"]["hasBot"] is False
    assert "hasBot" not in stored["department"]


def test_a_new_requests_snapshot_has_agents() -> None:
    """The snapshot has an empty list of agents until the request is loaded."""
    new = request_payload(CONVERSATION, REFERENCES, is_new=True)["snapshot"]
    loaded = request_payload(CONVERSATION, REFERENCES)["snapshot"]

    assert new["agents"] == []
    assert [*new["department"]][:6] == ["routing", "default", "status", "_id", "name", "groups"]
    assert "agents" not in loaded
    assert [*loaded["department"]][:6] == ["routing", "default", "status", "_id", "groups", "tags"]
