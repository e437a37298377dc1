"""The steps of a conversation by its handle: what they change, and what reaches a receiver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ControlError, SetupError
from tiledesk_mock.testing.conversation import Conversation
from tiledesk_mock.testing.receiver import Receiver

MESSAGE = ["message.create", "message.create.request.channel.chat21", "message.create.channel.chat21"]
MEMBER = ["project_user.update", "project_user.update.agent"]
NAMES = (
    "lead.create",
    "operator.select",
    "request.create",
    "request.update",
    "request.close",
    "message.create",
    "project_user.update",
    "event.emit",
)


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return a handle on an emulator."""
    with TiledeskMock(dialect="server") as started:
        yield started


@pytest.fixture
def story(mock: TiledeskMock) -> Conversation:
    """Return a conversation of a guest."""
    return mock.conversation("hello")


@pytest.fixture
def receiver(mock: TiledeskMock) -> Receiver:
    """Return a receiver of all names but the variants."""
    return mock.webhooks.receiver(*NAMES)


def only(mock: TiledeskMock, *roles: str) -> None:
    """Let the members with these roles be available, and no other."""
    for member in mock.controls.state()["project_users"]:
        if "id_user" in member:
            is_available = member["role"] in roles
            mock.emit_standard("project_user.update", member=member["_id"], user_available=is_available)


def received(mock: TiledeskMock, receiver: Receiver) -> list[Any]:
    """Return the names of the webhooks that came."""
    mock.webhooks.drain()
    return receiver.names


class TestFirstMessage:
    """What a first message causes."""

    def test_webhooks_arrive_in_the_recorded_order(self, mock: TiledeskMock, receiver: Receiver) -> None:
        """The lead, the question, the request, the message, the agent's count."""
        story = mock.conversation("hello", by="guest", senderFullname="Gus")

        names = ["lead.create", "operator.select", "request.create", "message.create", "project_user.update"]
        assert received(mock, receiver) == names
        assert story.sent == [*names[:3], *MESSAGE, *MEMBER]

    def test_second_conversation_has_the_same_lead(self, mock: TiledeskMock, story: Conversation) -> None:
        """`lead.create` comes only the first time that a person writes."""
        second = mock.conversation("me again")

        assert "lead.create" not in second.sent
        assert second.lead == story.lead
        assert second.request["ticket_id"] == story.request["ticket_id"] + 1

    def test_lead_is_changed_by_another_address(self, mock: TiledeskMock, story: Conversation) -> None:
        """The last conversation gets a message of the platform about it."""
        second = mock.conversation("mail me", email="gus@example.com", senderFullname="Gus")

        lead = second.lead
        assert lead is not None
        assert (lead["fullname"], lead["email"]) == ("Gus", "gus@example.com")
        assert [one["text"] for one in story.messages] == ["hello", "Lead updated"]
        assert second.sent.count("message.create") == 2

    def test_names_of_the_variants_are_those_of_the_channels(self, mock: TiledeskMock) -> None:
        """The request's channel and the message's are two."""
        story = mock.conversation("hi", channel="whatsapp")

        story.say("how can I help?", by="agent")

        whatsapp, chat21 = "message.create.request.channel.whatsapp", "message.create.channel.chat21"
        assert story.sent == ["message.create", whatsapp, chat21]

    def test_writer_may_be_a_member(self, mock: TiledeskMock) -> None:
        """The lead has the member's address, and the request has it as contact."""
        story = mock.conversation("hello", by=mock.owner)

        assert story.request["contact"] == {"email": mock.owner.email}
        assert story.request["requester"]["id_user"]["email"] == mock.owner.email

    def test_nobody_is_available(self, mock: TiledeskMock) -> None:
        """The request has no participants, and no count changes."""
        only(mock)

        story = mock.conversation("hello")

        assert (story.request["status"], story.participants) == (100, [])
        assert "assigned_at" not in story.request
        assert "project_user.update" not in story.sent

    def test_agents_take_turns(self, mock: TiledeskMock) -> None:
        """The next available one behind the last is chosen."""
        only(mock, "admin", "agent")

        chosen = [mock.conversation("hello").participants[0] for _ in range(3)]

        assert chosen[0] == chosen[2] != chosen[1]

    def test_receiver_chooses_the_agent(self, mock: TiledeskMock) -> None:
        """The answer to `operator.select` replaces the choice."""
        with mock.webhooks.receiver("operator.select") as receiver:
            receiver.answer_with({"operators": [{"id_user": mock.admin.id_user}], "agents": []})
            story = mock.conversation("hello")

        assert story.participants == [mock.admin.id_user]

    def test_answer_that_is_refused_opens_nothing(self, mock: TiledeskMock) -> None:
        """The real server responds with 500; the lead stays."""
        with mock.webhooks.receiver("operator.select") as receiver:
            receiver.answer_with({"operators": [{"id_user": mock.admin.id_user}]})
            with pytest.raises(SetupError, match="agents has to be a list"):
                mock.conversation("hello")

        assert mock.conversations == []

    def test_bot_of_the_department_takes_it(self, mock: TiledeskMock) -> None:
        """No operator is selected."""
        bot = next(one for one in mock.controls.state()["bots"])
        mock.emit_standard("department.create", name="Bots", bot=bot["_id"], bot_only=True)

        story = mock.conversation("hello", department="Bots")

        assert story.participants == [f"bot_{bot['_id']}"]
        assert "operator.select" not in story.sent
        assert story.request["hasBot"]

    def test_request_by_the_api_has_no_message(self, mock: TiledeskMock) -> None:
        """It is made by the team."""
        story = mock.conversation("from the API", by="agent", message=False)

        assert story.sent == ["lead.create", "operator.select", "request.create", *MEMBER]
        assert story.messages == []

    def test_participants_that_are_given_leave_no_department(self, mock: TiledeskMock) -> None:
        """So the real server does."""
        story = mock.conversation("hello", participants=["admin"])

        assert story.participants == [mock.admin.id_user]
        assert "department" not in story.request

    @pytest.mark.parametrize(
        ("fields", "problem"),
        [
            ({"by": "nobody"}, "by: the project .* has no member or bot 'nobody'"),
            ({"department": "nowhere"}, "department: the project .* has no department 'nowhere'"),
            ({"colour": "red"}, "colour"),
            ({"by": "bot"}, "a bot cannot open a request"),
            ({"by": "guest", "message": False}, "guest is a visitor"),
            ({"type": "file", "metadata": {"src": "x"}}, "metadata: a file has a type"),
        ],
    )
    def test_what_tiledesk_refuses_is_refused(
        self, mock: TiledeskMock, fields: dict[str, Any], problem: str
    ) -> None:
        """One line says what is wrong, and nothing is stored."""
        with pytest.raises(SetupError, match=problem):
            mock.conversation("hello", **fields)

        state = mock.controls.state()
        assert (state["leads"], state["requests"], state["messages"]) == ([], [], [])


