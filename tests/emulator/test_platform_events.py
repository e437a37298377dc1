"""The platform's own events, sent by a tester."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ControlError, SetupError, StandardEventInvalid
from tiledesk_mock.settings import Dialect
from tiledesk_mock.testing.base import BaseHandle
from tiledesk_mock.tiledesk.platform_events import EVENT_TYPES, EventType, field_rows
from tiledesk_mock.tiledesk.wire import Document

DEEP: Any = json.loads("[" * 199 + "]" * 199)
SECRETS = ("owner-secret", "sesame", "bot-secret", "project-secret")


@pytest.fixture(params=[Dialect.DOCUMENTED, Dialect.SERVER], ids=lambda dialect: dialect.value)
def mock(request: pytest.FixtureRequest) -> Iterator[TiledeskMock]:
    """Yield an emulator of each dialect."""
    with TiledeskMock(dialect=request.param) as mock:
        yield mock


@pytest.fixture(params=["local", "remote"])
def handle(request: pytest.FixtureRequest, mock: TiledeskMock) -> BaseHandle:
    """Return a local or a remote handle."""
    return mock if request.param == "local" else TiledeskMock.connect(mock.url)


def state_of(handle: BaseHandle, kind: str, document: Document) -> Document | None:
    """Return what is stored of a document."""
    stored = handle.controls.state().get(kind, [])
    return next((one for one in stored if one["_id"] == document["_id"]), None)


def test_receiver_gets_the_payload(mock: TiledeskMock) -> None:
    """It is what was returned, signed as every webhook."""
    with mock.webhooks.receiver("department.create", "department.update") as receiver:
        sent = mock.emit_standard("department.create", name="Sales")

        (received,) = receiver.wait_for(1)

    assert received.event == sent
    assert received.json["hook"]["event"] == "department.create"
    mock.wait_for_delivery("department.create", state="delivered")


def test_only_the_name_is_sent(mock: TiledeskMock) -> None:
    """Variants of it are sent when they are named."""
    with mock.webhooks.receiver("project_user.update", "project_user.update.agent") as receiver:
        mock.emit_standard("project_user.update.agent", member="agent", user_available=False)

        receiver.wait_for(1)
        mock.webhooks.drain()

    assert [one.json["hook"]["event"] for one in receiver.received] == ["project_user.update.agent"]


def test_project_has_its_own_events(mock: TiledeskMock) -> None:
    """What belongs to no project goes to global subscriptions only."""
    with mock.webhooks.receiver("user.signup", "project.create", "project.update") as receiver:
        mock.emit_standard("user.signup", email="new@example.com")
        mock.emit_standard("project.create", name="Third")
        mock.emit_standard("project.update", name="Acme 2")

        receiver.wait_for(1)
        mock.webhooks.drain()

    assert [one.json["hook"]["event"] for one in receiver.received] == ["project.update"]


def test_global_subscriber_gets_who_signs_up(mock: TiledeskMock) -> None:
    """It gets those who sign up over the API, and those of the test, without passwords."""
    with mock.webhooks.receiver() as receiver:
        mock.seed(
            subscriptions=[{"event": "user.signup", "target": receiver.url, "secret": "s", "global": True}]
        )
        fields = {"email": "one@example.com", "password": "sesame", "firstname": "O", "lastname": "N"}
        requests.post(f"{mock.url}/auth/signup", json=fields, timeout=10).raise_for_status()
        mock.emit_standard("user.signup", email="two@example.com", password="sesame")

        received = receiver.wait_for(2)

    assert [one.event["email"] for one in received] == ["one@example.com", "two@example.com"]
    assert not any("sesame" in one.body.decode() for one in received)


KEYS = """
lead.create {"fullname": "Bob", "email": "bob@example.com", "attributes": {"a": 1}}
  tags status _id lead_id fullname email phone attributes id_project createdBy createdAt updatedAt __v
faqbot.create {"name": "Outer", "type": "external", "url": "http://127.0.0.1:9/bot"}
  webhook_enabled type language public certified intentsEngine tags score trained certifiedTags _id name slug
  url id_project trashed createdBy agents_available createdAt updatedAt __v
faqbot.create {"name": "Robby", "type": "tilebot", "description": "Robot"}
  webhook_enabled type language public certified intentsEngine tags score trained certifiedTags _id name slug
  description id_project subtype trashed createdBy agents_available createdAt updatedAt __v
department.create {"name": "Sales", "description": "We sell", "bot_only": false}
  routing default status _id name description groups id_project createdBy tags bot_only createdAt updatedAt
  __v hasBot id
