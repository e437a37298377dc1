"""The question `operator.select`: what receivers get, and what becomes of their answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import SettingsError, SetupError
from tiledesk_mock.http.exchange import RecordedResponse
from tiledesk_mock.testing.receiver import Receiver


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return a handle on a running emulator."""
    with TiledeskMock() as started:
        yield started


@pytest.fixture
def receiver(mock: TiledeskMock) -> Receiver:
    """Return a receiver of the question."""
    return mock.webhooks.receiver("operator.select")


def answer(*ids: Any, **fields: Any) -> dict[str, Any]:
    """Return an answer that names users."""
    return {"operators": [{"id_user": one} for one in ids], "agents": [], **fields}


def test_platform_chooses_without_receivers(mock: TiledeskMock) -> None:
    """It takes the first available member with the role agent."""
    choice = mock.ask_operator()

    assert (choice.effect, choice.participant, choice.is_replaced) == ("done", mock.agent.id_user, False)
    assert choice.available_agents == 5
    assert choice.replies == []


def test_platform_chooses_where_no_agent_is_available(mock: TiledeskMock) -> None:
    """It takes the first of the others."""
    mock.emit_standard("project_user.update", member="agent", user_available=False)

    assert mock.ask_operator().participant == mock.owner.id_user


def test_default_department_of_the_seed_is_used(mock: TiledeskMock) -> None:
    """It is not made again."""
    choice = mock.ask_operator()

    assert [choice.question["department"]["_id"]] == [
        one["_id"] for one in mock.controls.state()["departments"]
    ]


def test_question_of_an_unknown_person_changes_nothing() -> None:
    """No default department is made, and the error says what the project has."""
    with TiledeskMock(seed="empty") as mock:
        before = mock.controls.state()

        with pytest.raises(SetupError, match="has no member 'x'"):
            mock.ask_operator(by="x")

        assert mock.controls.state() == before


def test_default_department_is_made_once() -> None:
    """Where a seed has none, it is made when it is needed, by the project's creator, and stays."""
    with TiledeskMock(seed="empty") as mock:
        first, second = (mock.ask_operator(by="owner").question for _ in range(2))

        (made,) = mock.controls.state()["departments"]
        assert (made["name"], made["routing"], made["default"]) == ("Default Department", "assigned", True)
        assert made["createdBy"] == mock.controls.state()["projects"][0]["createdBy"]
        assert made["_id"] == first["department"]["_id"] == second["department"]["_id"]


def test_answer_replaces_the_choice(mock: TiledeskMock, receiver: Receiver) -> None:
    """Also that of a remote handle; the snapshot counts the agents of the answer."""
    receiver.answer_with(answer(mock.agent.id_user, agents=[{"user_available": True}, {}]))

    choice = TiledeskMock.connect(mock.url).ask_operator(
        by="guest", text="hi", department="Default Department"
    )

    assert (choice.participant, choice.is_replaced) == (mock.agent.id_user, True)
    assert choice.available_agents == 1
    (received,) = receiver.received
    assert received.event == choice.question
    assert received.is_verified
    request = choice.question["context"]["request"]
    assert (request["first_text"], request["project_user_id"]) == ("hi", mock.guest.id)
    assert request["departmentid"] == choice.question["department"]["_id"]


def test_answer_may_depend_on_the_question(mock: TiledeskMock, receiver: Receiver) -> None:
    """A receiver takes the last of the agents that are available."""
    receiver.answer_with(lambda question: answer(question["available_agents"][-1]["id_user"]))

    assert mock.ask_operator().participant == mock.teammate.id_user


def test_first_response_decides(mock: TiledeskMock) -> None:
    """Of receivers that respond at once, the one that was subscribed first."""
    for name in ("agent", "admin"):
        mock.webhooks.receiver("operator.select").answer_with(answer(mock.person(name).id_user))

    choice = mock.ask_operator()

    assert choice.participant == mock.agent.id_user


def test_slow_receiver_does_not_decide(mock: TiledeskMock, receiver: Receiver) -> None:
    """The other one responded before."""
    receiver.respond_with(200, delay=5)
    mock.webhooks.receiver("operator.select").answer_with(answer(mock.admin.id_user))

    assert mock.ask_operator().participant == mock.admin.id_user


