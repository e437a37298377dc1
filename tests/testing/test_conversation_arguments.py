"""What the steps of a conversation take: people by their names, tags, attributes, and mistakes in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import SetupError
from tiledesk_mock.testing.conversation import Conversation
from tiledesk_mock.tiledesk.conversation_fields import STEPS
from tiledesk_mock.tiledesk.platform_events import field_rows

Step = Callable[[Conversation], Any]
_METHODS = {"participants": "set_participants"}


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return a handle on an emulator."""
    with TiledeskMock() as started:
        yield started


@pytest.fixture
def story(mock: TiledeskMock) -> Conversation:
    """Return a conversation of a guest, whose lead has a name and an address."""
    return mock.conversation("hello", senderFullname="Gus", email="gus@example.com")


@pytest.mark.parametrize(
    "set_order", [lambda one: one.set_attributes({"order": 8}), lambda one: one.set_attributes(order=8)]
)
def test_attributes_of_a_mapping_and_by_name(story: Conversation, set_order: Step) -> None:
    """Both are set, beside what is there."""
    set_order(story.set_attributes(color="red"))

    assert story.request["attributes"] == {"color": "red", "order": 8}


def test_attribute_that_is_called_by(story: Conversation) -> None:
    """It is given in the mapping; the argument is who sets it."""
    story.set_attributes({"by": "car"}, by="admin")

    assert story.request["attributes"] == {"by": "car"}


def test_fields_of_a_mapping(story: Conversation) -> None:
    """They are the same as those given by name."""
    assert story.update({"priority": "high"}, subject="Help").request["priority"] == "high"
    assert story.request["subject"] == "Help"


@pytest.mark.parametrize(
    "tag",
    [
        lambda one: one.tag("a", {"tag": "b", "color": "#fff"}),
        lambda one: one.tag(["a", {"tag": "b", "color": "#fff"}]),
        lambda one: one.update(tags=["a", {"tag": "b", "color": "#fff"}]),
    ],
)
def test_tags_are_texts_or_objects(story: Conversation, tag: Step) -> None:
    """One by one, or in a list; each gets an id."""
    tag(story)

    found = story.request["tags"]
    assert [(one["tag"], one.get("color")) for one in found] == [("a", None), ("b", "#fff")]
    assert all("_id" in one for one in found)


@pytest.mark.parametrize("name", ["request.create", "request.update"])
def test_tags_of_an_event_are_those_of_a_step(mock: TiledeskMock, name: str) -> None:
    """A text is an object; anything else is refused."""
    payload = mock.emit_standard(name, tags=["a"])

    assert [one["tag"] for one in payload["tags"]] == ["a"]
    with pytest.raises(
        SetupError, match=r"tags\[0\]: expected a text, or an object with tag and color, not 5"
    ):
        mock.emit_standard(name, tags=[5])


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (
            lambda one: one.set_attributes("agent"),
            "update: attributes: expected a mapping, not 'agent': who does it is by=",
        ),
        (lambda one: one.update(5), "update: fields: expected a mapping, not 5: who does it is by="),
        (lambda one: one.tag(5), "update: tags[0]: expected a text, or an object with tag and color, not 5"),
        (
            lambda one: one.tag([["a"]]),
            'update: tags[0]: expected a text, or an object with tag and color, not ["a"]',
        ),
        (
            lambda one: one.set_participants("agent"),
            "participants: members: expected a list of people: roles, names, e-mail addresses or ids, not ",
        ),
        (
            lambda one: one.leave("nobody"),
            "leave: member: the project Example has no member or bot 'nobody'; ",
        ),
        (
            lambda one: one.assign("Salez"),
            "assign: department: the project Example has no department 'Salez'; ",
        ),
        (
            lambda one: one.assign("admin"),
            "assign: department: admin is a person; expected a department: join and set_participants assign ",
        ),
        (lambda one: one.move("admin"), "move: department: admin is a person; "),
    ],
)
def test_mistakes_are_one_line(story: Conversation, step: Step, problem: str) -> None:
    """The line has the step and the field, and nothing is changed."""
    before = story.request

    with pytest.raises(SetupError) as error:
        step(story)

    assert str(error.value).startswith(problem)
    assert "\n" not in str(error.value)
    assert story.request == before


def test_absent_one_leaves_without_effect(story: Conversation) -> None:
    """So it is on the real server."""
    assert story.leave("supervisor").sent == []


@pytest.mark.parametrize(
    "name", ["Robin", "bot", lambda bot: bot, lambda bot: bot["_id"], lambda bot: f"bot_{bot['_id']}"]
)
def test_bot_is_named(mock: TiledeskMock, story: Conversation, name: Any) -> None:
    """By its name, its id or its document, as writer and as participant."""
    bot = mock.controls.state()["bots"][0]
    named = name(bot) if callable(name) else name

    story.say("beep", by=named).set_participants([named])

    assert story.messages[1]["sender"] == bot["_id"]
    assert story.participants == [f"bot_{bot['_id']}"]