group.create {"name": "Team"}
  members enabled _id name trashed id_project createdBy createdAt updatedAt __v
user.signup {"email": "new@example.com", "firstname": "Nina", "lastname": "New"}
  status _id email firstname lastname emailverified createdAt updatedAt __v
project_user.invite {"email": "new@example.com"}
  user_available number_assigned_requests last_login_at permissions status trashed _id id_project id_user role
  roleType createdBy tags createdAt updatedAt __v isAuthenticated id isBusy
project.create {"name": "Third"}
  status ipFilterEnabled ipFilter ipFilterDenyEnabled ipFilterDeny _id name activeOperatingHours createdBy
  profile versions channels bannedUsers createdAt updatedAt __v trialExpired trialDaysLeft
  isActiveSubscription id id_project
"""
"""Events with their fields, and the keys of the payload that the real server sends."""


@pytest.mark.parametrize("event", re.split(r"\n(?=\S)", KEYS.strip()))
def test_payload_has_the_keys_of_the_real_server(mock: TiledeskMock, event: str) -> None:
    """They are in its order."""
    name, fields, keys = re.fullmatch(r"(\S+) (\{.*\})\n(.*)", event, re.DOTALL).groups()  # type: ignore[union-attr]

    assert [*mock.emit_standard(name, **json.loads(fields))] == keys.split()


def test_department_is_stored_changed_and_removed(handle: BaseHandle) -> None:
    """A department can be named by its name, its id and its document."""
    made = handle.emit_standard("department.create", name="Sales", by="admin")
    changed = handle.emit_standard("department.update", department=made, routing="assigned")
    stored = state_of(handle, "departments", made)
    removed = handle.emit_standard("department.delete", department="Sales")

    assert (made["createdBy"], made["routing"]) == (handle.person("admin").id_user, "pooled")
    assert (changed["routing"], changed["id_bot"], changed["id_group"]) == ("assigned", None, None)
    assert stored is not None
    assert stored["routing"] == "assigned"
    assert removed == changed
    assert state_of(handle, "departments", made) is None


def test_group_in_the_bin_is_disabled(handle: BaseHandle) -> None:
    """It stays until it is deleted for good."""
    group = handle.emit_standard("group.create", name="Team", members=["agent", handle.person("owner")])
    trashed = handle.emit_standard("group.update", group="Team", trashed=True)
    deleted = handle.emit_standard("group.delete", group=trashed)

    assert group["members"] == [handle.person("agent").id_user, handle.person("owner").id_user]
    assert (trashed["enabled"], trashed["trashed"]) == (False, True)
    assert deleted == trashed
    assert state_of(handle, "groups", group) is None


def test_bot_and_its_answers_are_stored(handle: BaseHandle) -> None:
    """An answer has the bot's language, and the bot an address after it was made."""
    bot = handle.emit_standard("faqbot.create", name="Robby The 2nd", type="tilebot", language="it")
    answer = handle.emit_standard("faq.create", bot="Robby The 2nd", question="q?", answer="a!")
    changed = handle.emit_standard("faq.update", faq=answer, answer="a2!")
    updated = handle.emit_standard("faqbot.update", bot=bot, description="Robot")

    assert bot["slug"] == "robby-the-2nd"
    assert (answer["id_faq_kb"], answer["language"], changed["answer"]) == (bot["_id"], "it", "a2!")
    assert updated["url"].endswith(f"/ext/{bot['_id']}")
    assert updated["modified"] is True
    assert handle.emit_standard("faq.delete", faq=answer) == changed
    assert handle.emit_standard("faqbot.delete", bot=bot) == updated
    assert state_of(handle, "answers", answer) is None
    assert state_of(handle, "bots", bot) is None


def test_invited_user_is_a_member(handle: BaseHandle) -> None:
    """A user who signed up and was invited signs in with the password; the role can be changed."""
    handle.emit_standard("user.signup", email="New@example.com", firstname="Nina", password="sesame")
    invited = handle.emit_standard("project_user.invite", email="new@example.com", role="agent")
    changed = handle.emit_standard("project_user.update", member="new@example.com", role="admin")
    person = handle.person("new@example.com")

    assert invited["id_user"]["email"] == "new@example.com"
    assert [*changed["id_user"]] == ["firstname", "lastname", "_id"]
    assert (person.basic, person.role) == (("new@example.com", "sesame"), "admin")
    deleted = handle.emit_standard("project_user.delete", member=person)
    assert "isBusy" not in deleted
    assert state_of(handle, "project_users", invited) is None


