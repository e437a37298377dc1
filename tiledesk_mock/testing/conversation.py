"""The handle of a conversation: its steps, what they sent, and its records as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from ..control.controls import Controls
from ..control.people import ConversationHandle, Person, named_by_id
from ..errors import SetupError
from ..node.json import Json
from ..tiledesk.wire import Document

Named = Person | str | Document
"""A person or a record: a person, a role, an e-mail address, a name, an id, or a document."""


class Conversation(ConversationHandle):
    """A conversation with a visitor, which Tiledesk calls a request. `TiledeskMock.conversation` returns it.

    Each step changes the emulator's data, and sends the webhooks that Tiledesk sends, to whoever subscribed.
    It returns the handle. People are given as a person, a role, an e-mail address, an id or a document; bots
    also by their name, and visitors by the name or e-mail address of their lead. What the team does is done
    by default by the first agent of the conversation, else by the owner.

    Every step raises SetupError for what Tiledesk refuses, and if the request does not exist any more.
    """

    def __init__(self, controls: Controls, id: str, sent: Iterable[str] = ()) -> None:  # noqa: A002
        self._controls: Final = controls
        self.id = id
        self.sent: list[str] = [*sent]

    def __repr__(self) -> str:
        return f"<Conversation {self.id}>"

    def say(self, text: str | None = None, by: Named | None = None, **fields: Json) -> Conversation:
        """Add a message, by default of the person who opened the conversation.

        Args:
            text: the text.
            by: who writes: a member of the project, also one who does not take part; a bot; or `system`.
            fields: `type` (as `image`), `metadata`, `attributes`, `channel`, `senderFullname`, ...
        """
        return self._step("say", {"text": text, "by": by}, fields)

    def join(self, member: Named, by: Named | None = None) -> Conversation:
        """Let an agent or a bot take part. Nothing happens if it does already."""
        return self._step("join", {"member": member, "by": by})

    def leave(self, member: Named, by: Named | None = None) -> Conversation:
        """Let a participant leave.

        As on the real server, nothing happens if that agent or bot does not take part: `sent` is empty.
        """
        return self._step("leave", {"member": member, "by": by})

    def set_participants(self, members: Iterable[Named], by: Named | None = None) -> Conversation:
        """Replace the participants."""
        is_list = isinstance(members, Iterable) and not isinstance(members, str | Mapping)
        return self._step("participants", {"members": [*members] if is_list else members, "by": by})

    def move(self, department: Named, by: Named | None = None, *, nobot: bool = False) -> Conversation:
        """Move the conversation to a department; with `nobot` to its agents, even if it has a bot."""
        return self._step("move", {"department": department, "by": by, "nobot": nobot or None})

    def assign(
        self, department: Named | None = None, by: Named | None = None, *, nobot: bool = False
    ) -> Conversation:
        """Assign a conversation without an agent to one of a department, by default of the default one.

        With `nobot` it is one of its agents, even if it has a bot. Nothing happens if an agent or bot takes
        part: `join` and `set_participants` assign it to a person.
        """
        return self._step("assign", {"department": department, "by": by, "nobot": nobot or None})

    def tag(self, *tags: str | Document | Sequence[str | Document], by: Named | None = None) -> Conversation:
        """Replace the tags: texts, objects with `tag` and `color`, or lists of them; none removes all."""
        lists = (one if isinstance(one, list | tuple) else [one] for one in tags)
        return self._step("update", {"by": by, "tags": [*chain.from_iterable(lists)]})

    def set_attributes(
        self, attributes: Mapping[str, Json] | None = None, /, *, by: Named | None = None, **more: Json
    ) -> Conversation:
        """Set attributes beside the others: those of a mapping, and those given by name.

        One that is called `by` is given in the mapping.
        """
        return self._step("update", {"by": by, "attributes": _merged("attributes", attributes, more)})

    def update(
        self, fields: Mapping[str, Json] | None = None, /, *, by: Named | None = None, **more: Json
    ) -> Conversation:
        """Change fields, of a mapping or given by name: `tags`, `attributes`, `priority`, `subject`, ..."""
        return self._step("update", {"by": by}, _merged("fields", fields, more))

    def note(self, text: str, by: Named | None = None) -> Conversation:
        """Add a note of the team."""
        return self._step("note", {"text": text, "by": by})

    def rate(
        self, rating: float | None = None, rating_message: str | None = None, by: Named | None = None
    ) -> Conversation:
        """Rate the conversation in the name of the person who opened it: others cannot."""
        return self._step("rate", {"rating": rating, "rating_message": rating_message, "by": by})

    def close(self, by: Named | None = None, *, force: bool = False) -> Conversation:
        """Close the conversation, also in the name of a guest.

        For a closed one `request.close` is sent once more; with `force` it is closed as if it were open.
        """
        return self._step("close", {"by": by, "force": force or None})

    def reopen(self, by: Named | None = None) -> Conversation:
        """Open the conversation again. Nothing happens if it is open."""
        return self._step("reopen", {"by": by})

    @property
    def request(self) -> Document:
        """The request as `request.update` has it."""
        return dict(self._document()["request"])

    @property
    def lead(self) -> Document | None:
        """The lead of the person who opened the conversation."""
        lead: Document | None = self._document()["lead"]
        return lead

    @property
    def messages(self) -> list[Document]:
        """The messages, oldest first, with those of the platform."""
        return list(self._document()["messages"])

    @property
    def participants(self) -> list[str]:
        """The ids of the users who take part, and `bot_ID` of the bots."""
        return list(self.request["participants"])

    def _document(self) -> Document:
        return self._controls.conversation(self.id)

    def _step(
        self, name: str, arguments: Mapping[str, Json], fields: Mapping[str, Json] | None = None
    ) -> Conversation:
        """Go on; arguments that are None were not given, but fields may be null."""
        known = {key: value for key, value in arguments.items() if value is not None}
        given = {key: named_by_id(value) for key, value in {**known, **(fields or {})}.items()}
        self.sent = list(self._controls.continue_conversation(self.id, name, given)["sent"])
        return self


def _merged(what: str, given: Mapping[str, Json] | None, more: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a tester gives in a mapping and by name; raise SetupError if it is no mapping."""
    if given is not None and not isinstance(given, Mapping):
        raise SetupError(f"update: {what}: expected a mapping, not {given!r}: who does it is by=")
    return {**(given or {}), **more}