class TestSteps:
    """What the steps of a conversation cause."""

    def test_message_is_the_last_one_of_the_next(self, story: Conversation) -> None:
        """Neither the first message nor those of the platform are."""
        assert "attributes" not in story.request

        story.say("more")

        assert story.sent == MESSAGE
        assert story.request["attributes"]["last_message"]["text"] == "more"

    def test_agent_joins(self, mock: TiledeskMock, story: Conversation, receiver: Receiver) -> None:
        """The agent gets a message of the platform."""
        member = next(one for one in (mock.admin, mock.agent) if one.id_user not in story.participants)

        story.join(member)

        assert received(mock, receiver) == ["request.update", "message.create", "project_user.update"]
        said = story.messages[-1]
        assert said["text"] == "A new support request has been assigned to you: hello"
        assert said["attributes"]["updateconversationfor"] == [member.id_user]
        assert story.request["__v"] == 1

    def test_agent_joins_twice(self, story: Conversation) -> None:
        """Nothing happens."""
        story.join(story.participants[0])

        assert story.sent == []

    def test_agent_leaves(self, story: Conversation) -> None:
        """The last one leaves it unassigned; when is in the attributes."""
        (agent,) = story.participants

        story.leave(agent)

        assert story.sent == ["request.update", *MEMBER]
        assert (story.request["status"], story.participants) == (100, [])
        assert len(story.request["attributes"]["abandoned_by_project_users"]) == 1

    def test_bot_leaves_when_an_agent_joins(self, mock: TiledeskMock, story: Conversation) -> None:
        """`request.update` comes twice, and no message."""
        story.set_participants(["bot"])

        story.join("admin")

        assert story.sent == ["request.update", "request.update", *MEMBER]
        assert story.participants == [mock.admin.id_user]

    def test_participants_are_set(self, mock: TiledeskMock, story: Conversation) -> None:
        """The counts of those who come and go are sent."""
        story.set_participants([])
        assert story.sent == ["request.update", *MEMBER]

        story.set_participants(["admin", "agent"])

        assert story.sent == ["request.update", *MESSAGE, *MEMBER, *MEMBER]
        assert story.participants == [mock.admin.id_user, mock.agent.id_user]

    def test_moved_to_a_pooled_department(self, mock: TiledeskMock, story: Conversation) -> None:
        """It is unassigned there."""
        mock.emit_standard("department.create", name="Pool", routing="pooled")

        story.move("Pool")

        assert story.sent == ["operator.select", "request.update", *MEMBER]
        assert story.request["department"]["name"] == "Pool"
        assert (story.request["status"], story.participants) == (100, [])

    def test_assigned_when_it_is_not(self, story: Conversation) -> None:
        """An assigned one stays as it is."""
        assert story.assign().sent == []
        story.set_participants([])

        story.assign()

        assert story.sent == ["operator.select", "request.update", *MESSAGE, *MEMBER]
        assert story.request["status"] == 200

    def test_abandoned(self, mock: TiledeskMock) -> None:
        """One that is marked and stays where it is, is abandoned by `assign`; the next time it is not."""
        only(mock)
        story = mock.conversation("hello").set_attributes(fully_abandoned=True)

        story.assign()

        event = "event.emit.request.fully_abandoned"
        assert story.sent == ["operator.select", "request.update", "event.emit", event]
        assert mock.events[-1]["attributes"]["request_id"] == story.id
        assert story.request["status"] == 150
        assert story.assign().request["status"] == 100

    def test_closed_one_is_opened_by_moving_it(self, mock: TiledeskMock, story: Conversation) -> None:
        """It is saved even if it stays with the same bot of the same department."""
        mock.emit_standard("department.create", name="Bots", bot="Robin")
        story.move("Bots").close()
        version = story.request["__v"]

        story.move("Bots")

        assert (story.request["status"], story.request["__v"]) == (200, version + 1)
        assert story.move("Bots").request["__v"] == version + 1

    def test_fields_change(self, story: Conversation) -> None:
        """Each change is one `request.update`; tags and notes get ids."""
        story.tag("vip").note("she is nice").update(priority="high").set_attributes(color="red").rate(5, "ok")

        request = story.request
        assert story.sent == ["request.update"]
        assert [tag["tag"] for tag in request["tags"]] == ["vip"]
        assert [note["text"] for note in request["notes"]] == ["she is nice"]
        assert (request["priority"], request["rating"], request["__v"]) == ("high", 5, 0)

    def test_later_fields_stand_last(self, story: Conversation) -> None:
        """Keys are in the order in which fields were set."""
        story.rate(4).set_attributes(color="red").update(subject="Help")

        names = [*story.request]
        assert names[names.index("__v") :][1:4] == ["rating", "attributes", "subject"]

    def test_closed(self, mock: TiledeskMock, story: Conversation, receiver: Receiver) -> None:
        """`request.close` has the messages and the transcript, `request.update` has neither."""
        story.close()

        names = ["request.update", "request.close", "message.create", "project_user.update"]
        assert received(mock, receiver) == names
        update, close = (one.event for one in receiver.received[:2])
        assert (update["status"], "transcript" in update) == (1000, False)
        assert [one["text"] for one in close["messages"]] == ["hello"]
        assert close["transcript"].endswith(": hello")
        assert close["closed_by"] == story.participants[0]

    def test_closed_twice(self, story: Conversation) -> None:
        """The second time it does not change, unless it is forced."""
        first = story.close().request

        story.close()

        assert story.sent == ["request.close", *MESSAGE, *MEMBER]
        assert story.request == first
        assert story.close(force=True).sent[0] == "request.update"

    def test_message_after_closing_opens_nothing(self, story: Conversation) -> None:
        """Opening again is a step of its own."""
        assert story.close().say("one more thing").sent == MESSAGE
        assert story.request["status"] == 1000

        story.reopen()

        assert story.sent == ["request.update", *MESSAGE]
        assert (story.request["status"], story.messages[-1]["text"]) == (200, "Chat reopened")
        assert story.reopen().sent == []

    def test_bot_gets_the_messages_of_others(self, story: Conversation) -> None:
        """Its own are not sent to it."""
        story.set_participants(["bot"])

        assert "bot" in story.say("hello bot").sent
        assert "bot" not in story.say("beep", by="bot").sent

    def test_agents_count_is_that_of_open_conversations(self, mock: TiledeskMock) -> None:
        """Closing twice does not count twice."""
        only(mock, "agent")
        first, _ = mock.conversation("one"), mock.conversation("two")

        first.close().close()

        members = mock.controls.state()["project_users"]
        agent = next(one for one in members if one["_id"] == mock.agent.id)
        assert agent["number_assigned_requests"] == 1

    def test_only_the_requester_rates(self, mock: TiledeskMock, story: Conversation) -> None:
        """The real server does not find the request for others."""
        with pytest.raises(SetupError, match="only the person who opened the request"):
            mock.controls.continue_conversation(story.id, "rate", {"rating": 1, "by": "agent"})

    @pytest.mark.parametrize(("step", "fields"), [("close", {}), ("note", {"text": "n"})])
    def test_agent_who_does_not_take_part_is_refused(
        self, mock: TiledeskMock, story: Conversation, step: str, fields: dict[str, Any]
    ) -> None:
        """Others of the team are not."""
        story.set_participants(["admin"])

        with pytest.raises(SetupError, match=r"by: the agent .* does not take part"):
            mock.controls.continue_conversation(story.id, step, {**fields, "by": "agent"})

        assert mock.controls.continue_conversation(story.id, step, {**fields, "by": "supervisor"})["sent"]

    def test_nobody_left_where_a_bot_was(self, story: Conversation) -> None:
        """`hasBot` stays as it was."""
        story.set_participants(["bot"])

        story.set_participants([])

        assert (story.request["hasBot"], story.request["status"]) == (True, 100)

    def test_unknown_step(self, mock: TiledeskMock, story: Conversation) -> None:
        """The error names those that there are."""
        with pytest.raises(SetupError, match="no step 'shout': expected one of say, "):
            mock.controls.continue_conversation(story.id, "shout", {})