def test_response_after_retries_counts(mock: TiledeskMock, receiver: Receiver) -> None:
    """They are made at once, with the clock frozen, too; the attempts are in the log."""
    mock.clock.freeze()
    receiver.answer_with(answer(mock.admin.id_user))
    receiver.respond_with(503, 500)

    choice = mock.ask_operator()

    assert choice.participant == mock.admin.id_user
    delivery = mock.expect_delivery("operator.select", state="delivered")
    assert [attempt["status"] for attempt in delivery["attempts"]] == [503, 500, 200]


def test_platform_chooses_if_the_receiver_is_down(mock: TiledeskMock, receiver: Receiver) -> None:
    """The reason says why."""
    receiver.stop()

    choice = mock.ask_operator()

    assert (choice.effect, choice.participant) == ("done", mock.agent.id_user)
    assert "the receiver gave no response (Error: connect ECONNREFUSED" in (choice.reason or "")
    assert len(mock.expect_delivery("operator.select", state="given up")["attempts"]) == 3


def test_receiver_that_never_responds_is_stuck(mock: TiledeskMock) -> None:
    """The real server waits for ever."""
    released = threading.Event()
    target = "http://127.0.0.1:9/hook"
    mock.webhooks.subscribe("operator.select", target)
    mock.emulator.webhooks.simulations.add(
        target, lambda _: RecordedResponse(200 if released.wait(10) else 500)
    )

    choice = mock.ask_operator(timeout=0.05)

    released.set()
    assert (choice.effect, choice.participant) == ("stuck", None)
    assert choice.reason == (
        "no response within 0.05 s, for which the real server waits for ever: "
        "the real server never responds then"
    )


def test_target_that_cannot_be_parsed_is_stuck(mock: TiledeskMock) -> None:
    """The real server throws, and responds no more."""
    mock.webhooks.subscribe("operator.select", "http://[::1/x")

    assert mock.ask_operator().effect == "stuck"


@pytest.mark.parametrize(
    ("wrong", "effect", "reason"),
    [
        ({"operators": [{"id_user": "x"}]}, "refused", "agents has to be a list"),
        ({"operators": [{}], "agents": []}, "refused", "the first of operators has to be an object"),
        ({"operators": "x", "agents": []}, "refused", "the first of operators has to be an object"),
        (answer("nobody"), "unfinished", "but it is 'nobody': the real server stores the request then"),
        (answer({"_id": "x"}), "unfinished", "but it is '[object Object]'"),
        ({"agents": []}, "done", "the answer has no operators"),
        ({"operators": None}, "done", "operators of the answer is null"),
        ([], "done", "the answer is no JSON object"),
        (answer(), "done", "operators is empty, so the request goes to no agent"),
        ({"operators": {}, "agents": []}, "done", "operators has to be a list"),
        (answer("65" * 12), "done", f"id_user {'65' * 12} is that of no member of the project"),
        (answer(f"bot_{'65' * 12}"), "done", f"there is no bot {'65' * 12}"),
    ],
)
def test_wrong_answer_is_explained(
    mock: TiledeskMock, receiver: Receiver, wrong: Any, effect: str, reason: str
) -> None:
    """The reason says what is wrong, and what the real server does."""
    receiver.answer_with(wrong)

    choice = mock.ask_operator()

    assert choice.effect == effect
    assert reason in (choice.reason or "")