def test_new_fields_stand_behind_the_others(mock: TiledeskMock) -> None:
    """A change adds fields at the end, also where the data were exported and read in between."""
    department = mock.emit_standard("department.create", name="Sales")
    mock.emit_standard("department.update", department=department, description="We sell")
    mock.controls.replace_state(mock.controls.state())

    changed = mock.emit_standard("department.update", department="Sales", bot_only=True)

    assert [*changed][-7:] == ["__v", "id_group", "description", "id_bot", "bot_only", "hasBot", "id"]


def test_presence_has_the_users_id(mock: TiledeskMock) -> None:
    """The chat changes it, and does not look the user up."""
    online = mock.emit_standard("project_user.update", member=mock.agent, presence="online")
    busy = mock.emit_standard("project_user.update", member=mock.agent, user_available=False)

    assert online["id_user"] == mock.agent.id_user
    assert online["presence"]["status"] == busy["presence"]["status"] == "online"
    assert busy["id_user"]["_id"] == mock.agent.id_user


def test_lead_of_a_person_is_theirs(mock: TiledeskMock) -> None:
    """A person has one lead, with the names and the e-mail address of a user."""
    first = mock.emit_standard("lead.create", person="agent")
    second = mock.emit_standard("lead.create", person=mock.agent, phone="1")

    assert (first["lead_id"], first["fullname"]) == (mock.agent.id_user, "Agnes Agent")
    assert (first["email"], first["createdBy"]) == ("agent@example.com", "system")
    assert (second["_id"], second["phone"]) == (first["_id"], "1")


def test_deleted_project_is_disabled(handle: BaseHandle) -> None:
    """A new project has its owner; a deleted one is not found any more."""
    project = handle.emit_standard("project.create", name="Third", by="agent@example.com")
    group = handle.emit_standard("group.create", project=project["_id"], name="Team", members=["owner"])
    deleted = handle.emit_standard("project.delete", project=project["_id"])

    assert group["members"] == [handle.person("agent@example.com").id_user]
    assert (deleted["status"], deleted["name"]) == (0, "Third")


def test_question_is_answered(mock: TiledeskMock) -> None:
    """`operator.select` names the agent that the platform would choose."""
    with mock.webhooks.receiver("operator.select") as receiver:
        question = mock.emit_standard("operator.select")

        (received,) = receiver.wait_for(1)

    assert received.event == question
    assert question["department"]["default"] is True


@pytest.mark.parametrize(
    ("name", "fields", "problem"),
    [
        (
            "lead.create",
            {"person": "agnt"},
            "person: the project Example has no member 'agnt'; did you mean agent?",
        ),
        ("faq.delete", {"faq": "x"}, "faq: the project Example has no answer 'x'"),
        (
            "group.create",
            {"name": "T", "members": ["guest"]},
            "members[0]: guest is a visitor; expected a user",
        ),
        (
            "department.delete",
            {"department": {"name": "x"}},
            "department: expected a name, an id, or a document",
        ),
        ("user.signup", {"email": "owner@example.com"}, "email: owner@example.com is a user's already"),
        (
            "project_user.invite",
            {"email": "owner@example.com"},
            "email: owner@example.com is a member already",
        ),
        (
            "project_user.update.agent",
            {"member": "guest"},
            "member: guest is a visitor: send project_user.update",
        ),
        (
            "faqbot.create",
            {"name": "x", "by": "nobody"},
            "by: the project Example has no member or bot 'nobody'",
        ),
        (
            "request.update",
            {"participants": ["x"]},
            "participants[0]: the project Example has no member or bot 'x'",
        ),
        ("request.update", {"department": "x"}, "department: the project Example has no department 'x'"),
        ("request.close", {"by": "nobody"}, "by: the project Example has no member or bot 'nobody'"),
        ("message.create", {"type": "file"}, "metadata: a file has a type, as application/pdf"),
        ("message.create", {"type": ""}, 'type: expected text that is not empty, not ""'),
        ("department.create", {"name": "x", "groups": ["y"]}, "groups[0]: expected an object, not"),
        (
            "lead.create",
            {"person": "x" * 10**6},
            f"person: the project Example has no member '{'x' * 97}...'",
        ),
        ("lead.create", {"attributes": {"a": DEEP}}, "the fields are nested deeper than 200 levels"),
    ],
)
def test_mistakes_are_named(handle: BaseHandle, name: str, fields: dict[str, Any], problem: str) -> None:
    """The error is one line with the event and the field, and nothing is changed."""
    before = handle.controls.state()

    with pytest.raises(SetupError) as error:
        handle.emit_standard(name, **fields)

    assert str(error.value).startswith(f"{name}: {problem}")
    assert handle.controls.state() == before