class TestHandle:
    """Handles, in this process and remote."""

    def test_conversation_of_the_store_goes_on(self, mock: TiledeskMock, story: Conversation) -> None:
        """It is found by its `request_id` and its `_id`."""
        again = mock.conversation(id=story.request["_id"])

        assert (again.id, again.sent) == (story.id, [])
        assert again.say("more").messages[-1]["text"] == "more"

    def test_conversation_is_gone_after_a_reset(self, mock: TiledeskMock, story: Conversation) -> None:
        """The handle says so."""
        mock.reset()

        with pytest.raises(SetupError, match="there is no request"):
            story.say("more")

    def test_remote_handle_does_the_same(self, mock: TiledeskMock) -> None:
        """People are given as in this process, and errors are the same lines."""
        with TiledeskMock.connect(mock.url.removesuffix("/v3")) as remote:
            story = remote.conversation("hello", by=mock.guest)
            story.say("yes?", by=mock.agent).close(by="owner")

            with pytest.raises(ControlError, match="by: the project"):
                story.say("x", by="nobody")

        assert story.request == mock.conversations[0]
        assert story.request["closed_by"] == mock.owner.id_user

    def test_run_with_a_seed_of_ids_is_repeatable(self) -> None:
        """Ids, numbers and times follow from the seed and the clock."""

        def run() -> Any:
            with TiledeskMock(id_seed="7") as mock:
                mock.clock.freeze("2026-05-01T10:00:00Z")
                story = mock.conversation("hello").say("more").close()
                return story.request, story.messages

        assert run() == run()

    def test_export_has_the_order_of_fields(self, mock: TiledeskMock, story: Conversation) -> None:
        """A conversation that is exported and imported is the same."""
        story.rate(4).set_attributes(color="red")
        state, names = mock.controls.state(), [*story.request]

        mock.controls.replace_state(state)

        assert [*mock.conversation(id=story.id).request] == names
