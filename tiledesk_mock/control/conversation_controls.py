"""What a tester can do with the platform's own events and with conversations."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import StandardEventInvalid
from ..node.json import Json, parse_json
from ..tiledesk.wire import Document
from .arguments import check_timeout, to_json
from .operator_answer import OperatorAnswer, operator_answer

if TYPE_CHECKING:
    from ..emulator.conversations.conversations import Conversations
    from ..emulator.emulator import Emulator
    from ..emulator.platform.platform_events import PlatformEvents
    from ..tiledesk.event_fields import GivenFields

_Reference = str | dict[str, Any]


class ConversationControls:
    """The operations of `Controls` on the platform's own events and on conversations."""

    _emulator: Emulator

    def standard_events(self) -> list[Document]:
        """Return the table of the platform's own events: names, fields with types, descriptions."""
        from ..tiledesk.platform_events import EVENT_TYPES  # here, since few tests send one

        return [row.document() for row in EVENT_TYPES]

    def emit_standard(
        self, name: str, fields: Mapping[str, Json] | None = None, project: str | None = None
    ) -> Document:
        """Send one of the platform's own events of a project, by default the first; return the payload."""
        values = _checked(name, fields or {})
        return deepcopy(self._platform_events.emit(name, values, project))

    def ask_operator(
        self,
        by: _Reference | None = None,
        text: str | None = None,
        request: _Reference | None = None,
        department: _Reference | None = None,
        project: str | None = None,
        timeout: float = 10.0,
    ) -> OperatorAnswer:
        """Ask the subscribers of `operator.select` which agent a request goes to; return what they choose.

        Nothing is assigned. The request is a new one, of the person `by` (a guest) with the text `text`, in
        the department with the id or name `department` (the default one); or the one with the id or
        `request_id` `request`. A receiver that does not respond within `timeout` seconds never does.
        """
        check_timeout(timeout)
        given = {"by": by, "text": text, "request": request, "department": department}
        fields = {name: value for name, value in given.items() if value is not None}
        values = _checked("operator.select", fields)
        return operator_answer(self._platform_events.ask(values, project, timeout))

    def conversation_steps(self) -> list[Document]:
        """Return the steps of a conversation with their fields; that of opening one has the name `open`."""
        from ..tiledesk.conversation_fields import STEPS, OpeningFields  # here, since few tests have one
        from ..tiledesk.platform_events import field_documents

        kinds: dict[str, type[GivenFields]] = {"open": OpeningFields, **STEPS}
        return [{"name": name, "fields": field_documents(kind)} for name, kind in kinds.items()]

    def conversations(self, project: str | None = None) -> list[Document]:
        """Return the requests of a project, by default of all, oldest first."""
        return self._conversations.documents(project)

    def conversation(self, id_request: str) -> Document:
        """Return a conversation as `request`, `lead` and `messages`."""
        return self._conversations.document(id_request)

    def start_conversation(self, fields: Mapping[str, Json]) -> Document:
        """Open a conversation; return its `request_id`, its `message`, and the names that were `sent`.

        `fields` are those of a first message; `project` is by default the first.
        """
        values = _checked("conversation", fields)
        return deepcopy(self._conversations.start(values).document())

    def continue_conversation(self, id_request: str, step: str, fields: Mapping[str, Json]) -> Document:
        """Go on with a conversation by a step, as `say`; return what `start_conversation` returns."""
        values = _checked(step, fields)
        return deepcopy(self._conversations.perform(id_request, step, values).document())

    @cached_property
    def _conversations(self) -> Conversations:
        from ..emulator.conversations.conversations import Conversations  # here, since few tests have one

        return Conversations(self._emulator)

    @cached_property
    def _platform_events(self) -> PlatformEvents:
        from ..emulator.platform.platform_events import PlatformEvents  # here, since few tests send one

        return PlatformEvents(self._emulator)


def _checked(name: str, fields: Mapping[str, Any]) -> dict[str, Json]:
    """Return what a tester gives to an event or a step as JSON; raise SetupError if it is not."""
    try:
        checked: dict[str, Json] = parse_json(to_json(dict(fields)))
    except ValueError as error:
        raise StandardEventInvalid(name, f"the fields are {error}") from error
    return checked