def test_writer_that_is_no_text_is_refused(handle: BaseHandle) -> None:
    """The writer of `typing.start` is also its creator, whose id is text."""
    with pytest.raises(SetupError, match="this event is refused: Cannot convert object to primitive value"):
        handle.emit_standard("typing.start", writer_id={"toString": 1})


@pytest.mark.parametrize("row", EVENT_TYPES, ids=lambda row: row.name)
def test_what_an_event_stores_can_be_imported(row: EventType) -> None:
    """A field that is empty is refused, or the data with it are a seed."""
    with TiledeskMock() as mock:
        needed = {
            "department": mock.emit_standard("department.create", name="Sales")["_id"],
            "group": mock.emit_standard("group.create", name="Team")["_id"],
            "faq": mock.emit_standard("faq.create", question="?", answer="!")["_id"],
            "member": "agent",
            "name": "new",
            "email": "new@example.com",
        }
        fields = [*field_rows(row.fields)]
        required = {one.name: needed[one.name] for one in fields if one.is_required}
        before = mock.snapshot()
        for field, empty in product((one.name for one in fields), ("", [""], {})):
            with suppress(SetupError):
                mock.emit_standard(row.name.replace("NAME", "sms"), **required | {field: empty})
            mock.controls.replace_state(mock.controls.state())
            mock.restore(before)


def test_fields_are_json(mock: TiledeskMock) -> None:
    """What JSON has not, as a set, is refused; the fields may change afterwards."""
    attributes = {"a": [1]}
    lead = mock.emit_standard("lead.create", attributes=attributes)
    attributes["a"].append(2)
    lead["attributes"]["b"] = 3

    stored = state_of(mock, "leads", lead)
    assert stored is not None
    assert stored["attributes"] == {"a": [1]}
    with pytest.raises(SetupError, match="this is not JSON"):
        mock.emit_standard("lead.create", attributes={"a": {1}})


def test_secrets_are_never_sent(mock: TiledeskMock) -> None:
    """No payload has a password, its hash, or the secret of a bot or a project."""
    mock.seed(
        projects=[{"_id": "65b0000000000000000000ff", "name": "Safe", "jwtSecret": "project-secret"}],
        bots=[{"name": "Vault", "secret": "bot-secret", "id_project": "Safe"}],
    )
    payloads = [
        mock.emit_standard("user.signup", email="new@example.com", password="sesame"),
        mock.emit_standard("project_user.invite", email="new@example.com"),
        mock.emit_standard("project_user.delete", member="owner"),
        mock.emit_standard("faqbot.create", name="Robby"),
        mock.emit_standard("faqbot.update", bot="Vault", project="65b0000000000000000000ff"),
        mock.emit_standard("faqbot.delete", bot="Vault", project="65b0000000000000000000ff"),
        mock.emit_standard("project.update", project="65b0000000000000000000ff", name="Safer"),
        mock.emit_standard("operator.select"),
    ]

    text = json.dumps(payloads)
    assert [secret for secret in (*SECRETS, '"password"', '"secret"', '"jwtSecret"') if secret in text] == []


def test_table_is_the_same_everywhere(handle: BaseHandle) -> None:
    """The control API lists every event with its fields."""
    rows = {row["name"]: row for row in handle.standard_events}

    assert rows["user.signup"]["global"] is True
    assert rows["typing.start"]["custom"] is True
    assert rows["user.signup"]["fields"][0] == {
        "name": "email",
        "type": "an e-mail address",
        "required": True,
        "description": "The e-mail address",
        "text": True,
    }


def test_unknown_name_of_a_remote_emulator(mock: TiledeskMock) -> None:
    """The error is that of the emulator."""
    remote = TiledeskMock.connect(mock.url)

    with pytest.raises(ControlError, match=r"typing\.stars: unknown; did you mean typing\.start\?"):
        remote.emit_standard("typing.stars")