@pytest.mark.parametrize("name", ["Gus", "gus@example.com", lambda lead: lead, lambda lead: lead["_id"]])
def test_lead_names_its_person(mock: TiledeskMock, story: Conversation, name: Any) -> None:
    """By name, e-mail address, document or id: in steps, and in events of the platform."""
    named = name(story.lead) if callable(name) else name

    story.say("me again", by=named)
    mock.emit_standard("message.create", text="and again", by=named, request=story.id)

    first, *others = (one["sender"] for one in story.messages)
    assert others == [first, first]


def test_error_lists_bots_and_leads(story: Conversation) -> None:
    """They are beside the roles and addresses of members."""
    with pytest.raises(
        SetupError, match=r"no member or bot 'xyz'; expected one of owner, .*, Robin, gus@example.com, Gus$"
    ):
        story.say("x", by="xyz")


def test_platform_writes(story: Conversation) -> None:
    """Its message is not the last one of the request's attributes."""
    story.say("please wait", by="system", attributes={"subtype": "info"})

    said = story.messages[-1]
    assert (said["sender"], said["senderFullname"], said["text"]) == ("system", "Bot", "please wait")
    assert said["attributes"] == {"subtype": "info"}
    assert "attributes" not in story.request


def test_wrong_sender_is_named(mock: TiledeskMock) -> None:
    """The error has the field that it stands in."""
    with pytest.raises(
        SetupError, match=r"^conversation: sender: the project Example has no member or bot 'Ann'"
    ):
        mock.conversation("hi", sender="Ann")


def test_project_without_a_guest() -> None:
    """The error says what to give."""
    seed = {
        "projects": [{"name": "Shop"}],
        "users": [{"email": "a@example.com", "password": "secret"}],
        "project_users": [{"id_user": "a@example.com", "id_project": "Shop", "role": "owner"}],
    }
    with TiledeskMock(seed=seed) as mock, pytest.raises(SetupError) as error:
        mock.conversation("hi")

    assert str(error.value) == "conversation: no guest in the project Shop: pass by="


@pytest.mark.parametrize("step", STEPS)
def test_arguments_are_the_fields_of_the_step(step: str) -> None:
    """So are those by name of `say` and `update`, which the control API has, too."""
    parameters = signature(getattr(Conversation, _METHODS.get(step, step))).parameters.values()
    named = {one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)}
    fields = {one.name for one in field_rows(STEPS[step])}

    assert named - {"self"} <= fields
    if not any(one.kind is one.VAR_KEYWORD for one in parameters):
        assert named - {"self"} == fields


@pytest.mark.parametrize("connected", [False, True])
@pytest.mark.parametrize("reference", [lambda story: story, lambda story: story.request])
def test_request_is_named_by_a_handle_or_a_document(
    mock: TiledeskMock, story: Conversation, reference: Callable[[Conversation], Any], connected: bool
) -> None:
    """Wherever a request is taken, in local and remote handles."""
    handle = TiledeskMock.connect(mock.url) if connected else mock
    named = reference(story)

    assert handle.conversation(id=named).id == story.id
    assert handle.ask_operator(request=named).question["context"]["request"]["_id"] == story.request["_id"]
    assert handle.emit_standard("request.close", request=named)["request_id"] == story.id


@pytest.mark.parametrize("reference", [5, "", {}, {"_id": 5}])
def test_request_to_go_on_with_is_no_reference(mock: TiledeskMock, reference: Any) -> None:
    """The error is one line."""
    with pytest.raises(SetupError, match=r"^conversation: id: expected an id, or a document with an _id$"):
        mock.conversation(id=reference)


def test_going_on_takes_the_id_only(mock: TiledeskMock, story: Conversation) -> None:
    """A text beside it would be lost."""
    with pytest.raises(SetupError) as error:
        mock.conversation("hi", by="guest", id=story.id, channel="sms")

    assert str(error.value) == "conversation: id= takes no text, by, channel beside it: go on with .say()"


@pytest.mark.parametrize(
    "step",
    [
        lambda one, by: one.join("admin", by=by),
        lambda one, by: one.leave("agent", by=by),
        lambda one, by: one.set_participants(["admin"], by=by),
        lambda one, by: one.tag("vip", by=by),
        lambda one, by: one.set_attributes(order=8, by=by),
        lambda one, by: one.update(subject="Help", by=by),
        lambda one, by: one.note("hm", by=by),
        lambda one, by: one.assign(by=by),
        lambda one, by: one.close(by=by),
        lambda one, by: one.reopen(by=by),
    ],
)
def test_who_does_a_step_has_to_exist(story: Conversation, step: Callable[[Conversation, str], Any]) -> None:
    """Also where the result does not depend on it; anybody in the project may."""
    before = story.request

    with pytest.raises(SetupError, match=r"^\w+: by: the project Example has no member or bot 'xyz'; "):
        step(story, "xyz")

    assert story.request == before
    step(story, "supervisor")