def test_id_of_a_project_user_is_explained(
    mock: TiledeskMock, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """The reason has the id of the user; for a conversation it is in the log."""
    receiver.answer_with(answer(mock.agent.id))

    choice = mock.ask_operator()
    mock.conversation("hello", by="guest")

    reason = f"is the id of a project user: id_user has to be that of the user, {mock.agent.id_user}"
    assert choice.reason == f"{mock.agent.id} {reason}"
    assert f"operator.select: {choice.reason}" in caplog.messages


def test_choice_is_shown_on_one_short_line(mock: TiledeskMock, receiver: Receiver) -> None:
    """The question alone has thousands of characters."""
    receiver.answer_with(answer())

    shown = repr(mock.ask_operator())

    assert shown.startswith("<OperatorAnswer done, no agent, chosen by a receiver: operators is empty")
    assert len(shown) < 120


def test_group_of_the_department_limits_the_agents(mock: TiledeskMock) -> None:
    """The question has the group, too."""
    group = mock.emit_standard("group.create", name="Team", members=["agent"])
    mock.emit_standard("department.create", name="Sales", group="Team", routing="assigned")

    choice = mock.ask_operator(department="Sales")

    assert choice.participant == mock.agent.id_user
    assert choice.question["group"] == [group]
    assert [agent["role"] for agent in choice.question["agents"]] == ["agent"]


def test_group_without_members_gets_no_question(mock: TiledeskMock, receiver: Receiver) -> None:
    """The conversation is unassigned, whatever a receiver would have answered."""
    receiver.answer_with(answer(mock.agent.id_user))
    mock.emit_standard("group.create", name="Nobody")
    mock.emit_standard("department.create", name="Sales", group="Nobody", routing="assigned")

    conversation = mock.conversation("hello", department="Sales")

    assert conversation.participants == []
    assert receiver.received == []


@pytest.mark.parametrize("given", [{"by": "nobody"}, {"department": "x"}, {"request": "x"}, {"timeout": -1}])
def test_unknown_record_is_an_error(mock: TiledeskMock, given: dict[str, Any]) -> None:
    """A test does not go on with another one."""
    with pytest.raises(SetupError, match=f"{next(iter(given))}: "):
        mock.ask_operator(**given)


def test_reset_ends_a_question(mock: TiledeskMock) -> None:
    """The receiver's answer would belong to the data before it."""
    released, came, choices = threading.Event(), threading.Event(), []
    target = "http://127.0.0.1:9/hook"
    mock.webhooks.subscribe("operator.select", target)

    def respond(_: object) -> RecordedResponse:
        came.set()
        released.wait(10)
        return RecordedResponse(200)

    mock.emulator.webhooks.simulations.add(target, respond)
    thread = threading.Thread(target=lambda: choices.append(mock.ask_operator()))
    thread.start()
    came.wait(10)

    mock.reset()
    thread.join(5)

    released.set()
    assert len(choices) == 1


def test_receiver_that_needs_retries_counts_behind_the_others(mock: TiledeskMock, receiver: Receiver) -> None:
    """The real server waits for seconds between attempts, in which the other one responds."""
    receiver.answer_with(answer(mock.agent.id_user))
    receiver.respond_with(503)
    other = mock.webhooks.receiver("operator.select")
    other.answer_with(answer(mock.admin.id_user))
    other.respond_with(200, delay=0.2)

    assert mock.ask_operator().participant == mock.admin.id_user


def test_conversation_that_is_not_finished_has_no_variants(mock: TiledeskMock, receiver: Receiver) -> None:
    """The real server stops after `message.create`."""
    receiver.answer_with(answer("nobody"))
    names = ("request.create", "message.create", "message.create.channel.chat21", "project_user.update")
    other = mock.webhooks.receiver(*names)

    with pytest.raises(SetupError, match="it is 'nobody': the real server stores the request, and never"):
        mock.conversation(by="guest", text="hello")

    mock.webhooks.drain()
    assert [one.name for one in other.received] == ["request.create", "message.create"]


@pytest.mark.parametrize("is_remote", [False, True])
def test_timeout_that_is_no_number_is_refused(mock: TiledeskMock, is_remote: bool) -> None:
    """In one line, local and connected."""
    handle = TiledeskMock.connect(mock.url) if is_remote else mock

    with pytest.raises(SettingsError, match=r"^timeout: 'x' is not a number of seconds"):
        handle.ask_operator(timeout="x")  # type: ignore[arg-type]


def test_error_of_an_answering_function_is_the_reason(mock: TiledeskMock, receiver: Receiver) -> None:
    """The platform's choice stays."""
    receiver.answer_with(lambda question: answer(question["id_usr"]))

    choice = mock.ask_operator()

    assert choice.participant == mock.agent.id_user
    assert "the function of answer_with raised KeyError: 'id_usr'" in (choice.reason or "")