@pytest.mark.skipif(sys.platform == "win32", reason="the size of files cannot be limited there")
def test_full_disk_leaves_no_half_of_a_change(tmp_path: Path) -> None:
    """A project without its owner is not stored, nor a user without the membership, nor a lead alone."""
    script = textwrap.dedent("""
        import os, resource, sys
        from tiledesk_mock import TiledeskMock
        from tiledesk_mock.errors import StorageFull

        with TiledeskMock(db=sys.argv[1] + "/tiledesk-mock.json", durability="none") as mock:
            before = mock.controls.state()
            size = os.path.getsize(sys.argv[1] + "/tiledesk-mock.people.json")
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1800, resource.RLIM_INFINITY))
            for name, fields in {
                "project.create": {"name": "x" * 1200},
                "project_user.invite": {"email": "a@example.com", "firstname": "x" * 1200},
                "request.create": {"text": "x" * 1200},
                "message.create": {"text": "x" * 1200},
            }.items():
                try:
                    mock.emit_standard(name, **fields)
                except StorageFull:
                    print(name, mock.controls.state() == before)
    """)

    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )

    names = ("project.create", "project_user.invite", "request.create", "message.create")
    assert done.stdout.splitlines() == [f"{name} True" for name in names], done.stderr


def test_empty_objects_are_not_stored(mock: TiledeskMock) -> None:
    """Those inside of objects neither, as with mongoose."""
    lead = mock.emit_standard("lead.create", fullname="Ann", attributes={})
    message = mock.emit_standard("message.create", metadata={}, attributes={"a": {"b": {}}, "c": 1})

    assert "attributes" not in lead
    assert "metadata" not in message
    assert message["attributes"] == {"c": 1}


def test_attributes_of_a_bot_are_added(mock: TiledeskMock) -> None:
    """Those that it has stay."""
    mock.emit_standard("faqbot.create", name="Helper", attributes={"a": 1})

    changed = mock.emit_standard("faqbot.update", bot="Helper", attributes={"b": 2})

    assert changed["attributes"] == {"a": 1, "b": 2}


@pytest.mark.parametrize("kind", ["tilebot", "rasa", "dialogflow"])
def test_bot_that_the_platform_runs_gets_its_address_later(mock: TiledeskMock, kind: str) -> None:
    """It is in `faqbot.update`."""
    made = mock.emit_standard("faqbot.create", name="Helper", type=kind)
    changed = mock.emit_standard("faqbot.update", bot="Helper")

    assert "url" not in made
    assert f"/modules/{kind}/" in changed["url"]
    assert "modified" not in changed


def test_department_loses_its_bot_and_group(mock: TiledeskMock) -> None:
    """They are null."""
    mock.emit_standard("faqbot.create", name="Helper")
    mock.emit_standard("group.create", name="Team")
    mock.emit_standard("department.create", name="Sales", bot="Helper", group="Team")

    changed = mock.emit_standard("department.update", department="Sales", bot=None, group=None)

    assert (changed["id_bot"], changed["id_group"], changed["hasBot"]) == (None, None, False)


@pytest.mark.parametrize(
    "sent", [("project_user.update", {}), ("project_user.invite", {"email": "new@x.org"})]
)
def test_role_that_is_nearly_known_is_a_warning(
    mock: TiledeskMock, caplog: pytest.LogCaptureFixture, sent: tuple[str, dict[str, str]]
) -> None:
    """Projects may have roles of their own, so it is stored."""
    name, fields = sent

    assert mock.emit_standard(name, role="agnt", **fields)["role"] == "agnt"

    problem = "'agnt' is not one of Tiledesk's roles, but one of your own: did you mean agent?"
    assert caplog.messages == [f"{name}: role: {problem}"]
    mock.emit_standard("project_user.update", member="admin", role="billing")
    assert len(caplog.messages) == 1


def test_object_that_ends_the_real_server_is_refused(mock: TiledeskMock) -> None:
    """The error says in which field it is."""
    with pytest.raises(StandardEventInvalid, match="attributes: the real server never responds"):
        mock.emit_standard("message.create", attributes={"$__": 1})
    with pytest.raises(SetupError, match="attributes: the real server never responds"):
        mock.conversation("hello", attributes={"$__": 1})


@pytest.mark.parametrize("name", [None, 5, ["message.create"]])
def test_name_that_is_no_text_is_one_line(mock: TiledeskMock, name: Any) -> None:
    """It says what is expected."""
    with pytest.raises(SetupError) as error:
        mock.emit_standard(name)

    assert str(error.value) == f"{name}: expected the name of an event, as message.create"


@pytest.mark.parametrize("name", ["message.create", "message.create.channel.sms", "typing.start"])
def test_prefix_of_custom_events_is_hinted_at(handle: BaseHandle, name: str) -> None:
    """The platform's own events are sent by their names alone."""
    with pytest.raises(SetupError) as error:
        handle.emit_standard(f"event.emit.{name}")

    assert str(error.value) == f"event.emit.{name}: did you mean {name}, one of the platform's own events?"
